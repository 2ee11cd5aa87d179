#pragma once
// main.cf as a list of settings, values unexpanded (postconf(5)).
#include "config/findings.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::config {

/// One "name = value", and where it was written; no file means the command line.
struct Setting {
    std::string name;
    std::string value;
    std::string file;
    int line = 0;
};

class MainCf {
public:
    /// Every readable line becomes a setting, the last of a name wins with a warning; the others become error findings.
    [[nodiscard]] static MainCf parse(std::string_view text, std::string_view file_name, Findings& findings);

    /// A setting of the command line: replaces whatever the file says.
    void set(std::string_view name, std::string_view value);
    /// Replaces the setting of the same name, if there is one.
    void set(Setting setting);

    [[nodiscard]] const Setting* find(std::string_view name) const;
    /// By name, in ASCII order.
    [[nodiscard]] const std::map<std::string, Setting, std::less<>>& settings() const { return settings_; }

private:
    std::map<std::string, Setting, std::less<>> settings_;
};

struct NameValue {
    std::string_view name;
    std::string_view value;
    std::string_view error;  // why the text is not "name = value"; empty if it is
};

/// Splits "name = value", blanks around both taken off. The views live as long as `text`.
[[nodiscard]] NameValue split_name_value(std::string_view text);

}  // namespace posthouse::config
