#include "os/channel_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <array>
#include <csignal>

namespace posthouse::os {

namespace {

enum class Seen { nothing, ended, wake };

Seen look(int channel, int wake, std::chrono::milliseconds period) {
    std::array<pollfd, 2> watched{{{channel, 0, 0}, {wake, POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), static_cast<int>(period.count()));
    if (watched[1].revents != 0) {
        return Seen::wake;
    }
    return watched[0].revents != 0 ? Seen::ended : Seen::nothing;
}

}  // namespace

ChannelWatch::ChannelWatch(const Channel& channel, std::chrono::milliseconds period, std::function<bool()> answers, std::function<void()> lost)
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigdelset(&all, SIGSYS);  // of this thread's own doing
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([channel = channel.descriptor(), wake = wake_.get(), period, answers = std::move(answers), lost = std::move(lost)] {
        for (;;) {
            const Seen seen = look(channel, wake, period);
            if (seen == Seen::wake) {
                return;
            }
            if (seen == Seen::ended || !answers()) {
                lost();
                return;
            }
        }
    });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ChannelWatch::~ChannelWatch() {
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
}

}  // namespace posthouse::os
