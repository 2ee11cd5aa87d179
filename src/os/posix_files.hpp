#pragma once
// world::Files on the file system. Errors say what was done to which path.
#include <optional>

#include "os/acting_as.hpp"
#include "world/files.hpp"

namespace posthouse::os {

class PosixFiles final : public world::Files {
public:
    PosixFiles() = default;
    explicit PosixFiles(world::FileUser user) : user_(user) {}

    [[nodiscard]] std::string canonical(const std::string& path) override;
    [[nodiscard]] bool acts_for_others() const override { return ActingAs::is_possible(); }
    std::unique_ptr<world::Files> as_user(world::FileUser user) override;
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

private:
    /// For the time of one call; nullopt: as ourselves.
    [[nodiscard]] base::Result<std::optional<ActingAs>> acting() const;

    std::optional<world::FileUser> user_;
};

}  // namespace posthouse::os
