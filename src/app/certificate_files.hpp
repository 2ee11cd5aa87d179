#pragma once
// The files of keys, certificates and authorities that a configuration names, and what they looked like when they were read.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/snapshot.hpp"
#include "world/files.hpp"

namespace posthouse::app {

/// Inode, size and time of each file; nullopt: it cannot be looked at.
using FileStamps = std::map<std::string, std::optional<world::FileInfo>>;

/// What every service of the configuration names in smtpd_tls_… and smtp_tls_….
[[nodiscard]] FileStamps look_at_certificates(const config::Configuration& configuration, world::Files& files);
/// The same files as they are now.
[[nodiscard]] FileStamps look_again(FileStamps stamps, world::Files& files);
/// Names of the files that differ.
[[nodiscard]] std::vector<std::string> changed(const FileStamps& before, const FileStamps& now);

}  // namespace posthouse::app
