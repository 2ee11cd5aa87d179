#pragma once
// ChannelWatch: notices, on a thread of its own, that the process at the other end of a channel has died or no longer answers.
#include <chrono>
#include <functional>
#include <thread>

#include "os/channel.hpp"

namespace posthouse::os {

class ChannelWatch {
public:
    /// `answers` is asked every `period`; when it says no, or the other side is gone, `lost` is called once. Both on the watch's
    /// thread. The channel outlives this.
    ChannelWatch(const Channel& channel, std::chrono::milliseconds period, std::function<bool()> answers, std::function<void()> lost);
    ~ChannelWatch();
    ChannelWatch(const ChannelWatch&) = delete;
    ChannelWatch& operator=(const ChannelWatch&) = delete;

private:
    FileDescriptor wake_;
    std::thread thread_;
};

}  // namespace posthouse::os
