#include "deliver/smtp/settings.hpp"

#include <gtest/gtest.h>

namespace posthouse::deliver {
namespace {
SmtpSettings read(std::string_view main_cf) {
    return SmtpSettings::from(config::View::of(main_cf), "smtp", {});
}
}  // namespace

TEST(smtp_settings, defaults_are_the_manuals) {
    const auto settings = read("");
    EXPECT_EQ(settings.speaker, "postfix/smtp");
    EXPECT_EQ(settings.smtp_helo_name, "mail.example.test");
    EXPECT_EQ(settings.smtp_tcp_port, 25);
    EXPECT_EQ(settings.smtp_mx_address_limit, 5U);
    EXPECT_EQ(settings.smtp_mx_session_limit, 2U);
    EXPECT_EQ(settings.smtp_connect_timeout, std::chrono::seconds(30));
    EXPECT_EQ(settings.smtp_data_done_timeout, std::chrono::seconds(600));
    EXPECT_EQ(settings.smtp_line_length_limit, 998U);
    EXPECT_EQ(settings.mx.host.smtp_host_lookup, std::vector{dns::HostSource::dns});
    EXPECT_EQ(settings.tls.smtp_tls_security_level, TlsLevel::none);
    EXPECT_TRUE(settings.smtp_sasl_security_options.noplaintext);
    EXPECT_TRUE(settings.smtp_skip_5xx_greeting);
    EXPECT_EQ(settings.tls.smtp_tls_secure_cert_match, (std::vector<std::string>{"nexthop", "dot-nexthop"}));
}

TEST(smtp_settings, a_smarthost_configuration_is_read) {
    const auto settings = read(
        "smtp_sasl_auth_enable = yes\nsmtp_sasl_security_options = noanonymous\nsmtp_tls_security_level = encrypt\n"
        "smtp_tls_CAfile = /ca.crt\nsmtp_tls_loglevel = 1\nsmtp_host_lookup = native, dns\ninet_protocols = "
        "ipv4\nsmtp_fallback_relay = [a]:26, b\n"
        "smtp_helo_timeout = 5\n");
    EXPECT_TRUE(settings.smtp_sasl_auth_enable);
    EXPECT_FALSE(settings.smtp_sasl_security_options.noplaintext);
    EXPECT_FALSE(settings.smtp_sasl_tls_security_options.noplaintext);
    EXPECT_EQ(settings.tls.smtp_tls_security_level, TlsLevel::encrypt);
    EXPECT_EQ(settings.tls.smtp_tls_CAfile, "/ca.crt");
    EXPECT_EQ(settings.mx.host.smtp_host_lookup, (std::vector{dns::HostSource::native, dns::HostSource::dns}));
    EXPECT_EQ(settings.mx.host.inet_protocols, dns::InetProtocols::ipv4);
    EXPECT_EQ(settings.smtp_fallback_relay, (std::vector<std::string>{"[a]:26", "b"}));
    EXPECT_EQ(settings.smtp_helo_timeout, std::chrono::seconds(5));
}

TEST(smtp_settings, older_tls_parameters_count_while_the_level_is_empty) {
    EXPECT_EQ(read("smtp_use_tls = yes\n").tls.smtp_tls_security_level, TlsLevel::may);
    EXPECT_EQ(read("smtp_enforce_tls = yes\n").tls.smtp_tls_security_level, TlsLevel::verify);
    EXPECT_EQ(read("smtp_enforce_tls = yes\nsmtp_tls_security_level = none\n").tls.smtp_tls_security_level,
              TlsLevel::none);
    EXPECT_EQ(read("smtp_tls_security_level = nonsense\n").tls.smtp_tls_security_level, TlsLevel::secure);
}

}  // namespace posthouse::deliver
