#include "sim/sim_files.hpp"

#include "base/assert.hpp"

namespace posthouse::sim {

using base::ErrorKind;

namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : slash == 0 ? "/" : path.substr(0, slash);
}

std::string plain(const std::string& path) { return path.size() > 1 && path.back() == '/' ? path.substr(0, path.size() - 1) : path; }

std::unexpected<base::Error> missing(const std::string& path) {
    return base::fail(ErrorKind::not_found, "open " + path + ": No such file or directory");
}

}  // namespace

struct SimFiles::Handle final : world::WritableFile {
    Handle(SimFiles& owner, std::shared_ptr<Node> target) : files(owner), node(std::move(target)), life(owner.life_) {}
    base::Result<void> write(std::string_view bytes) override {
        if (!files.powered_ || files.life_ != life) {
            return base::fail(ErrorKind::io, "write: Input/output error");
        }
        if (bytes.size() > files.free) {
            return base::fail(ErrorKind::no_space, "write: No space left on device");
        }
        files.free -= bytes.size();
        node->content += bytes;
        node->modified = files.scheduler_.wall_now();
        return {};
    }
    base::Result<void> sync() override {
        if (!files.powered_ || files.life_ != life) {
            return base::fail(ErrorKind::io, "fsync: Input/output error");
        }
        node->durable = node->content;
        return {};
    }
    SimFiles& files;
    std::shared_ptr<Node> node;
    int life;
};

base::Result<void> SimFiles::check_power() const {
    return powered_ ? base::Result<void>{} : base::fail(ErrorKind::io, "Input/output error");
}

std::shared_ptr<SimFiles::Node> SimFiles::find(const std::string& path) const {
    const auto found = names_.find(plain(path));
    return found == names_.end() ? nullptr : found->second;
}

std::shared_ptr<SimFiles::Node> SimFiles::add(const std::string& path, unsigned mode) {
    auto node = std::make_shared<Node>();
    node->mode = mode;
    node->inode = ++inodes_;
    node->modified = scheduler_.wall_now();
    names_[path] = node;
    unsynced_.push_back({{{path, node}}, scheduler_.now()});
    return node;
}

std::unique_ptr<world::WritableFile> SimFiles::open(std::shared_ptr<Node> node) { return std::make_unique<Handle>(*this, std::move(node)); }

void SimFiles::put(const std::string& path, std::string content, unsigned mode) {
    PH_ASSERT(make_directories(folder_of(path), 0755).has_value());
    const auto node = add(path, mode);
    node->content = content;
    node->durable = std::move(content);
    unsynced_.clear();
    durable_ = names_;
}

void SimFiles::drop(const std::string& path, std::string content) {
    const auto node = add(path, 0600);
    unsynced_.pop_back();
    node->content = content;
    node->durable = std::move(content);
    durable_[path] = node;
}

void SimFiles::crash() {
    const auto recent = std::ranges::find_if(unsynced_, [this](const Changes& changes) { return scheduler_.now() - changes.when < journal_interval; });
    const auto sure = static_cast<std::size_t>(recent - unsynced_.begin());
    const std::size_t kept = sure + random_.below(unsynced_.size() - sure + 1);
    for (std::size_t i = 0; i < kept; ++i) {
        for (const Change& change : unsynced_[i].all) {
            if (change.node != nullptr) {
                durable_[change.path] = change.node;
            } else {
                durable_.erase(change.path);
            }
        }
    }
    unsynced_.clear();
    names_.clear();
    for (auto& [path, node] : durable_) {
        auto survivor = std::make_shared<Node>(*node);
        // Of what was appended without a sync, some may have reached the disk.
        if (survivor->content.size() > survivor->durable.size() && survivor->content.starts_with(survivor->durable)) {
            const std::size_t more = random_.below(survivor->content.size() - survivor->durable.size() + 1);
            survivor->durable = survivor->content.substr(0, survivor->durable.size() + more);
        }
        survivor->content = survivor->durable;
        names_[path] = survivor;
        node = survivor;
    }
    powered_ = true;
    ++life_;
}

