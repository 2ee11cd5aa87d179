#include "config/master_cf.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/logical_lines.hpp"
#include "config/macro.hpp"
#include "config/value.hpp"

#include <algorithm>
#include <array>

namespace posthouse::config {

namespace {

constexpr std::size_t columns_count = 8;

struct TypeName {
    std::string_view text;
    ServiceType type;
};
constexpr std::array type_names{
    TypeName{"inet", ServiceType::inet}, TypeName{"unix", ServiceType::unix_stream},      TypeName{"fifo", ServiceType::fifo},
    TypeName{"pass", ServiceType::pass}, TypeName{"unix-dgram", ServiceType::unix_datagram},
};

/// One row while it is read: takes columns apart and keeps the first problem.
class Row {
public:
    Row(const LogicalLine& line, Findings& findings) : line_(line), findings_(findings) {
        service_.file = line.file;
        service_.line = line.line;
    }

    std::optional<Service> read() {
        const std::vector<std::string_view> words = base::split_braced(line_.text, " \t\r\n\v\f");
        if (words.size() < columns_count) {
            problem(base::format("service \"{}\" has {} of 8 columns (name type private unpriv chroot wakeup maxproc command)",
                                 base::printable(words.front()), words.size()));
            return std::nullopt;
        }
        service_.columns.assign(words.begin(), words.begin() + columns_count);
        service_.words.assign(words.begin() + columns_count, words.end());
        for (auto word = words.begin() + columns_count; word != words.end(); ++word) {
            word_lines_.push_back(line_.line_at(static_cast<std::size_t>(word->data() - line_.text.data())));
        }
        read_columns();
        read_arguments();
        return is_bad_ ? std::nullopt : std::optional(std::move(service_));
    }

private:
    void problem(std::string text) {
        is_bad_ = true;
        findings_.add(Severity::error, line_.file, line_.line, std::move(text));
    }
    void bad_field(std::string_view field, std::string_view value) {
        problem(base::format("field \"{}\": bad value: \"{}\"", field, base::printable(value)));
    }

    bool read_flag(std::string_view field, std::string_view value, bool otherwise) {
        if (value != "y" && value != "n" && value != "-") {
            bad_field(field, value);
        }
        return value == "-" ? otherwise : value == "y";
    }

    void read_columns() {
        const std::vector<std::string>& column = service_.columns;
        service_.name = column[0];
        const auto* const type = std::find_if(type_names.begin(), type_names.end(), [&](const TypeName& t) { return t.text == column[1]; });
        if (type == type_names.end()) {
            bad_field("transport type", column[1]);
        } else {
            service_.type = type->type;
        }
        service_.is_private = read_flag("private", column[2], true);
        service_.unprivileged = read_flag("unprivileged", column[3], true);
        service_.chroot = read_flag("chroot", column[4], false);
        read_wakeup(column[5]);
        read_maxproc(column[6]);
        service_.command = column[7];
        if (type != type_names.end() && service_.type == ServiceType::inet) {
            check_inet();
        }
    }

    void check_inet() {
        if (service_.is_private) {
            problem(base::format("inet service \"{}\" cannot be private", service_.name));
        }
        if (!parse_inet_service(service_.name)) {
            bad_field("service name", service_.name);
        }
    }

    void read_wakeup(std::string_view value) {
        if (value == "-") {
            return;
        }
        const bool only_if_used = value.ends_with('?');
        const std::optional<std::uint64_t> wakeup = base::parse_number(only_if_used ? value.substr(0, value.size() - 1) : value);
        if (!wakeup || *wakeup > std::numeric_limits<std::int32_t>::max()) {
            bad_field("wakeup_time", value);
            return;
        }
        service_.wakeup = std::chrono::seconds(*wakeup);
        service_.wakeup_only_if_used = only_if_used;
    }

    void read_maxproc(std::string_view value) {
        if (value == "-") {
            return;
        }
        const std::optional<std::uint64_t> number = base::parse_number(value);
        if (!number || *number > 1'000'000) {
            bad_field("process_limit", value);
            return;
        }
        service_.maxproc = static_cast<unsigned>(*number);
    }

    std::string without_braces(std::string_view word) {
        if (!word.starts_with('{')) {
            return std::string(word);
        }
        if (balanced_length(word) != word.size()) {
            problem(base::format("missing '}}' or text after it in \"{}\"", base::printable(word)));
            return std::string(word);
        }
        return std::string(base::trim(word.substr(1, word.size() - 2)));
    }

