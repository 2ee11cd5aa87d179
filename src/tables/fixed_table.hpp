#pragma once
// FixedTable: keys and values in memory; what texthash, inline and small indexed tables become.
#include <string>
#include <vector>

#include "tables/open_context.hpp"
#include "tables/table.hpp"

namespace posthouse::tables {

class FixedTable final : public MemoryTable {
public:
    FixedTable(std::string name, Entries entries, std::vector<SourceFile> sources, KeyForm keys = {})
        : name_(std::move(name)), entries_(std::move(entries)), sources_(std::move(sources)), keys_(keys) {}
    Lookup look_up(std::string_view key) const override {
        const auto asked = keys_.of(key);
        const auto entry = asked ? entries_.find(*asked) : entries_.end();
        return entry == entries_.end() ? Lookup::absent() : Lookup::found(entry->second);
    }
    std::string name() const override { return name_; }
    std::vector<SourceFile> sources() const override { return sources_; }
    const Entries* entries() const override { return &entries_; }

private:
    std::string name_;
    Entries entries_;
    std::vector<SourceFile> sources_;
    KeyForm keys_;
};

}  // namespace posthouse::tables
