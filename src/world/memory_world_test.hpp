#pragma once
// For tests: files in memory, and one line of work that stands for a pool and an executor and runs when it is told to.
#include <deque>
#include <map>

#include "world/cores.hpp"
#include "world/files.hpp"

namespace posthouse::world::memory {

class MemoryFiles final : public Files {
public:
    std::map<std::string, std::string> files;  // text by path
    bool broken = false;                       // nothing can be opened for writing

    struct Writable final : WritableFile {
        explicit Writable(std::string& where) : text(where) {}
        base::Result<void> write(std::string_view bytes) override {
            text += bytes;
            return {};
        }
        base::Result<void> sync() override { return {}; }
        std::string& text;
    };
    using Opened = base::Result<std::unique_ptr<WritableFile>>;
    base::Result<std::string> read(const std::string& path) override { return files.contains(path) ? base::Result<std::string>(files[path]) : no<std::string>(); }
    base::Result<FileInfo> info(const std::string& path) override {
        return files.contains(path) ? base::Result<FileInfo>(FileInfo{.size = files[path].size()}) : no<FileInfo>();
    }
    base::Result<std::vector<std::string>> list(const std::string& path) override {
        std::vector<std::string> out;
        for (const auto& [name, text] : files) {
            if (name.starts_with(path + "/")) {
                out.push_back(name.substr(path.size() + 1));
            }
        }
        return out;
    }
    Opened create(const std::string& path, unsigned) override {
        return files.contains(path) ? Opened(base::fail(base::ErrorKind::io, "create " + path + ": File exists")) : open(path);
    }
    Opened append(const std::string& path, unsigned) override { return open(path); }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        files[to] = std::exchange(files[from], {});
        files.erase(from);
        return {};
    }
    base::Result<void> remove(const std::string& path) override {
        files.erase(path);
        return {};
    }
    base::Result<void> make_directories(const std::string&, unsigned) override { return {}; }
    base::Result<void> sync_directory(const std::string&) override { return {}; }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return no<std::uint64_t>(); }

private:
    Opened open(const std::string& path) {
        return broken ? Opened(base::fail(base::ErrorKind::permission, "open " + path + ": Permission denied")) : Opened(std::make_unique<Writable>(files[path]));
    }
    template <class T>
    static base::Result<T> no() {
        return base::fail(base::ErrorKind::not_found, "no such file");
    }
};

class Line final : public Executor, public BlockingPool {
public:
    void post(Work work) override { waiting.push_back(std::move(work)); }
    void submit(Work work) override { post(std::move(work)); }
    void run() {
        while (!waiting.empty()) {
            Work next = std::move(waiting.front());
            waiting.pop_front();
            next();
        }
    }
    std::deque<Work> waiting;
};

}  // namespace posthouse::world::memory
