#pragma once
// What the database libraries of table files share: system error numbers, and texts that may end in NUL as Postfix writes them.
#include <cerrno>
#include <string_view>

#include "base/result.hpp"

namespace posthouse::tables {

[[nodiscard]] inline base::ErrorKind kind_of_error_number(int code) {
    switch (code) {
        case ENOENT:
            return base::ErrorKind::not_found;
        case EACCES:
        case EPERM:
            return base::ErrorKind::permission;
        case ENOSPC:
        case EDQUOT:
            return base::ErrorKind::no_space;
        default:
            return base::ErrorKind::io;
    }
}

/// A view of the library's memory, without the NUL that may end it.
[[nodiscard]] inline std::string_view stored_text(const void* data, std::size_t size) {
    std::string_view text(static_cast<const char*>(data), size);
    if (text.ends_with('\0')) {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace posthouse::tables
