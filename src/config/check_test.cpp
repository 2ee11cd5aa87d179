#include "config/check.hpp"

#include <gtest/gtest.h>

#include <map>

namespace posthouse::config {

namespace {

constexpr std::string_view stock = "smtp inet n - n - - smtpd\nrewrite unix - - n - - trivial-rewrite\nsmtp unix - - n - - smtp\n"
                                   "local unix - n n - - local\n";

std::shared_ptr<const Configuration> configured(std::string main_cf, std::string master_cf = std::string(stock)) {
    const std::map<std::string, std::string> files{{"/c/main.cf", std::move(main_cf)}, {"/c/master.cf", std::move(master_cf)}};
    LoadRequest request;
    request.directory = "/c";
    request.facts.hostname = "mail.example.org";
    request.reader = [&](const std::string& path) -> base::Result<std::string> { return files.at(path); };
    const auto loaded = load(std::move(request));
    EXPECT_TRUE(loaded);
    return *loaded;
}

std::string findings_of(std::string main_cf, std::string master_cf = std::string(stock)) {
    return check(*configured(std::move(main_cf), std::move(master_cf))).text();
}

}  // namespace

TEST(Load, fails_only_if_a_file_cannot_be_read) {
    LoadRequest request;
    request.directory = "/c";
    request.reader = [](const std::string& path) -> base::Result<std::string> {
        return path == "/c/main.cf" ? base::Result<std::string>("junk\n") : base::fail(base::ErrorKind::not_found, "No such file");
    };
    const auto loaded = load(request);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().text, "read /c/master.cf: No such file");
}

TEST(Load, gives_each_service_its_view) {
    const auto configuration = configured("smtpd_tls_security_level = may\n",
                                          "smtp inet n - n - - smtpd\n587 inet n - n - - smtpd\n  -o smtpd_tls_security_level=encrypt\n");
    EXPECT_EQ(configuration->main().text("config_directory"), "/c");
    EXPECT_EQ(configuration->view(configuration->services()[0]).text("smtpd_tls_security_level"), "may");
    EXPECT_EQ(configuration->view(configuration->services()[1]).text("smtpd_tls_security_level"), "encrypt");
    EXPECT_EQ(configuration->view(configuration->services()[1]).text("service_name"), "587");
    EXPECT_EQ(configuration->service("587", ServiceType::inet), &configuration->services()[1]);
    EXPECT_EQ(configuration->transport("587"), nullptr);
}

TEST(Load, command_line_settings_win) {
    LoadRequest request;
    request.reader = [](const std::string&) -> base::Result<std::string> { return "relayhost = a\n"; };
    request.settings = {{"relayhost", "b"}};
    const auto loaded = load(std::move(request));
    ASSERT_TRUE(loaded);
    EXPECT_EQ((*loaded)->main().text("relayhost"), "b");
    EXPECT_TRUE((*loaded)->findings().has_errors());  // the reader gave the same text for master.cf
}

TEST(Check, an_ordinary_configuration_has_no_findings) {
    EXPECT_EQ(findings_of("myhostname = relay.example.org\nmydomain = example.org\nmyorigin = $mydomain\ninet_interfaces = 127.0.0.1\n"
                          "relayhost = [127.0.0.1]:2525\nsmtp_tls_security_level = encrypt\nsmtpd_relay_restrictions =\n permit_mynetworks,\n reject\n"),
              "");
}

TEST(Check, unknown_names_get_the_nearest_known_one) {
    EXPECT_EQ(findings_of("smtpd_recipient_restrictons = reject\n"),
              "/c/main.cf:1: warning: unused parameter: smtpd_recipient_restrictons=reject (did you mean smtpd_recipient_restrictions?)\n");
    EXPECT_EQ(findings_of("", std::string(stock) + "x unix - - n - - smtp -o entirely_made_up_thing=1\n"),
              "/c/master.cf:5: warning: unused parameter: entirely_made_up_thing=1\n");
}

TEST(Check, names_that_are_used_somewhere_are_known) {
    EXPECT_EQ(findings_of("mine = example.org\nmydestination = $mine\nlocal_destination_rate_delay = 1s\nsmtp_destination_rate_delay = 1s\n"
                          "smtpd_restriction_classes = greedy\ngreedy = reject\nvirtual_alias_maps = proxy:ldap:people, unionmap:{mysql:more,proxy:pgsql:/x.cf}\npeople_server_host = x\nmore_tls_CAfile = y\n"
                          "mua_client = permit\n",
                          std::string(stock) + "587 inet n - n - - smtpd -o smtpd_client_restrictions=$mua_client\n"),
              "");
    EXPECT_EQ(findings_of("virtual_alias_maps = mysql:people\npeople_hsots = x\n"), "/c/main.cf:2: warning: unused parameter: people_hsots=x\n");
    EXPECT_EQ(findings_of("virtual_alias_maps = mysql:people\npeople_server_host = x\n"), "/c/main.cf:2: warning: unused parameter: people_server_host=x\n");
    EXPECT_EQ(findings_of("nosuch_destination_rate_delay = 1s\n"), "/c/main.cf:1: warning: unused parameter: nosuch_destination_rate_delay=1s\n");
}

