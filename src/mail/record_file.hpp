#pragma once
// RecordFile: a cache on disk, as lines of mail::Record. New ones are appended; compact() writes the file anew. Calls block: run
// them in the pool, one at a time.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "world/files.hpp"

namespace posthouse::mail {

/// Where the cache of a parameter such as address_verify_map is, whose value is `type:path`: in the file of that name with .records
/// behind it, since Postfix's own is left alone. Empty: in memory only. `problem` is set for a type that cannot hold it.
[[nodiscard]] std::string record_path(std::string_view parameter, std::string_view value, std::string& problem);

class RecordFile {
public:
    RecordFile(world::Files& files, std::string path) : files_(files), path_(std::move(path)) {}

    /// What was kept, by `decode`, which says nullopt to a damaged line: that is passed over. No file: nothing.
    template <class Entry>
    [[nodiscard]] base::Result<std::vector<Entry>> load(std::optional<Entry> (*decode)(std::string_view)) {
        std::vector<Entry> out;
        const auto read = for_each_line([&](std::string_view line) {
            if (auto entry = decode(line)) {
                out.push_back(std::move(*entry));
            }
        });
        return read ? base::Result<std::vector<Entry>>(std::move(out)) : std::unexpected(read.error());
    }
    [[nodiscard]] base::Result<void> append(std::string_view lines);
    /// These lines, each with its end, and no others, in one step.
    [[nodiscard]] base::Result<void> compact(std::size_t count, const std::function<std::string(std::size_t)>& line);

private:
    [[nodiscard]] base::Result<void> for_each_line(const std::function<void(std::string_view)>& take);

    world::Files& files_;
    std::string path_;
};

}  // namespace posthouse::mail
