// Rows that nothing names, domains, recipients, routes.
#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

const std::string paid = "paid unix - - n - - smtp\n";

TEST(lint_services, a_transport_wants_a_route) {
    EXPECT_EQ(lint_with(services, "", paid).places, (Places{"master.cf:6: warning"}));
    EXPECT_EQ(lint_with(services, "default_transport = paid:[x.example]\n", paid).texts, "");
    EXPECT_EQ(lint_with(services, "transport_maps = hash:/t\n", paid, {{"/t", {"example.org paid:[x]\n"}}}).texts, "");
    EXPECT_EQ(lint_with(services, "transport_maps = hash:/t\n", paid, {{"/t", {"example.org prepaid:[x]\n"}}}).places, (Places{"master.cf:6: warning"}));
    EXPECT_EQ(lint_with(services, "transport_maps = mysql:/t\n", paid).texts, "") << "who knows";
    EXPECT_EQ(lint_with(services, "content_filter = paid:[127.0.0.1]:10025\n", paid).texts, "");
}

TEST(lint_destinations, a_bracket_that_nobody_closes) {
    EXPECT_EQ(lint_with(destinations, "relayhost = [192.0.2.1:587\n").places, (Places{"main.cf:1: error"}));
    EXPECT_EQ(lint_with(destinations, "relayhost = [192.0.2.1]:587, other.example\n").texts, "");
}

TEST(lint_services, a_policy_server_wants_a_question) {
    const std::string row = "policy unix - n n - 0 spawn user=nobody argv=/bin/policyd\n";
    EXPECT_EQ(lint_with(services, "", row).places, (Places{"master.cf:6: warning"}));
    EXPECT_EQ(lint_with(services, "smtpd_recipient_restrictions = reject_unauth_destination, check_policy_service unix:private/policy\n", row).texts, "");
}

TEST(lint_services, postscreen_and_who_takes_over_need_each_other) {
    const std::string pass = "smtpd pass - - n - - smtpd\n";
    const std::string screen = "2525 inet n - n - 1 postscreen\n";
    EXPECT_EQ(lint_with(services, "", pass).places, (Places{"master.cf:6: warning"}));
    EXPECT_EQ(lint_with(services, "", screen).places, (Places{"master.cf:6: error"}));
    EXPECT_EQ(lint_with(services, "", pass + screen).texts, "");
}

TEST(lint_destinations, a_domain_belongs_to_one_class) {
    EXPECT_EQ(lint_with(destinations, "mydestination = example.org\nvirtual_mailbox_domains = Example.org\n").places, (Places{"main.cf:2: warning"}));
    EXPECT_EQ(lint_with(destinations, "mydestination = example.org\nrelay_domains = $mydestination example.net\nvirtual_alias_domains = hash:/x\n").texts, "");
}

TEST(lint_destinations, recipients_that_nobody_checks_bounce_later) {
    EXPECT_EQ(lint_with(destinations, "mydestination = example.org\nlocal_recipient_maps =\n").places, (Places{"main.cf:2: warning"}));
    EXPECT_EQ(lint_with(destinations, "mydestination =\nlocal_recipient_maps =\n").texts, "");
}

TEST(lint_destinations, a_route_for_all_names_a_host) {
    const auto said = [](const std::string& route, const std::string& main_cf) { return lint_with(destinations, "transport_maps = hash:/t\n" + main_cf, paid, {{"/t", {"# all\n" + route + "\n"}}}); };
    EXPECT_EQ(said("* paid:", "mydestination =\n").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(said("* paid:[x.example]:587", "mydestination =\n").texts, "");
    EXPECT_EQ(said("* paid:[x.example]:587", "mydestination = example.org\n").places, (Places{"main.cf:1: note"}));
    EXPECT_EQ(said("example.net paid:", "").texts, "");
}

}  // namespace
}  // namespace posthouse::app::lint
