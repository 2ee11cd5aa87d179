#include "tables/combined.hpp"

#include <algorithm>
#include <atomic>

#include "base/text.hpp"
#include "tables/inline.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

using Members = std::vector<std::shared_ptr<const Table>>;

class CombinedTable : public Table {
public:
    CombinedTable(std::string name, Members members) : name_(std::move(name)), members_(std::move(members)) {}
    std::string name() const override { return name_; }
    // One member with fixed keys makes parts of an address worth asking.
    bool is_pattern() const override {
        return std::all_of(members_.begin(), members_.end(), [](const auto& member) { return member->is_pattern(); });
    }
    std::optional<std::string> open_error() const override {
        for (const auto& member : members_) {
            if (auto error = member->open_error()) {
                return error;
            }
        }
        return std::nullopt;
    }
    std::vector<SourceFile> sources() const override {
        std::vector<SourceFile> all;
        for (const auto& member : members_) {
            const auto some = member->sources();
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }

protected:
    const Members& members() const { return members_; }

private:
    std::string name_;
    Members members_;
};

class UnionTable final : public CombinedTable {
public:
    using CombinedTable::CombinedTable;
    world::Task<Lookup> find(std::string key) const override {
        Lookup all;
        for (const auto& member : members()) {
            Lookup one = co_await member->find(key);
            if (one.is_unknown()) {
                co_return one;
            }
            if (one.is_found()) {
                all = Lookup::found(all.is_found() ? all.value + ',' + one.value : one.value);
            }
        }
        co_return all;
    }
};

class PipeTable final : public CombinedTable {
public:
    using CombinedTable::CombinedTable;
    world::Task<Lookup> find(std::string key) const override {
        Lookup last;
        for (const auto& member : members()) {
            last = co_await member->find(key);
            if (!last.is_found()) {
                break;
            }
            key = last.value;
        }
        co_return last;
    }
};

class RandomTable final : public MemoryTable {
public:
    RandomTable(std::string name, std::vector<std::string> values) : name_(std::move(name)), values_(std::move(values)) {}
    // A counter through SplitMix64: spread evenly enough for choosing a relay, and the same in every simulated run.
    Lookup look_up(std::string_view) const override {
        std::uint64_t z = drawn_.fetch_add(1, std::memory_order_relaxed) * 0x9e3779b97f4a7c15U + 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return Lookup::found(values_[(z ^ (z >> 31)) % values_.size()]);
    }
    std::string name() const override { return name_; }
    bool is_pattern() const override { return true; }

private:
    std::string name_;
    std::vector<std::string> values_;
    mutable std::atomic<std::uint64_t> drawn_{0};
};

template <class Combined>
std::shared_ptr<const Table> open_combined(const TableName& name, const OpenContext& context) {
    const auto specs = split_brace_list(name.path);
    if (!specs || specs->empty()) {
        return unavailable(name, "bad " + name.type + ": " + (specs ? "empty list" : specs.error()));
    }
    Members members;
    for (const std::string& spec : *specs) {
        members.push_back(open_table(spec, context));
    }
    return std::make_shared<Combined>(name.spec, std::move(members));
}

}  // namespace

std::shared_ptr<const Table> open_unionmap(const TableName& name, const OpenContext& context) {
    return open_combined<UnionTable>(name, context);
}

std::shared_ptr<const Table> open_pipemap(const TableName& name, const OpenContext& context) {
    return open_combined<PipeTable>(name, context);
}

std::shared_ptr<const Table> open_randmap(const TableName& name, const OpenContext&) {
    auto values = split_brace_list(name.path);
    if (!values || values->empty()) {
        return unavailable(name, "bad randmap: " + (values ? "empty list" : values.error()));
    }
    return std::make_shared<RandomTable>(name.spec, std::move(*values));
}

}  // namespace posthouse::tables
