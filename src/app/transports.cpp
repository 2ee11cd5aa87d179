#include "app/transports.hpp"

#include "deliver/discard/agent.hpp"
#include "deliver/error/agent.hpp"
#include "deliver/smtp/agent.hpp"
#include "deliver/status_filter.hpp"
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
    const auto feedback = [&](const std::string& suffix) {
        const auto own = queue::Feedback::parse(view.transport_value(row.name, suffix));
        return own ? *own : queue::Feedback::parse(view.text("default_" + suffix)).value_or(queue::Feedback{});
    };
    out.destination_concurrency_positive_feedback = feedback("destination_concurrency_positive_feedback");
    out.destination_concurrency_negative_feedback = feedback("destination_concurrency_negative_feedback");
    out.destination_rate_delay = view.transport_time(row.name, "destination_rate_delay");
    out.transport_rate_delay = view.transport_time(row.name, "transport_rate_delay");
    out.lends_slots = !row.maxproc && !view.is_set("default_process_limit");  // a limit that somebody chose is never passed
    out.process_limit = row.maxproc ? *row.maxproc : static_cast<std::size_t>(view.integer("default_process_limit"));
    return out;
}

std::shared_ptr<mail::DeliveryAgent> make_agent(const config::View& view, const config::Service& row, const TransportParts& parts) {
    if (row.command == "smtp") {
        const auto open = [&](std::string_view name) { return tables::MapList::open(view.text(name), parts.open); };
        deliver::SmtpTables tables{open("smtp_tls_policy_maps"), open("smtp_sasl_password_maps"), open("smtp_discard_ehlo_keyword_address_maps"), open("smtp_reply_filter"),
                                   open("smtp_dns_reply_filter"), tables::MatchList::open_strings(view.text("smtp_connection_cache_destinations"), parts.open),
                                   checks::CheckSet::open({"smtp_header_checks", "smtp_mime_header_checks", "smtp_nested_header_checks", "smtp_body_checks"}, view, parts.open)};
        return std::make_shared<deliver::SmtpAgent>(deliver::SmtpSettings::from(view, row.command, parts.interfaces.own), std::move(tables), parts.core.clock,
                                                    parts.core.network, parts.core.resolver, parts.core.random, parts.world.tls, parts.world.events,
                                                    deliver::NoticeDoors{parts.intake, parts.router, &parts.core, parts.world.zone});
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

std::string_view status_filter_parameter(std::string_view command) {
    return command == "smtp" ? "smtp_delivery_status_filter" : command == "virtual" ? "virtual_delivery_status_filter" : std::string_view();
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
    if (const auto parameter = status_filter_parameter(row.command); !parameter.empty()) {
        if (auto filter = tables::MapList::open(view.text(parameter), parts.open); !filter.empty()) {
            agent = std::make_shared<deliver::StatusFilter>(std::move(agent), std::move(filter), parts.world.events, transport->label);
        }
    }
    transport->settings = transport_settings(view, row);
    transport->agent = std::move(agent);
    return transport;
}

}  // namespace posthouse::app
