#pragma once
// What rules look at and what they say: settings that are valid and still not what somebody meant. A rule is a function of the parsed
// configuration and the files it names; each finding has its place, what happens, and what to write instead.
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/snapshot.hpp"
#include "world/files.hpp"
#include "world/tls.hpp"

namespace posthouse::app::lint {

struct Subject {
    const config::Configuration& configuration;
    world::Files& files;
    world::TlsEngine& tls;
    world::WallTime now;
};

/// Collects findings; what several services inherit from one line of main.cf is said once.
class Report {
public:
    explicit Report(config::Findings& findings) : findings_(findings) {}
    void at(config::Severity severity, const config::Setting& setting, std::string text) { add(severity, setting.file, setting.line, std::move(text)); }
    void at(config::Severity severity, const config::Service& row, std::string text) { add(severity, row.file, row.line, std::move(text)); }
    /// Where `parameter` was set for this row; the row itself if it has its default.
    void at(config::Severity severity, const config::View& view, std::string_view parameter, const config::Service& row, std::string text);
    /// In main.cf; without a place if it has its default.
    void at(config::Severity severity, const config::View& view, std::string_view parameter, std::string text);

private:
    void add(config::Severity severity, const std::string& file, int line, std::string text);
    config::Findings& findings_;
    std::set<std::tuple<std::string, int, std::string>> said_;
};

using Rule = void (*)(const Subject& subject, Report& report);

using config::Severity;
using config::Service;
using config::Setting;
using config::View;

/// Rows where clients connect, and rows that connect to next hops.
[[nodiscard]] std::vector<const Service*> server_rows(const config::Configuration& configuration);
[[nodiscard]] std::vector<const Service*> client_rows(const config::Configuration& configuration);
/// Whether the row's name says that nobody but this host reaches it.
[[nodiscard]] bool is_loopback_row(const Service& row, const View& view);
[[nodiscard]] bool offers_auth(const View& view);
/// Every session is encrypted.
[[nodiscard]] bool requires_tls(const View& view);
/// Some may be.
[[nodiscard]] bool offers_tls(const View& view);
/// main.cf's settings and the rows' own, in that order.
[[nodiscard]] std::vector<const Setting*> all_settings(const config::Configuration& configuration);
/// The tables that a value names, "type" and "name", proxy: taken off; "texthash", "/etc/postfix/x".
struct NamedTable {
    std::string type, name;
};
[[nodiscard]] std::vector<NamedTable> tables_in(std::string_view value);
/// The text that a table was made from, or that it is: hash, btree, lmdb, cdb, dbm, texthash. nullopt: it has none here.
[[nodiscard]] std::optional<std::string> source_text(const NamedTable& table, world::Files& files);

}  // namespace posthouse::app::lint
