#pragma once
// Database servers as mysql: and pgsql: tables use them: one of several hosts, another when it fails. mysql_table(5), "hosts".
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.hpp"
#include "tables/query_table.hpp"

namespace posthouse::tables {

struct SqlHost {
    std::string unix_path;  // empty: host and port count
    std::string host;
    std::uint16_t port = 0;  // 0: the database's own
    std::string uri;         // "postgresql://...": all the rest is in there
    [[nodiscard]] std::string text() const;
};

/// "hosts": words of the form host, host:port, inet:host:port, unix:path, /path, postgresql://uri; a port may be a service. None: localhost.
[[nodiscard]] base::Result<std::vector<SqlHost>> parse_sql_hosts(std::string_view text, const Surroundings& outside);

/// Postfix has them as settings from 3.9 on.
struct SqlIntervals {
    std::chrono::seconds idle{60};   // a connection that was not used for so long is made again
    std::chrono::seconds retry{60};  // a host that failed is not asked for so long
    [[nodiscard]] static base::Result<SqlIntervals> from(const TableConfig& config);
};

class SqlConnection {
public:
    virtual ~SqlConnection() = default;
    /// Harmless between quotes in a query.
    [[nodiscard]] virtual std::string quote(std::string_view part) = 0;
    using Add = std::function<bool(std::string_view value)>;
    /// Gives every field that is not NULL, row by row, to `add` until it has enough. ErrorKind::closed: the connection is lost;
    /// any other: the server does not like the query.
    [[nodiscard]] virtual base::Result<void> query(const std::string& sql, const Add& add) = 0;
};

using SqlConnect = std::function<base::Result<std::unique_ptr<SqlConnection>>(const SqlHost& host)>;

/// Which host to ask: Unix sockets before others, in turn, and for a while not one that failed. Shared by the clients of a table.
class SqlHosts {
public:
    SqlHosts(std::vector<SqlHost> hosts, SqlIntervals intervals);
    /// nullopt: all of them failed a short while ago.
    [[nodiscard]] std::optional<std::size_t> choose(world::SteadyTime now);
    void failed(std::size_t host, world::SteadyTime now);
    void works(std::size_t host);
    [[nodiscard]] const SqlHost& operator[](std::size_t host) const { return hosts_[host]; }
    [[nodiscard]] std::size_t size() const { return hosts_.size(); }
    [[nodiscard]] const SqlIntervals& intervals() const { return intervals_; }

private:
    struct State {
        std::vector<std::optional<world::SteadyTime>> failed;
        std::size_t turn = 0;
    };
    SqlIntervals intervals_;
    std::vector<SqlHost> hosts_;  // Unix sockets first
    base::Guarded<State> state_;
};

/// The table "mysql:/x.cf" or "pgsql:/x.cf". `make_connect` reads what else the file says, or tells what is wrong with it.
using MakeSqlConnect = base::Result<SqlConnect> (*)(const TableConfig& config);
[[nodiscard]] std::shared_ptr<const Table> open_sql_server(const TableName& name, const OpenContext& context, MakeSqlConnect make_connect);

class SqlServerClient final : public BlockingClient {
public:
    SqlServerClient(std::shared_ptr<const QueryRules> rules, std::shared_ptr<SqlHosts> hosts, SqlConnect connect)
        : rules_(std::move(rules)), hosts_(std::move(hosts)), connect_(std::move(connect)) {}
    Lookup look_up(const std::string& key, world::SteadyTime now) override;

private:
    [[nodiscard]] base::Result<std::optional<Lookup>> ask(const std::string& key);

    std::shared_ptr<const QueryRules> rules_;
    std::shared_ptr<SqlHosts> hosts_;
    SqlConnect connect_;
    std::unique_ptr<SqlConnection> connection_;
    std::size_t host_ = 0;  // of the connection
    world::SteadyTime used_;
};

}  // namespace posthouse::tables
