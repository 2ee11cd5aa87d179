#include "verify/address_cache.hpp"

#include <gtest/gtest.h>

namespace posthouse::verify {
namespace {

using State = mail::Verification::State;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class AddressCacheTest : public ::testing::Test {
protected:
    static constexpr world::WallTime start{seconds(1'000'000'000)};
    bool wants_probe(world::WallTime now) const { return cache.look_up("x@y", now, settings).probe_wanted; }
    std::optional<State> state(world::WallTime now) const {
        const auto known = cache.look_up("x@y", now, settings);
        return known.answer ? std::optional(known.answer->state) : std::nullopt;
    }
    VerifySettings settings;
    AddressCache cache;
};

}  // namespace

TEST_F(AddressCacheTest, an_address_that_nobody_asked_for_is_to_be_probed) {
    EXPECT_EQ(state(start), std::nullopt);
    EXPECT_TRUE(wants_probe(start));
}

TEST_F(AddressCacheTest, a_good_address_counts_for_31_days_and_is_looked_at_again_after_7) {
    ASSERT_NE(cache.update("x@y", {State::deliverable, "ok"}, start, settings), nullptr);
    EXPECT_EQ(state(start + days(7)), State::deliverable);
    EXPECT_FALSE(wants_probe(start + days(7)));
    EXPECT_TRUE(wants_probe(start + days(7) + seconds(1)));
    EXPECT_EQ(state(start + days(31)), State::deliverable);
    EXPECT_EQ(state(start + days(31) + seconds(1)), std::nullopt);
}

TEST_F(AddressCacheTest, a_bad_address_counts_for_3_days_and_is_looked_at_again_after_3_hours) {
    for (const State bad : {State::undeliverable, State::deferred}) {
        cache.update("x@y", {bad, "no"}, start, settings);
        EXPECT_FALSE(wants_probe(start + hours(3)));
        EXPECT_TRUE(wants_probe(start + hours(3) + seconds(1)));
        EXPECT_EQ(state(start + days(3)), bad);
        EXPECT_EQ(state(start + days(3) + seconds(1)), std::nullopt);
    }
}

TEST_F(AddressCacheTest, a_failure_does_not_undo_a_good_answer_that_counts) {
    cache.update("x@y", {State::deliverable, "ok"}, start, settings);
    EXPECT_EQ(cache.update("x@y", {State::undeliverable, "no"}, start + days(8), settings), nullptr);
    EXPECT_EQ(state(start + days(8)), State::deliverable);
    EXPECT_NE(cache.update("x@y", {State::undeliverable, "no"}, start + days(32), settings), nullptr);
    EXPECT_EQ(state(start + days(32)), State::undeliverable);
}

TEST_F(AddressCacheTest, a_stale_answer_is_not_probed_at_every_question) {
    cache.update("x@y", {State::deliverable, "ok"}, start, settings);
    const auto later = start + days(8);
    ASSERT_TRUE(wants_probe(later));
    cache.probe_began("x@y", later);
    EXPECT_FALSE(wants_probe(later + minutes(16)));
    EXPECT_TRUE(wants_probe(later + minutes(17)));
}

TEST_F(AddressCacheTest, failures_may_be_left_out) {
    settings.address_verify_negative_cache = false;
    EXPECT_EQ(cache.update("x@y", {State::undeliverable, "no"}, start, settings), nullptr);
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_NE(cache.update("x@y", {State::deliverable, "ok"}, start, settings), nullptr);
}

TEST_F(AddressCacheTest, what_was_heard_of_longest_ago_goes_first) {
    AddressCache small(2);
    small.update("a@y", {State::deliverable, ""}, start, settings);
    small.update("b@y", {State::deliverable, ""}, start, settings);
    small.update("a@y", {State::deliverable, ""}, start, settings);
    small.update("c@y", {State::deliverable, ""}, start, settings);
    EXPECT_EQ(small.size(), 2U);
    EXPECT_TRUE(small.look_up("a@y", start, settings).answer);
    EXPECT_FALSE(small.look_up("b@y", start, settings).answer);
}

TEST_F(AddressCacheTest, cleaning_forgets_what_does_not_count) {
    cache.update("bad@y", {State::deferred, ""}, start, settings);
    cache.update("good@y", {State::deliverable, ""}, start, settings);
    EXPECT_EQ(cache.remove_expired(start + days(4), settings), 1U);
    ASSERT_EQ(cache.entries().size(), 1U);
    EXPECT_EQ(cache.entries()[0].address, "good@y");
    EXPECT_EQ(cache.remove_expired(start + days(40), settings), 1U);
    EXPECT_EQ(cache.size(), 0U);
}

TEST_F(AddressCacheTest, an_entry_survives_as_a_line_whatever_is_in_it) {
    const CacheEntry entry{"o dd%\n@y", {State::undeliverable, "host said: 550 5.1.1 no\r\n such\tuser = here"}, start};
    const std::string line = encode(entry);
    ASSERT_EQ(line.find('\n'), line.size() - 1);
    const auto read = decode(std::string_view(line).substr(0, line.size() - 1));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->address, entry.address);
    EXPECT_EQ(read->answer, entry.answer);
    EXPECT_EQ(read->updated, entry.updated);
    for (const char* damaged : {"", "address name=x", "address name=x@y state=pending updated=1 text=", "address name=x@y state=deliverable updated=99999999999 text=",
                                "other name=x@y state=deliverable updated=1 text=", "address name= state=deliverable updated=1 text="}) {
        EXPECT_FALSE(decode(damaged)) << damaged;
    }
}

}  // namespace posthouse::verify
