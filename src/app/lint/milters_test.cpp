#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

TEST(LintMilters, a_socket_that_does_not_exist_is_a_note) {
    const Said said = lint_with(milters, "smtpd_milters = unix:/run/a.sock, unix:b.sock\nqueue_directory = /q\nnon_smtpd_milters = $smtpd_milters\n", {}, {{"/q/b.sock", {}}});
    EXPECT_EQ(said.places, Places{"main.cf:1: note"});  // of one milter once
    EXPECT_NE(said.texts.find("there is no socket /run/a.sock"), std::string::npos);
    EXPECT_EQ(lint_with(milters, "non_smtpd_milters = unix:/run/a.sock\n").places, Places{"main.cf:1: note"});
}

TEST(LintMilters, mail_that_would_leave_unsigned_is_a_note) {
    EXPECT_EQ(lint_with(milters, "smtpd_milters = inet:localhost:8891\nmilter_default_action = accept\n").places, (Places{"main.cf:1: note"}));
    EXPECT_EQ(lint_with(milters, "smtpd_milters = { inet:localhost:8891, default_action=tempfail }\nmilter_default_action = accept\n").places, Places{});
    EXPECT_EQ(lint_with(milters, "smtpd_milters = inet:localhost:11332\nmilter_default_action = accept\n").places, Places{});
    EXPECT_EQ(lint_with(milters, "smtpd_milters = inet:localhost:8891\n").places, Places{});
}

}  // namespace
}  // namespace posthouse::app::lint
