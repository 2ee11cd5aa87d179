#include "queue/spool/place.hpp"

#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>  // the same hash with what this machine's vectors can do
#else
#include <xxhash.h>
#endif

#include "queue/spool/codec.hpp"
#include "queue/spool/schema.hpp"

namespace posthouse::queue {

namespace {

constexpr std::uint8_t place_version = 1;
constexpr std::size_t run_size_min = 2;  // both numbers in one byte each

std::uint64_t blocks_of(std::uint64_t size) { return size / block_size + (size % block_size != 0 ? 1 : 0); }

}  // namespace

std::optional<std::uint64_t> Place::slot_of(std::uint64_t number) const {
    for (const SlotRun& run : runs) {
        if (number < run.count) {
            return run.first + number;
        }
        number -= run.count;
    }
    return std::nullopt;
}

std::string encode_place(const Place& place) {
    Encoder out;
    out.byte(place_version);
    out.number(place.size);
    out.number(place.runs.size());
    for (const SlotRun& run : place.runs) {
        out.number(run.first);
        out.number(run.count);
    }
    for (const std::uint64_t hash : place.hashes) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            out.byte(static_cast<std::uint8_t>(hash >> shift));
        }
    }
    return out.take();
}

std::optional<Place> decode_place(std::string_view bytes) {
    Decoder in(bytes);
    if (in.byte() != place_version) {
        return std::nullopt;
    }
    Place place;
    place.size = in.number();
    const std::uint64_t runs = in.number();
    if (runs > in.left() / run_size_min) {
        return std::nullopt;
    }
    std::uint64_t slots = 0;
    for (std::uint64_t i = 0; i < runs; ++i) {
        const std::uint64_t first = in.number();
        const std::uint64_t count = in.number();
        if (count == 0 || count > in.left() / sizeof(std::uint64_t)) {
            return std::nullopt;
        }
        place.runs.push_back({first, count});
        slots += count;
    }
    if (!in.ok() || slots != blocks_of(place.size) || in.left() != slots * sizeof(std::uint64_t)) {
        return std::nullopt;
    }
    while (!in.complete()) {
        std::uint64_t hash = 0;
        for (unsigned shift = 0; shift < 64; shift += 8) {
            hash |= std::uint64_t{in.byte()} << shift;
        }
        place.hashes.push_back(hash);
    }
    return place;
}

std::uint64_t hash_of(std::string_view block) { return XXH3_64bits(block.data(), block.size()); }

}  // namespace posthouse::queue
