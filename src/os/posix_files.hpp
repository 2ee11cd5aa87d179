#pragma once
// world::Files on the file system. Errors say what was done to which path.
#include "world/files.hpp"

namespace posthouse::os {

class PosixFiles final : public world::Files {
public:
    base::Result<std::string> read(const std::string& path) override;
    base::Result<world::FileInfo> info(const std::string& path) override;
    base::Result<std::vector<std::string>> list(const std::string& path) override;
    base::Result<std::unique_ptr<world::WritableFile>> create(const std::string& path, unsigned mode) override;
    base::Result<std::unique_ptr<world::WritableFile>> append(const std::string& path, unsigned mode) override;
    base::Result<void> rename(const std::string& from, const std::string& to) override;
    base::Result<void> remove(const std::string& path) override;
    base::Result<void> make_directories(const std::string& path, unsigned mode) override;
    base::Result<void> sync_directory(const std::string& path) override;
    base::Result<std::uint64_t> free_bytes(const std::string& path) override;
};

}  // namespace posthouse::os
