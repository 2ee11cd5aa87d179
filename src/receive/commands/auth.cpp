// AUTH (RFC 4954).
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/replies.hpp"
#include "receive/session.hpp"

namespace posthouse::receive {

using smtp::Reply;

namespace {

constexpr std::string_view binding_suffix = "-PLUS";  // of mechanisms that bind a login to its TLS session (RFC 5801)

}  // namespace

bool Session::sasl_available() const {
    const bool needs_tls = settings_.smtpd_tls_auth_only || settings_.smtpd_tls_security_level == SmtpdSettings::TlsLevel::encrypt;
    return settings_.smtpd_sasl_auth_enable && service_->sasl && (tls_ || !needs_tls) && !hidden_.has(smtp::EhloKeyword::auth);
}

bool Session::is_logged_in() const { return !sasl_username_.empty() && !base::iequals(sasl_method_, "ANONYMOUS"); }

sasl::SecurityOptions Session::security_options() const { return tls_ ? service_->sasl_tls_security_options : service_->sasl_security_options; }

world::Task<std::string> Session::offered_mechanisms() {
    auto offered = co_await service_->sasl->mechanisms(backend_deadline());
    std::string list;
    if (!offered) {
        // The service stays up for everybody who does not log in; Postfix would close the connection here.
        doors_.events.warn(settings_.label, "SASL: cannot ask for mechanisms: " + offered.error().text);
        co_return list;
    }
    const auto permitted = sasl::permitted(std::move(*offered), security_options());
    for (const sasl::Mechanism& mechanism : permitted) {
        if (mechanism.name.ends_with(binding_suffix) && (!tls_ || tls_->bindings.empty())) {
            continue;  // there is nothing to bind to
        }
        world::Task<bool> asking = passes_mechanism_filter(mechanism.name);
        if (co_await std::move(asking)) {
            list += ' ' + mechanism.name;
        }
    }
    co_return list;
}

// smtpd_sasl_mechanism_filter. In doubt a mechanism is not offered.
world::Task<bool> Session::passes_mechanism_filter(std::string mechanism) const {
    if (!service_->sasl_mechanism_filter) {
        co_return true;
    }
    const tables::Match match = co_await service_->sasl_mechanism_filter->match(mechanism);
    co_return match.is_match();
}

world::Task<Session::Next> Session::auth(const smtp::Command& command) {
    std::optional<Reply> refused;
    if (exceeds(settings_.smtpd_client_auth_rate_limit, ClientLimits::Event::auth, "AUTH command")) {
        refused = Reply::make(450, "4.7.1 Error: too many AUTH commands from " + peer_.address.text());
    } else if (settings_.smtpd_helo_required && helo_name_.empty()) {
        refused = Reply::make(503, "5.5.1 Error: send HELO/EHLO first");
    } else if (!sasl_available()) {
        refused = Reply::make(503, "5.5.1 Error: authentication not enabled");
    } else if (transaction_.has_sender) {
        refused = Reply::make(503, "5.5.1 Error: MAIL transaction in progress");
    } else if (!sasl_username_.empty()) {
        refused = Reply::make(503, "5.5.1 Error: already authenticated");
    } else if (command.arguments.empty()) {
        refused = Reply::make(501, "5.5.4 Syntax: AUTH mechanism");
    }
    const auto words = base::split_words(command.arguments);
    if (!refused && words.size() > 2) {
        refused = Reply::make(501, "5.5.4 Syntax: AUTH mechanism");
    }
    if (refused) {
        queue_reply(*refused);
        co_return Next::go_on;
    }
    sasl::AuthRequest request;
    request.mechanism = base::upper(words[0]);
    if (words.size() > 1) {
        request.initial_response = std::string(words[1]);
    }
    request.local_address = local_.address;
    request.remote_address = peer_.address;
    request.secured = tls_.has_value();
    request.security_options = security_options();
    request.service = settings_.smtpd_sasl_service;
    const std::string mechanism = base::printable(request.mechanism);
    world::Task<bool> asking = passes_mechanism_filter(request.mechanism);
    if (!co_await std::move(asking)) {
        doors_.events.warn(settings_.label, base::format("{}: SASL {} authentication failed: {}", client_text(), mechanism, sasl::invalid_mechanism));
        queue_reply(Reply::make(535, base::format("5.7.8 Error: authentication failed: {}", sasl::invalid_mechanism)));
        co_return Next::go_on;
    }
    if (tls_) {
        // Who does not offer it must not hold it against a client that does not see it.
        world::Task<bool> offering = passes_mechanism_filter(request.mechanism.ends_with(binding_suffix) ? request.mechanism : request.mechanism + std::string(binding_suffix));
        if (co_await std::move(offering)) {
            request.bindings = tls_->bindings;
        }
    }
    world::Task<Next> conversing = converse(mechanism, std::move(request));
    co_return co_await std::move(conversing);
}

world::Task<Session::Next> Session::converse(std::string mechanism, sasl::AuthRequest request) {
    const auto conversation = service_->sasl->begin(std::move(request));
    sasl::Step step = co_await conversation->start(backend_deadline());
    tell_remarks(step);
    while (step.kind == sasl::Step::Kind::challenge) {
        world::Task<bool> saying = say(Reply::make(334, step.text));
        if (!co_await std::move(saying)) {
            co_return Next::close;
        }
        world::Task<std::optional<world::BufferedStream::Line>> reading = read_auth_response();
        const std::optional<world::BufferedStream::Line> response = co_await std::move(reading);
        if (!response) {
            co_return Next::close;
        }
        if (response->too_long) {
            queue_reply(Reply::make(500, "5.5.6 SASL response limit exceeded"));
            co_return Next::go_on;
        }
        if (response->text == "*") {
            doors_.events.warn(settings_.label, base::format("{}: SASL {} authentication aborted", client_text(), mechanism));
            queue_reply(Reply::make(501, "5.7.0 Authentication aborted"));
            co_return Next::go_on;
        }
        step = co_await conversation->step(response->text, backend_deadline());
        tell_remarks(step);
    }
    if (step.kind == sasl::Step::Kind::success) {
        sasl_method_ = std::move(mechanism);
        sasl_username_ = std::move(step.user);
        queue_reply(Reply::make(235, "2.7.0 Authentication successful"));
        co_return Next::go_on;
    }
    const std::string user = step.user.empty() ? "(unavailable)" : base::printable(step.user);
    doors_.events.warn(settings_.label, base::format("{}: SASL {} authentication failed: {}, sasl_username={}", client_text(), mechanism, step.text, user));
    if (step.kind == sasl::Step::Kind::temporary_failure) {
        queue_reply(Reply::make(454, "4.7.0 Temporary authentication failure: " + step.text));
    } else {
        queue_reply(Reply::make(535, "5.7.8 Error: authentication failed: " + step.text));
    }
    co_return Next::go_on;
}

void Session::tell_remarks(const sasl::Step& step) {
    for (const std::string& remark : step.remarks) {
        doors_.events.warn(settings_.label, remark);
    }
}

world::Task<std::optional<world::BufferedStream::Line>> Session::read_auth_response() {
    for (;;) {
        if (auto line = stream_.take_line(settings_.smtpd_sasl_response_limit)) {
            co_return std::move(*line);
        }
        const auto more = co_await stream_.fill(next_wait());
        waited();
        if (!more || !*more) {
            lost(more ? base::Error{base::ErrorKind::closed, "lost connection"} : more.error());
            co_return std::nullopt;
        }
    }
}

}  // namespace posthouse::receive
