#pragma once
// CyrusConfig: the application file of Cyrus SASL ("smtpd.conf") as smtpd_sasl_type = cyrus finds and reads it. SASL_README.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace posthouse::sasl {

struct CyrusConfig {
    std::string file;  // empty: there is none, and the library's defaults hold
    std::map<std::string, std::string, std::less<>> options;  // by key in lower case

    /// `otherwise` if the key is not there.
    [[nodiscard]] std::string option(std::string_view key, std::string_view otherwise = {}) const;
};

// What libsasl2 as Debian builds it takes for granted.
inline constexpr std::string_view default_saslauthd_path = "/var/run/saslauthd/mux";
inline constexpr std::string_view default_sasldb_path = "/etc/sasldb2";

/// Lines of "key: value"; of two lines for one key the first counts. `warn` gets what is no such line, with `file` and number.
[[nodiscard]] CyrusConfig parse_cyrus_config(std::string_view text, std::string_view file, const std::function<void(std::string)>& warn);

/// Where "NAME.conf" is looked for: `path` (cyrus_sasl_config_path, folders with ':' between them) if it is not empty, else "sasl" in the
/// configuration directory; then the folders of the library.
[[nodiscard]] std::vector<std::string> cyrus_config_folders(std::string_view path, std::string_view config_directory);

/// The first "NAME.conf" there is. An error: there is one, but it cannot be read.
[[nodiscard]] base::Result<CyrusConfig> find_cyrus_config(const std::string& name, const std::vector<std::string>& folders,
                                                          const std::function<base::Result<std::string>(const std::string&)>& read, const std::function<void(std::string)>& warn);

}  // namespace posthouse::sasl
