#pragma once
// Place: where in the content file a large message lies, and what its blocks must look like.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::queue {

/// Slots that follow each other; a slot of the content file holds one block.
struct SlotRun {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool operator==(const SlotRun&) const = default;
};

struct Place {
    std::uint64_t size = 0;             // bytes of content
    std::vector<SlotRun> runs;          // in the order of the content
    std::vector<std::uint64_t> hashes;  // one for each block: XXH3, 64 bits

    /// The slot of block `number`; nullopt: there is none, because the content ends before it.
    [[nodiscard]] std::optional<std::uint64_t> slot_of(std::uint64_t number) const;
    bool operator==(const Place&) const = default;
};

[[nodiscard]] std::string encode_place(const Place& place);
/// nullopt: not what encode_place() makes, or runs that do not hold `size` bytes.
[[nodiscard]] std::optional<Place> decode_place(std::string_view bytes);

[[nodiscard]] std::uint64_t hash_of(std::string_view block);

}  // namespace posthouse::queue
