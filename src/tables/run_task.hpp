#pragma once
// run_now: the value of a task that never waits. For tests and tools, whose tables answer on the spot.
#include <optional>

#include "base/assert.hpp"
#include "world/task.hpp"
#include "world/task_group.hpp"

namespace posthouse::tables {

namespace detail {
template <class T>
world::Task<void> keep(world::Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
}
}  // namespace detail

template <class T>
[[nodiscard]] T run_now(world::Task<T> task) {
    std::optional<T> value;
    world::TaskGroup group;
    group.spawn(detail::keep(std::move(task), value));
    PH_ASSERT(value.has_value());
    return std::move(*value);
}

}  // namespace posthouse::tables
