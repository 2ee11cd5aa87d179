#include "mail/record_file.hpp"

#include "base/text.hpp"

namespace posthouse::mail {

namespace {

constexpr std::uint64_t file_size_max = 128ULL * 1024 * 1024;
constexpr std::size_t write_size = 64 * 1024;

}  // namespace

std::string record_path(std::string_view parameter, std::string_view value, std::string& problem) {
    std::string_view text = base::trim(value);
    if (text.starts_with("proxy:")) {
        text.remove_prefix(6);
    }
    if (text.empty()) {
        return {};
    }
    const auto parts = base::split_once(text, ':');
    const std::string_view type = parts ? parts->first : "btree";
    const std::string_view path = parts ? parts->second : text;
    if ((type != "btree" && type != "hash" && type != "lmdb" && type != "sdbm" && type != "dbm") || path.empty()) {
        problem.append(parameter).append(" = ").append(value).append(": this type cannot hold the cache, which is kept in memory only; say btree:$data_directory/");
        problem.append(parameter == "address_verify_map" ? "verify_cache" : "postscreen_cache");
        return {};
    }
    return std::string(path) + ".records";
}

base::Result<void> RecordFile::for_each_line(const std::function<void(std::string_view)>& take) {
    const auto info = files_.info(path_);
    if (!info) {
        return info.error().kind == base::ErrorKind::not_found ? base::Result<void>{} : std::unexpected(info.error());
    }
    if (info->size > file_size_max) {
        return base::fail(base::ErrorKind::limit, path_ + " is larger than this cache can be: remove it");
    }
    const auto text = files_.read(path_);
    if (!text) {
        return std::unexpected(text.error());
    }
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos) {
            break;  // cut by a crash
        }
        take(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    return {};
}

base::Result<void> RecordFile::append(std::string_view lines) {
    auto file = files_.append(path_, 0600);
    // A line that a crash cut must not take the next one with it.
    return file ? (*file)->write("\n" + std::string(lines)) : std::unexpected(file.error());
}

base::Result<void> RecordFile::compact(std::size_t count, const std::function<std::string(std::size_t)>& line) {
    const std::string temporary = path_ + ".new";
    static_cast<void>(files_.remove(temporary));  // of a crash; the next line says if it is still there
    auto file = files_.create(temporary, 0600);
    if (!file) {
        return std::unexpected(file.error());
    }
    std::string block;
    base::Result<void> done;
    for (std::size_t i = 0; i < count; ++i) {
        block += line(i);
        if (block.size() >= write_size) {
            done = (*file)->write(block);
            block.clear();
        }
        if (!done) {
            return done;
        }
    }
    done = (*file)->write(block);
    if (done) {
        done = (*file)->sync();
    }
    file->reset();
    return done ? files_.rename(temporary, path_) : done;
}

}  // namespace posthouse::mail
