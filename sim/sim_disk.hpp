#pragma once
// SimDisk: the disk below SQLite, with a page cache that a crash empties, torn writes, and faults by plan. It registers
// itself as a sqlite3_vfs of its own name and lives longer than every connection that uses it.
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sim/disk_file.hpp"
#include "sim/scheduler.hpp"

namespace posthouse::sim {

/// When the disk misbehaves; operations (writes, truncations and syncs together, or each kind, reads too) are counted from set_faults().
struct DiskFaults {
    std::optional<std::uint64_t> write_error_at;  // EIO on that write
    std::optional<std::uint64_t> sync_error_at;   // that sync fails, and what it should have written is lost at a crash
    std::optional<std::uint64_t> read_error_at;   // EIO on that read, and on read_errors - 1 more
    std::uint64_t read_errors = 1;
    std::optional<std::uint64_t> power_loss_at;   // at that operation, before it takes effect
    std::uint64_t capacity = std::numeric_limits<std::uint64_t>::max();  // bytes; ENOSPC beyond
};

class SimDisk {
public:
    SimDisk(Scheduler& scheduler, std::uint64_t seed);
    SimDisk(const SimDisk&) = delete;
    SimDisk& operator=(const SimDisk&) = delete;
    ~SimDisk();

    /// For the last argument of sqlite3_open_v2: the VFS of this disk only.
    [[nodiscard]] const std::string& vfs_name() const { return vfs_name_; }
    void set_faults(DiskFaults faults);
    /// Some operation was or will be made to fail.
    [[nodiscard]] bool failing() const { return faults_.write_error_at || faults_.sync_error_at || faults_.read_error_at || faults_.capacity != DiskFaults{}.capacity; }
    /// Called when power_loss_at strikes; the machine then goes dark with its disk.
    std::function<void()> on_power_loss;

    /// From now on every open handle fails with an I/O error, and nothing more reaches the disk.
    void power_loss() { powered_ = false; }
    /// Decides what survived, and is ready for the next boot. Handles from before stay dead.
    void crash();
    /// The same after a process was killed and the machine was not: nothing is lost, only its handles are dead.
    void process_death();
    /// A defect for tests of the judge: of so many syncs that say they are done, one did nothing. 0: none.
    std::uint64_t forgets_each_sync = 0;
    /// Whether this sync is one of those.
    bool forgets_this_sync() { return forgets_each_sync > 0 && ++syncs_asked_ % forgets_each_sync == 0; }
    [[nodiscard]] bool powered() const { return powered_; }
    [[nodiscard]] int life() const { return life_; }

    [[nodiscard]] std::shared_ptr<DiskFile> find(const std::string& path) const;
    std::shared_ptr<DiskFile> create(const std::string& path);
    enum class Durability { at_once, lazily };
    /// False: no such file.
    bool remove(const std::string& path, Durability durability);
    /// All files created and removed so far stay so. Every sync does that: the file system's journal is one, and in order
    /// (ext4, XFS). SQLite relies on it: it does not sync the folder when it removes a journal unless synchronous=EXTRA.
    void keep_names();
    [[nodiscard]] std::uint64_t used() const;

    enum class Operation { write, sync, truncate };
    enum class Verdict { go_on, io_error, no_space };
    /// Asks the fault plan about one operation that makes a file grow by `growth` bytes.
    Verdict begin(Operation operation, std::uint64_t growth);
    /// Asks it about a read.
    Verdict begin_read();
    [[nodiscard]] std::uint64_t operations() const { return operations_; }

    [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
    [[nodiscard]] SimRandom& random() { return random_; }

private:
    struct Name {
        std::shared_ptr<DiskFile> current;
        std::shared_ptr<DiskFile> durable;
    };
    struct Vfs;  // the C side

    Scheduler& scheduler_;
    SimRandom random_;
    std::map<std::string, Name> names_;
    DiskFaults faults_;
    std::uint64_t operations_ = 0;
    std::uint64_t reads_ = 0;
    std::uint64_t writes_ = 0;
    std::uint64_t syncs_ = 0;
    std::uint64_t syncs_asked_ = 0;
    bool powered_ = true;
    int life_ = 1;
    std::string vfs_name_;
    std::unique_ptr<Vfs> vfs_;
};

/// Makes SQLite's own random numbers (WAL salts, temporary names) follow from a seed. Process-wide.
void seed_sqlite(std::uint64_t seed);

}  // namespace posthouse::sim
