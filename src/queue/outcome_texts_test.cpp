#include "queue/outcome_texts.hpp"

#include "queue/scripted_queue_test.hpp"

namespace posthouse::queue {

using OutcomeTextsTest = scripted::ScriptedQueue;

TEST(OutcomeTexts, the_more_recipients_a_message_has_the_less_is_kept_of_each_text) {
    EXPECT_EQ(text_room(0), outcome_text_max);
    EXPECT_EQ(text_room(1), outcome_text_max);
    EXPECT_EQ(text_room(outcome_texts_max / outcome_text_max), outcome_text_max);
    EXPECT_LT(text_room(2 * outcome_texts_max / outcome_text_max), outcome_text_max);
    EXPECT_EQ(text_room(1'000'000), outcome_text_least);
    for (const std::size_t recipients : {1U, 5'000U, 20'000U, 50'000U}) {
        EXPECT_LE(recipients * text_room(recipients), outcome_texts_max) << recipients;
    }
}

TEST(OutcomeTexts, are_cut_between_characters_and_give_their_memory_back) {
    mail::Outcome outcome = mail::Outcome::deferred(std::string(5000, '4'), std::string(299, 'x') + "\u00e9" + std::string(5000, 'x'));
    outcome.relay = outcome.remote_mta = outcome.diagnostic = std::string(300, 'd');
    bound_texts(outcome, 300);
    EXPECT_EQ(outcome.text, std::string(299, 'x'));
    EXPECT_LT(outcome.text.capacity(), 1000U);
    EXPECT_EQ(outcome.status.size(), 300U);
    EXPECT_EQ(outcome.relay, std::string(300, 'd'));
    EXPECT_EQ(outcome.remote_mta, std::string(300, 'd'));
    EXPECT_EQ(outcome.diagnostic, std::string(300, 'd'));
}

TEST_F(OutcomeTextsTest, no_row_of_the_spool_holds_more_than_its_room_whatever_an_agent_says) {
    make();
    start();
    commit(10, {"a@one.example"});
    mail::Outcome talkative = mail::Outcome::deferred("4.2.0", std::string(100'000, 'x'));
    talkative.diagnostic = std::string(100'000, 'd');
    talkative.remote_mta = std::string(100'000, 'r');
    answer(0, talkative);
    ASSERT_EQ(spool_.messages.at(10).queue, mail::QueueName::deferred);
    const mail::RecipientState& state = spool_.messages.at(10).recipients.at(0);
    EXPECT_EQ(state.reason, std::string(outcome_text_max, 'x'));
    EXPECT_EQ(state.diagnostic, std::string(outcome_text_max, 'd'));
    EXPECT_EQ(state.remote_mta, std::string(outcome_text_max, 'r'));
}

}  // namespace posthouse::queue
