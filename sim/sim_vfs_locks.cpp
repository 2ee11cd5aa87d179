#include "sim/sim_vfs.hpp"

namespace posthouse::sim {

int lock_file(VfsHandle& handle, int level) {
    FileLocks& locks = handle.file->locks;
    if (level <= handle.lock) {
        return SQLITE_OK;
    }
    const auto held_by_other = [&](const void* owner) { return owner != nullptr && owner != &handle; };
    if (level == SQLITE_LOCK_SHARED) {
        if (held_by_other(locks.pending) || held_by_other(locks.exclusive)) {
            return SQLITE_BUSY;
        }
        ++locks.shared;
    } else if (level == SQLITE_LOCK_RESERVED) {
        if (held_by_other(locks.reserved) || held_by_other(locks.pending) || held_by_other(locks.exclusive)) {
            return SQLITE_BUSY;
        }
        locks.reserved = &handle;
    } else {
        if (held_by_other(locks.reserved) || held_by_other(locks.pending) || held_by_other(locks.exclusive)) {
            return SQLITE_BUSY;
        }
        locks.pending = &handle;
        if (locks.shared > 1) {
            handle.lock = SQLITE_LOCK_PENDING;
            return SQLITE_BUSY;
        }
        locks.exclusive = &handle;
    }
    handle.lock = level;
    return SQLITE_OK;
}

int unlock_file(VfsHandle& handle, int level) {
    FileLocks& locks = handle.file->locks;
    if (handle.lock <= level) {
        return SQLITE_OK;
    }
    for (const void** owner : {&locks.reserved, &locks.pending, &locks.exclusive}) {
        if (*owner == &handle) {
            *owner = nullptr;
        }
    }
    if (level == SQLITE_LOCK_NONE && handle.lock >= SQLITE_LOCK_SHARED) {
        --locks.shared;
    }
    handle.lock = level;
    return SQLITE_OK;
}

bool reserved_by_anyone(const VfsHandle& handle) {
    const FileLocks& locks = handle.file->locks;
    return locks.reserved != nullptr || locks.pending != nullptr || locks.exclusive != nullptr;
}

int map_shared_memory(VfsHandle& handle, int region, int size, bool extend, void volatile** address) {
    *address = nullptr;
    if (handle.memory == nullptr) {
        auto& memory = handle.file->shared_memory;
        if (memory == nullptr) {
            memory = std::make_shared<SharedMemory>();
        }
        handle.memory = memory;
        ++memory->users;
    }
    auto& regions = handle.memory->regions;
    const auto index = static_cast<std::size_t>(region);
    if (index >= regions.size() && !extend) {
        return SQLITE_OK;
    }
    while (regions.size() <= index) {
        regions.push_back(std::make_unique<std::vector<char>>(static_cast<std::size_t>(size)));
    }
    *address = regions[index]->data();
    return SQLITE_OK;
}

int lock_shared_memory(VfsHandle& handle, int offset, int count, int flags) {
    if (handle.memory == nullptr) {
        return SQLITE_IOERR_SHMLOCK;
    }
    SharedMemory& memory = *handle.memory;
    const auto begin = static_cast<std::size_t>(offset);
    const auto end = begin + static_cast<std::size_t>(count);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        for (std::size_t slot = begin; slot < end; ++slot) {
            if (memory.exclusive[slot] == &handle) {
                memory.exclusive[slot] = nullptr;
            } else if (handle.shared_slots[slot]) {
                handle.shared_slots[slot] = false;
                --memory.shared[slot];
            }
        }
        return SQLITE_OK;
    }
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (std::size_t slot = begin; slot < end; ++slot) {
        const bool other_exclusive = memory.exclusive[slot] != nullptr && memory.exclusive[slot] != &handle;
        const bool other_shared = memory.shared[slot] > (handle.shared_slots[slot] ? 1 : 0);
        if (other_exclusive || (exclusive && other_shared)) {
            return SQLITE_BUSY;
        }
    }
    for (std::size_t slot = begin; slot < end; ++slot) {
        if (exclusive) {
            memory.exclusive[slot] = &handle;
        } else if (!handle.shared_slots[slot]) {
            handle.shared_slots[slot] = true;
            ++memory.shared[slot];
        }
    }
    return SQLITE_OK;
}

void unmap_shared_memory(VfsHandle& handle, bool remove) {
    if (handle.memory == nullptr) {
        return;
    }
    lock_shared_memory(handle, 0, static_cast<int>(SharedMemory::lock_slots), SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
    if (--handle.memory->users == 0 && remove && handle.file->shared_memory == handle.memory) {
        handle.file->shared_memory = nullptr;
    }
    handle.memory = nullptr;
}

}  // namespace posthouse::sim
