#include "tools/postconf_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

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

base::Result<> replace_file(const std::string& path, std::string_view text) {
    std::error_code error;
    // A link stays a link; what it names is replaced.
    const std::filesystem::path real = std::filesystem::canonical(path, error);
    const std::string target = error ? path : real.string();
    const std::string temporary = target + ".tmp";
    struct stat old {};
    const bool existed = stat(target.c_str(), &old) == 0;
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (!file) {
        return base::fail(base::ErrorKind::io, base::format("write {}: {}", temporary, std::strerror(errno)));
    }
    if (existed && (chmod(temporary.c_str(), old.st_mode & 07777) != 0 || (geteuid() == 0 && chown(temporary.c_str(), old.st_uid, old.st_gid) != 0))) {
        return base::fail(base::ErrorKind::io, base::format("set the mode of {}: {}", temporary, std::strerror(errno)));
    }
    std::filesystem::rename(temporary, target, error);
    return error ? base::Result<>(base::fail(base::ErrorKind::io, base::format("rename {}: {}", temporary, error.message()))) : base::Result<>{};
}

}  // namespace posthouse::tools
