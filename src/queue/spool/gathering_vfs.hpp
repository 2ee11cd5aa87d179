#pragma once
// GatheringVfs: a SQLite VFS over another one that hands the writes to a write-ahead log on in one piece. SQLite writes two
// pieces a page (a frame's head and the page); nobody looks at them before the sync, which ends each commit.
#include <sqlite3.h>

#include <string>

namespace posthouse::queue {

class GatheringVfs {
public:
    /// Over the VFS called `base`; empty: SQLite's default. Connections that use it end before it does.
    explicit GatheringVfs(const std::string& base);
    GatheringVfs(const GatheringVfs&) = delete;
    GatheringVfs& operator=(const GatheringVfs&) = delete;
    ~GatheringVfs();

    /// For Database::open(). Unlike any other's.
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    std::string name_;
    sqlite3_vfs vfs_{};
};

}  // namespace posthouse::queue
