#include "queue/spool/free_slots.hpp"

#include <algorithm>

namespace posthouse::queue {

bool FreeSlots::occupy(SlotRun run) {
    if (run.first >= end_) {
        if (run.first > end_) {
            free_.emplace(end_, run.first - end_);
        }
        end_ = run.first + run.count;
        return true;
    }
    auto hole = free_.upper_bound(run.first);
    if (hole == free_.begin()) {
        return false;
    }
    --hole;
    const auto [first, count] = *hole;
    if (run.first + run.count > first + count) {
        return false;
    }
    free_.erase(hole);
    if (run.first > first) {
        free_.emplace(first, run.first - first);
    }
    if (run.first + run.count < first + count) {
        free_.emplace(run.first + run.count, first + count - run.first - run.count);
    }
    return true;
}

std::vector<SlotRun> FreeSlots::take(std::uint64_t count) {
    std::vector<SlotRun> taken;
    while (count > 0 && !free_.empty()) {
        const auto [first, available] = *free_.begin();
        const std::uint64_t used = std::min(available, count);
        free_.erase(free_.begin());
        if (used < available) {
            free_.emplace(first + used, available - used);
        }
        taken.push_back({first, used});
        count -= used;
    }
    if (count > 0) {
        taken.push_back({end_, count});
        end_ += count;
    }
    return taken;
}

void FreeSlots::give_back(SlotRun run) {
    const auto after = free_.upper_bound(run.first);
    if (after != free_.end() && after->first == run.first + run.count) {
        run.count += after->second;
        free_.erase(after);
    }
    const auto next = free_.upper_bound(run.first);
    if (next != free_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == run.first) {
            run = {before->first, before->second + run.count};
            free_.erase(before);
        }
    }
    if (run.first + run.count == end_) {
        end_ = run.first;
    } else {
        free_.emplace(run.first, run.count);
    }
}

}  // namespace posthouse::queue
