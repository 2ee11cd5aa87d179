#pragma once
// Files in memory, for this module's tests.
#include <map>
#include <string>

#include "world/files.hpp"

namespace posthouse::tables {

class FakeFiles final : public world::Files {
public:
    struct File {
        std::string text;
        world::FileInfo info;
    };
    std::map<std::string, File> files;

    void put(const std::string& path, std::string text, int age = 0) {
        File file{std::move(text), {}};
        file.info.size = file.text.size();
        file.info.modified = world::WallTime(std::chrono::seconds(1'000'000 - age));
        files[path] = std::move(file);
    }
    base::Result<std::string> read(const std::string& path) override {
        const auto file = files.find(path);
        return file == files.end() ? missing<std::string>() : base::Result<std::string>(file->second.text);
    }
    base::Result<world::FileInfo> info(const std::string& path) override {
        const auto file = files.find(path);
        return file == files.end() ? missing<world::FileInfo>() : base::Result<world::FileInfo>(file->second.info);
    }
    base::Result<std::vector<std::string>> list(const std::string&) override { return missing<std::vector<std::string>>(); }
    using Writable = std::unique_ptr<world::WritableFile>;
    base::Result<Writable> create(const std::string&, unsigned) override { return missing<Writable>(); }
    base::Result<Writable> append(const std::string&, unsigned) override { return missing<Writable>(); }
    base::Result<void> rename(const std::string&, const std::string&) override { return missing<void>(); }
    base::Result<void> remove(const std::string&) override { return missing<void>(); }
    base::Result<void> make_directories(const std::string&, unsigned) override { return missing<void>(); }
    base::Result<void> sync_directory(const std::string&) override { return missing<void>(); }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return missing<std::uint64_t>(); }

private:
    template <class T>
    static base::Result<T> missing() {
        return base::fail(base::ErrorKind::not_found, "no such file");
    }
};

}  // namespace posthouse::tables
