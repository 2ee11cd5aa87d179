#include "sim/sim_vfs.hpp"

#include <cstring>

namespace posthouse::sim {

namespace {

struct OpenFile {
    sqlite3_file base;
    VfsHandle* handle;
};

VfsHandle& handle_of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file)->handle; }
SimDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<SimDisk*>(vfs->pAppData); }

int close_file(sqlite3_file* file) {
    VfsHandle& handle = handle_of(file);
    unmap_shared_memory(handle, false);
    unlock_file(handle, SQLITE_LOCK_NONE);
    if (handle.delete_on_close && handle.alive() && !handle.path.empty()) {
        handle.disk->remove(handle.path, SimDisk::Durability::lazily);
    }
    delete &handle;
    return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
    const VfsHandle& handle = handle_of(file);
    if (!handle.alive() || handle.disk->begin_read() != SimDisk::Verdict::go_on) {
        return SQLITE_IOERR_READ;
    }
    const auto wanted = static_cast<std::size_t>(count);
    const std::size_t got = handle.file->read(static_cast<std::size_t>(offset), static_cast<char*>(into), wanted);
    if (got < wanted) {
        std::memset(static_cast<char*>(into) + got, 0, wanted - got);
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

int write_file(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
    const VfsHandle& handle = handle_of(file);
    const auto begin = static_cast<std::size_t>(offset);
    const std::string_view data(static_cast<const char*>(bytes), static_cast<std::size_t>(count));
    if (!handle.alive()) {
        return SQLITE_IOERR_WRITE;
    }
    const std::size_t end = begin + data.size();
    const std::uint64_t growth = end > handle.file->size() ? end - handle.file->size() : 0;
    const auto verdict = handle.disk->begin(SimDisk::Operation::write, growth);
    if (verdict == SimDisk::Verdict::no_space) {
        return SQLITE_FULL;
    }
    if (verdict == SimDisk::Verdict::io_error) {
        // Some of it may have got through.
        handle.file->write(begin, data.substr(0, handle.disk->random().below(data.size() + 1)));
        return SQLITE_IOERR_WRITE;
    }
    handle.file->write(begin, data);
    return SQLITE_OK;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    const VfsHandle& handle = handle_of(file);
    if (!handle.alive() || handle.disk->begin(SimDisk::Operation::truncate, 0) != SimDisk::Verdict::go_on) {
        return SQLITE_IOERR_TRUNCATE;
    }
    handle.file->truncate(static_cast<std::size_t>(size));
    return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
    const VfsHandle& handle = handle_of(file);
    if (!handle.alive()) {
        return SQLITE_IOERR_FSYNC;
    }
    if (handle.disk->begin(SimDisk::Operation::sync, 0) != SimDisk::Verdict::go_on) {
        if (handle.disk->powered()) {
            handle.file->fail_sync();
        }
        return SQLITE_IOERR_FSYNC;
    }
    if (handle.disk->forgets_this_sync()) {
        return SQLITE_OK;
    }
    handle.file->sync();
    handle.disk->keep_names();
    return SQLITE_OK;
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    const VfsHandle& handle = handle_of(file);
    *size = static_cast<sqlite3_int64>(handle.file->size());
    return handle.alive() ? SQLITE_OK : SQLITE_IOERR_FSTAT;
}

int lock(sqlite3_file* file, int level) {
    VfsHandle& handle = handle_of(file);
    return handle.alive() ? lock_file(handle, level) : SQLITE_IOERR_LOCK;
}

int unlock(sqlite3_file* file, int level) { return unlock_file(handle_of(file), level); }

int check_reserved_lock(sqlite3_file* file, int* result) {
    const VfsHandle& handle = handle_of(file);
    *result = reserved_by_anyone(handle) ? 1 : 0;
    return handle.alive() ? SQLITE_OK : SQLITE_IOERR_CHECKRESERVEDLOCK;
}

int file_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return static_cast<int>(DiskFile::sector_size); }
// What the unix VFS promises too: a torn write leaves the bytes around it alone.
int device_characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** address) {
    VfsHandle& handle = handle_of(file);
    return handle.alive() ? map_shared_memory(handle, region, size, extend != 0, address) : SQLITE_IOERR_SHMMAP;
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    VfsHandle& handle = handle_of(file);
    const bool release = (flags & SQLITE_SHM_UNLOCK) != 0;
    return handle.alive() || release ? lock_shared_memory(handle, offset, count, flags) : SQLITE_IOERR_SHMLOCK;
}
void shm_barrier(sqlite3_file*) {}
int shm_unmap(sqlite3_file* file, int remove) {
    unmap_shared_memory(handle_of(file), remove != 0);
    return SQLITE_OK;
}

