#pragma once
// SimFiles: world::Files in memory. Content that was not synced, and names whose folder was not, may be gone after crash().
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "sim/scheduler.hpp"
#include "world/files.hpp"

namespace posthouse::sim {

class SimFiles final : public world::Files {
public:
    SimFiles(Scheduler& scheduler, std::uint64_t seed) : scheduler_(scheduler), random_(seed) {}

    /// A file that was always there: durable, its folders too.
    void put(const std::string& path, std::string content, unsigned mode = 0644);
    /// Another process wrote it and synced it and its folder, which exists.
    void drop(const std::string& path, std::string content);
    void power_loss() { powered_ = false; }
    void crash();
    /// The process was killed and the machine was not: nothing is lost.
    void process_death() {
        powered_ = true;
        ++life_;
    }
    std::uint64_t free = 1'000'000'000'000;

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
    struct Node {
        std::string content;
        std::string durable;
        unsigned mode = 0;
        bool is_directory = false;
        std::uint64_t inode = 0;
        WallTime modified;
    };
    using Names = std::map<std::string, std::shared_ptr<Node>>;
    struct Handle;

    [[nodiscard]] base::Result<void> check_power() const;
    [[nodiscard]] std::shared_ptr<Node> find(const std::string& path) const;
    std::shared_ptr<Node> add(const std::string& path, unsigned mode);
    std::unique_ptr<world::WritableFile> open(std::shared_ptr<Node> node);

    Scheduler& scheduler_;
    SimRandom random_;
    bool powered_ = true;
    int life_ = 1;
    std::uint64_t inodes_ = 1;
    Names names_;
    Names durable_;
    // Changes of names since their folder was synced, oldest first: a crash keeps the first few of them, as a journal does.
    // What is older than the journal's interval has long been written.
    static constexpr std::chrono::seconds journal_interval{30};
    struct Change {
        std::string path;
        std::shared_ptr<Node> node;  // null: removed
    };
    struct Changes {
        std::vector<Change> all;  // of one call
        SteadyTime when;
    };
    std::vector<Changes> unsynced_;
};

}  // namespace posthouse::sim
