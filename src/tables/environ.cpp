#include "tables/environ.hpp"

#include "base/text.hpp"

namespace posthouse::tables {

namespace {

class EnvironTable final : public MemoryTable {
public:
    EnvironTable(std::string name, Environment environment, KeyForm keys) : name_(std::move(name)), environment_(std::move(environment)), keys_(keys) {}
    Lookup look_up(std::string_view key) const override {
        const auto asked = keys_.of(key);
        auto value = environment_ && asked ? environment_(*asked) : std::nullopt;
        return value ? Lookup::found(std::move(*value)) : Lookup::absent();
    }
    std::string name() const override { return name_; }

private:
    std::string name_;
    Environment environment_;
    KeyForm keys_;
};

}  // namespace

Environment imported_environment(std::string_view import_environment, Environment process) {
    std::map<std::string, std::optional<std::string>> listed;
    for (std::string_view word : base::split_braced(import_environment)) {
        if (word.starts_with('{') && word.ends_with('}')) {
            word = base::trim(word.substr(1, word.size() - 2));
        }
        if (const auto given = base::split_once(word, '=')) {
            listed.insert_or_assign(std::string(base::trim(given->first)), std::string(base::trim(given->second)));
        } else {
            listed.insert_or_assign(std::string(word), std::nullopt);
        }
    }
    return [listed = std::move(listed), process = std::move(process)](const std::string& name) -> std::optional<std::string> {
        const auto found = listed.find(name);
        if (found == listed.end()) {
            return std::nullopt;
        }
        return found->second || !process ? found->second : process(name);
    };
}

std::shared_ptr<const Table> open_environ(const TableName& name, const OpenContext& context) {
    return std::make_shared<EnvironTable>(name.spec, context.environment, context.keys);
}

}  // namespace posthouse::tables