const sqlite3_io_methods& io_methods() {
    static const sqlite3_io_methods methods = [] {
        sqlite3_io_methods out{};
        out.iVersion = 2;
        out.xClose = close_file;
        out.xRead = read_file;
        out.xWrite = write_file;
        out.xTruncate = truncate_file;
        out.xSync = sync_file;
        out.xFileSize = file_size;
        out.xLock = lock;
        out.xUnlock = unlock;
        out.xCheckReservedLock = check_reserved_lock;
        out.xFileControl = file_control;
        out.xSectorSize = sector_size;
        out.xDeviceCharacteristics = device_characteristics;
        out.xShmMap = shm_map;
        out.xShmLock = shm_lock;
        out.xShmBarrier = shm_barrier;
        out.xShmUnmap = shm_unmap;
        return out;
    }();
    return methods;
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
    SimDisk& disk = disk_of(vfs);
    auto* open = reinterpret_cast<OpenFile*>(file);
    open->base.pMethods = nullptr;
    if (!disk.powered()) {
        return SQLITE_CANTOPEN;
    }
    auto handle = std::make_unique<VfsHandle>();
    handle->disk = &disk;
    handle->life = disk.life();
    handle->path = name != nullptr ? name : "";
    handle->delete_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->file = handle->path.empty() ? std::make_shared<DiskFile>() : disk.find(handle->path);
    if (handle->file != nullptr && (flags & SQLITE_OPEN_EXCLUSIVE) != 0 && !handle->path.empty()) {
        return SQLITE_CANTOPEN;
    }
    if (handle->file == nullptr) {
        if ((flags & SQLITE_OPEN_CREATE) == 0) {
            return SQLITE_CANTOPEN;
        }
        handle->file = disk.create(handle->path);
    }
    if (out_flags != nullptr) {
        *out_flags = flags;
    }
    open->handle = handle.release();
    open->base.pMethods = &io_methods();
    return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_directory) {
    SimDisk& disk = disk_of(vfs);
    if (disk.begin(SimDisk::Operation::truncate, 0) != SimDisk::Verdict::go_on) {
        return SQLITE_IOERR_DELETE;
    }
    const auto durability = sync_directory != 0 ? SimDisk::Durability::at_once : SimDisk::Durability::lazily;
    return disk.remove(name, durability) ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* result) {
    const SimDisk& disk = disk_of(vfs);
    *result = disk.find(name) != nullptr ? 1 : 0;
    return disk.powered() ? SQLITE_OK : SQLITE_IOERR_ACCESS;
}

int full_pathname(sqlite3_vfs*, const char* name, int size, char* out) {
    const std::string full = name[0] == '/' ? std::string(name) : "/" + std::string(name);
    if (full.size() + 1 > static_cast<std::size_t>(size)) {
        return SQLITE_CANTOPEN;
    }
    std::memcpy(out, full.c_str(), full.size() + 1);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs* vfs, int size, char* out) {
    SimRandom& random = disk_of(vfs).random();
    for (int i = 0; i < size; ++i) {
        out[i] = static_cast<char>(random.next());
    }
    return size;
}

int sleep_not(sqlite3_vfs*, int microseconds) { return microseconds; }

int current_time(sqlite3_vfs* vfs, sqlite3_int64* julian_milliseconds) {
    const auto since_1970 = disk_of(vfs).scheduler().wall_now().time_since_epoch();
    *julian_milliseconds = 210'866'760'000'000 + std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

void fill_vfs(sqlite3_vfs& vfs, SimDisk& disk) {
    vfs.iVersion = 2;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = 512;
    vfs.zName = disk.vfs_name().c_str();
    vfs.pAppData = &disk;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    vfs.xAccess = access;
    vfs.xFullPathname = full_pathname;
    vfs.xRandomness = randomness;
    vfs.xSleep = sleep_not;
    vfs.xGetLastError = last_error;
    vfs.xCurrentTimeInt64 = current_time;
}

void seed_sqlite(std::uint64_t seed) {
    sqlite3_initialize();
    sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed & 0x7fffffffU) | 1, nullptr);
}

}  // namespace posthouse::sim
