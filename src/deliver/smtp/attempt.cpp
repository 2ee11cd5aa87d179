#include "deliver/smtp/attempt.hpp"

#include <algorithm>

#include "base/format.hpp"
#include "base/text.hpp"
#include "deliver/smtp/conversation.hpp"
#include "deliver/smtp/reply_classes.hpp"

namespace posthouse::deliver {
namespace {

constexpr std::string_view loop_status = "5.4.6";
// Ours: idle sessions that turn out dead are not worth more tries than this.
constexpr int reused_sessions_max = 2;

/// Keeps a destination marked as busy.
class Busy {
public:
    Busy(ConnectionCache& cache, std::string key) : cache_(cache), key_(std::move(key)) { cache_.begin(key_); }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() { cache_.end(key_); }

private:
    ConnectionCache& cache_;
    std::string key_;
};

Ledger::Delay since(world::SteadyTime from, world::SteadyTime to) {
    return std::chrono::duration_cast<Ledger::Delay>(to - from);
}

// Words nobody knows are left out, as those of smtp_discard_ehlo_keywords: they hide nothing.
smtp::EhloKeywords discarded_keywords(std::string_view words) {
    smtp::EhloKeywords out;
    for (const auto word : base::split_words(words, ", \t\r\n")) {
        out.bits |= smtp::parse_ehlo_keywords(word).value_or(smtp::EhloKeywords{}).bits;
    }
    return out;
}

}  // namespace

void Attempt::note(const mail::Outcome& outcome) {
    ledger_.settle_open(outcome);
    ledger_.stamp(since(started_at_, parts_.clock.now()), Ledger::Delay{0}, 1);
}

std::string Attempt::cache_key(const Nexthop& nexthop) const {
    std::string key = base::lower(nexthop.text);
    if (parts_.settings.smtp_sender_dependent_authentication) {
        key += '\n' + request_.envelope->reverse_path.address();
    }
    return key;
}

world::Task<void> Attempt::run() {
    auto sites = split_nexthops(request_.nexthop);
    const std::size_t own_sites_count = sites.size();
    sites.insert(sites.end(), parts_.settings.smtp_fallback_relay.begin(), parts_.settings.smtp_fallback_relay.end());
    for (std::size_t i = 0; i < sites.size() && !ledger_.all_decided(); ++i) {
        site_failure_.reset();
        at_fallback_ = i >= own_sites_count;
        const auto nexthop = parse_nexthop(sites[i], parts_.settings.smtp_tcp_port);
        if (!nexthop) {
            site_failure_ = mail::Outcome::deferred(
                "4.3.5", base::format("{} in server description: {}", nexthop.error(), sites[i]));
            continue;
        }
        co_await try_site(*nexthop);
        if (own_is_listed_ || (site_failure_ && site_failure_->status == loop_status)) {
            break;  // a relay would only send it back to us
        }
    }
    settle_site_failure();
}

// Names of relays come from our own configuration: a slip there must not bounce everybody's mail.
void Attempt::settle_site_failure() {
    if (!site_failure_) {
        return;
    }
    const bool is_relayhost = !parts_.settings.relayhost.empty() && request_.nexthop == parts_.settings.relayhost;
    if (site_failure_->kind == mail::Outcome::Kind::bounced && (at_fallback_ || is_relayhost)) {
        parts_.events.warn(parts_.settings.speaker, at_fallback_ ? "smtp_fallback_relay configuration problem"
                                                                 : "relayhost configuration problem");
        site_failure_ = made_temporary(std::move(*site_failure_));
        site_failure_->status = "4.3.5";
    }
    note(*site_failure_);
}

world::Task<void> Attempt::try_site(Nexthop nexthop) {
    Busy busy(parts_.cache, cache_key(nexthop));
    std::vector<base::Endpoint> asked = co_await reuse_sessions(nexthop);
    if (ledger_.all_decided()) {
        co_return;
    }
    auto policy = co_await find_policy(nexthop);
    if (!policy) {
        note(policy.error());
        co_return;
    }
    dns::MailHosts hosts = co_await parts_.connector.find_hosts(nexthop);
    own_is_listed_ = hosts.own_is_listed;
    if (hosts.state != dns::MailHosts::State::found) {
        site_failure_ = Connector::why_none(hosts);
        co_return;
    }
    co_await try_hosts(std::move(nexthop), std::move(hosts), std::move(*policy), std::move(asked));
}

world::Task<std::vector<base::Endpoint>> Attempt::reuse_sessions(const Nexthop& nexthop) {
    std::vector<base::Endpoint> asked;
    for (int i = 0; i < reused_sessions_max && !ledger_.all_decided(); ++i) {
        auto session = parts_.cache.take(cache_key(nexthop));
        if (session == nullptr) {
            break;
        }
        const base::Endpoint host = session->peer.endpoint;
        const Used used = co_await use(std::move(session), nexthop);
        if (used.mail_answered && !used.not_with_bdat) {
            asked.push_back(host);
            break;  // other sessions under the key lead to the same host as a rule
        }
    }
    co_return asked;
}

world::Task<void> Attempt::try_hosts(Nexthop nexthop, dns::MailHosts hosts, TlsPolicy policy, std::vector<base::Endpoint> asked) {
    best_preference_ = hosts.best_preference;
    std::size_t sessions_count = asked.size();
    const std::size_t limit = parts_.settings.smtp_mx_session_limit;
    for (auto& host : hosts.hosts) {
        if (ledger_.all_decided() || (limit > 0 && sessions_count >= limit)) {
            co_return;
        }
        if (std::find(asked.begin(), asked.end(), base::Endpoint{host.address, nexthop.port}) != asked.end()) {
            continue;  // it would only say the same again
        }
        // smtp_mx_session_limit is not about hosts that do not come as far as mail.
        const bool was_open = co_await try_host(std::move(host), nexthop, policy);
        sessions_count += was_open ? 1 : 0;
    }
}

// Not cut short: what was delivered must still be told.
world::Task<void> Attempt::complain_about(Session& session) {
    world::Task<void> complaining = complain(session, *request_.envelope, parts_.notice_doors, parts_.settings, parts_.events);
    co_await world::uncancellable(std::move(complaining));
}

// Each recipient's line in the log has the last host's reason only.
void Attempt::say_why_going_on() {
    const std::string id = request_.id.text();
    for (const std::string& reason : ledger_.take_reasons()) {
        parts_.events.on(parts_.settings.speaker, observe::Remark{observe::Severity::info, id, reason});
    }
}

world::Task<bool> Attempt::try_host(dns::MailHost host, const Nexthop& nexthop, const TlsPolicy& policy) {
    TlsPolicy level = policy;
    say_why_going_on();
    for (;;) {
        auto session = co_await parts_.connector.connect(host, nexthop.port);
        if (!session) {
            // By itself, not only as a recipient's status: the next host may take the message, and then nothing else tells.
            parts_.events.info(parts_.settings.speaker, session.error().text);
            note(session.error());
            static_cast<void>(ledger_.take_reasons());
            co_return false;
        }
        if (!parts_.tables.smtp_reply_filter.empty()) {
            (*session)->smtp_reply_filter = &parts_.tables.smtp_reply_filter;
        }
        // Trouble with our own resources, which is in notify_classes by default, is not worth a transcript of every session.
        if (parts_.settings.notify_protocol && parts_.notice_doors.intake != nullptr) {
            (*session)->transcript = std::make_unique<Transcript>();
        }
        auto plan = co_await plan_for(**session, nexthop, level);
        if (!plan) {
            note(plan.error());
            parts_.cache.dismiss(std::move(*session));
            co_return false;
        }
        plan->is_best_mx = best_preference_ == host.preference;
        Opening opening(**session, *plan, parts_.settings, parts_.clock, parts_.events);
        const auto opened = co_await opening.run();
        if (opened) {
            const bool was_secured = (*session)->secured;
            const Used used = co_await use(std::move(*session), nexthop);
            if (used.not_with_bdat) {
                continue;  // and only once: the server is known now
            }
            if (!used.broke_off || !was_secured || !may_fall_back_to_plaintext(*plan)) {
                co_return true;
            }
            say_why_going_on();
        } else {
            co_await complain_about(**session);
            parts_.cache.dismiss(std::move(*session));
            if (!opened.error().tls_failed || !may_fall_back_to_plaintext(*plan)) {
                note(opened.error().outcome);
                co_return false;
            }
        }
        level = policy_for(TlsLevel::none, parts_.settings.tls);  // ends the loop: no TLS, no failure of it
    }
}

// Opportunistic TLS that fails is tried again first, because most failures pass; after that mail matters more. Never
// with a password at stake.
bool Attempt::may_fall_back_to_plaintext(const OpeningPlan& plan) const {
    const auto age = parts_.clock.wall_now() - request_.envelope->arrival;
    return plan.policy.level == TlsLevel::may && !plan.credentials && !parts_.settings.smtp_tls_wrappermode && age >= parts_.settings.minimal_backoff_time;
}

world::Task<std::expected<OpeningPlan, mail::Outcome>> Attempt::plan_for(const Session& session, const Nexthop& nexthop,
                                                                         TlsPolicy policy) {
    OpeningPlan plan;
    plan.tls_context = parts_.tls_contexts.get(policy);
    plan.policy = std::move(policy);
    plan.nexthop = nexthop;
    plan.discard = parts_.settings.smtp_discard_ehlo_keywords;
    if (!parts_.tables.smtp_discard_ehlo_keyword_address_maps.empty()) {
        const Peer peer = session.peer;
        const tables::Lookup words = co_await parts_.tables.smtp_discard_ehlo_keyword_address_maps.find(peer.endpoint.address.text());
        if (words.is_unknown()) {
            co_return std::unexpected(no_local_data(peer));
        }
        if (words.is_found()) {
            plan.discard = discarded_keywords(words.value);
        }
    }
    if (parts_.settings.smtp_sasl_auth_enable) {
        plan.sasl_refusals = parts_.settings.smtp_sasl_auth_cache_name.empty() ? nullptr : &parts_.sasl_refusals;
        std::string sender;
        if (parts_.settings.smtp_sender_dependent_authentication) {
            sender = request_.envelope->reverse_path.address();
        }
        const Peer peer = session.peer;
        auto found = co_await find_credentials(parts_.tables.smtp_sasl_password_maps, std::move(sender), peer.name,
                                               nexthop.text, parts_.settings);
        if (found.state == CredentialsLookup::State::unknown) {
            co_return std::unexpected(no_local_data(peer));
        }
        if (found.state == CredentialsLookup::State::found) {
            plan.credentials = std::move(found.credentials);
        }
    }
    co_return plan;
}

world::Task<std::expected<TlsPolicy, mail::Outcome>> Attempt::find_policy(const Nexthop& nexthop) {
    const TlsSettings& settings = parts_.settings.tls;
    std::expected<TlsPolicy, std::string> policy = policy_for(settings.smtp_tls_security_level, settings);
    for (auto& key : policy_keys(nexthop)) {
        const tables::Lookup entry = co_await parts_.tables.smtp_tls_policy_maps.find(std::move(key));
        if (entry.is_unknown()) {
            policy = std::unexpected("smtp_tls_policy_maps lookup error: " + entry.reason);
        } else if (entry.is_found()) {
            policy = parse_policy(entry.value, settings);
        }
        if (!entry.is_absent()) {
            break;
        }
    }
    if (policy && (policy->level == TlsLevel::dane || policy->level == TlsLevel::dane_only)) {
        policy = std::unexpected(std::string("security levels dane and dane-only are not supported yet"));
    }
    if (policy && policy->level == TlsLevel::fingerprint && policy->match.empty()) {
        policy = std::unexpected(std::string("security level fingerprint without a fingerprint to match"));
    }
    if (policy && parts_.settings.smtp_tls_wrappermode && !is_mandatory(policy->level)) {
        policy =
            std::unexpected(std::string("smtp_tls_wrappermode requires smtp_tls_security_level = encrypt or stronger"));
    }
    if (!policy) {
        parts_.events.warn(parts_.settings.speaker, base::format("{}: {}", nexthop.text, policy.error()));
        co_return std::unexpected(mail::Outcome::deferred("4.7.5", "client TLS configuration problem"));
    }
    co_return std::move(*policy);
}

world::Task<Attempt::Used> Attempt::use(std::unique_ptr<Session> session, const Nexthop& nexthop) {
    const world::SteadyTime opened_at = parts_.clock.now();
    if (session->extensions.chunking && parts_.bdat_refusals.contains(session->peer.endpoint)) {
        session->extensions.chunking = false;
    }
    auto listed = ConnectionCache::Listed::no;
    if (!parts_.tables.smtp_connection_cache_destinations.empty()) {
        const tables::Match match = co_await parts_.tables.smtp_connection_cache_destinations.match(nexthop.host);
        listed = match.is_match() ? ConnectionCache::Listed::yes : listed;
    }
    const Afterwards afterwards = parts_.cache.wants(cache_key(nexthop), listed) ? Afterwards::may_go_on : Afterwards::quit;
    const ConversationParts conversation{parts_.settings, parts_.tables.checks, parts_.clock, parts_.events};
    session->mail_answered = session->broke_off = false;
    co_await send_message(*session, request_, ledger_, conversation, afterwards);
    ledger_.stamp(since(started_at_, opened_at), since(opened_at, parts_.clock.now()), session->uses_count);
    co_await complain_about(*session);
    const bool is_open = !ledger_.all_decided();
    const Used used{session->mail_answered, session->bdat_refused && is_open, session->broke_off && is_open};
    if (session->bdat_refused) {
        parts_.bdat_refusals.add(session->peer.endpoint);
        parts_.events.info(parts_.settings.speaker,
                           base::format("host {} offers CHUNKING but does not understand BDAT: trying DATA", session->peer.label()));
    }
    parts_.cache.give_back(std::move(session), cache_key(nexthop), listed);
    co_return used;
}

}  // namespace posthouse::deliver
