// XCLIENT and XFORWARD: a proxy in front of us tells whom it speaks for. XCLIENT_README, XFORWARD_README.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/received_header.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"
#include "smtp/xtext.hpp"

namespace posthouse::receive {

using smtp::Reply;

namespace {

struct Attribute {
    std::string name;   // upper case
    std::string value;  // decoded
};

bool is_unavailable(std::string_view value) { return base::iequals(value, "[UNAVAILABLE]") || base::iequals(value, "[TEMPUNAVAIL]"); }

// "NAME=spike.example ADDR=IPV6:::1"; the error is the reply.
std::expected<std::vector<Attribute>, Reply> parse_attributes(std::string_view command, std::string_view arguments, std::initializer_list<std::string_view> known) {
    std::vector<Attribute> out;
    for (const std::string_view word : base::split_words(arguments)) {
        const std::size_t equals = word.find('=');
        if (equals == std::string_view::npos) {
            return std::unexpected(Reply::make(501, "5.5.4 Error: attribute=value expected"));
        }
        Attribute attribute{base::upper(word.substr(0, equals)), {}};
        if (std::find(known.begin(), known.end(), attribute.name) == known.end()) {
            return std::unexpected(Reply::make(501, base::format("5.5.4 Bad {} attribute name: {}", command, base::printable(word.substr(0, equals)))));
        }
        auto value = smtp::xtext_decode(word.substr(equals + 1));
        if (!value || value->empty() || value->size() > 255 || std::any_of(value->begin(), value->end(), base::is_control)) {
            return std::unexpected(Reply::make(501, "5.5.4 Bad attribute value syntax: " + base::printable(word.substr(equals + 1))));
        }
        attribute.value = std::move(*value);
        out.push_back(std::move(attribute));
    }
    if (out.empty()) {
        return std::unexpected(Reply::make(501, base::format("5.5.4 Syntax: {} attribute=value...", command)));
    }
    return out;
}

std::optional<base::IpAddress> parse_address(std::string_view text) {
    constexpr std::string_view prefix = "IPV6:";
    if (base::iequals(text.substr(0, prefix.size()), prefix)) {
        text.remove_prefix(prefix.size());
    }
    return base::IpAddress::parse(text);
}

}  // namespace

world::Task<Session::Next> Session::xclient(const smtp::Command& command) {
    if (transaction_.has_sender) {
        queue_reply(Reply::make(503, "5.5.1 Error: MAIL transaction in progress"));
        co_return Next::go_on;
    }
    if (!may_xclient_) {
        queue_reply(Reply::make(550, "5.7.0 Error: insufficient authorization"));
        co_return Next::go_on;
    }
    const auto attributes = parse_attributes("XCLIENT", command.arguments, {"NAME", "ADDR", "PORT", "PROTO", "HELO", "REVERSE_NAME", "LOGIN", "DESTADDR", "DESTPORT"});
    if (!attributes) {
        queue_reply(attributes.error());
        co_return Next::go_on;
    }
    for (const Attribute& attribute : *attributes) {
        const bool is_address = attribute.name == "ADDR" || attribute.name == "DESTADDR";
        if (is_address && !is_unavailable(attribute.value) && !parse_address(attribute.value)) {
            queue_reply(Reply::make(501, base::format("5.5.4 Bad {} syntax: {}", attribute.name, base::printable(attribute.value))));
            co_return Next::go_on;
        }
    }
    helo_name_.clear();
    extended_ = pipelining_announced_ = false;
    sasl_username_.clear();
    sasl_method_.clear();
    for (const Attribute& attribute : *attributes) {
        become(attribute.name, is_unavailable(attribute.value) ? std::string() : attribute.value, base::iequals(attribute.value, "[TEMPUNAVAIL]"));
    }
    reset_transaction();
    world::Task<void> deciding = find_proxy_rights();
    co_await std::move(deciding);
    co_await find_line_end_rules();
    world::Task<void> judging = judge_client();
    co_await std::move(judging);
    if (has_milters()) {  // it is another client now
        if (talk_) {
            co_await talk_->chain.quit(doors_.core.clock.deadline_in(std::chrono::seconds{1}));
            talk_.reset();
        }
        world::Task<std::optional<Reply>> asking = client_refused_ ? nobody_judges() : greet_with_milters();
        if (const auto refused = co_await std::move(asking)) {
            queue_reply(*refused);
            co_return Next::go_on;
        }
    }
    queue_reply(client_refused_ ? *client_refused_ : replies::greeting(settings_.smtpd_banner));
    co_return Next::go_on;
}

void Session::become(std::string_view name, std::string value, bool failed_for_now) {
    if (name == "NAME") {
        client_name_ = value.empty() ? "unknown" : name_for_header(value);
        client_reverse_name_ = client_name_;
        client_name_lookup_failed_ = failed_for_now;
    } else if (name == "REVERSE_NAME") {
        client_reverse_name_ = value.empty() ? "unknown" : name_for_header(value);
    } else if (name == "ADDR" || name == "DESTADDR") {
        base::Endpoint& which = name == "ADDR" ? peer_ : local_;
        which.address = parse_address(value).value_or(which.address);
    } else if (name == "PORT" || name == "DESTPORT") {
        base::Endpoint& which = name == "PORT" ? peer_ : local_;
        which.port = static_cast<std::uint16_t>(std::min<std::uint64_t>(base::parse_number(value).value_or(0), 65535));
    } else if (name == "HELO") {
        helo_name_ = name_for_header(value);
    } else if (name == "PROTO") {
        extended_ = base::iequals(value, "ESMTP");
    } else if (name == "LOGIN") {
        sasl_username_ = std::move(value);
        sasl_method_ = sasl_username_.empty() ? "" : "XCLIENT";
    }
}

void Session::xforward(const smtp::Command& command) {
    if (transaction_.has_sender) {
        queue_reply(Reply::make(503, "5.5.1 Error: MAIL transaction in progress"));
        return;
    }
    if (!may_xforward_) {
        queue_reply(Reply::make(550, "5.7.0 Error: insufficient authorization"));
        return;
    }
    const auto attributes = parse_attributes("XFORWARD", command.arguments, {"NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE"});
    if (!attributes) {
        queue_reply(attributes.error());
        return;
    }
    Forwarded forwarded = forwarded_.value_or(Forwarded{.origin = {.client_name = "unknown", .client_address = "unknown"}});
    mail::Origin& origin = forwarded.origin;
    for (const auto& [name, raw] : *attributes) {
        const std::string value = is_unavailable(raw) ? std::string() : name_for_header(raw);
        forwarded.names_client = forwarded.names_client || (name != "IDENT" && name != "SOURCE");
        if (name == "IDENT") {
            forwarded.queue_id = value;
        } else if (name == "PORT") {
            forwarded.port = value;
        } else if (name == "NAME") {
            origin.client_name = value.empty() ? "unknown" : value;
        } else if (name == "ADDR") {
            if (!value.empty() && !parse_address(value)) {
                queue_reply(Reply::make(501, "5.5.4 Bad ADDR syntax: " + value));
                return;
            }
            origin.client_address = value.empty() ? "unknown" : parse_address(value)->text();
        } else if (name == "HELO") {
            origin.helo_name = value;
        } else if (name == "PROTO") {
            origin.protocol = value;
        }
    }
    forwarded_ = std::move(forwarded);
    queue_reply(replies::ok());
}

std::string Session::Forwarded::client_text() const {
    if (!names_client) {
        return {};
    }
    const std::string text = base::format("{}[{}]", origin.client_name, origin.client_address);
    return port.empty() ? text : base::format("{}:{}", text, port);
}

world::Task<void> Session::find_proxy_rights() {
    may_xclient_ = may_xforward_ = false;
    if (service_->xclient_hosts) {
        const auto match = co_await service_->xclient_hosts->match_client(client_name_, peer_.address);
        may_xclient_ = match.is_match();
    }
    if (service_->xforward_hosts) {
        const auto match = co_await service_->xforward_hosts->match_client(client_name_, peer_.address);
        may_xforward_ = match.is_match();
    }
}

}  // namespace posthouse::receive
