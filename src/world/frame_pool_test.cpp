#include "world/frame_pool.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace posthouse::world {
namespace {

TEST(FramePool, frames_of_every_size_can_be_written_to_their_end) {
    for (std::size_t size = 1; size < 5000; size += 37) {
        auto* const frame = static_cast<char*>(FramePool::take(size));
        std::fill_n(frame, size, 'x');
        FramePool::give_back(frame, size);
    }
}

TEST(FramePool, more_frames_than_are_kept_come_and_go) {
    std::vector<void*> frames;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 100; ++i) {
            frames.push_back(FramePool::take(300));
        }
        for (void* frame : frames) {
            FramePool::give_back(frame, 300);
        }
        frames.clear();
    }
}

TEST(FramePool, no_two_live_frames_share_a_byte) {
    std::vector<int*> frames;
    for (int i = 0; i < 100; ++i) {
        frames.push_back(new (FramePool::take(sizeof(int) * 20)) int(i));
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(*frames[static_cast<std::size_t>(i)], i);
        FramePool::give_back(frames[static_cast<std::size_t>(i)], sizeof(int) * 20);
    }
}

TEST(FramePool, a_frame_may_end_on_another_thread) {
    void* const frame = FramePool::take(500);
    std::thread([frame] {
        FramePool::give_back(FramePool::take(500), 500);
        FramePool::give_back(frame, 500);
    }).join();
}

}  // namespace
}  // namespace posthouse::world
