#include "app/explain.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "dns/client_name.hpp"
#include "receive/restrictions/listed.hpp"

namespace posthouse::app {

namespace {

using receive::Decision;
using receive::Facts;
using receive::RestrictionList;
using receive::SmtpdService;
using receive::Stage;
using receive::Verdict;

constexpr std::chrono::seconds name_lookup_max{15};  // as smtpd

class Explanation {
public:
    Explanation(const SmtpdService& service, mail::Router& router, Facts facts) : service_(service), settings_(*service.settings), router_(router), facts_(std::move(facts)) {
        facts_.trace = &trace_;
        facts_.recipient_pending = true;
    }

    world::Task<std::vector<std::string>> run() {
        co_await judge_recipient();
        lines_.push_back("reply to RCPT: " + (refused_ ? refused_->text() : "250 2.1.5 Ok"));
        if (!refused_) {
            facts_.recipient_pending = false;
            facts_.recipients_accepted = 1;
            Decision at_data, at_end;
            co_await judge("smtpd_data_restrictions", service_.data, Stage::data, at_data);
            settle(at_data);
            if (!refused_) {
                co_await judge("smtpd_end_of_data_restrictions", service_.end_of_data, Stage::end_of_data, at_end);
                settle(at_end);
            }
            lines_.push_back("reply to the message: " + (refused_ ? refused_->text() : "250 2.0.0 Ok, if the message itself is fine"));
        }
        co_return std::move(lines_);
    }

private:
    // In the order of Session::judge_stages.
    world::Task<void> judge_recipient() {
        if (base::iequals(*facts_.recipient, "postmaster")) {
            lines_.emplace_back("postmaster without a domain is always reached (RFC 5321, section 4.5.1): no list is asked");
            co_return;
        }
        Decision decision;
        co_await judge("smtpd_client_restrictions", service_.client, Stage::client, decision);
        if (!facts_.helo_name.empty()) {
            co_await judge("smtpd_helo_restrictions", service_.helo, Stage::helo, decision);
        }
        co_await judge("smtpd_sender_restrictions", service_.sender, Stage::sender, decision);
        if (settings_.smtpd_reject_unlisted_sender && !facts_.sender->empty()) {
            co_await check_listed("smtpd_reject_unlisted_sender", *facts_.sender, receive::StatusSubject::sender, decision);
        }
        const bool relay_first = settings_.smtpd_relay_before_recipient_restrictions;
        for (const bool relay : {relay_first, !relay_first}) {
            co_await judge(relay ? "smtpd_relay_restrictions" : "smtpd_recipient_restrictions", relay ? service_.relay : service_.recipient, Stage::recipient, decision);
        }
        settle(decision);
        if (settings_.smtpd_reject_unlisted_recipient) {
            co_await check_listed("smtpd_reject_unlisted_recipient", *facts_.recipient, receive::StatusSubject::recipient, decision);
        }
    }

    world::Task<void> judge(std::string_view parameter, const RestrictionList& list, Stage stage, Decision& decision) {
        decision.enter(stage);
        if (refused_) {
            co_return;
        }
        if (discarded_) {
            lines_.push_back(base::format("{}: not asked, the message is discarded", parameter));
            co_return;
        }
        lines_.push_back(base::format("{}:{}", parameter, list.empty() ? " empty" : ""));
        facts_.stage = stage;
        const RestrictionList::Warned warned = [](std::string_view, const std::string&) {};  // the trace has it
        world::Task<Verdict> evaluating = list.evaluate(facts_, decision, warned);
        const Verdict verdict = co_await std::move(evaluating);
        for (const std::string& line : trace_.take()) {
            lines_.push_back("  " + line);
        }
        if (verdict.kind == Verdict::Kind::reject || verdict.kind == Verdict::Kind::disconnect) {
            refused_ = verdict.reply;
        }
        discarded_ = decision.changes.discard;
    }

    void settle(const Decision& decision) {
        if (!refused_) {
            refused_ = decision.defer_if_permit;
        }
    }

    world::Task<void> check_listed(std::string_view parameter, std::string address, receive::StatusSubject subject, const Decision& decision) {
        if (refused_ || discarded_) {
            co_return;
        }
        const mail::Validation validation = co_await router_.validate(address);
        refused_ = receive::unlisted_reply(validation, address, subject, settings_);
        if (refused_ && decision.softens(*refused_)) {
            refused_ = decision.defer_if_reject;
        }
        lines_.push_back(base::format("{}: {}", parameter, refused_ ? "reject: " + refused_->text() : base::format("nothing against {}", base::printable(address))));
    }

    const SmtpdService& service_;
    const receive::SmtpdSettings& settings_;
    mail::Router& router_;
    Facts facts_;
    receive::Trace trace_;
    std::vector<std::string> lines_;
    std::optional<smtp::Reply> refused_;
    bool discarded_ = false;
};

// The service of that row, or of the first of smtpd.
base::Result<std::shared_ptr<const SmtpdService>> find_service(const Generation& generation, std::string name) {
    for (const config::Service& row : generation.configuration().services()) {
        if (name.empty() && row.command == "smtpd") {
            name = row.name;
        }
    }
    const auto& services = generation.core(0).services;
    const auto found = services.find(name);
    if (found == services.end()) {
        return base::fail(base::ErrorKind::not_found, base::format("master.cf has no row \"{}\" of smtpd", name));
    }
    if (!found->second->cannot_serve.empty()) {
        return base::fail(base::ErrorKind::unavailable, base::format("service {}: {}", name, found->second->cannot_serve));
    }
    return found->second;
}

}  // namespace

world::Task<base::Result<std::vector<std::string>>> explain(const Generation& generation, PretendSession session, world::Core& core) {
    const auto service = find_service(generation, session.service);
    if (!service) {
        co_return std::unexpected(service.error());
    }
    Facts facts;
    facts.client_address = session.client_address;
    facts.client_name = facts.client_reverse_name = session.client_name;
    if (session.client_name.empty()) {
        world::Task<dns::ClientName> asking = dns::lookup_client_name(core.resolver, session.client_address, core.clock.deadline_in(name_lookup_max));
        const dns::ClientName name = co_await std::move(asking);
        facts.client_name = name.name;
        facts.client_reverse_name = name.reverse_name;
        facts.client_name_lookup_failed = name.state == dns::ClientName::State::unknown_temporary;
    }
    facts.helo_name = session.helo_name;
    facts.sender = session.sender;
    facts.recipient = session.recipient;
    facts.sasl_username = session.sasl_username;
    facts.logged_in = !session.sasl_username.empty();
    std::vector<std::string> lines{base::format("service {}, client {}[{}]", session.service.empty() ? (*service)->settings->service : session.service, facts.client_name, session.client_address.text())};
    Explanation explanation(**service, generation.router(), std::move(facts));
    world::Task<std::vector<std::string>> running = explanation.run();
    std::vector<std::string> steps = co_await std::move(running);
    for (std::string& line : steps) {
        lines.push_back(std::move(line));
    }
    co_return std::move(lines);
}

}  // namespace posthouse::app
