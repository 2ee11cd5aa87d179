// reject_unverified_sender, reject_unverified_recipient.
#include <deque>

#include "receive/restrictions/restriction_fixture_test.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::receive {
namespace {

using Kind = Verdict::Kind;
using State = mail::Verification::State;

class ScriptedVerifier final : public mail::AddressVerifier {
public:
    std::map<std::string, mail::Verification> known;
    std::vector<std::pair<std::string, std::chrono::seconds>> asked;
    world::Task<mail::Verification> verify(std::string address, std::chrono::seconds patience, world::Core&) override {
        asked.emplace_back(address, patience);
        const auto found = known.find(address);
        co_return found == known.end() ? mail::Verification{State::pending, "Address verification in progress"} : found->second;
    }
};

class NoWork final : public world::Executor {
public:
    void post(world::Work) override {}
};

class Unverified : public RestrictionTest {
protected:
    Unverified() {
        verifying = {&verifier, &core};
        verifier.known = {{"good@example.org", {State::deliverable, "250 ok"}},
                          {"bad@example.org", {State::undeliverable, "host mx[127.0.0.1] said: 550 no"}},
                          {"slow@example.org", {State::deferred, "connect to mx[127.0.0.1]:25: Connection refused"}}};
    }
    Outcome sender(std::string_view list, std::string address) {
        Facts known = facts();
        known.sender = std::move(address);
        return evaluate(list, known);
    }
    Outcome recipient(std::string_view list, std::string address) {
        Facts known = facts();
        known.recipient = std::move(address);
        return evaluate(list, known);
    }

    ScriptedVerifier verifier;
    NoWork executor;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver no_resolver;
    world::nobody::Four random;
    world::Core core{0, executor, clock, network, no_resolver, random};
};

}  // namespace

TEST_F(Unverified, an_address_that_takes_mail_passes) {
    EXPECT_EQ(sender("reject_unverified_sender", "good@example.org").kind, Kind::dunno);
    EXPECT_EQ(recipient("reject_unverified_recipient", "good@example.org").kind, Kind::dunno);
    EXPECT_EQ(sender("reject_unverified_sender", "").kind, Kind::dunno);
    EXPECT_EQ(verifier.asked.size(), 2U);
}

TEST_F(Unverified, the_default_codes_are_temporary) {
    EXPECT_EQ(sender("reject_unverified_sender", "bad@example.org").reply,
              "450 4.1.7 <bad@example.org>: Sender address rejected: unverified address: host mx[127.0.0.1] said: 550 no");
    EXPECT_EQ(recipient("reject_unverified_recipient", "bad@example.org").reply,
              "450 4.1.1 <bad@example.org>: Recipient address rejected: unverified address: host mx[127.0.0.1] said: 550 no");
    EXPECT_EQ(recipient("reject_unverified_recipient", "slow@example.org").reply,
              "450 4.1.1 <slow@example.org>: Recipient address rejected: unverified address: connect to mx[127.0.0.1]:25: Connection refused");
    EXPECT_EQ(recipient("reject_unverified_recipient", "new@example.org").reply,
              "450 4.1.1 <new@example.org>: Recipient address rejected: unverified address: Address verification in progress");
}

TEST_F(Unverified, a_permanent_code_rejects_what_is_undeliverable_and_nothing_else) {
    main_cf = "unverified_sender_reject_code = 550\nunverified_recipient_reject_code = 553\n";
    EXPECT_EQ(sender("reject_unverified_sender", "bad@example.org").reply,
              "550 5.1.7 <bad@example.org>: Sender address rejected: undeliverable address: host mx[127.0.0.1] said: 550 no");
    EXPECT_EQ(recipient("reject_unverified_recipient", "bad@example.org").reply,
              "553 5.1.1 <bad@example.org>: Recipient address rejected: undeliverable address: host mx[127.0.0.1] said: 550 no");
    EXPECT_TRUE(sender("reject_unverified_sender", "slow@example.org").reply.starts_with("450 "));
    EXPECT_TRUE(sender("reject_unverified_sender", "new@example.org").reply.starts_with("450 "));
}

TEST_F(Unverified, code_250_lets_pass) {
    main_cf = "unverified_sender_defer_code = 250\nunverified_recipient_reject_code = 250\n";
    EXPECT_EQ(sender("reject_unverified_sender", "slow@example.org").kind, Kind::dunno);
    EXPECT_EQ(sender("reject_unverified_sender", "new@example.org").kind, Kind::dunno);
    EXPECT_EQ(recipient("reject_unverified_recipient", "bad@example.org").kind, Kind::dunno);
    EXPECT_EQ(sender("reject_unverified_sender", "bad@example.org").kind, Kind::reject);
}

TEST_F(Unverified, a_temporary_failure_leaves_the_word_to_those_behind_unless_told_otherwise) {
    EXPECT_TRUE(sender("reject_unverified_sender, reject", "slow@example.org").reply.starts_with("554 5.7.1"));
    main_cf = "unverified_sender_tempfail_action = defer\n";
    EXPECT_TRUE(sender("reject_unverified_sender, reject", "slow@example.org").reply.starts_with("450 4.1.7"));
    EXPECT_TRUE(recipient("reject_unverified_recipient, reject", "slow@example.org").reply.starts_with("554 5.7.1"));
}

TEST_F(Unverified, the_reason_may_be_our_own) {
    main_cf = "unverified_recipient_reject_reason = Address lookup failed\n";
    EXPECT_EQ(recipient("reject_unverified_recipient", "bad@example.org").reply, "450 4.1.1 <bad@example.org>: Recipient address rejected: unverified address: Address lookup failed");
}

TEST_F(Unverified, words_of_another_server_stay_in_one_line_of_fair_length) {
    verifier.known["odd@example.org"] = {State::undeliverable, "host said: 550-no\r\n\x01" + std::string(1000, 'x')};
    const std::string reply = evaluate("reject_unverified_sender", [] {
        Facts known = facts();
        known.sender = "odd@example.org";
        return known;
    }()).reply;
    EXPECT_LT(reply.size(), 512U);
    EXPECT_EQ(reply.find_first_of("\r\n\x01"), std::string::npos);
}

TEST_F(Unverified, a_session_waits_as_long_as_it_would_poll) {
    sender("reject_unverified_sender", "new@example.org");
    main_cf = "address_verify_poll_count = 1\n";
    sender("reject_unverified_sender", "new@example.org");
    ASSERT_EQ(verifier.asked.size(), 2U);
    EXPECT_EQ(verifier.asked[0].second, std::chrono::seconds(6));
    EXPECT_EQ(verifier.asked[1].second, std::chrono::seconds(0));
}

TEST_F(Unverified, nobody_to_ask_is_a_temporary_failure) {
    verifying = {};
    EXPECT_EQ(sender("reject_unverified_sender", "x@example.org").reply, "450 4.1.7 <x@example.org>: Sender address rejected: address verification problem");
}

}  // namespace posthouse::receive
