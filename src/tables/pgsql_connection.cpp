#include <postgresql/libpq-fe.h>
#include <poll.h>

#include <cerrno>

#include "tables/pgsql.hpp"

namespace posthouse::tables {

namespace {

constexpr int answer_ms = 10'000;  // ours: how long the server may say nothing

struct PgsqlSettings {
    std::string user, password, dbname, encoding;
};

struct CloseHandle {
    void operator()(PGconn* handle) const { PQfinish(handle); }
};
using Handle = std::unique_ptr<PGconn, CloseHandle>;
struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, Clear>;

std::string trimmed(std::string text) {
    text.resize(text.find_last_not_of("\r\n") + 1);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

class PgsqlConnection final : public SqlConnection {
public:
    explicit PgsqlConnection(Handle handle) : handle_(std::move(handle)) {}

    std::string quote(std::string_view part) override {
        std::string out(part.size() * 2 + 1, '\0');
        int error = 0;
        out.resize(PQescapeStringConn(handle_.get(), out.data(), part.data(), part.size(), &error));
        quoted_ = quoted_ && error == 0;
        return out;
    }

    base::Result<void> query(const std::string& sql, const Add& add) override {
        if (!std::exchange(quoted_, true)) {
            return base::fail(base::ErrorKind::invalid, "the key cannot be quoted in the connection's encoding");
        }
        if (PQsendQuery(handle_.get(), sql.c_str()) == 0) {
            return lost();
        }
        bool wanted = true;
        bool any_result = false;
        std::string problem;
        for (;;) {
            if (!wait()) {
                return lost();
            }
            const PgResult result(PQgetResult(handle_.get()));
            if (!result) {
                break;
            }
            const ExecStatusType status = PQresultStatus(result.get());
            if (status == PGRES_TUPLES_OK) {
                any_result = true;
                wanted = wanted && add_rows(result.get(), add);
            } else if (status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
                problem = trimmed(PQresultErrorMessage(result.get()));
            }
        }
        if (PQstatus(handle_.get()) != CONNECTION_OK) {
            return lost();
        }
        if (!problem.empty() || !any_result) {
            return base::fail(base::ErrorKind::io, problem.empty() ? "the query returned no rows to look at: it is no SELECT" : problem);
        }
        return {};
    }

private:
    std::unexpected<base::Error> lost() const {
        const std::string reason = trimmed(PQerrorMessage(handle_.get()));
        return base::fail(base::ErrorKind::closed, reason.empty() ? "no answer" : reason);
    }
    // Until a result can be taken without blocking.
    bool wait() {
        while (PQisBusy(handle_.get()) != 0) {
            pollfd socket{PQsocket(handle_.get()), POLLIN, 0};
            const int ready = ::poll(&socket, 1, answer_ms);
            if (ready < 0 && errno == EINTR) {
                continue;
            }
            if (ready <= 0 || PQconsumeInput(handle_.get()) == 0) {
                return false;
            }
        }
        return true;
    }
    static bool add_rows(PGresult* result, const Add& add) {
        for (int row = 0; row < PQntuples(result); ++row) {
            for (int field = 0; field < PQnfields(result); ++field) {
                if (PQgetisnull(result, row, field) == 0 && !add(PQgetvalue(result, row, field))) {
                    return false;
                }
            }
        }
        return true;
    }

    Handle handle_;
    bool quoted_ = true;
};

base::Result<std::unique_ptr<SqlConnection>> connect(const PgsqlSettings& settings, const SqlHost& host) {
    const std::string port = host.port != 0 ? std::to_string(host.port) : "";
    const std::string where = host.unix_path.empty() ? host.host : host.unix_path;
    std::vector<const char*> names;
    std::vector<const char*> values;
    const auto set = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            names.push_back(name);
            values.push_back(value.c_str());
        }
    };
    const std::string timeout = "10";
    set("connect_timeout", timeout);
    set("client_encoding", settings.encoding);
    if (host.uri.empty()) {
        set("host", where);
        set("port", port);
        set("user", settings.user);
        set("password", settings.password);
        set("dbname", settings.dbname);
    } else {
        set("dbname", host.uri);  // expanded: what the URI says comes from there
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Handle handle(PQconnectdbParams(names.data(), values.data(), 1));
    if (!handle || PQstatus(handle.get()) != CONNECTION_OK) {
        return base::fail(base::ErrorKind::unavailable, handle ? trimmed(PQerrorMessage(handle.get())) : "insufficient memory");
    }
    return std::make_unique<PgsqlConnection>(std::move(handle));
}

}  // namespace

base::Result<SqlConnect> make_pgsql_connect(const TableConfig& config) {
    const PgsqlSettings settings{config.text("user"), config.text("password"), config.text("dbname"), config.text("encoding", "UTF8")};
    return [settings](const SqlHost& host) { return connect(settings, host); };
}

}  // namespace posthouse::tables
