#pragma once
// CacheFile: an AddressCache on disk, as lines. New ones are appended; compact() writes the file anew. Calls block: run them
// in the pool, one at a time.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/address_cache.hpp"
#include "world/files.hpp"

namespace posthouse::verify {

/// Where the cache of an address_verify_map is; empty: in memory only. `problem` is set for a type that cannot hold it.
[[nodiscard]] std::string cache_path(std::string_view address_verify_map, std::string& problem);

class CacheFile {
public:
    CacheFile(world::Files& files, std::string path) : files_(files), path_(std::move(path)) {}

    /// What was kept; damaged lines are passed over. No file: nothing.
    [[nodiscard]] base::Result<std::vector<CacheEntry>> load();
    [[nodiscard]] base::Result<void> append(std::string_view lines);
    /// These entries and no others, in one step.
    [[nodiscard]] base::Result<void> compact(const std::vector<CacheEntry>& entries);

private:
    world::Files& files_;
    std::string path_;
};

}  // namespace posthouse::verify
