#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>

#include "tables/mysql.hpp"

namespace posthouse::tables {

namespace {

constexpr unsigned timeout_seconds = 10;  // as Postfix for connecting; ours for reading and writing

struct MysqlSettings {
    std::string user, password, dbname;
    std::string option_file, option_group, charset;
    std::string tls_cert_file, tls_key_file, tls_ca_file, tls_ca_path, tls_ciphers;
    bool tls_verify_cert = false;
    bool require_result_set = true;

    [[nodiscard]] bool uses_tls() const { return !(tls_cert_file + tls_key_file + tls_ca_file + tls_ca_path + tls_ciphers).empty() || tls_verify_cert; }
};

struct CloseHandle {
    void operator()(MYSQL* handle) const { mysql_close(handle); }
};
using Handle = std::unique_ptr<MYSQL, CloseHandle>;
struct FreeResult {
    void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

base::Error error_of(MYSQL* handle) {
    const unsigned number = mysql_errno(handle);
    const bool lost = number >= CR_MIN_ERROR && number <= CR_MAX_ERROR;
    return {lost ? base::ErrorKind::closed : base::ErrorKind::io, mysql_error(handle)};
}

class MysqlConnection final : public SqlConnection {
public:
    MysqlConnection(Handle handle, bool require_result_set) : handle_(std::move(handle)), require_result_set_(require_result_set) {}

    std::string quote(std::string_view part) override {
        std::string out(part.size() * 2 + 1, '\0');
        out.resize(mysql_real_escape_string(handle_.get(), out.data(), part.data(), static_cast<unsigned long>(part.size())));
        return out;
    }

    base::Result<void> query(const std::string& sql, const Add& add) override {
        if (mysql_real_query(handle_.get(), sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
            return std::unexpected(error_of(handle_.get()));
        }
        bool any_result = false;
        bool wanted = true;
        int more = 0;
        // A stored procedure answers with its rows and then with its status.
        do {
            const std::unique_ptr<MYSQL_RES, FreeResult> result(mysql_store_result(handle_.get()));
            if (!result && mysql_field_count(handle_.get()) > 0) {
                return std::unexpected(error_of(handle_.get()));
            }
            if (result) {
                any_result = true;
                wanted = wanted && add_rows(result.get(), add);
            }
            more = mysql_next_result(handle_.get());
        } while (more == 0);
        if (more > 0) {
            return std::unexpected(error_of(handle_.get()));
        }
        if (!any_result && require_result_set_) {
            return base::fail(base::ErrorKind::io, "the query returned no result set; see require_result_set");
        }
        return {};
    }

private:
    static bool add_rows(MYSQL_RES* result, const Add& add) {
        const unsigned fields = mysql_num_fields(result);
        while (MYSQL_ROW row = mysql_fetch_row(result)) {
            const unsigned long* lengths = mysql_fetch_lengths(result);
            for (unsigned i = 0; i < fields; ++i) {
                if (row[i] != nullptr && !add({row[i], lengths[i]})) {
                    return false;
                }
            }
        }
        return true;
    }

    Handle handle_;
    bool require_result_set_;
};

void set_options(MYSQL* handle, const MysqlSettings& settings) {
    for (const auto option : {MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT}) {
        mysql_options(handle, option, &timeout_seconds);
    }
    if (!settings.option_file.empty()) {
        mysql_options(handle, MYSQL_READ_DEFAULT_FILE, settings.option_file.c_str());
    }
    mysql_options(handle, MYSQL_READ_DEFAULT_GROUP, settings.option_group.c_str());
    if (!settings.charset.empty()) {
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, settings.charset.c_str());
    }
    if (settings.uses_tls()) {
        mysql_ssl_set(handle, or_null(settings.tls_key_file), or_null(settings.tls_cert_file), or_null(settings.tls_ca_file), or_null(settings.tls_ca_path),
                      or_null(settings.tls_ciphers));
        const my_bool verify = settings.tls_verify_cert ? 1 : 0;
        mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
    }
}

base::Result<std::unique_ptr<SqlConnection>> connect(const MysqlSettings& settings, const SqlHost& host) {
    Handle handle(mysql_init(nullptr));
    if (!handle) {
        return base::fail(base::ErrorKind::limit, "insufficient memory");
    }
    set_options(handle.get(), settings);
    if (mysql_real_connect(handle.get(), or_null(host.host), or_null(settings.user), or_null(settings.password), or_null(settings.dbname), host.port,
                           or_null(host.unix_path), CLIENT_MULTI_RESULTS) == nullptr) {
        return std::unexpected(error_of(handle.get()));
    }
    return std::make_unique<MysqlConnection>(std::move(handle), settings.require_result_set);
}

}  // namespace

base::Result<SqlConnect> make_mysql_connect(const TableConfig& config) {
    // The library's own start is not safe in several threads at once.
    static const int started = mysql_library_init(0, nullptr, nullptr);
    if (started != 0) {
        return base::fail(base::ErrorKind::unavailable, config.path() + ": the client library does not start");
    }
    MysqlSettings settings;
    settings.user = config.text("user");
    settings.password = config.text("password");
    settings.dbname = config.text("dbname");
    settings.option_file = config.text("option_file");
    settings.option_group = config.text("option_group", "client");
    settings.charset = config.text("charset");  // Postfix has it from 3.10 on
    settings.tls_cert_file = config.text("tls_cert_file");
    settings.tls_key_file = config.text("tls_key_file");
    settings.tls_ca_file = config.text("tls_CAfile");
    settings.tls_ca_path = config.text("tls_CApath");
    settings.tls_ciphers = config.text("tls_ciphers");
    const auto verify = config.truth("tls_verify_cert", "no");
    const auto require = config.truth("require_result_set", "yes");
    if (!verify || !require) {
        return std::unexpected(!verify ? verify.error() : require.error());
    }
    settings.tls_verify_cert = *verify;
    settings.require_result_set = *require;
    return [settings](const SqlHost& host) { return connect(settings, host); };
}

}  // namespace posthouse::tables
