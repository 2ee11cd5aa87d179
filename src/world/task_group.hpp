#pragma once
// TaskGroup: who owns running tasks. Declare it last in its owner, so that it ends first. Lives on one core.
#include <functional>
#include <string_view>

#include "world/signal.hpp"
#include "world/task.hpp"

namespace posthouse::world {

/// What a root task does with an exception that nobody expected. The application sets it once at start (log, count);
/// the default writes to standard error.
using UnexpectedHandler = std::function<void(std::string_view what)>;
void set_unexpected_handler(UnexpectedHandler handler);
void report_unexpected(std::string_view what);

class TaskGroup {
public:
    TaskGroup() = default;
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    ~TaskGroup() { PH_ASSERT(count_ == 0); }

    /// Starts `task` at once; it runs until its first wait before spawn returns. The group owns it until it ends.
    void spawn(Task<void> task);
    /// Cancels all and waits for the last to end.
    Task<void> stop();
    /// Waits until every task has ended by itself.
    Task<void> wait_empty();
    void cancel();
    [[nodiscard]] std::size_t size() const { return count_; }

    struct Node {
        TaskContext context;
        Node* previous = nullptr;
        Node* next = nullptr;
    };

private:
    struct Root;
    static Root run(TaskGroup& group, Task<void> task);
    void link(Node& node);
    void unlink(Node& node);

    Node* first_ = nullptr;
    std::size_t count_ = 0;
    Signal empty_;
};

}  // namespace posthouse::world
