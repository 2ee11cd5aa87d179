#pragma once
// The sqlite3_vfs face of a SimDisk: enough of it for WAL mode with several connections in one process.
#include <sqlite3.h>

#include "sim/sim_disk.hpp"

namespace posthouse::sim {

/// One open file. A handle of an earlier life than its disk's is dead: every call fails.
struct VfsHandle {
    SimDisk* disk = nullptr;
    std::shared_ptr<DiskFile> file;
    int life = 0;
    int lock = SQLITE_LOCK_NONE;
    bool delete_on_close = false;
    std::string path;  // empty: a temporary file
    std::shared_ptr<SharedMemory> memory;
    bool shared_slots[SharedMemory::lock_slots] = {};

    [[nodiscard]] bool alive() const { return disk->powered() && disk->life() == life; }
};

/// Fills in a VFS whose pAppData is `disk`; its name is disk.vfs_name().
void fill_vfs(sqlite3_vfs& vfs, SimDisk& disk);

/// Locks and shared memory, in sim_vfs_locks.cpp.
int lock_file(VfsHandle& handle, int level);
int unlock_file(VfsHandle& handle, int level);
bool reserved_by_anyone(const VfsHandle& handle);
int map_shared_memory(VfsHandle& handle, int region, int size, bool extend, void volatile** address);
int lock_shared_memory(VfsHandle& handle, int offset, int count, int flags);
void unmap_shared_memory(VfsHandle& handle, bool remove);

}  // namespace posthouse::sim
