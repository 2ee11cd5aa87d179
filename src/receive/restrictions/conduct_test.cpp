#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {

using Kind = Verdict::Kind;
using Conduct = RestrictionTest;

TEST_F(Conduct, a_bounce_for_several_recipients_is_refused) {
    Facts known = facts();
    known.sender = "";
    known.recipients_accepted = 0;
    known.recipient_pending = true;
    EXPECT_EQ(evaluate("reject_multi_recipient_bounce", known).kind, Kind::dunno);
    known.recipients_accepted = 1;
    EXPECT_EQ(evaluate("reject_multi_recipient_bounce", known).reply, "550 5.5.3 <r@example.net>: Recipient address rejected: Multi-recipient bounce");
    known.stage = Stage::data;
    known.recipient_pending = false;
    EXPECT_EQ(evaluate("reject_multi_recipient_bounce", known).kind, Kind::dunno);
    known.recipients_accepted = 2;
    EXPECT_EQ(evaluate("reject_multi_recipient_bounce", known).reply, "550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce");
    known.sender = "a@example.org";
    EXPECT_EQ(evaluate("reject_multi_recipient_bounce", known).kind, Kind::dunno);
}

TEST_F(Conduct, plain_text_sessions_are_refused) {
    Facts known = facts();
    EXPECT_EQ(evaluate("reject_plaintext_session", known).reply, "450 4.7.1 Session encryption is required");
    known.tls_active = true;
    EXPECT_EQ(evaluate("reject_plaintext_session", known).kind, Kind::dunno);
}

TEST_F(Conduct, deferrals_wait_for_the_end_of_the_list) {
    EXPECT_EQ(evaluate("defer_if_permit, permit").reply, "450 4.7.0 <r@example.net>: Recipient address rejected: defer_if_permit requested");
    EXPECT_EQ(evaluate("defer_if_permit, reject").reply, "554 5.7.1 <r@example.net>: Recipient address rejected: Access denied");
    EXPECT_EQ(evaluate("defer_if_reject, reject").reply, "450 4.7.0 <r@example.net>: Recipient address rejected: defer_if_reject requested");
    EXPECT_EQ(evaluate("defer_if_reject, permit").kind, Kind::permit);
}

TEST_F(Conduct, sleep_takes_its_time_and_leaves_the_decision_to_others) {
    EXPECT_EQ(evaluate("sleep 2, permit").kind, Kind::permit);
    EXPECT_EQ(evaluate("sleep soon").reply, "451 4.3.5 Server configuration error");
}

}  // namespace posthouse::receive
