#include "os/signal_descriptor.hpp"

#include <sys/signalfd.h>

#include <csignal>

namespace posthouse::os {

SignalDescriptor::SignalDescriptor(std::initializer_list<int> signals) {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : signals) {
        sigaddset(&set, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    descriptor_ = FileDescriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int SignalDescriptor::take() const {
    signalfd_siginfo info{};
    return ::read(descriptor_.get(), &info, sizeof(info)) == sizeof(info) ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace posthouse::os
