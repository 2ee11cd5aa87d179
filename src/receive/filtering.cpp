// Session: mail that passes a before-queue filter. SMTPD_PROXY_README.
#include "base/format.hpp"
#include "receive/proxy_filter.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

using smtp::Reply;

world::Task<std::optional<Reply>> Session::begin_filter() {
    auto filter = std::make_unique<ProxyFilter>(*service_->proxy_filter, ProxyFilter::Doors{doors_.core, doors_.events, settings_.label});
    const auto known = [](const std::string& text) { return text == "unknown" ? std::string() : text; };
    ForwardedClient client{.name = known(client_name_),
                           .address = known(peer_.address.text()),
                           .port = base::format("{}", peer_.port),
                           .helo = helo_name_,
                           .protocol = protocol(),
                           .ident = {},
                           .local = headers_are_local()};
    if (forwarded_) {
        const mail::Origin& origin = forwarded_->origin;
        client = {.name = known(origin.client_name), .address = known(origin.client_address), .port = forwarded_->port, .helo = origin.helo_name, .protocol = origin.protocol,
                  .ident = forwarded_->queue_id, .local = client.local};
    }
    world::Task<std::expected<void, Reply>> beginning = filter->begin(std::move(client), transaction_.mail_command);
    auto begun = co_await std::move(beginning);
    if (!begun) {
        co_return std::move(begun.error());
    }
    transaction_.filter = filter.get();
    transaction_.intake = std::move(filter);
    log_started();
    co_return std::nullopt;
}

world::Task<std::optional<Reply>> Session::ask_filter(std::string line, int wanted) {
    world::Task<std::expected<void, Reply>> asking = transaction_.filter->command(std::move(line), wanted);
    auto agreed = co_await std::move(asking);
    if (agreed) {
        co_return std::nullopt;
    }
    log_rejected("proxy-reject", agreed.error().text());
    co_return std::move(agreed.error());
}

world::Task<Reply> Session::finish_filter() {
    world::Task<Reply> ending = transaction_.filter->end();
    Reply said = co_await std::move(ending);
    log_rejected(said.code / 100 == 2 ? "proxy-accept" : "proxy-reject", said.text());
    if (said.code / 100 == 2) {
        errors_ = junk_commands_ = 0;
    }
    co_return said;
}

}  // namespace posthouse::receive
