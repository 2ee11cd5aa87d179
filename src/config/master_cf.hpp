#pragma once
// master.cf: one service a row (master(5)).
#include "config/findings.hpp"
#include "config/main_cf.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

enum class ServiceType { inet, unix_stream, fifo, pass, unix_datagram };

/// The word of the second column: inet, unix, fifo, pass, unix-dgram.
[[nodiscard]] std::string_view to_text(ServiceType type);

struct Service {
    std::string name;
    ServiceType type = ServiceType::unix_stream;
    bool is_private = true;
    bool unprivileged = true;
    bool chroot = false;
    std::chrono::seconds wakeup{0};
    bool wakeup_only_if_used = false;    // "1000?"
    std::optional<unsigned> maxproc;     // "-": default_process_limit; 0: no limit
    std::string command;
    std::vector<std::string> arguments;  // without -o settings; "{ … }" without its braces
    std::vector<Setting> overrides;      // of -o, in order
    unsigned verbose = 0;                // number of -v
    std::vector<std::string> columns;    // the eight columns as written
    std::vector<std::string> words;      // all arguments as written, braces and -o included
    std::string file;
    int line = 0;
};

/// Every readable row becomes a service; a row with a bad column is left out, with an error finding. Of two rows with the
/// same name and type the last counts, with a warning.
[[nodiscard]] std::vector<Service> parse_master_cf(std::string_view text, std::string_view file_name, Findings& findings);

/// Where an inet service listens: the name column "smtp", "host:port", "[ipv6]:port", ":port".
struct ServiceAddress {
    std::string host;  // without brackets; empty: what inet_interfaces says
    std::string port;  // number or name
    friend bool operator==(const ServiceAddress&, const ServiceAddress&) = default;
};
/// nullopt if there is no port, or a bracket is not closed.
[[nodiscard]] std::optional<ServiceAddress> parse_inet_service(std::string_view name);

/// Asks the system (/etc/services, TCP) for the number of a port name.
using PortLookup = std::function<std::optional<std::uint16_t>(std::string_view name)>;
/// A number, a name in `known_tcp_ports` (that parameter's value: "smtp=25, smtps=submissions=465"), or what `lookup` says.
[[nodiscard]] std::optional<std::uint16_t> resolve_port(std::string_view port, std::string_view known_tcp_ports, const PortLookup& lookup = {});

}  // namespace posthouse::config
