#include "config/master_cf.hpp"

#include <gtest/gtest.h>

namespace posthouse::config {

namespace {

Service one(std::string_view text) {
    Findings findings;
    const std::vector<Service> services = parse_master_cf(text, "master.cf", findings);
    EXPECT_TRUE(findings.empty()) << findings.text();
    EXPECT_EQ(services.size(), 1U);
    return services.empty() ? Service{} : services[0];
}

std::string complaint(std::string_view text) {
    Findings findings;
    const std::vector<Service> services = parse_master_cf(text, "master.cf", findings);
    return findings.empty() ? "" : to_text(findings[0]);
}

}  // namespace

TEST(MasterCf, reads_all_columns) {
    const Service service = one("smtp inet n - y 1000? 1 postscreen\n");
    EXPECT_EQ(service.name, "smtp");
    EXPECT_EQ(service.type, ServiceType::inet);
    EXPECT_FALSE(service.is_private);
    EXPECT_TRUE(service.unprivileged);
    EXPECT_TRUE(service.chroot);
    EXPECT_EQ(service.wakeup, std::chrono::seconds(1000));
    EXPECT_TRUE(service.wakeup_only_if_used);
    EXPECT_EQ(service.maxproc, 1U);
    EXPECT_EQ(service.command, "postscreen");
}

TEST(MasterCf, a_hyphen_means_the_default) {
    const Service service = one("relay unix - - - - - smtp\n");
    EXPECT_TRUE(service.is_private);
    EXPECT_TRUE(service.unprivileged);
    EXPECT_FALSE(service.chroot);
    EXPECT_EQ(service.wakeup, std::chrono::seconds(0));
    EXPECT_EQ(service.maxproc, std::nullopt);
    EXPECT_TRUE(service.arguments.empty());
}

TEST(MasterCf, reads_every_form_of_option) {
    const Service service = one("127.0.0.1:587 inet n - n - - smtpd -v\n"
                                "  -o syslog_name=postfix/submission -o a= \n"
                                "  #-o commented=out\n"
                                "# and this\n"
                                "  -ob=2 -o { smtpd_client_restrictions = permit_mynetworks, reject }\n"
                                "  -o {c=x {y} z} -vv -D\n");
    ASSERT_EQ(service.overrides.size(), 5U);
    EXPECT_EQ(service.overrides[0].name, "syslog_name");
    EXPECT_EQ(service.overrides[0].value, "postfix/submission");
    EXPECT_EQ(service.overrides[1].value, "");
    EXPECT_EQ(service.overrides[2].name, "b");
    EXPECT_EQ(service.overrides[3].name, "smtpd_client_restrictions");
    EXPECT_EQ(service.overrides[3].value, "permit_mynetworks, reject");
    EXPECT_EQ(service.overrides[4].value, "x {y} z");
    EXPECT_EQ(service.overrides[4].line, 6);
    EXPECT_EQ(service.verbose, 3U);
    EXPECT_EQ(service.arguments, (std::vector<std::string>{"-v", "-vv", "-D"}));
}

TEST(MasterCf, options_end_at_the_first_other_word) {
    const Service service = one("drop unix - n n - - pipe -o x=1\n flags=DRhu user=vmail { argv=/bin/x } -o ${recipient} { a b }\n");
    EXPECT_EQ(service.overrides.size(), 1U);
    EXPECT_EQ(service.arguments, (std::vector<std::string>{"flags=DRhu", "user=vmail", "argv=/bin/x", "-o", "${recipient}", "a b"}));
    EXPECT_EQ(service.words[4], "{ argv=/bin/x }");
    const Service ended = one("drop unix - n n - - pipe -v -- -o user=vmail\n");
    EXPECT_TRUE(ended.overrides.empty());
    EXPECT_EQ(ended.arguments, (std::vector<std::string>{"-v", "-o", "user=vmail"}));
}

TEST(MasterCf, bad_rows_are_errors_with_their_place) {
    EXPECT_EQ(complaint("\nsmtp inet n - n -\n"),
              "master.cf:2: error: service \"smtp\" has 6 of 8 columns (name type private unpriv chroot wakeup maxproc command)");
    EXPECT_EQ(complaint("smtp tcp n - n - - smtpd\n"), "master.cf:1: error: field \"transport type\": bad value: \"tcp\"");
    EXPECT_EQ(complaint("smtp inet no - n - - smtpd\n"), "master.cf:1: error: field \"private\": bad value: \"no\"");
    EXPECT_EQ(complaint("smtp inet - - n - - smtpd\n"), "master.cf:1: error: inet service \"smtp\" cannot be private");
    EXPECT_EQ(complaint("x unix - x n - - smtp\n"), "master.cf:1: error: field \"unprivileged\": bad value: \"x\"");
    EXPECT_EQ(complaint("x unix - - n soon - smtp\n"), "master.cf:1: error: field \"wakeup_time\": bad value: \"soon\"");
    EXPECT_EQ(complaint("x unix - - n 10s - smtp\n"), "master.cf:1: error: field \"wakeup_time\": bad value: \"10s\"");
    EXPECT_EQ(complaint("x unix - - n - -1 smtp\n"), "master.cf:1: error: field \"process_limit\": bad value: \"-1\"");
    EXPECT_EQ(complaint("x unix - - n - - smtp -o relayhost\n"), "master.cf:1: error: -o relayhost: missing '=' after attribute name");
    EXPECT_EQ(complaint("x unix - - n - - smtp -o\n"), "master.cf:1: error: -o without name=value");
    EXPECT_EQ(complaint("x unix - - n - - smtp -o { a=b\n"), "master.cf:1: error: missing '}' or text after it in \"{ a=b\"");
    EXPECT_EQ(complaint("[::1 inet n - n - - smtpd\n"), "master.cf:1: error: field \"service name\": bad value: \"[::1\"");
}

TEST(MasterCf, the_last_of_two_equal_services_counts) {
    Findings findings;
    const auto services = parse_master_cf("smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\nsmtp inet n - n - 1 postscreen\n", "master.cf", findings);
    ASSERT_EQ(services.size(), 2U);
    EXPECT_EQ(services[0].command, "postscreen");
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::warning);
}

