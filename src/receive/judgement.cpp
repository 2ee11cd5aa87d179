// Session: asking the access lists, and what the log says about a refusal.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/listed.hpp"
#include "receive/session.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive {

Facts Session::facts(Stage stage) {
    Facts out;
    out.stage = stage;
    out.session = this;
    out.client_address = peer_.address;
    out.client_name = client_name_;
    out.client_reverse_name = client_reverse_name_;
    out.client_name_lookup_failed = client_name_lookup_failed_;
    out.helo_name = helo_name_;
    if (transaction_.has_sender) {
        out.sender = transaction_.envelope.reverse_path.address();
    }
    if (transaction_.envelope.recipients.size() == 1) {
        out.recipient = transaction_.envelope.recipients.front().address;
    }
    out.recipients_accepted = transaction_.envelope.recipients.size();
    out.sasl_username = sasl_username_;
    out.logged_in = is_logged_in();
    out.tls_active = tls_.has_value();
    if (tls_ && tls_->peer != world::TlsSession::Peer::no_certificate) {
        out.certificate_fingerprints = {tls_->peer_certificate_fingerprint, tls_->peer_public_key_fingerprint};
        out.certificate_trusted = tls_->peer == world::TlsSession::Peer::trusted || tls_->peer == world::TlsSession::Peer::verified;
    }
    out.pipelined_too_early = pipelined_too_early_;
    return out;
}

SessionDetails Session::details() {
    if (transaction_.instance.empty()) {
        const std::int64_t now = std::chrono::duration_cast<std::chrono::microseconds>(doors_.core.clock.wall_now().time_since_epoch()).count();
        transaction_.instance = base::format("{:x}.{:x}.{:x}", doors_.core.index, now, doors_.core.random.below(std::uint64_t{1} << 32U));
    }
    SessionDetails out;
    out.state = where_ == "BDAT" ? "DATA" : where_;
    out.protocol = protocol();
    out.client_port = peer_.port;
    out.server = local_;
    out.queue_id = transaction_.intake && transaction_.filter == nullptr ? transaction_.intake->queue_id().text() : "";
    out.instance = transaction_.instance;
    out.size = transaction_.content_bytes > 0 ? transaction_.content_bytes : transaction_.declared_size.count;
    out.sasl_method = sasl_method_;
    out.sasl_sender = transaction_.sasl_sender;
    out.tls = tls_;
    return out;
}

world::Task<std::optional<smtp::Reply>> Session::judge(const RestrictionList& list, Facts facts) {
    Decision decision;
    world::Task<std::optional<smtp::Reply>> judging = judge_as(list, facts, decision);
    const auto refused = co_await std::move(judging);
    co_return refused ? refused : settle(decision);
}

world::Task<std::optional<smtp::Reply>> Session::judge_as(const RestrictionList& list, const Facts& facts, Decision& decision) {
    decision.enter(facts.stage);
    if (list.empty() || transaction_.discarded_by_list) {
        co_return std::nullopt;
    }
    const RestrictionList::Warned warned = [this](std::string_view action, const std::string& text) { log_rejected(action, text); };
    world::Task<Verdict> evaluating = list.evaluate(facts, decision, warned);
    Verdict verdict = co_await std::move(evaluating);
    transaction_.discarded_by_list = decision.changes.discard;
    transaction_.changes.add(std::exchange(decision.changes, {}));
    if (verdict.kind == Verdict::Kind::reject || verdict.kind == Verdict::Kind::disconnect) {
        log_rejected("reject", verdict.reply.text());
        closing_ = closing_ || verdict.kind == Verdict::Kind::disconnect;
        co_return std::move(verdict.reply);
    }
    co_return std::nullopt;
}

std::optional<smtp::Reply> Session::settle(const Decision& decision) const {
    if (decision.defer_if_permit) {
        log_rejected("reject", decision.defer_if_permit->text());
    }
    return decision.defer_if_permit;
}