    void add_override(const std::string& text, int line) {
        const NameValue split = split_name_value(text);
        if (!split.error.empty()) {
            problem(base::format("-o {}: {}", base::printable(text), split.error));
            return;
        }
        service_.overrides.push_back(
            {.name = std::string(split.name), .value = std::string(split.value), .file = line_.file, .line = line});
    }

    /// Options come first, as getopt wants them; after the first other word "-o" belongs to somebody else's command.
    void read_arguments() {
        std::size_t i = 0;
        const std::vector<std::string>& words = service_.words;
        for (; i < words.size() && words[i].starts_with('-') && words[i].size() > 1 && words[i] != "--"; ++i) {
            if (words[i] == "-o") {
                if (++i == words.size()) {
                    problem("-o without name=value");
                    return;
                }
                add_override(without_braces(words[i]), word_lines_[i]);
            } else if (words[i].starts_with("-o")) {
                add_override(without_braces(std::string_view(words[i]).substr(2)), word_lines_[i]);
            } else {
                if (words[i].find_first_not_of('v', 1) == std::string::npos) {
                    service_.verbose += static_cast<unsigned>(words[i].size() - 1);
                }
                service_.arguments.push_back(words[i]);
            }
        }
        for (i += i < words.size() && words[i] == "--" ? 1 : 0; i < words.size(); ++i) {
            service_.arguments.push_back(without_braces(words[i]));
        }
    }

    const LogicalLine& line_;
    Findings& findings_;
    Service service_;
    std::vector<int> word_lines_;  // of service_.words
    bool is_bad_ = false;
};

std::optional<std::uint16_t> port_number(std::string_view text) {
    const std::optional<std::uint64_t> number = base::parse_number(text);
    return number && *number > 0 && *number <= 65535 ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

}  // namespace

std::string_view to_text(ServiceType type) {
    for (const TypeName& name : type_names) {
        if (name.type == type) {
            return name.text;
        }
    }
    return "unix";
}

std::vector<Service> parse_master_cf(std::string_view text, std::string_view file_name, Findings& findings) {
    std::vector<Service> services;
    for (const LogicalLine& line : logical_lines(text, file_name, findings)) {
        std::optional<Service> service = Row(line, findings).read();
        if (!service) {
            continue;
        }
        const auto same = std::find_if(services.begin(), services.end(),
                                       [&](const Service& s) { return s.name == service->name && s.type == service->type; });
        if (same == services.end()) {
            services.push_back(std::move(*service));
            continue;
        }
        findings.add(Severity::warning, line.file, line.line,
                     base::format("duplicate master.cf entry for service \"{}\" (first in line {}): using the last entry",
                                  service->name, same->line));
        *same = std::move(*service);
    }
    return services;
}

std::optional<ServiceAddress> parse_inet_service(std::string_view name) {
    ServiceAddress address;
    if (name.starts_with('[')) {
        const std::size_t end = name.find(']');
        if (end == std::string_view::npos || end == 1 || name.substr(end + 1, 1) != ":") {
            return std::nullopt;
        }
        address = {.host = std::string(name.substr(1, end - 1)), .port = std::string(name.substr(end + 2))};
    } else if (const std::size_t colon = name.rfind(':'); colon != std::string_view::npos) {
        address = {.host = std::string(name.substr(0, colon)), .port = std::string(name.substr(colon + 1))};
    } else {
        address.port = std::string(name);
    }
    // "inet:" addresses of IPv6 need brackets: without them host and port cannot be told apart.
    const bool bare_ipv6 = !name.starts_with('[') && address.host.find(':') != std::string::npos;
    return address.port.empty() || bare_ipv6 ? std::nullopt : std::optional(std::move(address));
}

std::optional<std::uint16_t> resolve_port(std::string_view port, std::string_view known_tcp_ports, const PortLookup& lookup) {
    if (const std::optional<std::uint16_t> number = port_number(port)) {
        return number;
    }
    for (const std::string_view item : base::split_words(known_tcp_ports, ", \t\r\n")) {
        const std::vector<std::string_view> names = base::split_fields(item, '=');
        if (std::find(names.begin(), names.end() - 1, port) != names.end() - 1) {
            return port_number(names.back());
        }
    }
    // Without a known_tcp_ports setting that names them, what every system knows.
    static constexpr std::array<std::pair<std::string_view, std::uint16_t>, 5> built_in{
        {{"smtp", 25}, {"submission", 587}, {"smtps", 465}, {"submissions", 465}, {"lmtp", 24}}};
    if (lookup) {
        if (const std::optional<std::uint16_t> number = lookup(port)) {
            return number;
        }
    }
    for (const auto& [name, number] : built_in) {
        if (name == port) {
            return number;
        }
    }
    return std::nullopt;
}

}  // namespace posthouse::config
