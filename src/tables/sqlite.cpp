#include "tables/sqlite.hpp"

#include <sqlite3.h>

#include "tables/open.hpp"
#include "tables/query_table.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

constexpr int busy_ms = 5000;  // ours: how long to wait for somebody who writes

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

std::string quoted(std::string_view part) {
    std::string out;
    for (const char c : part) {
        out += c == '\'' ? "''" : std::string(1, c);
    }
    return out;
}

class SqliteClient final : public BlockingClient {
public:
    SqliteClient(std::shared_ptr<const QueryRules> rules, std::string path, world::Files& files) : rules_(std::move(rules)), path_(std::move(path)), files_(files) {}

    Lookup look_up(const std::string& key, world::SteadyTime) override {
        const auto query = rules_->query.expand(key, quoted);
        if (!query) {
            return Lookup::absent();
        }
        if (auto problem = open()) {
            return Lookup::unknown(std::move(*problem));
        }
        ResultGatherer gatherer(rules_->keys.result_format, key, rules_->keys.expansion_limit);
        const char* rest = query->c_str();
        while (*rest != '\0') {
            sqlite3_stmt* raw = nullptr;
            if (sqlite3_prepare_v2(database_.get(), rest, -1, &raw, &rest) != SQLITE_OK) {
                return failure("SQL prepare failed");
            }
            const Statement statement(raw);
            int code = SQLITE_DONE;
            while (statement && (code = sqlite3_step(statement.get())) == SQLITE_ROW) {
                const unsigned char* value = sqlite3_column_text(statement.get(), 0);
                if (value != nullptr && !gatherer.add(reinterpret_cast<const char*>(value))) {
                    return std::move(gatherer).finish(rules_->table);
                }
            }
            if (code != SQLITE_DONE) {
                return failure("SQL step failed");
            }
        }
        return std::move(gatherer).finish(rules_->table);
    }

private:
    // Again if another file is there by that name now. The problem, if there is one.
    std::optional<std::string> open() {
        const auto info = files_.info(path_);
        if (!info) {
            database_.reset();
            return rules_->table + ": open database " + path_ + ": " + info.error().text;
        }
        if (database_ && info->inode == inode_) {
            return std::nullopt;
        }
        sqlite3* raw = nullptr;
        const int code = sqlite3_open_v2(path_.c_str(), &raw, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
        database_.reset(raw);
        if (code != SQLITE_OK) {
            std::string text = rules_->table + ": open database " + path_ + ": " + sqlite3_errstr(code);
            database_.reset();
            return text;
        }
        sqlite3_busy_timeout(database_.get(), busy_ms);
        inode_ = info->inode;
        return std::nullopt;
    }
    Lookup failure(std::string_view doing) {
        const std::string reason = sqlite3_errmsg(database_.get());
        database_.reset();
        return Lookup::unknown(rules_->table + ": " + std::string(doing) + ": " + reason);
    }

    std::shared_ptr<const QueryRules> rules_;
    std::string path_;
    world::Files& files_;
    Database database_;
    std::uint64_t inode_ = 0;
};

}  // namespace

std::shared_ptr<const Table> open_sqlite(const TableName& name, const OpenContext& context) {
    std::vector<SourceFile> sources = TableConfig::sources(name, context);
    const auto config = TableConfig::read(name, context);
    auto rules = config ? read_sql_rules(name, *config, context) : std::unexpected(config.error());
    if (!rules) {
        return unavailable(name, rules.error().text, std::move(sources));
    }
    const std::string path = config->text("dbpath");
    if (path.empty()) {
        return unavailable(name, config->path() + ": \"dbpath\" is not set", std::move(sources));
    }
    if (context.outside.cores == nullptr || context.outside.pool == nullptr) {
        return unavailable(name, name.spec + ": no threads for databases here", std::move(sources));
    }
    const auto seen = context.files.info(path);
    auto remark = seen ? std::nullopt : std::optional(name.spec + ": open database " + path + ": " + seen.error().text);
    auto make = [rules = *rules, path, &files = context.files] { return std::make_unique<SqliteClient>(rules, path, files); };
    return std::make_shared<QueryTable>(*rules, context.outside, std::move(make), std::move(sources), std::move(remark));
}

}  // namespace posthouse::tables
