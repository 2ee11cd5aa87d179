#include "config/view.hpp"

#include <gtest/gtest.h>

namespace posthouse::config {

using std::chrono::seconds;

TEST(View, gives_defaults_expanded) {
    const View view = View::of("", "mail.example.org");
    EXPECT_EQ(view.text("smtpd_banner"), "mail.example.org ESMTP Postfix");
    EXPECT_EQ(view.text("mydomain"), "example.org");
    EXPECT_EQ(view.text("myorigin"), "mail.example.org");
    EXPECT_EQ(view.raw("myorigin"), "$myhostname");
    EXPECT_EQ(view.list("mydestination"), (std::vector<std::string>{"mail.example.org", "localhost.example.org", "localhost"}));
    EXPECT_EQ(view.time("smtpd_timeout"), seconds(300));
    EXPECT_EQ(view.integer("smtpd_hard_error_limit"), 20);
    EXPECT_EQ(view.size("message_size_limit"), base::Bytes{10240000});
    EXPECT_FALSE(view.boolean("smtpd_helo_required"));
    EXPECT_FALSE(view.is_set("myorigin"));
}

TEST(View, no_compatibility_level_means_the_newest_defaults) {
    const View view = View::of("");
    EXPECT_EQ(view.text("smtpd_relay_restrictions"), "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination");
    EXPECT_FALSE(view.boolean("append_dot_mydomain"));
    EXPECT_EQ(view.text("smtp_tls_fingerprint_digest"), "sha256");
    EXPECT_EQ(view.text("relay_domains"), "");
    const View old = View::of("compatibility_level = 0\nmydestination = here\n");
    EXPECT_EQ(old.text("smtpd_relay_restrictions"), "");
    EXPECT_EQ(old.text("relay_domains"), "here");
    EXPECT_TRUE(old.boolean("append_dot_mydomain"));
}

TEST(View, host_and_domain_names_complete_each_other) {
    EXPECT_EQ(View::of("", "box").text("myhostname"), "box.localdomain");
    EXPECT_EQ(View::of("mydomain = example.net\n", "box").text("myhostname"), "box.example.net");
    EXPECT_EQ(View::of("myhostname = mx.example.net\n", "box").text("mydomain"), "example.net");
    EXPECT_EQ(View::of("myhostname = single\n").text("mydomain"), "localdomain");
    EXPECT_EQ(View::of("myhostname = mx.$mydomain\n").text("myhostname"), "mx.localdomain");
}

TEST(View, overrides_are_seen_by_every_value_that_refers_to_them) {
    Findings findings;
    ViewSource source;
    source.main_cf = MainCf::parse("mydomain = example.org\nsmtpd_banner = $myhostname\n", "main.cf", findings);
    source.overrides = {{.name = "myhostname", .value = "one.$mydomain", .file = "master.cf", .line = 7},
                        {.name = "myhostname", .value = "two.$mydomain", .file = "master.cf", .line = 7}};
    source.service_name = "submission";
    const View view(source);
    EXPECT_EQ(view.text("smtpd_banner"), "two.example.org");
    EXPECT_EQ(view.text("service_name"), "submission");
    EXPECT_EQ(view.origin("myhostname")->line, 7);
    EXPECT_EQ(view.origin("relayhost"), nullptr);
}

TEST(View, values_that_do_not_parse_are_errors_and_give_the_default) {
    const View view = View::of("smtpd_timeout = soon\nsmtpd_helo_required = true\nsmtpd_recipient_limit = many\nmessage_size_limit = 10M\n");
    EXPECT_EQ(view.time("smtpd_timeout"), seconds(300));
    EXPECT_FALSE(view.boolean("smtpd_helo_required"));
    EXPECT_EQ(view.integer("smtpd_recipient_limit"), 1000);
    EXPECT_EQ(view.size("message_size_limit"), base::Bytes{10240000});
    const Findings findings = view.check_values();
    EXPECT_EQ(findings.size(), 4U);
    EXPECT_EQ(to_text(findings[3]), "main.cf:1: error: parameter smtpd_timeout: bad time value or unit: soon (a number and s, m, h, d or w)");
}

TEST(View, undefined_names_and_bad_macros_are_found) {
    const Findings findings = View::of("relayhost = $nowhere\nmyorigin = ${\nmyhostname = $a\na = $myhostname\n").check_values();
    ASSERT_EQ(findings.size(), 4U);
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_EQ(findings[2].text, "myorigin: truncated macro reference: \"${\"");
    EXPECT_EQ(to_text(findings[3]), "main.cf:1: warning: relayhost: undefined parameter: nowhere");
}

TEST(View, raw_parameters_keep_their_macros) {
    const View view = View::of("default_rbl_reply = $rbl_code no\nsmtpd_reject_footer = \\c see $myhostname\n");
    EXPECT_EQ(view.text("default_rbl_reply"), "$rbl_code no");
    EXPECT_EQ(view.text("smtpd_reject_footer"), "\\c see $myhostname");
    EXPECT_EQ(view.expanded("see $myhostname"), "see mail.example.test");
    EXPECT_TRUE(view.check_values().empty());
}

TEST(View, user_defined_names_have_values) {
    const View view = View::of("mua_client_restrictions = permit_mynetworks\nlist = $mua_client_restrictions, reject\n");
    EXPECT_EQ(view.text("list"), "permit_mynetworks, reject");
    EXPECT_EQ(view.value("list"), "permit_mynetworks, reject");
    EXPECT_EQ(view.value("nothing_at_all"), std::nullopt);
    EXPECT_EQ(view.value("relayhost"), "");
}

TEST(View, transport_families_fall_back_to_their_defaults) {
    const View view = View::of("default_destination_concurrency_limit = 7\nslow_destination_rate_delay = 2m\nslow_destination_concurrency_limit = 1\n"
                               "bad_destination_recipient_limit = x\nmaildrop_time_limit = 30\n");
    EXPECT_EQ(view.transport_integer("slow", "destination_concurrency_limit"), 1);
    EXPECT_EQ(view.transport_integer("smtp", "destination_concurrency_limit"), 7);
    EXPECT_EQ(view.transport_integer("local", "destination_concurrency_limit"), 2);
    EXPECT_EQ(view.transport_integer("bad", "destination_recipient_limit"), 50);
    EXPECT_EQ(view.transport_time("slow", "destination_rate_delay"), seconds(120));
    EXPECT_EQ(view.transport_time("smtp", "destination_rate_delay"), seconds(0));
    EXPECT_EQ(view.transport_time("maildrop", "time_limit"), seconds(30));
    EXPECT_EQ(view.transport_value("smtp", "initial_destination_concurrency"), "5");
    const auto split = split_transport_parameter("premium_relay_destination_recipient_limit");
    ASSERT_TRUE(split);
    EXPECT_EQ(split->first, "premium_relay");
    EXPECT_EQ(split->second, "destination_recipient_limit");
    EXPECT_FALSE(split_transport_parameter("relayhost"));
}

TEST(View, mynetworks_follows_style_and_interfaces) {
    ViewSource source;
    source.facts.interfaces = {{.address = *base::IpAddress::parse("127.0.0.1"), .prefix_length = 8},
                               {.address = *base::IpAddress::parse("192.0.2.77"), .prefix_length = 26},
                               {.address = *base::IpAddress::parse("::1"), .prefix_length = 128}};
    const auto networks = [&](std::string_view main_cf) {
        Findings findings;
        source.main_cf = MainCf::parse(main_cf, "main.cf", findings);
        return View(source).text("mynetworks");
    };
    EXPECT_EQ(networks(""), "127.0.0.1/32 192.0.2.77/32 [::1]/128");
    EXPECT_EQ(networks("mynetworks_style = subnet"), "127.0.0.0/8 192.0.2.64/26 [::1]/128");
    EXPECT_EQ(networks("mynetworks_style = class\ninet_protocols = ipv4"), "127.0.0.0/8 192.0.2.0/24");
    EXPECT_EQ(networks("inet_interfaces = loopback-only"), "127.0.0.1/32 [::1]/128");
    EXPECT_EQ(networks("inet_interfaces = 192.0.2.77"), "192.0.2.77/32");
    EXPECT_EQ(networks("mynetworks =,"), ",");
}

}  // namespace posthouse::config
