#include "tools/read_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/format.hpp"

namespace posthouse::tools {

base::Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code unknown;
    if (!file || std::filesystem::is_directory(path, unknown)) {
        const int error = file ? EISDIR : errno;
        return base::fail(error == ENOENT ? base::ErrorKind::not_found : base::ErrorKind::io, base::format("open {}: {}", path, std::strerror(error)));
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace posthouse::tools
