#pragma once
// Signals as something to wait for beside sockets (signalfd(2)).
#include <initializer_list>

#include "os/file_descriptor.hpp"

namespace posthouse::os {

class SignalDescriptor {
public:
    /// From here on these signals of the process are read here and do nothing else. Before the first thread is made.
    explicit SignalDescriptor(std::initializer_list<int> signals);

    [[nodiscard]] int descriptor() const { return descriptor_.get(); }
    /// The next signal that came; 0: none.
    [[nodiscard]] int take() const;

private:
    FileDescriptor descriptor_;
};

}  // namespace posthouse::os
