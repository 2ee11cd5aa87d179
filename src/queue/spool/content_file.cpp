#include "queue/spool/content_file.hpp"

#include "base/format.hpp"
#include "queue/spool/schema.hpp"

namespace posthouse::queue {

namespace {

// Ours: under a steady load of large messages the file must not shrink and grow all the time. What was written before is
// written faster than what makes a file grow.
constexpr std::uint64_t unused_slots_max = 4096;  // 256 MiB
constexpr std::uint64_t unused_slots_kept = 1024;

}  // namespace

std::string content_path(const std::string& spool_path) { return spool_path + "-content"; }

base::Result<ContentFile> ContentFile::open(const std::string& spool_path, const std::string& vfs_name) {
    auto file = VfsFile::open(content_path(spool_path), OpenMode::read_write, vfs_name);
    if (!file) {
        return std::unexpected(file.error());
    }
    return ContentFile(std::move(*file));
}

bool ContentFile::occupy(const Place& place) {
    bool free = true;
    for (const SlotRun& run : place.runs) {
        free = slots_.occupy(run) && free;
    }
    slots_in_file_ = std::max(slots_in_file_, slots_.end());
    return free;
}

base::Result<void> ContentFile::append(Place& place, std::span<const mail::Block> blocks) {
    const std::vector<SlotRun> taken = slots_.take(blocks.size());
    slots_in_file_ = std::max(slots_in_file_, slots_.end());
    auto block = blocks.begin();
    for (const SlotRun& run : taken) {
        for (std::uint64_t slot = run.first; slot < run.first + run.count; ++slot, ++block) {
            if (auto written = file_.write(slot * block_size, **block); !written) {
                release({.size = 0, .runs = taken, .hashes = {}});
                return written;
            }
        }
    }
    for (const mail::Block& each : blocks) {
        place.size += each->size();
        place.hashes.push_back(hash_of(*each));
    }
    for (const SlotRun& run : taken) {
        if (!place.runs.empty() && place.runs.back().first + place.runs.back().count == run.first) {
            place.runs.back().count += run.count;
        } else {
            place.runs.push_back(run);
        }
    }
    return {};
}

void ContentFile::release(const Place& place) {
    for (const SlotRun& run : place.runs) {
        slots_.give_back(run);
    }
}

base::Result<void> ContentFile::trim() {
    if (slots_in_file_ - slots_.end() <= unused_slots_max) {
        return {};
    }
    slots_in_file_ = slots_.end() + unused_slots_kept;
    return file_.truncate(slots_in_file_ * block_size);
}

base::Result<ContentFileReader> ContentFileReader::open(const std::string& spool_path, const std::string& vfs_name) {
    auto file = VfsFile::open(content_path(spool_path), OpenMode::read_only, vfs_name);
    if (!file) {
        return std::unexpected(file.error());
    }
    return ContentFileReader(std::move(*file));
}

base::Result<mail::Block> ContentFileReader::block(const Place& place, std::uint64_t number) {
    const std::uint64_t begin = number * block_size;
    if (begin > place.size) {
        return nullptr;
    }
    const std::size_t size = std::min<std::uint64_t>(block_size, place.size - begin);
    if (size == 0) {
        return std::make_shared<const std::string>();
    }
    const auto slot = place.slot_of(number);
    if (!slot || number >= place.hashes.size()) {
        return base::fail(base::ErrorKind::invalid, "a place in the content file that does not hold its content");
    }
    auto bytes = file_.read(*slot * block_size, size);
    if (!bytes) {
        return std::unexpected(bytes.error());
    }
    if (hash_of(*bytes) != place.hashes[number]) {
        return base::fail(base::ErrorKind::invalid, base::format("slot {} of the content file has not what was written there", *slot));
    }
    return std::make_shared<const std::string>(std::move(*bytes));
}

}  // namespace posthouse::queue
