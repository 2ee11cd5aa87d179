// The VFS for the tests of failures; named as a test so that it is only built into them.
#include "queue/spool/failing_vfs.hpp"

namespace posthouse::queue::testing {

namespace {

struct FailingFile {
    sqlite3_file base;
    FailingVfs* vfs;
    sqlite3_file* real;  // behind this struct
};

FailingFile* own(sqlite3_file* file) { return reinterpret_cast<FailingFile*>(file); }
sqlite3_file* real(sqlite3_file* file) { return own(file)->real; }
template <class... Args, class... Given>
int forward(int (*sqlite3_io_methods::*method)(sqlite3_file*, Args...), sqlite3_file* file, Given... given) {
    return (real(file)->pMethods->*method)(real(file), given...);
}

int close_file(sqlite3_file* file) { return forward(&sqlite3_io_methods::xClose, file); }
int read_file(sqlite3_file* file, void* into, int size, sqlite3_int64 at) { return forward(&sqlite3_io_methods::xRead, file, into, size, at); }
int write_file(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    const int verdict = own(file)->vfs->judge(SQLITE_IOERR_WRITE);
    if (verdict != SQLITE_OK) {
        forward(&sqlite3_io_methods::xWrite, file, from, size / 2, at);  // a torn write
        return verdict;
    }
    return forward(&sqlite3_io_methods::xWrite, file, from, size, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    const int verdict = own(file)->vfs->judge(SQLITE_IOERR_TRUNCATE);
    return verdict != SQLITE_OK ? verdict : forward(&sqlite3_io_methods::xTruncate, file, size);
}
// No test pulls the plug: what succeeds need not reach the disk.
int sync_file(sqlite3_file* file, int) { return own(file)->vfs->judge(SQLITE_IOERR_FSYNC); }
int file_size(sqlite3_file* file, sqlite3_int64* size) { return forward(&sqlite3_io_methods::xFileSize, file, size); }
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
void shared_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
int unmap_shared(sqlite3_file* file, int remove) { return forward(&sqlite3_io_methods::xShmUnmap, file, remove); }

constexpr sqlite3_io_methods methods = {2,           close_file, read_file,     write_file,  truncate_file, sync_file,      file_size,
                                        lock_file,   unlock_file, check_lock,   control_file, sector_size,  characteristics, map_shared,
                                        lock_shared, shared_barrier, unmap_shared, nullptr,  nullptr};

FailingVfs* own(sqlite3_vfs* vfs) { return static_cast<FailingVfs*>(vfs->pAppData); }
sqlite3_vfs* real_of(sqlite3_vfs* vfs) { return own(vfs)->real(); }

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    FailingFile* const made = own(file);
    made->base.pMethods = nullptr;
    made->vfs = own(vfs);
    made->real = reinterpret_cast<sqlite3_file*>(made + 1);
    const int code = real_of(vfs)->xOpen(real_of(vfs), name, made->real, flags, out_flags);
    if (made->real->pMethods != nullptr) {
        made->base.pMethods = &methods;
    }
    return code;
}

}  // namespace

FailingVfs::FailingVfs(std::string name) : name_(std::move(name)), real_(sqlite3_vfs_find(nullptr)) {
    vfs_ = *real_;  // what takes the VFS without looking into it is called directly
    vfs_.pNext = nullptr;
    vfs_.zName = name_.c_str();
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(FailingFile)) + real_->szOsFile;
    vfs_.xOpen = open_file;
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync) { return real_of(vfs)->xDelete(real_of(vfs), path, sync); };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* path, int flags, int* result) { return real_of(vfs)->xAccess(real_of(vfs), path, flags, result); };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* path, int size, char* out) { return real_of(vfs)->xFullPathname(real_of(vfs), path, size, out); };
    sqlite3_vfs_register(&vfs_, 0);
}

FailingVfs::~FailingVfs() { sqlite3_vfs_unregister(&vfs_); }

void FailingVfs::fail_at(long call, Fault fault, Until until) {
    failing_call_ = calls_ + call;
    fault_ = fault;
    until_ = until;
}

int FailingVfs::judge(int io_failure) {
    ++calls_;
    const bool fails = failing_call_ != 0 && (until_ == Until::forever ? calls_ >= failing_call_ : calls_ == failing_call_);
    if (!fails) {
        return SQLITE_OK;
    }
    ++failures_;
    return fault_ == Fault::disk_full ? SQLITE_FULL : io_failure;
}

}  // namespace posthouse::queue::testing
