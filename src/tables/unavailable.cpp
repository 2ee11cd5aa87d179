#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

class UnavailableTable final : public MemoryTable {
public:
    UnavailableTable(std::string name, std::string reason, std::vector<SourceFile> sources)
        : name_(std::move(name)), reason_(std::move(reason)), sources_(std::move(sources)) {}
    Lookup look_up(std::string_view) const override { return Lookup::unknown(reason_); }
    std::string name() const override { return name_; }
    // As in Postfix: asked once per lookup, with the whole key.
    bool is_pattern() const override { return true; }
    std::optional<std::string> open_error() const override { return reason_; }
    std::vector<SourceFile> sources() const override { return sources_; }

private:
    std::string name_;
    std::string reason_;
    std::vector<SourceFile> sources_;
};

class FailTable final : public MemoryTable {
public:
    explicit FailTable(std::string name) : name_(std::move(name)) {}
    Lookup look_up(std::string_view) const override { return Lookup::unknown("Application error"); }
    std::string name() const override { return name_; }
    bool is_pattern() const override { return true; }

private:
    std::string name_;
};

}  // namespace

std::shared_ptr<const MemoryTable> unavailable(const TableName& name, std::string reason, std::vector<SourceFile> sources) {
    return std::make_shared<UnavailableTable>(name.spec, std::move(reason), std::move(sources));
}

std::shared_ptr<const Table> open_fail(const TableName& name, const OpenContext&) { return std::make_shared<FailTable>(name.spec); }

}  // namespace posthouse::tables
