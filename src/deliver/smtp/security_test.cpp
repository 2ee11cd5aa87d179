// TLS and SASL as a whole: what goes over the wire in which state of trust.
#include <gtest/gtest.h>

#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;
using Certificate = world::TlsSession::Peer;

std::string all(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines) {
        out += line + '\n';
    }
    return out;
}

}  // namespace

TEST(smtp_security, encrypt_never_sends_in_the_clear) {
    World w;
    w.settings.tls.smtp_tls_security_level = TlsLevel::encrypt;
    auto& up = w.server("127.0.0.1:25");
    const auto absent = w.deliver(request("[127.0.0.1]", {"x@x"}))[0];
    EXPECT_EQ(absent.status, "4.7.4");
    EXPECT_EQ(absent.text, "TLS is required, but was not offered by host 127.0.0.1[127.0.0.1]");
    EXPECT_EQ(absent.relay, "127.0.0.1[127.0.0.1]:25");
    up.offers = {"STARTTLS"};
    up.replies["STARTTLS"] = "454 4.7.0 TLS not available";
    const auto no = w.deliver(request("[127.0.0.1]", {"x@x"}))[0];
    EXPECT_EQ(no.status, "4.7.0");
    EXPECT_EQ(no.text,
              "TLS is required, but host 127.0.0.1[127.0.0.1] refused to start TLS: 454 4.7.0 TLS not available");
    up.replies.clear();
    up.handshake_fails = true;
    w.clock.wall += std::chrono::hours(1);
    const auto failed = w.deliver(request("[127.0.0.1]", {"x@x"}))[0];
    EXPECT_EQ(failed.status, "4.7.5");
    EXPECT_EQ(failed.text, "Cannot start TLS: handshake failure");
    EXPECT_EQ(all(up.commands).find("MAIL"), std::string::npos);
}

TEST(smtp_security, may_uses_tls_and_goes_on_without_it) {
    World w;
    w.settings.tls.smtp_tls_security_level = TlsLevel::may;
    w.settings.smtp_tls_loglevel = 1;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_TRUE(up.messages.at(0).secured);
    EXPECT_EQ(all(w.sink.lines),
              "Untrusted TLS connection established to 127.0.0.1[127.0.0.1]:25: TLSv1.3 with cipher "
              "TLS_AES_256_GCM_SHA384 (256/256 bits)\n");
    World refusing;
    refusing.settings.tls.smtp_tls_security_level = TlsLevel::may;
    auto& second = refusing.server("127.0.0.1:25");
    second.offers = {"STARTTLS"};
    second.replies["STARTTLS"] = "454 4.7.0 not now";
    EXPECT_EQ(refusing.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_FALSE(second.messages.at(0).secured);
    EXPECT_EQ(second.connections, 1);
}

TEST(smtp_security, may_gives_up_a_failing_handshake_only_for_mail_that_has_waited) {
    World w;
    w.settings.tls.smtp_tls_security_level = TlsLevel::may;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS"};
    up.handshake_fails = true;
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].text, "Cannot start TLS: handshake failure");
    w.clock.wall += std::chrono::seconds(300);
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_FALSE(up.messages.at(0).secured);
}

TEST(smtp_security, may_gives_up_tls_that_breaks_after_the_handshake_only_for_mail_that_has_waited) {
    World w;
    w.settings.tls.smtp_tls_security_level = TlsLevel::may;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS"};
    up.hangs_up_secured_at = "";
    const std::string text = "lost connection with 127.0.0.1[127.0.0.1] while performing the EHLO handshake";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].text, text);
    EXPECT_EQ(up.connections, 1);
    w.clock.wall += std::chrono::seconds(300);
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    ASSERT_EQ(up.messages.size(), 1U);
    EXPECT_FALSE(up.messages[0].secured);
    EXPECT_EQ(up.connections, 3);
}

TEST(smtp_security, tls_that_breaks_after_the_handshake_is_not_given_up_with_a_password_or_where_it_must_be) {
    for (const TlsLevel level : {TlsLevel::may, TlsLevel::encrypt}) {
        World w;
        w.settings.tls.smtp_tls_security_level = level;
        w.settings.smtp_sasl_auth_enable = true;
        if (level == TlsLevel::may) {
            w.passwords["127.0.0.1"] = "user:secret";
        }
        auto& up = w.server("127.0.0.1:25");
        up.offers = {"STARTTLS", "AUTH PLAIN"};
        up.hangs_up_secured_at = "";
        w.clock.wall += std::chrono::hours(1);
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::deferred);
        EXPECT_TRUE(up.messages.empty());
        EXPECT_EQ(up.connections, 1);
    }
}