world::Task<void> Session::judge_client() {
    if (settings_.smtpd_delay_reject) {
        co_return;
    }
    Decision decision;
    const Facts known = facts(Stage::client);
    world::Task<std::optional<smtp::Reply>> judging = judge_as(service_->client, known, decision);
    client_refused_ = co_await std::move(judging);
    deferred_.client = std::move(decision.defer_if_permit);
}

world::Task<std::optional<smtp::Reply>> Session::judge_helo() {
    if (settings_.smtpd_delay_reject) {
        co_return std::nullopt;
    }
    Decision decision;
    decision.defer_if_permit = deferred_.client;
    const Facts known = facts(Stage::helo);
    world::Task<std::optional<smtp::Reply>> judging = judge_as(service_->helo, known, decision);
    auto refused = co_await std::move(judging);
    deferred_.helo = std::move(decision.defer_if_permit);
    if (refused) {
        helo_name_.clear();
    }
    co_return refused;
}

world::Task<std::optional<smtp::Reply>> Session::judge_before_sender(Facts known, Decision& decision) {
    if (!settings_.smtpd_delay_reject) {
        decision.defer_if_permit = deferred_.helo ? deferred_.helo : deferred_.client;
        co_return std::nullopt;
    }
    known.stage = Stage::client;
    world::Task<std::optional<smtp::Reply>> judging = judge_as(service_->client, known, decision);
    auto refused = co_await std::move(judging);
    if (!refused && !helo_name_.empty()) {
        known.stage = Stage::helo;
        judging = judge_as(service_->helo, known, decision);
        refused = co_await std::move(judging);
    }
    co_return refused;
}

world::Task<std::optional<smtp::Reply>> Session::judge_sender(Facts known, Decision& decision) {
    known.stage = Stage::sender;
    world::Task<std::optional<smtp::Reply>> judging = judge_as(service_->sender, known, decision);
    auto refused = co_await std::move(judging);
    if (!refused && settings_.smtpd_reject_unlisted_sender && !known.sender->empty()) {
        judging = check_listed(*known.sender, StatusSubject::sender, decision);
        refused = co_await std::move(judging);
    }
    co_return refused;
}

world::Task<std::optional<smtp::Reply>> Session::check_listed(std::string address, StatusSubject subject, const Decision& decision) {
    if (transaction_.discarded_by_list) {
        co_return std::nullopt;
    }
    const mail::Validation validation = co_await doors_.router.validate(address);
    auto refused = unlisted_reply(validation, address, subject, settings_);
    if (refused) {
        refused = decision.softens(*refused) ? decision.defer_if_reject : refused;
        log_rejected("reject", refused->text());
    }
    co_return refused;
}

void Session::log_rejected(std::string_view action, std::string_view text) const {
    std::string line = base::format("{} from {}: {};", where_ == "BDAT" ? "DATA" : where_, client_text(), text);
    if (transaction_.has_sender) {
        line += base::format(" from=<{}>", transaction_.sender_as_given);
    }
    if (transaction_.envelope.recipients.size() == 1) {
        line += base::format(" to=<{}>", smtp::quote_address(transaction_.envelope.recipients.front().address));
    }
    line += base::format(" proto={}", protocol());
    if (!helo_name_.empty()) {
        line += base::format(" helo=<{}>", helo_name_);
    }
    doors_.events.on(settings_.label, observe::Rejected{transaction_id(), action, line});
}

std::string Session::client_text() const {
    std::string out;
    base::append_all(out, {client_name_, "[", peer_.address.text(), "]"});
    return settings_.smtpd_client_port_logging ? base::format("{}:{}", out, peer_.port) : out;
}

std::string Session::transaction_id() const { return transaction_.intake && transaction_.filter == nullptr ? transaction_.intake->queue_id().text() : "NOQUEUE"; }

std::string Session::protocol() const { return extended_ ? "ESMTP" : "SMTP"; }

}  // namespace posthouse::receive
