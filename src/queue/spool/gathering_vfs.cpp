#include "queue/spool/gathering_vfs.hpp"

#include <atomic>
#include <new>

#include "base/assert.hpp"

namespace posthouse::queue {

namespace {

constexpr std::size_t gathered_max = 120 << 10;  // SQLite's own VFS takes less than 128 KiB at once, and cuts off what is more

struct GatheringFile {
    sqlite3_file base;
    sqlite3_file* real;      // behind this struct
    std::string* gathered;   // of a write-ahead log; null: any other file
    sqlite3_int64 begin;     // where `gathered` belongs
};

GatheringFile* own(sqlite3_file* file) { return reinterpret_cast<GatheringFile*>(file); }

template <class... Args, class... Given>
int forward(int (*sqlite3_io_methods::*method)(sqlite3_file*, Args...), sqlite3_file* file, Given... given) {
    sqlite3_file* const real = own(file)->real;
    return (real->pMethods->*method)(real, given...);
}

int hand_on(sqlite3_file* file) {
    GatheringFile& mine = *own(file);
    if (mine.gathered == nullptr || mine.gathered->empty()) {
        return SQLITE_OK;
    }
    // Of what could not be written nothing is kept: SQLite undoes the commit and writes its next one over it.
    const int code = forward(&sqlite3_io_methods::xWrite, file, mine.gathered->data(), static_cast<int>(mine.gathered->size()), mine.begin);
    mine.gathered->clear();
    return code;
}

/// For whatever looks at the file or ends it: what was gathered is in there first.
template <class... Args, class... Given>
int forward_after_writes(int (*sqlite3_io_methods::*method)(sqlite3_file*, Args...), sqlite3_file* file, Given... given) {
    const int code = hand_on(file);
    return code != SQLITE_OK ? code : forward(method, file, given...);
}

int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    GatheringFile& mine = *own(file);
    if (mine.gathered == nullptr) {
        return forward(&sqlite3_io_methods::xWrite, file, from, size, at);
    }
    const auto count = static_cast<std::size_t>(size);
    const bool continues = at == mine.begin + static_cast<sqlite3_int64>(mine.gathered->size());
    if (!continues || mine.gathered->size() + count > gathered_max) {
        if (const int code = hand_on(file); code != SQLITE_OK) {
            return code;
        }
    }
    if (count > gathered_max) {
        return forward(&sqlite3_io_methods::xWrite, file, from, size, at);
    }
    if (mine.gathered->empty()) {
        mine.begin = at;
    }
    try {
        mine.gathered->append(static_cast<const char*>(from), count);
    } catch (const std::bad_alloc&) {
        return SQLITE_IOERR_NOMEM;
    }
    return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
    const int written = hand_on(file);
    delete own(file)->gathered;
    const int closed = forward(&sqlite3_io_methods::xClose, file);
    return written != SQLITE_OK ? written : closed;
}

int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 at) {
    return forward_after_writes(&sqlite3_io_methods::xRead, file, into, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) { return forward_after_writes(&sqlite3_io_methods::xTruncate, file, size); }
int sync_file(sqlite3_file* file, int flags) { return forward_after_writes(&sqlite3_io_methods::xSync, file, flags); }
int file_size(sqlite3_file* file, sqlite3_int64* size) { return forward_after_writes(&sqlite3_io_methods::xFileSize, file, size); }
int lock_file(sqlite3_file* file, int level) { return forward(&sqlite3_io_methods::xLock, file, level); }
int unlock_file(sqlite3_file* file, int level) { return forward(&sqlite3_io_methods::xUnlock, file, level); }
int check_lock(sqlite3_file* file, int* result) { return forward(&sqlite3_io_methods::xCheckReservedLock, file, result); }
int control_file(sqlite3_file* file, int operation, void* argument) {
    return forward(&sqlite3_io_methods::xFileControl, file, operation, argument);
}
int sector_size(sqlite3_file* file) { return forward(&sqlite3_io_methods::xSectorSize, file); }
int characteristics(sqlite3_file* file) { return forward(&sqlite3_io_methods::xDeviceCharacteristics, file); }
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** mapped) {
    return forward(&sqlite3_io_methods::xShmMap, file, region, size, extend, mapped);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) { return forward(&sqlite3_io_methods::xShmLock, file, offset, count, flags); }
void shared_barrier(sqlite3_file* file) { own(file)->real->pMethods->xShmBarrier(own(file)->real); }
int unmap_shared(sqlite3_file* file, int remove) { return forward(&sqlite3_io_methods::xShmUnmap, file, remove); }

constexpr sqlite3_io_methods methods = {2,           close_file,     read_file,    write_file,   truncate_file, sync_file,       file_size,
                                        lock_file,   unlock_file,    check_lock,   control_file, sector_size,   characteristics, map_shared,
                                        lock_shared, shared_barrier, unmap_shared, nullptr,      nullptr};

sqlite3_vfs* real_of(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    GatheringFile* const made = own(file);
    *made = {};
    made->real = reinterpret_cast<sqlite3_file*>(made + 1);
    std::string* gathered = nullptr;
    if ((flags & SQLITE_OPEN_WAL) != 0) {
        gathered = new (std::nothrow) std::string;
        if (gathered == nullptr) {
            return SQLITE_NOMEM;
        }
    }
    const int code = real_of(vfs)->xOpen(real_of(vfs), name, made->real, flags, out_flags);
    if (made->real->pMethods == nullptr) {
        delete gathered;  // it will not be closed
        return code;
    }
    made->gathered = gathered;
    made->base.pMethods = &methods;
    return code;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync) { return real_of(vfs)->xDelete(real_of(vfs), path, sync); }
int access_file(sqlite3_vfs* vfs, const char* path, int flags, int* result) { return real_of(vfs)->xAccess(real_of(vfs), path, flags, result); }
int full_path(sqlite3_vfs* vfs, const char* path, int size, char* out) { return real_of(vfs)->xFullPathname(real_of(vfs), path, size, out); }
int random_bytes(sqlite3_vfs* vfs, int size, char* out) { return real_of(vfs)->xRandomness(real_of(vfs), size, out); }
int sleep_for(sqlite3_vfs* vfs, int microseconds) { return real_of(vfs)->xSleep(real_of(vfs), microseconds); }
int last_error(sqlite3_vfs* vfs, int size, char* out) { return real_of(vfs)->xGetLastError(real_of(vfs), size, out); }
int current_time(sqlite3_vfs* vfs, sqlite3_int64* out) { return real_of(vfs)->xCurrentTimeInt64(real_of(vfs), out); }

std::string unlike_any_other() {
    static std::atomic<unsigned> count = 0;
    return "posthouse-gathering-" + std::to_string(++count);
}

}  // namespace

GatheringVfs::GatheringVfs(const std::string& base) : name_(unlike_any_other()) {
    sqlite3_vfs* const real = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
    PH_ASSERT(real != nullptr && real->iVersion >= 2);
    vfs_.iVersion = 2;
    vfs_.szOsFile = static_cast<int>(sizeof(GatheringFile)) + real->szOsFile;
    vfs_.mxPathname = real->mxPathname;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = real;
    vfs_.xOpen = open_file;
    vfs_.xDelete = delete_file;
    vfs_.xAccess = access_file;
    vfs_.xFullPathname = full_path;
    vfs_.xRandomness = random_bytes;
    vfs_.xSleep = sleep_for;
    vfs_.xGetLastError = last_error;
    vfs_.xCurrentTimeInt64 = current_time;
    sqlite3_vfs_register(&vfs_, 0);
}

GatheringVfs::~GatheringVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace posthouse::queue