TEST(smtp_security, may_gives_up_tls_that_breaks_with_the_envelope_for_those_who_had_no_answer) {
    for (const std::string at : {"MAIL", "RCPT TO:<b", "DATA"}) {
        World w;
        w.settings.tls.smtp_tls_security_level = TlsLevel::may;
        auto& up = w.server("127.0.0.1:25");
        up.offers = {"STARTTLS"};
        up.hangs_up_secured_at = at;
        up.replies["RCPT TO:<a"] = "550 5.1.1 no";
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"a@x", "b@x"}))[1].kind, Kind::deferred) << at;
        EXPECT_EQ(up.connections, 1) << at;
        w.clock.wall += std::chrono::seconds(300);
        const auto outcomes = w.deliver(request("[127.0.0.1]", {"a@x", "b@x"}));
        EXPECT_EQ(outcomes[0].kind, Kind::bounced) << at;
        EXPECT_EQ(outcomes[1].kind, Kind::delivered) << at;
        EXPECT_EQ(up.connections, 3) << at;
        ASSERT_EQ(up.messages.size(), 1U) << at;
        EXPECT_FALSE(up.messages[0].secured) << at;
        EXPECT_EQ(up.messages[0].rcpts.size(), 1U) << at;
    }
}

TEST(smtp_security, a_refusal_or_a_reply_that_never_came_to_the_content_is_no_failure_of_tls) {
    for (const auto& [command, reply] : std::map<std::string, std::string>{{"RCPT", "450 4.2.0 not now"}, {"EOD", ""}}) {
        World w;
        w.settings.tls.smtp_tls_security_level = TlsLevel::may;
        auto& up = w.server("127.0.0.1:25");
        up.offers = {"STARTTLS"};
        up.replies[command] = reply;
        w.clock.wall += std::chrono::seconds(300);
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::deferred) << command;
        EXPECT_EQ(up.connections, 1) << command;
    }
}

TEST(smtp_security, secure_needs_the_right_certificate) {
    World w;
    w.resolver.a("mx.example.net", "127.0.0.1");
    w.policies["[mx.example.net]:25"] = "secure match=right.example";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS"};
    const auto deliver = [&] { return w.deliver(request("[mx.example.net]:25", {"x@x"}))[0]; };
    EXPECT_EQ(deliver().text, "Server certificate not trusted");
    up.certificate = Certificate::trusted;
    EXPECT_EQ(deliver().text, "Server certificate not verified");
    EXPECT_EQ(deliver().status, "4.7.5");
    EXPECT_TRUE(up.messages.empty());
    up.certificate = Certificate::verified;
    EXPECT_EQ(deliver().kind, Kind::delivered);
    ASSERT_FALSE(fake::Stream::requests.empty());
    EXPECT_EQ(fake::Stream::requests.back().match_names, std::vector<std::string>{"right.example"});
    EXPECT_EQ(fake::Stream::requests.back().verification, world::PeerVerification::certificate_and_name);
}

TEST(smtp_security, fingerprint_trusts_the_named_certificate_or_key_and_no_authority) {
    World w;
    w.policies["[127.0.0.1]"] = "fingerprint match=aa:bb:cc|11:22:33";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS"};
    up.certificate = Certificate::trusted;
    up.certificate_fingerprint = "DE:AD:00";
    up.public_key_fingerprint = "DE:AD:01";
    const auto deliver = [&] { return w.deliver(request("[127.0.0.1]", {"x@x"}))[0]; };
    EXPECT_EQ(deliver().text, "Server certificate not verified");
    EXPECT_TRUE(up.messages.empty());
    up.certificate = Certificate::untrusted;
    up.certificate_fingerprint = "AA:BB:CC";
    EXPECT_EQ(deliver().kind, Kind::delivered);
    ++up.epoch;
    up.certificate_fingerprint = "DE:AD:00";
    up.public_key_fingerprint = "11:22:33";
    EXPECT_EQ(deliver().kind, Kind::delivered);
    EXPECT_TRUE(up.messages.at(1).secured);
}

TEST(smtp_security, fingerprint_without_a_fingerprint_defers) {
    World w;
    w.settings.tls.smtp_tls_security_level = TlsLevel::fingerprint;
    w.server("127.0.0.1:25").offers = {"STARTTLS"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].text, "client TLS configuration problem");
}

