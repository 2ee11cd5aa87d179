#pragma once
// For tests: a SQLite VFS over the default one whose n-th write, sync or truncation fails.
#include <sqlite3.h>

#include <string>

namespace posthouse::queue::testing {

class FailingVfs {
public:
    explicit FailingVfs(std::string name);
    FailingVfs(const FailingVfs&) = delete;
    FailingVfs& operator=(const FailingVfs&) = delete;
    ~FailingVfs();

    enum class Fault { io, disk_full };
    enum class Until { next_call, forever };
    /// The call number `call` from now on (1 is the next) fails; with `forever` all later ones too.
    void fail_at(long call, Fault fault, Until until);
    void heal() { failing_call_ = 0; }
    [[nodiscard]] long calls() const { return calls_; }
    [[nodiscard]] long failures() const { return failures_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// SQLITE_OK, or the failure that this call shall have.
    int judge(int io_failure);
    [[nodiscard]] sqlite3_vfs* real() const { return real_; }

private:
    std::string name_;
    sqlite3_vfs vfs_{};
    sqlite3_vfs* real_;
    long calls_ = 0;
    long failing_call_ = 0;  // 0: none
    long failures_ = 0;
    Fault fault_ = Fault::io;
    Until until_ = Until::next_call;
};

}  // namespace posthouse::queue::testing
