#pragma once
// Table: one Postfix lookup table. Immutable once opened, so all cores may share it. Answers are three-valued: what cannot
// be asked right now is `unknown`, never `absent`.
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "world/files.hpp"
#include "world/task.hpp"

namespace posthouse::tables {

struct Lookup {
    enum class State { found, absent, unknown };
    State state = State::absent;
    std::string value;   // if found
    std::string reason;  // if unknown: text for the log
    std::string table;   // which table of a MapList answered

    [[nodiscard]] static Lookup found(std::string value) { return {State::found, std::move(value), {}, {}}; }
    [[nodiscard]] static Lookup absent() { return {}; }
    [[nodiscard]] static Lookup unknown(std::string reason) { return {State::unknown, {}, std::move(reason), {}}; }
    [[nodiscard]] bool is_found() const { return state == State::found; }
    [[nodiscard]] bool is_absent() const { return state == State::absent; }
    [[nodiscard]] bool is_unknown() const { return state == State::unknown; }
};

/// A file that a table was made from, as it was then; nullopt: it was not there.
struct SourceFile {
    std::string path;
    std::optional<world::FileInfo> info;
};

class Table {
public:
    virtual ~Table() = default;
    /// Tables with fixed keys fold `key` to lower case first.
    virtual world::Task<Lookup> find(std::string key) const = 0;
    /// As it was written: "hash:/etc/postfix/x".
    [[nodiscard]] virtual std::string name() const = 0;
    /// True: only whole keys make sense (regexp, pcre, cidr); parts of an address (domain, user@) are never asked.
    [[nodiscard]] virtual bool is_pattern() const { return false; }
    /// Why the table could not be opened and answers only `unknown`; for the start-up check.
    [[nodiscard]] virtual std::optional<std::string> open_error() const { return std::nullopt; }
    [[nodiscard]] virtual std::vector<SourceFile> sources() const { return {}; }
    /// All keys and values, for tables that hold them in memory.
    using Entries = std::unordered_map<std::string, std::string>;
    [[nodiscard]] virtual const Entries* entries() const { return nullptr; }
};

/// A table that answers on the spot.
class MemoryTable : public Table {
public:
    [[nodiscard]] virtual Lookup look_up(std::string_view key) const = 0;
    world::Task<Lookup> find(std::string key) const override { co_return look_up(key); }
};

/// True if a file under the table was replaced, changed, made or removed since it was opened: open it again.
[[nodiscard]] bool sources_changed(const Table& table, world::Files& files);

}  // namespace posthouse::tables
