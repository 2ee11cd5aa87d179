#include "receive/session.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "dns/client_name.hpp"
#include "receive/replies.hpp"
#include "world/proxy_header.hpp"

namespace posthouse::receive {

Session::Session(std::shared_ptr<const SmtpdService> service, SessionDoors doors, std::unique_ptr<world::Stream> stream, StepAside step_aside)
    : service_(std::move(service)),
      settings_(*service_->settings),
      doors_(doors),
      step_aside_(std::move(step_aside)),
      stream_(std::move(stream)),
      deadline_(settings_.smtpd_timeout, settings_.smtpd_per_request_deadline ? RequestDeadline::Scope::request : RequestDeadline::Scope::each_wait) {
    peer_ = stream_.stream().peer();
    local_ = stream_.stream().local();
    if (service_->local_socket) {
        peer_.address = local_.address = base::IpAddress::from_v4({127, 0, 0, 1});
    }
}

Session::~Session() { forget_connection(); }

world::Task<void> Session::run() {
    bool cancelled = false;
    try {
        if (settings_.smtpd_upstream_proxy_protocol == SmtpdSettings::UpstreamProxy::haproxy) {
            world::Task<bool> asking = ask_upstream_proxy();
            if (!co_await std::move(asking)) {
                peer_.address = base::IpAddress::unknown();
            }
        }
        connected_from_ = peer_.address;
        if (peer_.address.is_known()) {
            co_await find_client_name();
            co_await find_client_standing();
        }
        doors_.events.on(settings_.label, observe::ClientConnected{client_text()});
        world::Task<bool> greeting = greet();
        if (co_await std::move(greeting)) {
            co_await serve();
        }
        co_await flush();
        co_await complain();
        if (talk_) {
            co_await talk_->chain.quit(doors_.core.clock.deadline_in(std::chrono::seconds{1}));  // ours: nobody waits for a good-bye
        }
        // A lingering TLS or TCP goodbye must not hold the session: five seconds, ours.
        co_await stream_.stream().shutdown(doors_.core.clock.deadline_in(std::chrono::seconds{5}));
    } catch (const world::Cancelled&) {
        cancelled = true;
    }
    if (cancelled && !closing_) {
        // The server stops. One write that does not wait: whoever reads slowly gets a closed connection instead.
        struct Goodbye {
            static world::Task<void> send(world::BufferedStream& stream, world::Deadline deadline) { co_await stream.flush(deadline); }
        };
        stream_.queue(replies::shutting_down(settings_.myhostname).wire());
        world::Task<void> goodbye = Goodbye::send(stream_, doors_.core.clock.deadline_in(std::chrono::milliseconds{200}));
        co_await world::uncancellable(std::move(goodbye));
    }
    log_disconnect();
}

world::Task<void> Session::find_client_name() {
    if (!service_->client_name.empty()) {
        client_name_ = service_->client_name;
        client_reverse_name_ = service_->client_name;
    } else if (settings_.smtpd_peername_lookup) {
        // smtpd waits for the resolver; we do not wait longer than a client would notice.
        constexpr std::chrono::seconds name_lookup_max{15};
        const dns::ClientName name = co_await dns::lookup_client_name(doors_.core.resolver, peer_.address, doors_.core.clock.deadline_in(name_lookup_max));
        client_name_ = name.name;
        client_reverse_name_ = name.reverse_name;
        client_name_lookup_failed_ = name.state == dns::ClientName::State::unknown_temporary;
        if (!name.warning.empty()) {
            doors_.events.warn(settings_.label, name.warning);
        }
    }
}

world::Task<bool> Session::ask_upstream_proxy() {
    world::Task<base::Result<world::ProxyHeader>> reading = world::read_proxy_header(stream_.stream(), doors_.core.clock, settings_.smtpd_upstream_proxy_timeout);
    const auto header = co_await std::move(reading);
    if (!header) {
        doors_.events.warn(settings_.label, header.error().text);
        co_return false;
    }
    if (header->addresses) {
        peer_ = header->addresses->client;
        local_ = header->addresses->server;
    }
    co_return true;
}

world::Task<bool> Session::greet() {
    if (!peer_.address.is_known()) {
        queue_reply(replies::local_error(settings_.myhostname));
        co_return false;
    }
    if (settings_.smtpd_tls_wrappermode) {
        world::Task<bool> shaking = handshake_at_once();
        if (!co_await std::move(shaking)) {
            co_return false;
        }
    }
    if (!service_->cannot_serve.empty()) {
        doors_.events.on(settings_.label, observe::Remark{observe::Severity::fatal, {}, service_->cannot_serve});
        queue_reply(replies::configuration_error(settings_.myhostname));
        co_return false;
    }
    world::Task<bool> welcoming = welcome();
    const bool goes_on = co_await std::move(welcoming);
    errors_ += last_reply_negative_ ? 1 : 0;
    co_return goes_on;
}

world::Task<bool> Session::welcome() {
    if (!service_->screened && !settings_.smtpd_tls_wrappermode) {
        world::Task<bool> looking = refuses_early_words();
        if (co_await std::move(looking)) {
            co_return false;
        }
    }
    if (const auto refused = count_connection()) {
        world::Task<void> delay = delay_refusal();
        co_await std::move(delay);
        queue_reply(*refused);
        co_return false;
    }
    world::Task<bool> hiding = find_hidden_keywords();
    if (!co_await std::move(hiding)) {
        co_return false;
    }
    world::Task<void> judging = judge_client();
    co_await std::move(judging);
    if (client_refused_) {
        queue_reply(*client_refused_);
        co_return !closing_;
    }
    if (has_milters()) {
        world::Task<std::optional<smtp::Reply>> asking = greet_with_milters();
        if (const auto refused = co_await std::move(asking)) {
            queue_reply(*refused);
            co_return !closing_;
        }
    }
    queue_reply(replies::greeting(settings_.smtpd_banner));
    co_return true;
}

world::Task<void> Session::serve() {
    for (;;) {
        if (errors_ >= settings_.smtpd_hard_error_limit) {
            queue_reply(replies::too_many_errors(settings_.myhostname));
            log_end("too many errors");
            co_return;
        }
        deadline_.begin();
        world::Task<std::optional<world::BufferedStream::Line>> reading = next_line();
        std::optional<world::BufferedStream::Line> line = co_await std::move(reading);
        if (!line) {
            co_return;
        }
        if (!settings_.notify_classes.empty()) {
            transcript_.heard(line->text, smtp::parse_command(line->text).verb);
        }
        if (line->bare_newline && bare_newline_ == SmtpdSettings::ForbidBareNewline::reject) {
            log_rejected("reject", "bare <LF> received");
            queue_reply(bare_newline_refusal());
            co_return;
        }
        bare_newline_noted_ = bare_newline_noted_ || (line->bare_newline && bare_newline_ == SmtpdSettings::ForbidBareNewline::note);
        if (service_->command_filter) {
            world::Task<bool> filtering = filter_command(line->text);
            if (!co_await std::move(filtering)) {
                co_return;
            }
        }
        smtp::Command command = smtp::parse_command(line->text);
        world::Task<Next> executing = execute(std::move(command));
        if (co_await std::move(executing) == Next::close) {
            closing_ = true;
            co_return;
        }
    }
}

void Session::lost(const base::Error& error) {
    ended_ = error.kind == base::ErrorKind::timeout ? "timeout" : "lost connection";
    if (error.kind == base::ErrorKind::timeout) {
        log_end(ended_);
        queue_reply(replies::timeout_exceeded(settings_.myhostname));
    } else {
        log_end(ended_);
    }
}

// A client that leaves without QUIT once its message is taken is not worth a line, as in smtpd(8).
void Session::log_end(std::string_view reason) const {
    if (where_ == end_of_message && reason == "lost connection") {
        return;
    }
    const bool in_content = where_ == "DATA" || where_ == "BDAT";
    doors_.events.info(settings_.label, base::format("{} after {}{} from {}", reason, where_,
                                                     in_content ? base::format(" ({} bytes)", transaction_.content_bytes) : "", client_text()));
}

std::optional<smtp::Reply> Session::forbidden_now(const smtp::Command& command) const {
    using smtp::Verb;
    if (client_refused_ && command.verb != Verb::quit) {  // RFC 5321 §3.1
        return smtp::Reply::make(503, base::format("5.7.0 Error: access denied for {}", client_text()));
    }
    const bool harmless = command.verb == Verb::ehlo || command.verb == Verb::helo || command.verb == Verb::noop || command.verb == Verb::quit ||
                          command.verb == Verb::starttls;
    if (settings_.smtpd_tls_security_level == SmtpdSettings::TlsLevel::encrypt && !tls_ && !harmless) {
        return replies::must_start_tls();
    }
    return talk_ ? milters_forbid(command.verb) : std::nullopt;
}

world::Task<Session::Next> Session::execute(smtp::Command command) {
    using smtp::Verb;
    if (service_->noop_commands) {
        world::Task<bool> asking = is_noop(command);
        if (co_await std::move(asking)) {
            queue_reply(replies::ok());
            if (junk_commands_++ > settings_.smtpd_junk_command_limit) {
                ++errors_;
            }
            co_return Next::go_on;
        }
    }
    if (command.verb == Verb::unknown) {
        world::Task<bool> asking = is_forbidden(command);
        if (co_await std::move(asking)) {
            doors_.events.warn(settings_.label, base::format("non-SMTP command from {}: {} {}", client_text(), command.verb_text, command.arguments).substr(0, 200));
            queue_reply(replies::cannot_break_rules());
            co_return Next::close;
        }
    }
    where_ = command.verb == Verb::unknown ? "UNKNOWN" : std::string(smtp::verb_name(command.verb));
    if (command.verb == Verb::noop || command.verb == Verb::rset || command.verb == Verb::vrfy || command.verb == Verb::etrn || command.verb == Verb::helo ||
        command.verb == Verb::ehlo) {
        if (transcript_.count() > settings_.smtpd_history_flush_threshold) {
            co_await complain();
        }
        if (junk_commands_++ > settings_.smtpd_junk_command_limit) {  // the first one past the limit is free, as in smtpd(8)
            ++errors_;
        }
    }
    if (errors_ >= settings_.smtpd_soft_error_limit) {
        co_await tarpit();
    }
    last_reply_negative_ = false;
    Next next = Next::go_on;
    if (const auto refusal = forbidden_now(command)) {
        queue_reply(*refusal);
    } else {
        if (must_wait_for_reply(command.verb)) {
            world::Task<bool> looking = refuses_early_words();
            if (co_await std::move(looking)) {
                co_return Next::close;
            }
        }
        next = co_await dispatch(command);
    }
    auto& count = counts_[static_cast<std::size_t>(command.verb)];
    ++count.all;
    if (last_reply_negative_) {
        ++errors_;
    } else {
        ++count.good;
    }
    co_return closing_ ? Next::close : next;
}

world::Task<Session::Next> Session::dispatch(const smtp::Command& command) {
    using smtp::Verb;
    switch (command.verb) {
        case Verb::helo: return helo(command);
        case Verb::ehlo: return ehlo(command);
        case Verb::mail: return mail(command);
        case Verb::rcpt: return rcpt(command);
        case Verb::data: return data(command);
        case Verb::bdat: return bdat(command);
        case Verb::rset: return rset(command);
        case Verb::vrfy: return vrfy(command);
        case Verb::etrn: return etrn(command);
        case Verb::xclient:
            if (service_->xclient_hosts) {
                return xclient(command);
            }
            break;
        case Verb::starttls: return starttls(command);
        case Verb::auth: return auth(command);
        case Verb::noop:
        case Verb::quit:
        case Verb::lhlo:
        case Verb::expn:
        case Verb::help:
        case Verb::xforward:
        case Verb::unknown: break;
    }
    struct Simple {
        static world::Task<Next> answer(Session& session, const smtp::Command& command) {
            const Verb verb = command.verb;
            if (verb == Verb::xforward && session.service_->xforward_hosts) {
                session.xforward(command);
                co_return Next::go_on;
            }
            if (verb == Verb::quit) {
                session.queue_reply(replies::bye());
                co_return Next::close;
            }
            if (verb != Verb::noop && session.talk_) {
                world::Task<std::optional<smtp::Reply>> asking = session.milters_on_unknown(command.verb_text + (command.arguments.empty() ? "" : " ") + command.arguments);
                if (const auto refused = co_await std::move(asking)) {
                    session.queue_reply(*refused);
                    co_return Next::go_on;
                }
            }
            session.queue_reply(verb == Verb::noop ? replies::ok() : replies::not_recognized());
            co_return Next::go_on;
        }
    };
    return Simple::answer(*this, command);
}

// Who makes many errors waits for every reply, also for good ones.
world::Task<void> Session::tarpit() {
    if (settings_.smtpd_error_sleep_time.count() > 0) {
        co_await doors_.core.clock.sleep_for(settings_.smtpd_error_sleep_time);
    }
}

void Session::log_disconnect() {
    std::string text;
    std::size_t good = 0;
    std::size_t all = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        const Count& count = counts_[i];
        if (count.all == 0) {
            continue;
        }
        const auto verb = static_cast<smtp::Verb>(i);
        const std::string name = verb == smtp::Verb::unknown ? "unknown" : base::lower(smtp::verb_name(verb));
        text += count.good == count.all ? base::format(" {}={}", name, count.all) : base::format(" {}={}/{}", name, count.good, count.all);
        good += count.good;
        all += count.all;
    }
    text += good == all && all > 0 ? base::format(" commands={}", all) : base::format(" commands={}/{}", good, all);
    text += bare_newline_noted_ ? " notes=bare_lf" : "";
    doors_.events.on(settings_.label, observe::ClientDisconnected{client_text(), std::string_view(text).substr(1)});
}

}  // namespace posthouse::receive