base::Result<std::string> SimFiles::read(const std::string& path) {
    const auto node = find(path);
    if (auto power = check_power(); !power) {
        return std::unexpected(power.error());
    }
    if (node == nullptr) {
        return missing(path);
    }
    if (node->is_directory) {
        return base::fail(ErrorKind::io, "read " + path + ": Is a directory");
    }
    return node->content;
}

base::Result<world::FileInfo> SimFiles::info(const std::string& path) {
    const auto node = find(path);
    if (node == nullptr) {
        return missing(path);
    }
    world::FileInfo info;
    info.size = node->content.size();
    info.modified = node->modified;
    info.mode = node->mode;
    info.is_directory = node->is_directory;
    info.inode = node->inode;
    return info;
}

base::Result<std::vector<std::string>> SimFiles::list(const std::string& path) {
    const auto node = find(path);
    if (node == nullptr || !node->is_directory) {
        return missing(path);
    }
    std::vector<std::string> out;
    for (const auto& [name, child] : names_) {
        if (name != "/" && folder_of(name) == plain(path)) {
            out.push_back(name.substr(name.rfind('/') + 1));
        }
    }
    return out;
}

base::Result<std::unique_ptr<world::WritableFile>> SimFiles::create(const std::string& path, unsigned mode) {
    if (auto power = check_power(); !power) {
        return std::unexpected(power.error());
    }
    if (find(path) != nullptr) {
        return base::fail(ErrorKind::io, "create " + path + ": File exists");
    }
    if (find(folder_of(path)) == nullptr) {
        return missing(path);
    }
    return open(add(path, mode));
}

base::Result<std::unique_ptr<world::WritableFile>> SimFiles::append(const std::string& path, unsigned mode) {
    if (const auto node = find(path); node != nullptr && powered_) {
        return open(node);
    }
    return create(path, mode);
}

base::Result<void> SimFiles::rename(const std::string& from, const std::string& to) {
    const auto node = find(from);
    if (auto power = check_power(); !power) {
        return power;
    }
    if (node == nullptr) {
        return missing(from);
    }
    names_.erase(from);
    names_[to] = node;
    unsynced_.push_back({{{from, nullptr}, {to, node}}, scheduler_.now()});
    return {};
}

base::Result<void> SimFiles::remove(const std::string& path) {
    if (auto power = check_power(); !power) {
        return power;
    }
    if (names_.erase(path) == 0) {
        return missing(path);
    }
    unsynced_.push_back({{{path, nullptr}}, scheduler_.now()});
    return {};
}

base::Result<void> SimFiles::make_directories(const std::string& path, unsigned mode) {
    if (auto power = check_power(); !power) {
        return power;
    }
    const std::string name = plain(path);
    if (name.empty() || find(name) != nullptr) {
        return {};
    }
    if (name != "/") {
        if (auto parents = make_directories(folder_of(name), mode); !parents) {
            return parents;
        }
    }
    add(name, mode)->is_directory = true;
    return {};
}

base::Result<void> SimFiles::sync_directory(const std::string& path) {
    if (auto power = check_power(); !power) {
        return power;
    }
    const std::string folder = plain(path);
    // Everything before the folder's last change goes with it: the journal is one.
    std::size_t last = 0;
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        for (const Change& change : unsynced_[i].all) {
            last = folder_of(change.path) == folder ? i + 1 : last;
        }
    }
    for (std::size_t i = 0; i < last; ++i) {
        for (const Change& change : unsynced_[i].all) {
            if (change.node != nullptr) {
                durable_[change.path] = change.node;
            } else {
                durable_.erase(change.path);
            }
        }
    }
    unsynced_.erase(unsynced_.begin(), unsynced_.begin() + static_cast<std::ptrdiff_t>(last));
    return {};
}

base::Result<std::uint64_t> SimFiles::free_bytes(const std::string&) { return free; }

}  // namespace posthouse::sim
