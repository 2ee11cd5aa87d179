#pragma once
// KeyRules: what the settings of a table say about its keys and results: domain, result_format, expansion_limit.
#include <memory>
#include <string>

#include "tables/key_template.hpp"
#include "tables/match_list.hpp"
#include "tables/table_config.hpp"

namespace posthouse::tables {

/// Joins the values of one answer with commas, each in the table's result_format.
class ResultGatherer {
public:
    /// `expansion_limit`: how many values there may be; 0: any number that fits `bytes_max`.
    ResultGatherer(const KeyTemplate& format, std::string_view key, std::size_t expansion_limit) : format_(format), key_(key), limit_(expansion_limit) {}
    /// False: there are too many; nothing more is worth adding.
    bool add(std::string_view value);
    [[nodiscard]] Lookup finish(const std::string& table) &&;

private:
    static constexpr std::size_t bytes_max = 1024 * 1024;  // ours: what one answer may take of memory
    const KeyTemplate& format_;
    std::string_view key_;
    std::size_t limit_;
    std::size_t count_ = 0;
    bool too_many_ = false;
    std::string all_;
};

struct KeyRules {
    KeyTemplate result_format;
    std::size_t expansion_limit = 0;
    KeyForm keys = {};
    MatchList domain;  // empty: any

    [[nodiscard]] static base::Result<KeyRules> from(const TableConfig& config, const OpenContext& context, std::string_view result_format_name = "result_format");

    struct Key {
        std::string text;                // as it is to be asked for
        std::optional<Lookup> decided;   // set: it is not to be asked for
    };
    /// Folds, and leaves out what is no UTF-8 or not of `domain`. The rules must outlive the task.
    [[nodiscard]] world::Task<Key> prepare(std::string key, std::string table) const;
};

}  // namespace posthouse::tables
