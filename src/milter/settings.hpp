#pragma once
// What main.cf says about milters: where they are and how they are talked to (MILTER_README). Pure.
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/view.hpp"
#include "milter/wire.hpp"

namespace posthouse::milter {

/// What happens to mail when a milter cannot be asked. `unrecognized`: a word that is none; such mail comes back later.
enum class DefaultAction : std::uint8_t { accept, reject, tempfail, quarantine, unrecognized };

struct Server {
    std::string name;  // as main.cf has it: "inet:127.0.0.1:8891", "unix:/run/opendkim/opendkim.sock"
    enum class Kind : std::uint8_t { inet, unix_socket } kind = Kind::inet;
    std::string place;  // "127.0.0.1:8891", "/run/opendkim/opendkim.sock"
    std::chrono::seconds connect_timeout{30}, command_timeout{30}, content_timeout{300};
    DefaultAction default_action = DefaultAction::tempfail;
    std::string default_action_text;
    friend bool operator==(const Server&, const Server&) = default;
};

/// milter_…, for all milters of one service.
struct Settings {
    std::string label = "postfix/smtpd";  // of the log
    Offer offer;
    Server defaults;  // timeouts and default action of a milter that says nothing else
    std::array<std::vector<std::string>, macro_stages_count> macros;  // by MacroStage
    std::string milter_macro_daemon_name, milter_macro_v, myhostname;
    std::map<std::string, std::string, std::less<>> milter_macro_defaults;

    /// `program`: "smtpd" or "cleanup", for the log.
    [[nodiscard]] static Settings from(const config::View& view, std::string_view program);
};

/// One milter: "inet:host:port", "unix:path", "{ inet:host:port, default_action=accept }". An error says what is wrong.
[[nodiscard]] base::Result<Server> parse_server(std::string_view word, const Server& defaults);
/// The value of smtpd_milters and its kin.
[[nodiscard]] base::Result<std::vector<Server>> parse_servers(std::string_view list, const Server& defaults);
/// "accept", "reject" …
[[nodiscard]] DefaultAction parse_default_action(std::string_view text);
/// The milter_protocol: nullopt for one that there is none of.
[[nodiscard]] std::optional<Offer> parse_protocol(std::string_view text);

/// Names of macros are compared in this form: "i", "{client_addr}".
[[nodiscard]] std::string macro_name(std::string_view name);

}  // namespace posthouse::milter
