#include "world/task_group.hpp"

#include <cstdio>

namespace posthouse::world {

namespace {
UnexpectedHandler& unexpected_handler() {
    static UnexpectedHandler handler;
    return handler;
}
}  // namespace

void set_unexpected_handler(UnexpectedHandler handler) { unexpected_handler() = std::move(handler); }

void report_unexpected(std::string_view what) {
    if (unexpected_handler()) {
        unexpected_handler()(what);
    } else {
        std::fprintf(stderr, "unexpected exception in a task: %.*s\n", static_cast<int>(what.size()), what.data());
    }
}

// A root frees itself when it ends; its Node sits in its promise, so that spawning costs one allocation.
struct TaskGroup::Root {
    struct promise_type {
        Node node;
        TaskContext* context = &node.context;
        TaskGroup* group;

        promise_type(TaskGroup& owner, Task<void>&) : group(&owner) { group->link(node); }
        ~promise_type() { group->unlink(node); }
        Root get_return_object() const { return {}; }
        std::suspend_never initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { report_unexpected("not a std::exception"); }
    };
};

TaskGroup::Root TaskGroup::run(TaskGroup&, Task<void> task) {
    try {
        co_await std::move(task);
    } catch (const Cancelled&) {
        // the owner asked for it
    } catch (const std::exception& e) {
        report_unexpected(e.what());
    }
}

void TaskGroup::spawn(Task<void> task) { run(*this, std::move(task)); }

void TaskGroup::link(Node& node) {
    node.next = first_;
    if (first_ != nullptr) {
        first_->previous = &node;
    }
    first_ = &node;
    ++count_;
}

void TaskGroup::unlink(Node& node) {
    (node.previous != nullptr ? node.previous->next : first_) = node.next;
    if (node.next != nullptr) {
        node.next->previous = node.previous;
    }
    if (--count_ == 0) {
        empty_.notify_all();
    }
}

void TaskGroup::cancel() {
    // Each cancellation may end its task and others; start again from the first that was not told yet.
    for (Node* node = first_; node != nullptr;) {
        if (node->context.cancelled) {
            node = node->next;
        } else {
            node->context.cancel();
            node = first_;
        }
    }
}

Task<void> TaskGroup::stop() {
    cancel();
    co_await wait_empty();
}

Task<void> TaskGroup::wait_empty() {
    while (count_ > 0) {
        co_await empty_.wait();
    }
}

}  // namespace posthouse::world
