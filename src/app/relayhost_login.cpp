#include "app/relayhost_login.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tables/map_list.hpp"

namespace posthouse::app {

namespace {

config::Finding at(const config::View& view, std::string_view parameter, config::Severity severity, std::string text) {
    const config::Setting* setting = view.origin(parameter);
    return {severity, setting != nullptr ? setting->file : "", setting != nullptr ? setting->line : 0, std::move(text)};
}

// The transport that relayhost belongs to.
config::View view_of_relay(const config::Configuration& configuration) {
    const std::string name = configuration.main().text("default_transport");
    const config::Service* row = configuration.transport(name.substr(0, name.find(':')));
    return row != nullptr ? configuration.view(*row) : configuration.main();
}

std::string host_of(std::string_view relayhost) {
    if (relayhost.starts_with('[')) {
        return std::string(relayhost.substr(1, relayhost.find(']') - 1));
    }
    return std::string(relayhost.substr(0, relayhost.find(':')));
}

// True also if it cannot be told here.
bool knows(const tables::MapList& maps, const std::string& key) {
    for (const auto& table : maps.tables()) {
        const auto* memory = dynamic_cast<const tables::MemoryTable*>(table.get());
        if (memory == nullptr || !memory->look_up(base::lower(key)).is_absent() || !memory->look_up(key).is_absent()) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<config::Finding> missing_relayhost_login(const config::Configuration& configuration, const tables::OpenContext& open) {
    const config::View view = view_of_relay(configuration);
    if (!view.boolean("smtp_sasl_auth_enable")) {
        return std::nullopt;
    }
    if (view.text("smtp_sasl_password_maps").empty()) {
        return at(view, "smtp_sasl_auth_enable", config::Severity::error, "smtp_sasl_auth_enable is set, but smtp_sasl_password_maps names no table with passwords");
    }
    const std::string relayhost = view.text("relayhost");
    if (relayhost.empty() || view.boolean("smtp_sender_dependent_authentication")) {
        return std::nullopt;
    }
    const tables::MapList maps = tables::MapList::open(view.text("smtp_sasl_password_maps"), open);
    if (knows(maps, relayhost) || knows(maps, host_of(relayhost))) {
        return std::nullopt;
    }
    return at(view, "relayhost", config::Severity::warning,
              base::format("smtp_sasl_password_maps ({}) has no entry for relayhost {}: mail will be sent there without login", view.text("smtp_sasl_password_maps"), relayhost));
}

}  // namespace posthouse::app