TEST(Check, what_is_not_supported_is_told_once) {
    EXPECT_EQ(findings_of("always_bcc = archive\n"),
              "/c/main.cf:1: warning: always_bcc is not supported yet, the setting is ignored; its purpose: Sends a copy of all mail to this address.\n");
    EXPECT_EQ(findings_of("max_use = 7\n"),
              "/c/main.cf:1: note: max_use has no effect here: No service processes that are replaced after a while.\n");
    EXPECT_EQ(findings_of("maps_rbl_domains = rbl.example\n"),
              "/c/main.cf:1: error: maps_rbl_domains is not supported yet, and mail would be less protected without it: "
              "Old list of DNS lists for reject_maps_rbl; use reject_rbl_client.\n");
    EXPECT_EQ(findings_of("smtpd_milters =\nmax_use = 100\nalways_bcc =\n"), "");
}

TEST(Check, queue_minfree_has_to_leave_room_for_a_message) {
    EXPECT_EQ(findings_of("message_size_limit = 1000000\nqueue_minfree = 1499999\n"),
              "/c/main.cf:2: warning: queue_minfree(1499999) should be at least 1.5*message_size_limit(1000000)\n");
    EXPECT_EQ(findings_of("message_size_limit = 1000000\nqueue_minfree = 1500000\n"), "");
    EXPECT_EQ(findings_of("message_size_limit = 0\nqueue_minfree = 1000\n"), "");
    EXPECT_EQ(findings_of("queue_minfree = 0\n"), "");
}

TEST(Check, findings_come_in_the_order_of_the_files) {
    const Findings findings = check(*configured("zzz_zzz_zzz = 1\naaa_aaa_aaa = 1\n", "x unix - - n - - nosuch\n"));
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(findings[0].line, 1);
    EXPECT_EQ(findings[1].line, 2);
    EXPECT_EQ(findings[2].file, "/c/master.cf");
}

TEST(Check, postscreen_settings_need_a_postscreen) {
    EXPECT_EQ(findings_of("postscreen_tls_cert_file = /x\n"), "");
    EXPECT_NE(check(*configured("postscreen_tls_cert_file = /x\n", "smtp inet n - n - 1 postscreen\n")).text(), "");
}

TEST(Check, end_of_line_comments_are_pointed_out) {
    EXPECT_EQ(findings_of("smtpd_recipient_restrictions =\n permit_mynetworks, # Allow them\n reject_unauth_destination\n"),
              "/c/main.cf:1: warning: smtpd_recipient_restrictions contains \"#\": main.cf has no end-of-line comments, the words after # "
              "are part of the value\n");
}

TEST(Check, overrides_that_nobody_reads_are_pointed_out) {
    EXPECT_EQ(findings_of("", "premium unix - - n - - smtp\n -o relayhost=[127.0.0.1]:25\n -o smtp_sasl_auth_enable=yes\n"),
              "/c/master.cf:2: warning: service \"premium\": -o relayhost has no effect, smtp never reads it (trivial-rewrite does)\n");
    EXPECT_EQ(findings_of("", "premium unix - - n - - smtp -o relayhost=x -o smtp_fallback_relay=$relayhost\n"), "");
    EXPECT_EQ(findings_of("", "25 inet n - n - - smtpd -o smtp_helo_timeout=5\n"),
              "/c/master.cf:1: warning: service \"25\": -o smtp_helo_timeout has no effect, smtpd never reads it (smtp does)\n");
}

TEST(Check, bad_values_and_unknown_commands_are_errors) {
    EXPECT_EQ(findings_of("smtpd_helo_required = maybe\n"),
              "/c/main.cf:1: error: bad boolean configuration: smtpd_helo_required = maybe (yes or no)\n");
    EXPECT_EQ(findings_of("", "25 inet n - n - - smtpd -o smtpd_helo_required=maybe\n"),
              "/c/master.cf:1: error: bad boolean configuration: smtpd_helo_required = maybe (yes or no)\n");
    EXPECT_EQ(findings_of("", "25 inet n - n - - smptd\n"), "/c/master.cf:1: error: service \"25\": unknown command: smptd\n");
}

}  // namespace posthouse::config
