#include "app/transports.hpp"

#include "deliver/discard/agent.hpp"
#include "deliver/error/agent.hpp"
#include "deliver/smtp/agent.hpp"
#include "deliver/virtual_mailbox/agent.hpp"

namespace posthouse::app {

namespace {

queue::TransportSettings transport_settings(const config::View& view, const config::Service& row) {
    const auto number = [&](std::string_view suffix) { return static_cast<std::size_t>(std::max<std::int64_t>(0, view.transport_integer(row.name, suffix))); };
    queue::TransportSettings out;
    out.initial_destination_concurrency = number("initial_destination_concurrency");
    out.destination_concurrency_limit = number("destination_concurrency_limit");
    out.destination_recipient_limit = number("destination_recipient_limit");
    out.destination_concurrency_failed_cohort_limit = number("destination_concurrency_failed_cohort_limit");
    out.process_limit = row.maxproc ? *row.maxproc : static_cast<std::size_t>(view.integer("default_process_limit"));
    return out;
}

std::shared_ptr<mail::DeliveryAgent> make_agent(const config::View& view, const config::Service& row, const TransportParts& parts) {
    if (row.command == "smtp") {
        deliver::SmtpTables tables{tables::MapList::open(view.text("smtp_tls_policy_maps"), parts.open), tables::MapList::open(view.text("smtp_sasl_password_maps"), parts.open)};
        return std::make_shared<deliver::SmtpAgent>(deliver::SmtpSettings::from(view, row.command, parts.interfaces.own), std::move(tables), parts.core.clock,
                                                    parts.core.network, parts.core.resolver, parts.core.random, parts.world.tls, parts.world.events);
    }
    if (row.command == "error") {
        return std::make_shared<deliver::ErrorAgent>(row.name == "retry" ? deliver::ErrorAgent::Verdict::defer : deliver::ErrorAgent::Verdict::bounce);
    }
    if (row.command == "discard") {
        return std::make_shared<deliver::DiscardAgent>();
    }
    if (row.command == "virtual") {
        deliver::VirtualMailboxTables tables{tables::MapList::open(view.text("virtual_mailbox_maps"), parts.open), tables::MapList::open(view.text("virtual_uid_maps"), parts.open),
                                             tables::MapList::open(view.text("virtual_gid_maps"), parts.open)};
        return std::make_shared<deliver::VirtualMailboxAgent>(deliver::VirtualMailboxSettings::from(view), std::move(tables), parts.core, parts.world.files, parts.world.pool, parts.world.events);
    }
    return nullptr;
}

}  // namespace

std::shared_ptr<const queue::Transport> make_transport(const config::View& view, const config::Service& row, const TransportParts& parts) {
    auto agent = make_agent(view, row, parts);
    if (!agent) {
        return nullptr;
    }
    auto transport = std::make_shared<queue::Transport>();
    transport->name = row.name;
    transport->label = view.text("syslog_name") + '/' + row.command;
    transport->settings = transport_settings(view, row);
    transport->agent = std::move(agent);
    return transport;
}

}  // namespace posthouse::app
