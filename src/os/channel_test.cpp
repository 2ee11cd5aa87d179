#include "os/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "os/channel_watch.hpp"

namespace posthouse::os {
namespace {

world::Deadline in(std::chrono::milliseconds time) { return world::Deadline::at(std::chrono::steady_clock::now() + time); }
const world::Deadline far = in(std::chrono::hours(1));

TEST(channel, carries_texts_and_open_files_in_order) {
    auto ends = Channel::make();
    ASSERT_TRUE(ends);
    const FileDescriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const std::array<int, 2> files{null.get(), null.get()};
    ASSERT_TRUE(ends->first.send("one", files));
    ASSERT_TRUE(ends->first.send("two"));
    const auto one = ends->second.receive(far);
    ASSERT_TRUE(one);
    EXPECT_EQ(one->text, "one");
    ASSERT_EQ(one->descriptors.size(), 2U);
    EXPECT_NE(::fcntl(one->descriptors[1].get(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_EQ(ends->second.receive(far)->text, "two");
}

TEST(channel, tells_an_end_from_a_silence) {
    auto ends = Channel::make();
    EXPECT_EQ(ends->second.receive(in(std::chrono::milliseconds(0))).error().kind, base::ErrorKind::timeout);
    ends->first.close();
    EXPECT_EQ(ends->second.receive(far).error().kind, base::ErrorKind::closed);
    EXPECT_FALSE(ends->second.send("hello"));
}

TEST(channel, refuses_what_is_too_large_and_never_waits_for_a_reader) {
    auto ends = Channel::make();
    EXPECT_FALSE(ends->first.send(std::string(Channel::text_max + 1, 'x')));
    EXPECT_FALSE(ends->first.send(""));
    int sent = 0;
    while (ends->first.send(std::string(Channel::text_max / 2, 'x'))) {
        ASSERT_LT(++sent, 10'000);
    }
    EXPECT_GT(sent, 0);
}

TEST(channel_watch, notices_an_end_and_a_refusal_to_answer_once) {
    for (const bool dies : {true, false}) {
        auto ends = Channel::make();
        std::promise<void> lost;
        ChannelWatch watch(ends->first, dies ? std::chrono::hours(1) : std::chrono::milliseconds(1), [] { return false; }, [&] { lost.set_value(); });
        if (dies) {
            ends->second.close();
        }
        lost.get_future().get();
    }
}

TEST(channel_watch, ends_without_a_word_while_all_is_well) {
    auto ends = Channel::make();
    std::promise<void> asked;
    std::atomic<int> questions = 0, losses = 0;
    {
        ChannelWatch watch(ends->first, std::chrono::milliseconds(1), [&] { return ++questions == 3 ? (asked.set_value(), true) : true; }, [&] { ++losses; });
        asked.get_future().get();
    }
    EXPECT_EQ(losses, 0);
}

}  // namespace
}  // namespace posthouse::os
