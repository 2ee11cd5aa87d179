#include "sasl/cyrus_config.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::sasl {

std::string CyrusConfig::option(std::string_view key, std::string_view otherwise) const {
    const auto found = options.find(key);
    return found != options.end() ? found->second : std::string(otherwise);
}

CyrusConfig parse_cyrus_config(std::string_view text, std::string_view file, const std::function<void(std::string)>& warn) {
    CyrusConfig config;
    config.file = file;
    std::size_t number = 0;
    for (const std::string_view raw : base::split_fields(text, '\n')) {
        ++number;
        const std::string_view line = base::trim(raw);
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const auto parts = base::split_once(line, ':');
        const std::string_view key = parts ? base::trim(parts->first) : std::string_view{};
        const std::string_view value = parts ? base::trim(parts->second) : std::string_view{};
        // A byte that ends strings in C would end the value there, unseen.
        if (key.empty() || value.empty() || key.find_first_of(" \t") != std::string_view::npos || line.find('\0') != std::string_view::npos) {
            if (warn) {
                warn(base::format("{}, line {}: expected \"key: value\"", file, number));
            }
            continue;
        }
        config.options.emplace(base::lower(key), value);
    }
    return config;
}

std::vector<std::string> cyrus_config_folders(std::string_view path, std::string_view config_directory) {
    std::vector<std::string> folders;
    for (const std::string_view folder : base::split_words(path, ":")) {
        folders.emplace_back(folder);
    }
    if (folders.empty()) {
        folders.push_back(std::string(config_directory) + "/sasl");
    }
    for (const char* folder : {"/etc/sasl2", "/etc/sasl", "/usr/lib/sasl2"}) {
        folders.emplace_back(folder);
    }
    return folders;
}

base::Result<CyrusConfig> find_cyrus_config(const std::string& name, const std::vector<std::string>& folders,
                                            const std::function<base::Result<std::string>(const std::string&)>& read, const std::function<void(std::string)>& warn) {
    for (const std::string& folder : folders) {
        const std::string file = base::format("{}/{}.conf", folder, name);
        const auto text = read(file);
        if (text) {
            return parse_cyrus_config(*text, file, warn);
        }
        if (text.error().kind != base::ErrorKind::not_found) {
            return std::unexpected(text.error());
        }
    }
    return CyrusConfig{};
}

}  // namespace posthouse::sasl
