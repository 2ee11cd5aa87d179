#include "world/frame_pool.hpp"

namespace posthouse::world {

namespace {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool watched = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool watched = true;
#else
constexpr bool watched = false;
#endif
#else
constexpr bool watched = false;
#endif
}  // namespace

FramePool::Cleaner::~Cleaner() {
    keeps_ = false;
    for (List& list : lists_) {
        while (list.head != nullptr) {
            Free* const frame = list.head;
            list.head = frame->next;
            ::operator delete(frame);
        }
        list.count = 0;
    }
}

void* FramePool::allocate(std::size_t index, std::size_t size) {
    if (!watched && !keeps_) {
        static thread_local Cleaner cleaner;
        [[maybe_unused]] Cleaner* const made = &cleaner;
        keeps_ = true;
    }
    return ::operator new(index < classes ? (index + 1) * step : size);
}

}  // namespace posthouse::world
