// DummyEngine: what each command is answered.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/postscreen/dummy_engine.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive::postscreen {

using smtp::EhloKeyword;
using smtp::Reply;

namespace {

std::string first_word(const std::string& arguments) {
    const auto words = base::split_words(arguments);
    return words.empty() ? std::string() : std::string(words.front());
}

}  // namespace

world::Task<DummyEngine::Next> DummyEngine::say(Reply reply) {
    world::Task<bool> saying = talk_.say(std::move(reply));
    const bool said = co_await std::move(saying);
    co_return said ? Next::go_on : hung_up();
}

Reply DummyEngine::helo(const std::string& arguments) {
    const std::string name = first_word(arguments);
    if (name.empty()) {
        return Reply::make(501, "Syntax: HELO hostname");
    }
    helo_name_ = name;
    sender_.reset();
    return Reply::make(250, settings_.myhostname);
}

world::Task<DummyEngine::Next> DummyEngine::ehlo(std::string arguments) {
    std::string name = first_word(arguments);
    if (name.empty()) {
        world::Task<Next> refusing = say(Reply::make(501, "Syntax: EHLO hostname"));
        co_return co_await std::move(refusing);
    }
    helo_name_ = std::move(name);
    sender_.reset();
    protocol_ = "ESMTP";
    world::Task<smtp::EhloKeywords> asking = hidden_keywords();
    hidden_ = co_await std::move(asking);
    std::vector<std::string> lines{settings_.myhostname};
    const auto offer = [&](EhloKeyword keyword, std::string text) {
        if (!hidden_.has(keyword)) {
            lines.push_back(std::move(text));
        }
    };
    offer(EhloKeyword::size, settings_.message_size_limit.count > 0 ? base::format("SIZE {}", settings_.message_size_limit.count) : "SIZE");
    if (!settings_.disable_vrfy_command) {
        offer(EhloKeyword::vrfy, "VRFY");
    }
    offer(EhloKeyword::etrn, "ETRN");
    if (settings_.postscreen_tls_security_level != ScreenSettings::TlsLevel::none) {
        offer(EhloKeyword::starttls, "STARTTLS");
    }
    offer(EhloKeyword::enhancedstatuscodes, "ENHANCEDSTATUSCODES");
    offer(EhloKeyword::eightbitmime, "8BITMIME");
    offer(EhloKeyword::dsn, "DSN");
    if (settings_.smtputf8_enable) {
        offer(EhloKeyword::smtputf8, "SMTPUTF8");
    }
    offer(EhloKeyword::chunking, "CHUNKING");
    world::Task<Next> saying = say(Reply::multi_line(250, std::move(lines)));
    co_return co_await std::move(saying);
}

// A table that cannot answer leaves what is hidden from everybody.
world::Task<smtp::EhloKeywords> DummyEngine::hidden_keywords() {
    smtp::EhloKeywords out = settings_.postscreen_discard_ehlo_keywords;
    if (screen_->discard_ehlo_keyword_maps) {
        const tables::Lookup found = co_await screen_->discard_ehlo_keyword_maps->find(talk_.peer().address.text());
        const auto keywords = found.is_found() ? smtp::parse_ehlo_keywords(found.value) : std::expected<smtp::EhloKeywords, std::string>(out);
        if (!keywords) {
            events_.warn(settings_.label, base::format("postscreen_discard_ehlo_keyword_address_maps: unknown keyword \"{}\" for {}", keywords.error(), talk_.peer().address.text()));
        } else if (*keywords != out) {
            if (keywords->bits != 0 && !keywords->has(EhloKeyword::silent_discard)) {
                log(base::format("[{}]{}: discarding EHLO keywords: {}", talk_.peer().address.text(), talk_.peer().port, smtp::ehlo_keywords_text(*keywords)));
            }
            out = *keywords;
        }
    }
    if (tls_) {
        out.add(EhloKeyword::starttls);
    }
    co_return out;
}

