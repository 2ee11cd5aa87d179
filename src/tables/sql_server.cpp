#include "tables/sql_server.hpp"

#include "base/text.hpp"
#include "tables/open.hpp"
#include "tables/server_address.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

std::string SqlHost::text() const {
    if (!uri.empty()) {
        // Without the password, which is before the "@" or behind the "?".
        const std::size_t at = uri.rfind('@', uri.find('?'));
        const std::size_t start = at == std::string::npos ? uri.find("//") + 2 : at + 1;
        const std::size_t end = uri.find('?', start);
        return "postgresql://" + uri.substr(start, end == std::string::npos ? end : end - start);
    }
    return !unix_path.empty() ? unix_path : port != 0 ? host + ':' + std::to_string(port) : host;
}

base::Result<std::vector<SqlHost>> parse_sql_hosts(std::string_view text, const Surroundings& outside) {
    std::vector<SqlHost> hosts;
    for (std::string_view word : base::split_words(text, ", \t\r\n")) {
        SqlHost host;
        if (word.starts_with("postgresql://") || word.starts_with("postgres://")) {
            host.uri = word;
        } else if (word.starts_with("unix:")) {
            host.unix_path = word.substr(5);
        } else if (word.starts_with('/')) {  // as libpq reads it
            host.unix_path = word;
        } else {
            if (word.starts_with("inet:")) {
                word.remove_prefix(5);
            }
            const std::size_t after = word.starts_with('[') ? word.find(']') : 0;
            const std::size_t colon = after == std::string_view::npos ? after : word.find(':', after);
            host.host = word.substr(0, colon);
            if (host.host.starts_with('[') && host.host.ends_with(']')) {
                host.host = host.host.substr(1, host.host.size() - 2);
            }
            const auto port = colon == std::string_view::npos ? std::optional<std::uint16_t>(0) : port_of(word.substr(colon + 1), outside);
            if (!port || host.host.empty()) {
                return base::fail(base::ErrorKind::invalid, "hosts: expecting host, host:port, inet:host:port or unix:path instead of \"" + std::string(word) + "\"; the port is a number or a service of /etc/services");
            }
            host.port = *port;
        }
        hosts.push_back(std::move(host));
    }
    if (hosts.empty()) {
        hosts.push_back({{}, "localhost", 0, {}});
    }
    return hosts;
}

base::Result<SqlIntervals> SqlIntervals::from(const TableConfig& config) {
    const auto idle = config.number("idle_interval", 60, {.least = 1});
    const auto retry = config.number("retry_interval", 60, {.least = 1});
    if (!idle || !retry) {
        return std::unexpected(idle ? retry.error() : idle.error());
    }
    return SqlIntervals{std::chrono::seconds(*idle), std::chrono::seconds(*retry)};
}

SqlHosts::SqlHosts(std::vector<SqlHost> hosts, SqlIntervals intervals) : intervals_(intervals), hosts_(std::move(hosts)) {
    std::stable_partition(hosts_.begin(), hosts_.end(), [](const SqlHost& host) { return !host.unix_path.empty(); });
    state_.with([this](State& state) { state.failed.resize(hosts_.size()); });
}

std::optional<std::size_t> SqlHosts::choose(world::SteadyTime now) {
    return state_.with([&](State& state) -> std::optional<std::size_t> {
        const auto unix_end = std::find_if(hosts_.begin(), hosts_.end(), [](const SqlHost& host) { return host.unix_path.empty(); });
        const std::size_t unix_count = static_cast<std::size_t>(unix_end - hosts_.begin());
        const std::size_t turn = state.turn++;
        for (const auto& [first, count] : {std::pair{std::size_t{0}, unix_count}, std::pair{unix_count, hosts_.size() - unix_count}}) {
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t host = first + (turn + i) % count;
                if (!state.failed[host] || now - *state.failed[host] >= intervals_.retry) {
                    return host;
                }
            }
        }
        return std::nullopt;
    });
}

void SqlHosts::failed(std::size_t host, world::SteadyTime now) {
    state_.with([&](State& state) { state.failed[host] = now; });
}

void SqlHosts::works(std::size_t host) {
    state_.with([&](State& state) { state.failed[host].reset(); });
}

// nullopt: the key cannot be asked for.
base::Result<std::optional<Lookup>> SqlServerClient::ask(const std::string& key) {
    const auto query = rules_->query.expand(key, [this](std::string_view part) { return connection_->quote(part); });
    if (!query) {
        return std::optional<Lookup>{};
    }
    ResultGatherer gatherer(rules_->keys.result_format, key, rules_->keys.expansion_limit);
    const auto done = connection_->query(*query, [&gatherer](std::string_view value) { return gatherer.add(value); });
    if (!done) {
        return std::unexpected(done.error());
    }
    return std::optional(std::move(gatherer).finish(rules_->table));
}

Lookup SqlServerClient::look_up(const std::string& key, world::SteadyTime now) {
    if (connection_ && now - used_ > hosts_->intervals().idle) {
        connection_.reset();
    }
    std::string reason = "no host is available: all failed within the last " + std::to_string(hosts_->intervals().retry.count()) + " s";
    // Every host once, and one more connection in place of an old one that was lost.
    for (std::size_t tries = 0; tries <= hosts_->size(); ++tries) {
        const bool old = connection_ != nullptr;
        if (!old) {
            const auto host = hosts_->choose(now);
            if (!host) {
                break;
            }
            host_ = *host;
            auto connected = connect_((*hosts_)[host_]);
            if (!connected) {
                hosts_->failed(host_, now);
                reason = "connect to " + (*hosts_)[host_].text() + ": " + connected.error().text;
                continue;
            }
            connection_ = std::move(*connected);
        }
        auto answer = ask(key);
        if (answer) {
            hosts_->works(host_);
            used_ = now;
            return *answer ? std::move(**answer) : Lookup::absent();
        }
        connection_.reset();
        reason = "query to " + (*hosts_)[host_].text() + ": " + answer.error().text;
        if (answer.error().kind != base::ErrorKind::closed) {
            break;  // the server works, the query does not
        }
        if (!old) {
            hosts_->failed(host_, now);
        }
    }
    return Lookup::unknown(rules_->table + ": " + reason);
}

std::shared_ptr<const Table> open_sql_server(const TableName& name, const OpenContext& context, MakeSqlConnect make_connect) {
    std::vector<SourceFile> sources = TableConfig::sources(name, context);
    const auto config = TableConfig::read(name, context);
    auto rules = config ? read_sql_rules(name, *config, context) : std::unexpected(config.error());
    auto hosts = rules ? parse_sql_hosts(config->text("hosts"), context.outside) : std::unexpected(rules.error());
    auto intervals = hosts ? SqlIntervals::from(*config) : std::unexpected(hosts.error());
    auto connect = intervals ? make_connect(*config) : std::unexpected(intervals.error());
    if (!connect) {
        return unavailable(name, connect.error().text, std::move(sources));
    }
    if (context.outside.cores == nullptr || context.outside.pool == nullptr) {
        return unavailable(name, name.spec + ": no threads for databases here", std::move(sources));
    }
    auto make = [rules = *rules, shared = std::make_shared<SqlHosts>(std::move(*hosts), *intervals), connect = std::move(*connect)] {
        return std::make_unique<SqlServerClient>(rules, shared, connect);
    };
    return std::make_shared<QueryTable>(*rules, context.outside, std::move(make), std::move(sources));
}

}  // namespace posthouse::tables
