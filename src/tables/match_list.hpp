#pragma once
// Match lists: relay_domains, mydestination, mynetworks and their like. Items: names, "!item", "/file/name", "type:table";
// the first item that matches decides. postconf(5).
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tables/network_pattern.hpp"
#include "tables/open_context.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

struct Match {
    enum class State { match, no_match, unknown };
    State state = State::no_match;
    std::string reason;  // if unknown: text for the log
    std::string item;    // which item decided

    [[nodiscard]] bool is_match() const { return state == State::match; }
    [[nodiscard]] bool is_unknown() const { return state == State::unknown; }
};

/// Whether "example.com" in a list or table stands for its sub-domains too, or ".example.com" does: by
/// parent_domain_matches_subdomains.
enum class ParentDomains { match_subdomains, dot_prefix };

/// Exactly this domain and nothing below it (mydestination, virtual_alias_domains), or the domain with its sub-domains.
enum class MatchKind { string, domain, address };

class MatchList {
public:
    MatchList() = default;
    /// Never fails: an item that cannot be used makes the answer unknown when it is reached.
    [[nodiscard]] static MatchList open_strings(std::string_view parameter, const OpenContext& context);
    [[nodiscard]] static MatchList open_domains(std::string_view parameter, ParentDomains parents, const OpenContext& context);
    /// mynetworks and other lists of clients: networks, addresses, "[ipv6]/n", and host names.
    [[nodiscard]] static MatchList open_addresses(std::string_view parameter, ParentDomains parents, const OpenContext& context);

    /// A string or a domain name against the list, without regard to case. The list must live until the task ends.
    [[nodiscard]] world::Task<Match> match(std::string name) const;
    /// A client against a list made by open_addresses; `host` may be empty or "unknown".
    [[nodiscard]] world::Task<Match> match_client(std::string host, base::IpAddress address) const;

    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] std::vector<std::shared_ptr<const Table>> tables() const;
    /// What is wrong with items of the list, for the start-up check.
    [[nodiscard]] std::vector<std::string> open_errors() const;

private:
    struct Broken {
        std::string reason;
    };
    struct Name {
        std::string text;
    };
    using What = std::variant<Name, NetworkPattern, std::shared_ptr<const Table>, Broken>;
    struct Item {
        bool negated = false;
        std::string text;  // as written, for Match::item
        What what;
    };
    struct Reading;
    MatchList(MatchKind kind, const OpenContext& context) : kind_(kind), names_(context.keys), failed_(context.failed) {}
    [[nodiscard]] Match doubtful(std::string reason, const std::string& item, const std::string& subject) const;
    void add(std::string_view text, const Reading& reading);
    void add_item(std::string_view item, const Reading& reading);
    void add_file(const std::string& path, bool negated, const Reading& reading);
    [[nodiscard]] What read_item(std::string_view item, const OpenContext& context) const;
    [[nodiscard]] bool name_matches(std::string_view pattern, std::string_view name) const;
    [[nodiscard]] world::Task<Lookup> find_name(std::shared_ptr<const Table> table, std::string name) const;

    MatchKind kind_ = MatchKind::string;
    ParentDomains parents_ = ParentDomains::dot_prefix;
    KeyForm names_;
    LookupFailed failed_;
    std::vector<Item> items_;
};

}  // namespace posthouse::tables