TEST(smtp_security, a_verified_server_may_be_given_more) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_tls_verified_security_options.noplaintext = false;
    w.settings.tls.smtp_tls_security_level = TlsLevel::encrypt;
    w.passwords["127.0.0.1"] = "user:pass";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS", "AUTH PLAIN"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::deferred);
    up.certificate = Certificate::verified;
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
}

TEST(smtp_security, a_policy_that_cannot_be_read_defers) {
    World w;
    w.server("127.0.0.1:25");
    w.policies["[127.0.0.1]"] = "?";
    w.policies["[127.0.0.1]:25"] = "nonsense";
    w.policies["[127.0.0.1]:0025"] = "dane-only";
    for (const std::string nexthop : {"[127.0.0.1]", "[127.0.0.1]:25", "[127.0.0.1]:0025"}) {
        const auto out = w.deliver(request(nexthop, {"x@x"}))[0];
        EXPECT_EQ(out.text, "client TLS configuration problem") << nexthop;
        EXPECT_EQ(out.kind, Kind::deferred);
    }
    EXPECT_EQ(w.network.connects, 0);
}

TEST(smtp_security, nothing_said_before_tls_is_believed_after_it) {
    World w;
    w.settings.tls.smtp_tls_security_level = TlsLevel::encrypt;
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"STARTTLS"};
    up.replies["STARTTLS"] = "220 ready\\n250-injected\\n250 DSN";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.at(0).rcpts.at(0), "RCPT TO:<x@x>");
}

TEST(smtp_security, an_offer_of_tls_is_noted_when_it_is_not_taken) {
    World w;
    w.settings.smtp_tls_note_starttls_offer = true;
    w.resolver.a("mx.example.net", "127.0.0.1");
    w.server("127.0.0.1:25").offers = {"STARTTLS"};
    w.deliver(request("[mx.example.net]", {"x@x"}));
    EXPECT_EQ(all(w.sink.lines), "Host offered STARTTLS: [mx.example.net]\n");
}

TEST(smtp_security, passwords_are_found_by_host_then_by_nexthop) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_security_options.noplaintext = false;
    w.passwords["[127.0.0.1]:25"] = "user:pass:word";
    w.passwords["[127.0.0.1]"] = "wrong:wrong";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"AUTH LOGIN PLAIN"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]:25", {"x@x"}))[0].kind, Kind::delivered);
    using namespace std::string_literals;
    EXPECT_EQ(up.commands.at(1), "AUTH PLAIN " + base::base64_encode("\0user\0pass:word"s));
    World host;
    host.settings = w.settings;
    host.passwords = w.passwords;
    host.passwords["127.0.0.1"] = "host:first";
    host.server("127.0.0.1:25").offers = {"AUTH PLAIN"};
    host.deliver(request("[127.0.0.1]:25", {"x@x"}));
    EXPECT_EQ(host.server("127.0.0.1:25").commands.at(1), "AUTH PLAIN " + base::base64_encode("\0host\0first"s));
}

TEST(smtp_security, a_senders_password_is_found_with_and_without_the_extension_and_for_its_domain) {
    const auto user_for = [](std::string_view sender, std::string_view delimiter) {
        World w;
        w.settings.smtp_sasl_auth_enable = true;
        w.settings.smtp_sasl_security_options = {};
        w.settings.smtp_sender_dependent_authentication = true;
        w.settings.recipient_delimiter = delimiter;
        w.passwords = {{"bob@x.example", "bob:pw"}, {"bob+own@x.example", "own:pw"}, {"@x.example", "domain:pw"}, {"127.0.0.1", "host:pw"}};
        auto& up = w.server("127.0.0.1:25");
        up.offers = {"AUTH PLAIN"};
        auto wanted = request("[127.0.0.1]", {"x@x"});
        auto envelope = *wanted.envelope;
        envelope.reverse_path = mail::ReversePath(std::string(sender));
        wanted.envelope = std::make_shared<const mail::Envelope>(envelope);
        EXPECT_EQ(w.deliver(wanted)[0].kind, Kind::delivered);
        for (const std::string user : {"bob", "own", "domain", "host"}) {
            if (up.commands.at(1) == "AUTH PLAIN " + base::base64_encode('\0' + user + '\0' + "pw")) {
                return user;
            }
        }
        return up.commands.at(1);
    };
    EXPECT_EQ(user_for("bob@x.example", "+"), "bob");
    EXPECT_EQ(user_for("bob+list@x.example", "+"), "bob");
    EXPECT_EQ(user_for("bob+own@x.example", "+"), "own");
    EXPECT_EQ(user_for("bob+list@x.example", ""), "domain");
    EXPECT_EQ(user_for("ann+list@x.example", "+"), "domain");
    EXPECT_EQ(user_for("ann@y.example", "+"), "host");
    EXPECT_EQ(user_for("", "+"), "host");
}

