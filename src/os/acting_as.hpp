#pragma once
// ActingAs: reaching files with the rights of another user for a moment, as set_eugid() does in delivery agents. Only the
// calling thread changes, so it belongs on a pool's thread and never lives across a co_await.
#include <cstdint>

#include "base/result.hpp"
#include "os/capabilities.hpp"

namespace posthouse::os {

class ActingAs {
public:
    /// The group is the only one. Neither may be 0: nothing is ever delivered as root.
    [[nodiscard]] static base::Result<ActingAs> begin(std::uint32_t user_id, std::uint32_t group_id);
    ActingAs(ActingAs&& other) noexcept;
    ActingAs& operator=(ActingAs&&) = delete;
    ~ActingAs();

    /// Whether this thread may; false for a server that was not started by root.
    [[nodiscard]] static bool is_possible();

private:
    explicit ActingAs(ThreadRights before) : before_(before) {}

    ThreadRights before_;
    bool active_ = true;
};

}  // namespace posthouse::os
