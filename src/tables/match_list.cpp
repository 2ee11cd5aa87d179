#include "tables/match_list.hpp"

#include "base/case_fold.hpp"
#include "base/text.hpp"
#include "tables/logical_lines.hpp"
#include "tables/open.hpp"

namespace posthouse::tables {

namespace {

constexpr int file_depth_max = 10;  // a file may name files; one that names itself must end somewhere

bool is_table(std::string_view item) { return !item.starts_with('[') && item.find(':') != std::string_view::npos; }

Match decided(bool negated, const std::string& item) { return {negated ? Match::State::no_match : Match::State::match, {}, item}; }

}  // namespace

struct MatchList::Reading {
    const OpenContext& context;
    bool negated = false;
    int depth = 0;
};

MatchList MatchList::open_strings(std::string_view parameter, const OpenContext& context) {
    MatchList list(MatchKind::string, context);
    list.add(parameter, {.context = context});
    return list;
}

MatchList MatchList::open_domains(std::string_view parameter, ParentDomains parents, const OpenContext& context) {
    MatchList list(MatchKind::domain, context);
    list.parents_ = parents;
    list.add(parameter, {.context = context});
    return list;
}

MatchList MatchList::open_addresses(std::string_view parameter, ParentDomains parents, const OpenContext& context) {
    MatchList list(MatchKind::address, context);
    list.parents_ = parents;
    list.add(parameter, {.context = context});
    return list;
}

Match MatchList::doubtful(std::string reason, const std::string& item, const std::string& subject) const {
    if (failed_) {
        failed_(item, subject, reason);
    }
    return {Match::State::unknown, std::move(reason), item};
}

void MatchList::add(std::string_view text, const Reading& reading) {
    for (const std::string_view item : base::split_braced(text)) {
        add_item(item, reading);
    }
}

void MatchList::add_item(std::string_view item, const Reading& reading) {
    bool negated = reading.negated;
    std::string_view pattern = item;
    while (pattern.starts_with('!')) {
        negated = !negated;
        pattern.remove_prefix(1);
    }
    if (pattern.empty()) {
        items_.push_back({negated, std::string(item), Broken{"no pattern after '!'"}});
    } else if (pattern.starts_with('/')) {
        add_file(std::string(pattern), negated, reading);
    } else {
        items_.push_back({negated, std::string(item), read_item(pattern, reading.context)});
    }
}

void MatchList::add_file(const std::string& path, bool negated, const Reading& reading) {
    if (reading.depth >= file_depth_max) {
        items_.push_back({negated, path, Broken{"files in lists are nested too deeply at " + path}});
        return;
    }
    const auto text = read_source(path, reading.context.files);
    if (!text) {
        items_.push_back({negated, path, Broken{text.error().text}});
        return;
    }
    LogicalLines lines(*text);
    while (const auto line = lines.next()) {
        add(line->text, {.context = reading.context, .negated = negated, .depth = reading.depth + 1});
    }
}

MatchList::What MatchList::read_item(std::string_view item, const OpenContext& context) const {
    if (is_table(item)) {
        if (kind_ == MatchKind::address && base::IpAddress::parse(item.substr(0, item.find('/')))) {
            return Broken{"IPv6 address in a list must be written in []: \"" + std::string(item) + '"'};
        }
        return open_table(item, context);
    }
    // A name cannot look like an address: those have digits, dots and a slash only, or brackets.
    const bool address_like = item.starts_with('[') || item.find_first_not_of("0123456789./") == std::string_view::npos;
    if (kind_ != MatchKind::address || !address_like) {
        return Name{names_.of_text(item)};
    }
    auto network = parse_network_pattern(item);
    if (!network) {
        return Broken{std::move(network.error())};
    }
    return *network;
}

bool MatchList::name_matches(std::string_view pattern, std::string_view name) const {
    if (base::iequals(pattern, name)) {
        return true;
    }
    if (kind_ == MatchKind::string || name.size() <= pattern.size()) {
        return false;
    }
    const std::string_view tail = name.substr(name.size() - pattern.size());
    if (parents_ == ParentDomains::match_subdomains) {
        return name[name.size() - pattern.size() - 1] == '.' && base::iequals(tail, pattern);
    }
    return pattern.starts_with('.') && base::iequals(tail, pattern);
}

world::Task<Lookup> MatchList::find_name(std::shared_ptr<const Table> table, std::string name) const {
    Lookup answer = co_await table->find(name);
    if (!answer.is_absent() || kind_ == MatchKind::string || table->is_pattern()) {
        co_return answer;
    }
    for (std::size_t dot = name.find('.', 1); dot != std::string::npos; dot = name.find('.', dot + 1)) {
        answer = co_await table->find(name.substr(parents_ == ParentDomains::match_subdomains ? dot + 1 : dot));
        if (!answer.is_absent()) {
            break;
        }
    }
    co_return answer;
}

world::Task<Match> MatchList::match(std::string name) const {
    if (!base::is_all_ascii(name)) {
        name = names_.of_text(name);  // as the patterns are; ASCII is compared without regard to case anyway
    }
    for (const Item& item : items_) {
        if (const auto* pattern = std::get_if<Name>(&item.what)) {
            if (name_matches(pattern->text, name)) {
                co_return decided(item.negated, item.text);
            }
        } else if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&item.what)) {
            const Lookup answer = co_await find_name(*table, name);
            if (!answer.is_absent()) {
                co_return answer.is_found() ? decided(item.negated, item.text) : doubtful(answer.reason, item.text, name);
            }
        } else if (const auto* broken = std::get_if<Broken>(&item.what)) {
            co_return doubtful(broken->reason, item.text, name);
        }
    }
    co_return Match{};
}

world::Task<Match> MatchList::match_client(std::string host, base::IpAddress address) const {
    const std::string address_text = address.text();
    for (const Item& item : items_) {
        if (const auto* pattern = std::get_if<Name>(&item.what)) {
            if (!host.empty() && name_matches(pattern->text, host)) {
                co_return decided(item.negated, item.text);
            }
        } else if (const auto* network = std::get_if<NetworkPattern>(&item.what)) {
            if (network->contains(address)) {
                co_return decided(item.negated, item.text);
            }
        } else if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&item.what)) {
            Lookup answer;
            if (!host.empty()) {
                answer = co_await find_name(*table, host);
            }
            if (answer.is_absent()) {
                answer = co_await (*table)->find(address_text);
            }
            if (!answer.is_absent()) {
                co_return answer.is_found() ? decided(item.negated, item.text) : doubtful(answer.reason, item.text, address_text);
            }
        } else {
            co_return doubtful(std::get<Broken>(item.what).reason, item.text, address_text);
        }
    }
    co_return Match{};
}

std::vector<std::shared_ptr<const Table>> MatchList::tables() const {
    std::vector<std::shared_ptr<const Table>> out;
    for (const Item& item : items_) {
        if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&item.what)) {
            out.push_back(*table);
        }
    }
    return out;
}

std::vector<std::string> MatchList::open_errors() const {
    std::vector<std::string> out;
    for (const Item& item : items_) {
        if (const auto* table = std::get_if<std::shared_ptr<const Table>>(&item.what)) {
            if (const auto error = (*table)->open_error()) {
                out.push_back((*table)->name() + ": " + *error);
            }
        } else if (const auto* broken = std::get_if<Broken>(&item.what)) {
            out.push_back(broken->reason);
        }
    }
    return out;
}

}  // namespace posthouse::tables