TEST(smtp_security, login_answers_two_challenges) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_security_options.noplaintext = false;
    w.passwords["127.0.0.1"] = "user:bad";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"AUTH LOGIN"};
    up.replies["AUTH LOGIN"] = "334 VXNlcm5hbWU6";
    up.replies[base::base64_encode("user")] = "334 UGFzc3dvcmQ6";
    up.replies[base::base64_encode("bad")] = "535 5.7.8 authentication failed";
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}))[0];
    EXPECT_EQ(out.kind, Kind::deferred);
    EXPECT_EQ(out.status, "4.7.8");
    EXPECT_EQ(out.text,
              "SASL authentication failed; server 127.0.0.1[127.0.0.1] said: 535 5.7.8 authentication failed");
    EXPECT_TRUE(up.messages.empty());
}

TEST(smtp_security, the_default_options_send_no_password_as_it_is) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.passwords["127.0.0.1"] = "user:good";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"AUTH LOGIN PLAIN"};
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}))[0];
    EXPECT_EQ(out.status, "4.7.0");
    EXPECT_EQ(out.text,
              "SASL authentication failed; cannot authenticate to server 127.0.0.1[127.0.0.1]: no mechanism available");
    EXPECT_EQ(all(up.commands).find("AUTH"), std::string::npos);
}

TEST(smtp_security, a_password_table_that_does_not_answer_defers) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.passwords["127.0.0.1"] = "?";
    auto& up = w.server("127.0.0.1:25");
    const auto out = w.deliver(request("[127.0.0.1]", {"x@x"}))[0];
    EXPECT_EQ(out.kind, Kind::deferred);
    EXPECT_EQ(out.text, "local data error while talking to 127.0.0.1[127.0.0.1]");
    EXPECT_TRUE(up.messages.empty());
}

TEST(smtp_security, a_refused_login_is_not_tried_again_before_its_time) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_security_options = {};
    w.settings.smtp_sasl_auth_cache_name = "proxy:btree:/var/lib/postfix/sasl_auth_cache";
    w.settings.smtp_sasl_auth_cache_time = std::chrono::hours(1);
    w.passwords["127.0.0.1"] = "user:wrong";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"AUTH PLAIN"};
    up.replies["AUTH"] = "535 5.7.8 wrong password";
    const auto tries = [&up] { return std::count_if(up.commands.begin(), up.commands.end(), [](const auto& line) { return line.starts_with("AUTH"); }); };
    const std::string text = "SASL authentication failed; server 127.0.0.1[127.0.0.1] said: 535 5.7.8 wrong password";
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].text, text);
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].text, text);
    EXPECT_EQ(w.results[0].kind, Kind::deferred);
    EXPECT_EQ(tries(), 1);
    w.clock.steady += std::chrono::hours(1);
    w.deliver(request("[127.0.0.1]", {"x@x"}));
    EXPECT_EQ(tries(), 2);
}

TEST(smtp_security, only_535_and_only_if_wanted_is_remembered) {
    for (const bool wanted : {true, false}) {
        World w;
        w.settings.smtp_sasl_auth_enable = true;
        w.settings.smtp_sasl_security_options = {};
        w.settings.smtp_sasl_auth_cache_name = wanted ? "proxy:btree:/cache" : "";
        w.passwords["127.0.0.1"] = "user:secret";
        auto& up = w.server("127.0.0.1:25");
        up.offers = {"AUTH PLAIN"};
        up.replies["AUTH"] = wanted ? "454 4.7.0 not now" : "535 5.7.8 wrong password";
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::deferred);
        up.replies.clear();
        EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    }
}

TEST(smtp_security, the_user_goes_along_as_authorization_identity_if_told_so) {
    World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_security_options = {};
    w.settings.send_cyrus_sasl_authzid = true;
    w.settings.smtp_sasl_password_result_delimiter = "::";
    w.passwords["127.0.0.1"] = "user:1::secret";
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"AUTH PLAIN"};
    EXPECT_EQ(w.deliver(request("[127.0.0.1]", {"x@x"}))[0].kind, Kind::delivered);
    EXPECT_NE(all(up.commands).find("AUTH PLAIN " + base::base64_encode(std::string("user:1\0user:1\0secret", 20))), std::string::npos);
}

}  // namespace posthouse::deliver
