#include "tables/static.hpp"

#include "base/text.hpp"
#include "tables/open.hpp"
#include "tables/unavailable.hpp"

namespace posthouse::tables {

namespace {

class StaticTable final : public MemoryTable {
public:
    StaticTable(std::string name, std::string value) : name_(std::move(name)), value_(std::move(value)) {}
    Lookup look_up(std::string_view) const override { return Lookup::found(value_); }
    std::string name() const override { return name_; }

private:
    std::string name_;
    std::string value_;
};

}  // namespace

std::shared_ptr<const Table> open_static(const TableName& name, const OpenContext& context) {
    std::string_view value = name.path;
    if (value.starts_with('{')) {
        if (!value.ends_with('}')) {
            return unavailable(name, "bad " + name.type + " map value: missing closing '}' in \"" + name.path + '"');
        }
        value = base::trim(value.substr(1, value.size() - 2));
    }
    auto text = entry_value(value, context);
    if (!text) {
        return unavailable(name, "bad " + name.type + " map value: " + text.error().text);
    }
    return std::make_shared<StaticTable>(name.spec, std::move(*text));
}

}  // namespace posthouse::tables
