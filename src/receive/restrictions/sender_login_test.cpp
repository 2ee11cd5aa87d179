#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;

class SenderLogin : public RestrictionTest {
protected:
    SenderLogin() {
        main_cf = "smtpd_sasl_auth_enable = yes\nsmtpd_sender_login_maps = inline:{{john@example.org=john, boss} {@sales.example=john}}\n";
    }
    std::string reply(std::string_view list, std::string sender, std::string login) {
        Facts known = facts();
        known.sender = std::move(sender);
        known.sasl_username = std::move(login);
        return evaluate(list, known).reply;
    }
};

}  // namespace

TEST_F(SenderLogin, an_owned_address_needs_its_owners_login) {
    EXPECT_EQ(reply("reject_sender_login_mismatch", "john@example.org", "JOHN"), "");
    EXPECT_EQ(reply("reject_sender_login_mismatch", "john@example.org", "boss"), "");
    EXPECT_EQ(reply("reject_sender_login_mismatch", "any@SALES.example", "john"), "");
    EXPECT_EQ(reply("reject_sender_login_mismatch", "john@example.org", "jane"), "553 5.7.1 <john@example.org>: Sender address rejected: not owned by user jane");
    EXPECT_EQ(reply("reject_sender_login_mismatch", "john@example.org", ""), "553 5.7.1 <john@example.org>: Sender address rejected: not logged in");
}

TEST_F(SenderLogin, each_restriction_has_its_own_idea_of_an_unowned_address) {
    EXPECT_EQ(reply("reject_sender_login_mismatch", "x@example.com", "jane"), "553 5.7.1 <x@example.com>: Sender address rejected: not owned by user jane");
    EXPECT_EQ(reply("reject_known_sender_login_mismatch", "x@example.com", "jane"), "");
    EXPECT_EQ(reply("reject_sender_login_mismatch", "x@example.com", ""), "");
    EXPECT_EQ(reply("reject_unauthenticated_sender_login_mismatch", "john@example.org", "jane"), "");
    EXPECT_EQ(reply("reject_authenticated_sender_login_mismatch", "john@example.org", ""), "");
    EXPECT_EQ(reply("reject_sender_login_mismatch", "", "jane"), "");
}

TEST_F(SenderLogin, a_table_that_cannot_answer_defers) {
    main_cf = "smtpd_sasl_auth_enable = yes\nsmtpd_sender_login_maps = texthash:/missing\n";
    EXPECT_EQ(reply("reject_sender_login_mismatch", "john@example.org", "john"), "451 4.3.0 <john@example.org>: Temporary lookup failure");
}

}  // namespace posthouse::receive
