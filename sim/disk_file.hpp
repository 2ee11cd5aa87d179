#pragma once
// DiskFile: bytes in a page cache above a disk that knows only what was synced. At a crash each unsynced 512-byte sector is,
// by the seed, the old one or any of the versions written since.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/sim_random.hpp"

namespace posthouse::sim {

/// SQLite's wal-index: shared by the connections of a process, gone with it.
struct SharedMemory {
    static constexpr std::size_t lock_slots = 8;
    std::vector<std::unique_ptr<std::vector<char>>> regions;
    int shared[lock_slots] = {};
    const void* exclusive[lock_slots] = {};
    int users = 0;
};

/// SQLite's five lock states of one file, among the handles of one process.
struct FileLocks {
    int shared = 0;
    const void* reserved = nullptr;
    const void* pending = nullptr;
    const void* exclusive = nullptr;
};

class DiskFile {
public:
    static constexpr std::size_t sector_size = 512;

    [[nodiscard]] std::size_t size() const { return current_.size(); }
    [[nodiscard]] std::string_view content() const { return current_; }
    /// Bytes copied; fewer than asked for at the end of the file.
    std::size_t read(std::size_t offset, char* into, std::size_t count) const;
    void write(std::size_t offset, std::string_view bytes);
    void truncate(std::size_t size);
    void sync();
    /// What a kernel does after a failed sync: the pages count as clean, the next sync will not write them.
    void fail_sync() { unsynced_.clear(); }
    void crash(SimRandom& random);

    FileLocks locks;
    std::shared_ptr<SharedMemory> shared_memory;

private:
    [[nodiscard]] std::size_t size_after_growth(std::size_t from, SimRandom& random) const;

    static constexpr std::size_t never_cut = static_cast<std::size_t>(-1);

    std::string current_;
    std::string durable_;
    std::size_t smallest_ = never_cut;  // since the last sync
    std::map<std::size_t, std::vector<std::string>> unsynced_;  // sector → its versions since the last sync, oldest first
};

}  // namespace posthouse::sim