world::Task<DummyEngine::Next> DummyEngine::starttls(std::string arguments) {
    std::optional<Reply> refusal;
    if (!arguments.empty()) {
        refusal = Reply::make(501, "Syntax: EHLO hostname");  // so says postscreen(8)
    } else if (tls_) {
        refusal = Reply::make(554, "5.5.1 Error: TLS already active");
    } else if (settings_.postscreen_tls_security_level == ScreenSettings::TlsLevel::none || hidden_.has(EhloKeyword::starttls)) {
        refusal = Reply::make(502, "5.5.1 Error: command not implemented");
    } else if (!screen_->tls) {
        refusal = Reply::make(454, "4.7.0 TLS not available due to local problem");
    }
    world::Task<Next> saying = say(refusal ? std::move(*refusal) : Reply::make(220, "2.0.0 Ready to start TLS"));
    const Next said = co_await std::move(saying);
    if (said == Next::stop || refusal) {
        co_return said;
    }
    // What was sent ahead of the handshake must not run after it, and what the client said before is forgotten (RFC 3207 §4.2).
    talk_.input().clear();
    events_.info(settings_.tls_label, base::format("CONNECT from {}", client_));
    const world::Deadline deadline = core_.clock.deadline_in(settings_.postscreen_command_time_limit.normal);
    const base::Result<world::TlsSession> session = co_await talk_.stream().start_tls_server(screen_->tls, deadline);
    if (!session) {
        events_.info(settings_.tls_label, base::format("SSL_accept error from {}: {}", client_, session.error().text));
        co_return hung_up();
    }
    tls_ = true;
    helo_name_.clear();
    sender_.reset();
    if (settings_.smtpd_tls_loglevel >= 1) {
        static constexpr std::string_view words[] = {"Anonymous", "Untrusted", "Trusted", "Trusted"};
        const std::string text = base::format("{} TLS connection established from {}: {}", words[static_cast<std::size_t>(session->peer)], client_, world::tls_summary(*session));
        events_.on(settings_.tls_label, observe::TlsEstablished{text});
    }
    co_return Next::go_on;
}

Reply DummyEngine::mail(const std::string& arguments) {
    if (settings_.postscreen_helo_required && helo_name_.empty()) {
        return Reply::make(503, "5.5.1 Error: send HELO/EHLO first");
    }
    if (sender_) {
        return Reply::make(503, "5.5.1 Error: nested MAIL command");
    }
    sender_ = address_after_colon(arguments);
    return sender_ ? Reply::make(250, "2.1.0 Ok") : Reply::make(501, "5.5.4 Syntax: MAIL FROM:<address>");
}

Reply DummyEngine::rcpt(const std::string& arguments) {
    if (!sender_) {
        return Reply::make(503, "5.5.1 Error: need MAIL command");
    }
    const auto recipient = address_after_colon(arguments);
    if (!recipient) {
        return Reply::make(501, "5.5.4 Syntax: RCPT TO:<address>");
    }
    const std::string text = base::format("RCPT from {}: {}; from=<{}>, to=<{}>, proto={}, helo=<{}>", client_, talk_.softened(results_.rcpt_reply).text(),
                                          smtp::quote_address(*sender_), smtp::quote_address(*recipient), protocol_, helo_name_);
    events_.on(settings_.label, observe::Rejected{"NOQUEUE", "reject", text});
    return results_.rcpt_reply;
}

// No recipient was taken and PIPELINING was not offered: who comes here does not listen.
Reply DummyEngine::data(const EngineCommand& command) const {
    log(base::format("{} without valid RCPT from {}", command.name, client_));
    if (command.verb == smtp::Verb::bdat) {
        if (hidden_.has(EhloKeyword::chunking)) {
            return Reply::make(502, "5.5.1 Error: command not implemented");
        }
        if (command.arguments.empty()) {
            return Reply::make(501, "5.5.4 Syntax: BDAT count [LAST]");
        }
        return Reply::make(554, sender_ ? "5.5.1 Error: no valid recipients" : "5.5.1 Error: need MAIL command");
    }
    if (!command.arguments.empty()) {
        return Reply::make(501, "5.5.4 Syntax: DATA");
    }
    return sender_ ? Reply::make(554, "5.5.1 Error: no valid recipients") : Reply::make(503, "5.5.1 Error: need RCPT command");
}

Reply DummyEngine::vrfy(const std::string& arguments) const {
    if (arguments.empty()) {
        return Reply::make(501, "5.5.4 Syntax: VRFY address");
    }
    return settings_.postscreen_disable_vrfy_command ? Reply::make(502, "5.5.1 VRFY command is disabled") : results_.rcpt_reply;
}

Reply DummyEngine::etrn(const std::string& arguments) const {
    if (settings_.postscreen_helo_required && helo_name_.empty()) {
        return Reply::make(503, "5.5.1 Error: send HELO/EHLO first");
    }
    return arguments.empty() ? Reply::make(500, "Syntax: ETRN domain") : Reply::make(458, "Unable to queue messages");
}

}  // namespace posthouse::receive::postscreen
