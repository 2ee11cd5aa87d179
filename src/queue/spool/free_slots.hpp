#pragma once
// FreeSlots: which slots of the content file nobody uses. The lowest are taken first, so that the file's end becomes free again.
#include <cstdint>
#include <map>
#include <vector>

#include "queue/spool/place.hpp"

namespace posthouse::queue {

class FreeSlots {
public:
    /// The run is in use from now on. For the start: false if a part of it was in use already.
    bool occupy(SlotRun run);
    /// `count` slots, lowest first, in as few runs as there are holes; beyond end() if none is free.
    [[nodiscard]] std::vector<SlotRun> take(std::uint64_t count);
    void give_back(SlotRun run);
    /// One behind the last slot that is in use.
    [[nodiscard]] std::uint64_t end() const { return end_; }

private:
    std::map<std::uint64_t, std::uint64_t> free_;  // first → count, below end_, never next to each other
    std::uint64_t end_ = 0;
};

}  // namespace posthouse::queue
