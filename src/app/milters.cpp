#include "app/milters.hpp"

#include "base/format.hpp"
#include "receive/policy/network_connector.hpp"

namespace posthouse::app {

namespace {

class NetworkMilterConnector final : public milter::Connector {
public:
    NetworkMilterConnector(receive::PolicyServerName name, receive::NetworkPolicyConnector::Places places, world::Core& core) : connector_(std::move(name), std::move(places), core) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline deadline) override { return connector_.connect(deadline); }

private:
    receive::NetworkPolicyConnector connector_;
};

// Where nobody is: for a list that cannot be read.
class NoConnector final : public milter::Connector {
public:
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline) override { co_return base::fail(base::ErrorKind::invalid, "no such milter can be"); }
};

void complain(const config::View& view, std::string_view parameter, config::Findings& findings, std::string text) {
    const config::Setting* setting = view.origin(parameter);
    findings.add(config::Severity::error, setting != nullptr ? setting->file : "", setting != nullptr ? setting->line : 0, base::format("{}: {}", parameter, text));
}

}  // namespace

MakeMilters milter_maker(const config::View& view, std::string_view program, const ServerWorld& world, world::Core& core) {
    const auto settings = std::make_shared<const milter::Settings>(milter::Settings::from(view, program));
    const receive::NetworkPolicyConnector::Places places{view.text("queue_directory"), view.text("known_tcp_ports"), world.port_lookup};
    return [settings, places, &core](std::string_view list) -> base::Result<std::shared_ptr<const milter::Milters>> {
        auto servers = milter::parse_servers(list, settings->defaults);
        if (!servers) {
            return std::unexpected(std::move(servers.error()));
        }
        auto out = std::make_shared<milter::Milters>();
        out->settings = settings;
        for (milter::Server& server : *servers) {
            using Kind = receive::PolicyServerName::Kind;
            receive::PolicyServerName name{server.kind == milter::Server::Kind::inet ? Kind::inet : Kind::unix_socket, server.place};
            auto connector = std::make_shared<NetworkMilterConnector>(std::move(name), places, core);
            out->places.push_back(std::make_shared<const milter::Place>(milter::Place{std::move(server), std::move(connector)}));
        }
        return out->places.empty() ? std::shared_ptr<const milter::Milters>() : std::shared_ptr<const milter::Milters>(std::move(out));
    };
}

std::shared_ptr<const milter::Milters> milters_of(std::string_view parameter, const config::View& view, const MakeMilters& make, config::Findings& findings) {
    const std::string value = view.text(parameter);
    if (value.empty()) {
        return nullptr;
    }
    auto made = make(value);
    if (made) {
        return std::move(*made);
    }
    complain(view, parameter, findings, made.error().text);
    auto out = std::make_shared<milter::Milters>();
    out->settings = std::make_shared<const milter::Settings>(milter::Settings::from(view, "smtpd"));
    milter::Server server;
    server.name = value;
    server.default_action = milter::DefaultAction::tempfail;
    out->places.push_back(std::make_shared<const milter::Place>(milter::Place{std::move(server), std::make_shared<NoConnector>()}));
    return out;
}

void check_milter_settings(const config::View& view, config::Findings& findings) {
    if (view.text("smtpd_milters").empty() && view.text("non_smtpd_milters").empty() && view.text("smtpd_milter_maps").empty()) {
        return;
    }
    if (const std::string protocol = view.text("milter_protocol"); !milter::parse_protocol(protocol)) {
        complain(view, "milter_protocol", findings, base::format("{}: no such protocol, there are 2, 3, 4 and 6; 6 is in force", protocol));
    }
    if (const std::string action = view.text("milter_default_action"); milter::parse_default_action(action) == milter::DefaultAction::unrecognized) {
        complain(view, "milter_default_action", findings, base::format("{}: no such action, there are accept, reject, tempfail and quarantine; mail is refused for now (451)", action));
    }
}

}  // namespace posthouse::app
