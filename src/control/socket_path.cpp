#include "control/socket_path.hpp"

#include "base/format.hpp"

namespace posthouse::control {
namespace {

constexpr std::size_t path_length_max = 107;

// FNV-1a: needs to be stable between builds of server and tools, nothing more.
std::uint64_t stable_hash(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return hash;
}

}  // namespace

std::string socket_path(const std::string& queue_directory, Door door) {
    const char* folder = door == Door::everyone ? "public" : "private";
    std::string path = queue_directory + "/" + folder + "/posthouse";
    if (path.size() > path_length_max) {
        path = base::format("/tmp/posthouse-{:016x}-{}", stable_hash(queue_directory), folder);
    }
    return path;
}

unsigned socket_mode(Door door) { return door == Door::everyone ? 0666 : 0600; }

}  // namespace posthouse::control
