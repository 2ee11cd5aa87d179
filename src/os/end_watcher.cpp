#include "os/end_watcher.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <mutex>
#include <thread>
#include <vector>

namespace posthouse::os {

class EndWatcher::State {
public:
    State() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~State() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        ::eventfd_write(wake_.get(), 1);
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void add(FileDescriptor watched, std::move_only_function<void()> ended) {
        const std::lock_guard lock(mutex_);
        watched_.push_back({std::move(watched), std::move(ended)});
        if (!thread_.joinable()) {
            thread_ = std::thread([this] { watch(); });
        }
        ::eventfd_write(wake_.get(), 1);
    }

private:
    struct Watched {
        FileDescriptor descriptor;
        std::move_only_function<void()> ended;
        bool gone = false;
    };

    void watch() {
        for (bool stopping = false; !stopping;) {
            std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
            {
                const std::lock_guard lock(mutex_);
                for (const Watched& one : watched_) {
                    polled.push_back({one.descriptor.get(), 0, 0});
                }
            }
            ::poll(polled.data(), polled.size(), -1);
            eventfd_t count = 0;
            ::eventfd_read(wake_.get(), &count);
            std::vector<Watched> gone;
            {
                const std::lock_guard lock(mutex_);
                stopping = stopping_;
                for (std::size_t i = 0; i < watched_.size(); ++i) {  // only the thread of this loop removes
                    watched_[i].gone = stopping || (i + 1 < polled.size() && polled[i + 1].revents != 0);
                }
                for (Watched& one : watched_) {
                    if (one.gone) {
                        gone.push_back(std::move(one));
                    }
                }
                std::erase_if(watched_, [](const Watched& one) { return one.gone; });
            }
            for (Watched& one : gone) {
                one.ended();
            }
        }
    }

    FileDescriptor wake_;
    std::mutex mutex_;
    std::vector<Watched> watched_;
    bool stopping_ = false;
    std::thread thread_;
};

EndWatcher::EndWatcher() : state_(std::make_unique<State>()) {}
EndWatcher::~EndWatcher() = default;

void EndWatcher::add(FileDescriptor watched, std::move_only_function<void()> ended) { state_->add(std::move(watched), std::move(ended)); }

}  // namespace posthouse::os
