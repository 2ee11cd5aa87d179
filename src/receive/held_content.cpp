#include "receive/held_content.hpp"

#include "base/format.hpp"

namespace posthouse::receive {

HeldContent::~HeldContent() {
    if (!paths_.empty()) {
        room_.pool.submit([&files = room_.files, paths = std::move(paths_)] {
            for (const std::string& path : paths) {
                static_cast<void>(files.remove(path));  // the next start removes what is left
            }
        });
    }
}

world::Task<base::Result<void>> HeldContent::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t count = std::min(bytes.size(), part_size - part_.size());
        part_ += bytes.substr(0, count);
        bytes.remove_prefix(count);
        if (part_.size() < part_size) {
            break;
        }
        if (name_.empty()) {
            name_ = base::format("{}/{}{:016x}", room_.folder, name_prefix, home_.random.next());
        }
        const std::string path = base::format("{}.{}", name_, files_made_++);
        paths_.push_back(path);
        auto write = [&files = room_.files, path, part = std::exchange(part_, {})]() -> base::Result<void> {
            auto file = files.create(path, 0600);
            return file ? (*file)->write(part) : std::unexpected(file.error());
        };
        world::Task<base::Result<void>> writing = world::off_core(room_.pool, home_.executor, std::move(write));
        const base::Result<void> written = co_await std::move(writing);
        if (!written) {
            co_return written;
        }
    }
    co_return base::Result<void>{};
}

world::Task<base::Result<std::optional<std::string>>> HeldContent::next() {
    if (paths_.empty()) {
        co_return part_.empty() ? std::nullopt : std::optional(std::exchange(part_, {}));
    }
    auto take = [&files = room_.files, path = std::move(paths_.front())]() -> base::Result<std::string> {
        auto part = files.read(path);
        static_cast<void>(files.remove(path));
        return part;
    };
    paths_.pop_front();
    world::Task<base::Result<std::string>> taking = world::off_core(room_.pool, home_.executor, std::move(take));
    base::Result<std::string> part = co_await std::move(taking);
    if (!part) {
        co_return std::unexpected(part.error());
    }
    if (part->size() != part_size) {
        co_return base::fail(base::ErrorKind::io, "a file of held content has changed");
    }
    co_return std::optional(std::move(*part));
}

void remove_held_content(world::Files& files, const std::string& folder) {
    const auto names = files.list(folder);
    for (const std::string& name : names.value_or(std::vector<std::string>())) {
        if (name.starts_with(HeldContent::name_prefix)) {
            static_cast<void>(files.remove(base::format("{}/{}", folder, name)));
        }
    }
}

}  // namespace posthouse::receive
