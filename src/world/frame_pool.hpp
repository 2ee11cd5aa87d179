#pragma once
// Where coroutine frames come from. A message takes some hundred of them, of few sizes and for microseconds each, one
// inside the other: a short list for each size on each thread answers nearly all without the general allocator.
// Under a sanitizer the general allocator serves, so that it sees each frame's end.
#include <array>
#include <cstddef>
#include <new>

namespace posthouse::world {

class FramePool {
public:
    [[nodiscard]] static void* take(std::size_t size) {
        const std::size_t index = class_of(size);
        if (index >= classes || lists_[index].head == nullptr) {
            return allocate(index, size);
        }
        List& list = lists_[index];
        Free* const frame = list.head;
        list.head = frame->next;
        --list.count;
        return frame;
    }
    static void give_back(void* frame, std::size_t size) noexcept {
        const std::size_t index = class_of(size);
        if (index >= classes || lists_[index].count >= kept_max || !keeps_) {
            ::operator delete(frame);
            return;
        }
        List& list = lists_[index];
        list.head = new (frame) Free{list.head};
        ++list.count;
    }

private:
    static constexpr std::size_t step = 64;     // bytes; sizes are rounded up to it
    static constexpr std::size_t classes = 32;  // larger frames are rare
    static constexpr std::size_t kept_max = 32; // of each size: at most 1 MiB a thread in all

    struct Free {
        Free* next;
    };
    struct List {
        Free* head;
        std::size_t count;
    };
    // Frees what this thread kept when it ends; from then on nothing is kept.
    struct Cleaner {
        ~Cleaner();
    };

    [[nodiscard]] static constexpr std::size_t class_of(std::size_t size) { return (size - 1) / step; }
    [[nodiscard]] static void* allocate(std::size_t index, std::size_t size);

    // No constructor, no destructor: an access is an offset from the thread's pointer.
    static inline constinit thread_local std::array<List, classes> lists_{};
    static inline constinit thread_local bool keeps_ = false;
};

}  // namespace posthouse::world
