#include "sim/sim_disk.hpp"

#include "sim/sim_vfs.hpp"

namespace posthouse::sim {

struct SimDisk::Vfs {
    sqlite3_vfs face{};
};

SimDisk::SimDisk(Scheduler& scheduler, std::uint64_t seed) : scheduler_(scheduler), random_(seed), vfs_(std::make_unique<Vfs>()) {
    static int instances = 0;  // names must be unique in the process; they do not reach any trace
    vfs_name_ = "posthouse-sim-" + std::to_string(++instances);
    fill_vfs(vfs_->face, *this);
    sqlite3_vfs_register(&vfs_->face, 0);
}

SimDisk::~SimDisk() { sqlite3_vfs_unregister(&vfs_->face); }

void SimDisk::set_faults(DiskFaults faults) {
    faults_ = faults;
    operations_ = reads_ = writes_ = syncs_ = 0;
}

void SimDisk::process_death() {
    for (auto& [path, name] : names_) {
        if (name.current != nullptr) {
            name.current->locks = {};
            name.current->shared_memory = nullptr;
        }
    }
    powered_ = true;
    ++life_;
    faults_ = {};
}

void SimDisk::crash() {
    for (auto entry = names_.begin(); entry != names_.end();) {
        Name& name = entry->second;
        if (name.current != name.durable && random_.chance(500)) {
            name.current = name.durable;
        }
        name.durable = name.current;
        if (name.current == nullptr) {
            entry = names_.erase(entry);
            continue;
        }
        // Old handles keep the old object; the new life works on a copy.
        name.current = std::make_shared<DiskFile>(*name.current);
        name.current->crash(random_);
        name.durable = name.current;
        ++entry;
    }
    powered_ = true;
    ++life_;
    faults_ = {};
}

std::shared_ptr<DiskFile> SimDisk::find(const std::string& path) const {
    const auto found = names_.find(path);
    return found == names_.end() ? nullptr : found->second.current;
}

std::shared_ptr<DiskFile> SimDisk::create(const std::string& path) {
    Name& name = names_[path];
    name.current = std::make_shared<DiskFile>();
    return name.current;
}

bool SimDisk::remove(const std::string& path, Durability durability) {
    const auto found = names_.find(path);
    if (found == names_.end() || found->second.current == nullptr) {
        return false;
    }
    found->second.current = nullptr;
    if (durability == Durability::at_once) {
        keep_names();
    }
    return true;
}

void SimDisk::keep_names() {
    for (auto entry = names_.begin(); entry != names_.end();) {
        entry->second.durable = entry->second.current;
        entry = entry->second.current == nullptr ? names_.erase(entry) : std::next(entry);
    }
}

std::uint64_t SimDisk::used() const {
    std::uint64_t sum = 0;
    for (const auto& [path, name] : names_) {
        sum += name.current != nullptr ? name.current->size() : 0;
    }
    return sum;
}

SimDisk::Verdict SimDisk::begin_read() {
    ++reads_;
    if (!faults_.read_error_at || reads_ < *faults_.read_error_at || reads_ - *faults_.read_error_at >= faults_.read_errors) {
        return Verdict::go_on;
    }
    scheduler_.injected("disk: a read fails");
    return Verdict::io_error;
}

SimDisk::Verdict SimDisk::begin(Operation operation, std::uint64_t growth) {
    ++operations_;
    writes_ += operation == Operation::write ? 1 : 0;
    syncs_ += operation == Operation::sync ? 1 : 0;
    if (powered_ && faults_.power_loss_at == operations_) {
        scheduler_.injected("power: lost while the disk works");
        powered_ = false;
        if (on_power_loss) {
            on_power_loss();
        }
    }
    if (!powered_) {
        return Verdict::io_error;
    }
    if ((operation == Operation::write && faults_.write_error_at == writes_) ||
        (operation == Operation::sync && faults_.sync_error_at == syncs_)) {
        scheduler_.injected(operation == Operation::write ? "disk: a write fails" : "disk: a sync fails");
        return Verdict::io_error;
    }
    if (growth > 0 && used() + growth > faults_.capacity) {
        scheduler_.injected("disk: no space");
        return Verdict::no_space;
    }
    return Verdict::go_on;
}

}  // namespace posthouse::sim
