#pragma once
// FixedTable: keys and values in memory; what texthash, inline and small indexed tables become.
#include <string>
#include <vector>

#include "base/text.hpp"
#include "tables/open_context.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

class FixedTable final : public MemoryTable {
public:
    FixedTable(std::string name, Entries entries, std::vector<SourceFile> sources, KeyCase keys = KeyCase::folded)
        : name_(std::move(name)), entries_(std::move(entries)), sources_(std::move(sources)), keys_(keys) {}
    Lookup look_up(std::string_view key) const override {
        const auto entry = entries_.find(keys_ == KeyCase::folded ? base::lower(key) : std::string(key));
        return entry == entries_.end() ? Lookup::absent() : Lookup::found(entry->second);
    }
    std::string name() const override { return name_; }
    std::vector<SourceFile> sources() const override { return sources_; }
    const Entries* entries() const override { return &entries_; }

private:
    std::string name_;
    Entries entries_;
    std::vector<SourceFile> sources_;
    KeyCase keys_;
};

}  // namespace posthouse::tables
