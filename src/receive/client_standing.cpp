// Session: what a client may do, and must bear, because of who it is.
#include "base/format.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

namespace {

// Doubt is no right and no exception.
world::Task<bool> is_among(std::shared_ptr<const tables::MatchList> clients, std::string name, base::IpAddress address) {
    if (!clients) {
        co_return false;
    }
    const tables::Match match = co_await clients->match_client(std::move(name), address);
    co_return match.is_match();
}

}  // namespace

world::Task<void> Session::find_client_standing() {
    using Rule = SmtpdSettings::ForbidBareNewline;
    may_xclient_ = co_await is_among(service_->xclient_hosts, client_name_, peer_.address);
    may_xforward_ = co_await is_among(service_->xforward_hosts, client_name_, peer_.address);
    const bool excepted = co_await is_among(service_->limit_exceptions, client_name_, peer_.address);
    limits_apply_ = !excepted && !may_xclient_;  // a proxy speaks for many clients
    const bool any_line_end = co_await is_among(service_->bare_newline_exclusions, client_name_, peer_.address);
    bare_newline_ = service_->stand_alone || any_line_end ? Rule::no : settings_.smtpd_forbid_bare_newline;
    const auto& own = service_->header_rewrite_addresses;
    const bool trusted = co_await is_among(service_->header_rewrite_networks, client_name_, peer_.address);
    local_headers_ = trusted || std::find(own.begin(), own.end(), connected_from_) != own.end();
}

base::IpAddress Session::counted_client() const {
    return peer_.address.network(peer_.address.is_v4() ? settings_.smtpd_client_ipv4_prefix_length : settings_.smtpd_client_ipv6_prefix_length);
}

bool Session::exceeds(std::size_t limit, ClientLimits::Event event, std::string_view what) {
    if (limit == 0 || !limits_apply_) {
        return false;
    }
    const std::size_t rate = doors_.limits.count(counted_client(), event, doors_.core.clock.now());
    if (rate <= limit) {
        return false;
    }
    doors_.events.warn(settings_.label, base::format("{} rate limit exceeded: {} from {} for service {}", what, rate, client_text(), settings_.service));
    return true;
}

std::optional<smtp::Reply> Session::count_connection() {
    forget_connection();
    counted_as_ = counted_client();
    const auto counts = doors_.limits.connected(*counted_as_, doors_.core.clock.now());
    connections_at_once_ = counts.at_once;
    if (!limits_apply_) {
        return std::nullopt;
    }
    if (settings_.smtpd_client_connection_count_limit > 0 && counts.at_once > settings_.smtpd_client_connection_count_limit) {
        doors_.events.warn(settings_.label, base::format("Connection concurrency limit exceeded: {} from {} for service {}", counts.at_once, client_text(), settings_.service));
        return replies::too_many_connections(settings_.myhostname, peer_.address.text());
    }
    if (settings_.smtpd_client_connection_rate_limit > 0 && counts.rate > settings_.smtpd_client_connection_rate_limit) {
        doors_.events.warn(settings_.label, base::format("Connection rate limit exceeded: {} from {} for service {}", counts.rate, client_text(), settings_.service));
        return replies::connection_rate_exceeded(settings_.myhostname, peer_.address.text());
    }
    return std::nullopt;
}

world::Task<void> Session::delay_refusal() {
    const std::size_t refusals = doors_.limits.refused(counted_client(), doors_.core.clock.now());
    if (refusals > settings_.smtpd_soft_error_limit && step_aside_ && step_aside_()) {
        forget_connection();  // or it would count against the client's next
        co_await tarpit();
    }
}

void Session::forget_connection() {
    if (counted_as_) {
        doors_.limits.disconnected(*std::exchange(counted_as_, std::nullopt));
    }
}

}  // namespace posthouse::receive