TEST(InetService, splits_host_and_port) {
    EXPECT_EQ(parse_inet_service("smtp"), (ServiceAddress{"", "smtp"}));
    EXPECT_EQ(parse_inet_service(":25"), (ServiceAddress{"", "25"}));
    EXPECT_EQ(parse_inet_service("127.0.0.1:2525"), (ServiceAddress{"127.0.0.1", "2525"}));
    EXPECT_EQ(parse_inet_service("mail.example.org:smtp"), (ServiceAddress{"mail.example.org", "smtp"}));
    EXPECT_EQ(parse_inet_service("[::1]:587"), (ServiceAddress{"::1", "587"}));
    for (const char* bad : {"", "host:", "[::1]", "[::1", "[]:25", "::1:25", "[::1]25"}) {
        EXPECT_EQ(parse_inet_service(bad), std::nullopt) << bad;
    }
}

TEST(InetService, resolves_port_names) {
    constexpr std::string_view known = "lmtp=24, smtp=25, smtps=submissions=465, submission=587";
    EXPECT_EQ(resolve_port("2525", known), 2525);
    EXPECT_EQ(resolve_port("submissions", known), 465);
    EXPECT_EQ(resolve_port("smtps", known), 465);
    EXPECT_EQ(resolve_port("smtp", ""), 25);
    EXPECT_EQ(resolve_port("imap", known, [](std::string_view name) { return name == "imap" ? std::optional<std::uint16_t>(143) : std::nullopt; }), 143);
    for (const char* bad : {"0", "65536", "-1", "nosuch", "465", "25x"}) {
        EXPECT_EQ(resolve_port(bad, known).value_or(0), bad == std::string_view("465") ? 465 : 0) << bad;
    }
}

TEST(MasterCf, an_override_is_where_it_was_written) {
    Findings findings;
    const auto services = parse_master_cf("smtp inet n - n - - smtpd\n  -o a=1\n  -ob=2\n  -o { c = 3 }\n", "master.cf", findings);
    ASSERT_EQ(services.size(), 1U);
    ASSERT_EQ(services[0].overrides.size(), 3U);
    EXPECT_EQ(services[0].line, 1);
    EXPECT_EQ(services[0].overrides[0].line, 2);
    EXPECT_EQ(services[0].overrides[1].line, 3);
    EXPECT_EQ(services[0].overrides[2].line, 4);
}

}  // namespace posthouse::config
