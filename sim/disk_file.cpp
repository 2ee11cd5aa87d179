#include "sim/disk_file.hpp"

#include <algorithm>

namespace posthouse::sim {

namespace {
constexpr std::size_t versions_max = 4;  // of a sector rewritten without a sync: the oldest and the newest are kept
}

std::size_t DiskFile::read(std::size_t offset, char* into, std::size_t count) const {
    if (offset >= current_.size()) {
        return 0;
    }
    return current_.copy(into, count, offset);
}

void DiskFile::write(std::size_t offset, std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    if (offset + bytes.size() > current_.size()) {
        current_.resize(offset + bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(), current_.begin() + static_cast<std::ptrdiff_t>(offset));
    for (std::size_t sector = offset / sector_size; sector * sector_size < offset + bytes.size(); ++sector) {
        auto& versions = unsynced_[sector];
        if (versions.size() == versions_max) {
            versions.erase(versions.begin() + 1);
        }
        versions.push_back(current_.substr(sector * sector_size, sector_size));
    }
}

void DiskFile::truncate(std::size_t size) {
    current_.resize(size);
    smallest_ = std::min(smallest_, size);
    unsynced_.erase(unsynced_.lower_bound((size + sector_size - 1) / sector_size), unsynced_.end());
}

void DiskFile::sync() {
    durable_.resize(std::min(smallest_, durable_.size()));  // what was cut off does not come back when the file grows again
    durable_.resize(current_.size());
    smallest_ = never_cut;
    for (const auto& [sector, versions] : unsynced_) {
        const std::size_t begin = sector * sector_size;
        const std::string newest = current_.substr(begin, sector_size);
        std::copy(newest.begin(), newest.end(), durable_.begin() + static_cast<std::ptrdiff_t>(begin));
    }
    unsynced_.clear();
}

std::size_t DiskFile::size_after_growth(std::size_t from, SimRandom& random) const {
    const std::size_t to = std::max(from, current_.size());
    switch (random.below(3)) {
        case 0:
            return from;
        case 1:
            return to;
        default:
            return std::min(to, from + random.below((to - from) / sector_size + 1) * sector_size);
    }
}

void DiskFile::crash(SimRandom& random) {
    std::string image = durable_;
    if (smallest_ < durable_.size()) {
        // Journals make a truncation happen as a whole or not at all, and what came after it only together with it. With
        // a size in between, SQLite would replay the first half of a WAL over a database that has all of it.
        if (random.chance(500)) {
            unsynced_.clear();
        } else {
            image.resize(smallest_);
            image.resize(size_after_growth(smallest_, random));
        }
    } else {
        image.resize(size_after_growth(image.size(), random));
    }
    // A quarter of the crashes each: nothing was written back, everything was, and (half) any mixture.
    const std::uint64_t luck = random.below(4);
    for (const auto& [sector, versions] : unsynced_) {
        const std::size_t begin = sector * sector_size;
        std::size_t kept = random.below(versions.size() + 1);  // 0: the old one stayed
        if (luck == 0 || begin >= image.size()) {
            continue;
        }
        if (luck == 1) {
            kept = versions.size();
        }
        if (kept > 0) {
            const std::string& version = versions[kept - 1];
            const std::size_t count = std::min(version.size(), image.size() - begin);
            std::copy_n(version.begin(), count, image.begin() + static_cast<std::ptrdiff_t>(begin));
        }
    }
    durable_ = image;
    current_ = std::move(image);
    smallest_ = never_cut;
    unsynced_.clear();
    locks = {};
    shared_memory = nullptr;
}

}  // namespace posthouse::sim
