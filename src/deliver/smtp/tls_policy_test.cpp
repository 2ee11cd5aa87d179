#include "deliver/smtp/tls_policy.hpp"

#include <gtest/gtest.h>

namespace posthouse::deliver {
namespace {
Nexthop nexthop(std::string_view text) {
    return parse_nexthop(text, 25).value();
}
}  // namespace

TEST(tls_policy, a_table_entry_overrides_main_cf) {
    TlsSettings settings;
    settings.smtp_tls_exclude_ciphers = "RC4";
    const auto policy =
        parse_policy("secure match=localhost:.example.net protocols=TLSv1.3 ciphers=high exclude=MD5", settings);
    ASSERT_TRUE(policy);
    EXPECT_EQ(policy->level, TlsLevel::secure);
    EXPECT_EQ(policy->match, (std::vector<std::string>{"localhost", ".example.net"}));
    EXPECT_EQ(policy->protocols, "TLSv1.3");
    EXPECT_EQ(policy->ciphers, "high");
    EXPECT_EQ(policy->exclude_ciphers, "MD5 aNULL");
}

TEST(tls_policy, an_exclusion_takes_the_place_of_those_in_main_cf) {
    TlsSettings settings;
    settings.smtp_tls_exclude_ciphers = "RC4";
    settings.smtp_tls_mandatory_exclude_ciphers = "SHA1";
    EXPECT_EQ(parse_policy("may", settings)->exclude_ciphers, "RC4");
    EXPECT_EQ(parse_policy("may exclude=MD5:DES", settings)->exclude_ciphers, "MD5:DES");
    EXPECT_EQ(parse_policy("encrypt", settings)->exclude_ciphers, "RC4 SHA1 eNULL");
    EXPECT_EQ(parse_policy("encrypt exclude=MD5", settings)->exclude_ciphers, "MD5 eNULL");
    EXPECT_FALSE(parse_policy("encrypt exclude=MD5 exclude=DES", settings));
}

TEST(tls_policy, names_to_match_add_up_and_take_the_place_of_those_in_main_cf) {
    TlsSettings settings;
    settings.smtp_tls_secure_cert_match = {"nexthop"};
    settings.smtp_tls_fingerprint_cert_match = {"00:11"};
    EXPECT_EQ(parse_policy("secure", settings)->match, std::vector<std::string>{"nexthop"});
    EXPECT_EQ(parse_policy("secure match=a.example match=b.example:c.example", settings)->match,
              (std::vector<std::string>{"a.example", "b.example", "c.example"}));
    EXPECT_EQ(parse_policy("fingerprint match=AA:BB|CC:DD match=EE:FF", settings)->match, (std::vector<std::string>{"AA:BB", "CC:DD", "EE:FF"}));
}

TEST(tls_policy, attributes_of_later_versions_and_of_no_tls_do_no_harm) {
    EXPECT_TRUE(parse_policy("encrypt enable_rpk=yes connection_reuse=no connection_reuse=yes", {}));
    EXPECT_EQ(parse_policy("none match=mx.example fruit=apple", {})->level, TlsLevel::none);
}

// They bring no certificate to look at.
TEST(tls_policy, where_a_certificate_counts_there_are_no_anonymous_ciphers) {
    for (const TlsLevel level : {TlsLevel::fingerprint, TlsLevel::verify, TlsLevel::secure, TlsLevel::dane, TlsLevel::dane_only}) {
        EXPECT_EQ(policy_for(level, {}).exclude_ciphers, "aNULL");
    }
    EXPECT_EQ(policy_for(TlsLevel::encrypt, {}).exclude_ciphers, "eNULL");
    EXPECT_EQ(policy_for(TlsLevel::may, {}).exclude_ciphers, "");
}

TEST(tls_policy, a_malformed_entry_is_never_a_weaker_policy) {
    for (const std::string value :
         {"", "maybe", "secure match", "secure match=", "encrypt fruit=apple", "secure,match", "encrypt match=mx.example", "may ciphers=high ciphers=low",
          "verify protocols=TLSv1.2 protocols=TLSv1", "may connection_reuse=perhaps"}) {
        EXPECT_FALSE(parse_policy(value, {})) << value;
    }
}

TEST(tls_policy, parents_are_asked_for_plain_domains_only) {
    EXPECT_EQ(policy_keys(nexthop("A.b.example")), (std::vector<std::string>{"a.b.example", ".b.example", ".example"}));
    EXPECT_EQ(policy_keys(nexthop("[a.b.example]:25")), (std::vector<std::string>{"[a.b.example]:25"}));
    EXPECT_EQ(policy_keys(nexthop("a.b.example:25")), (std::vector<std::string>{"a.b.example:25"}));
}

TEST(tls_policy, strategies_become_names) {
    TlsPolicy policy;
    policy.match = {"nexthop", "dot-nexthop", "hostname", "other.example"};
    EXPECT_EQ(names_to_match(policy, nexthop("example.net:587"), "mx1.example.net"),
              (std::vector<std::string>{"example.net", ".example.net", "mx1.example.net", "other.example"}));
}

TEST(tls_policy, tells_how_far_the_peer_was_trusted) {
    world::TlsSession session;
    session.protocol = "TLSv1.3";
    session.cipher = "TLS_AES_256_GCM_SHA384";
    session.cipher_bits = session.algorithm_bits = 256;
    session.peer = world::TlsSession::Peer::untrusted;
    EXPECT_EQ(established_text(session, "h[127.0.0.1]:25"),
              "Untrusted TLS connection established to h[127.0.0.1]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
              "(256/256 bits)");
}

}  // namespace posthouse::deliver
