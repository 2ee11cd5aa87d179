#pragma once
// EndWatcher: tells when the other ends of pipes and sockets are closed, from one thread for all of them.
#include <functional>
#include <memory>

#include "os/file_descriptor.hpp"

namespace posthouse::os {

class EndWatcher {
public:
    EndWatcher();
    /// What has not ended is told now.
    ~EndWatcher();
    EndWatcher(const EndWatcher&) = delete;
    EndWatcher& operator=(const EndWatcher&) = delete;

    /// `ended` is called once, on the watcher's thread. From any thread.
    void add(FileDescriptor watched, std::move_only_function<void()> ended);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace posthouse::os
