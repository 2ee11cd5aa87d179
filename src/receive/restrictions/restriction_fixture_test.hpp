#pragma once
// For tests: restriction lists over a main.cf in place, tables in memory, and a scripted Router and Resolver.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/text.hpp"
#include "dns/scripted_resolver_test.hpp"
#include "receive/restrictions/evaluator.hpp"
#include "smtp/address.hpp"
#include "tables/fake_files.hpp"
#include "tables/run_task.hpp"

namespace posthouse::receive {

class StoppedClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return {}; }
    [[nodiscard]] world::WallTime wall_now() const override { return {}; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

class ScriptedRouter final : public mail::Router {
public:
    std::map<std::string, mail::AddressClass> classes;  // by domain
    std::set<std::string> unknown;                      // domains whose table cannot answer

    world::Task<mail::Route> resolve(std::string recipient, mail::ReversePath) override { return classify(std::move(recipient)); }
    world::Task<mail::Validation> validate(std::string) override { co_return mail::Validation{}; }
    [[nodiscard]] std::string rewrite(std::string address) const override {
        return smtp::has_domain(address) ? address : address + "@mail.example.test";
    }
    world::Task<mail::Route> classify(std::string recipient) override {
        mail::Route route;
        const std::string domain(smtp::domain(recipient));
        route.state = unknown.contains(domain) ? mail::Route::State::unknown : mail::Route::State::found;
        route.recipient = recipient;
        const auto found = classes.find(domain);
        route.address_class = found == classes.end() ? mail::AddressClass::default_class : found->second;
        co_return route;
    }
};

class RestrictionTest : public ::testing::Test {
protected:
    struct Outcome {
        Verdict::Kind kind = Verdict::Kind::dunno;
        std::string reply;  // of the refusing kinds
        MessageChanges changes;
        std::vector<std::string> remarks;  // "action: text"
    };

    static Facts facts(Stage stage = Stage::recipient) {
        Facts out;
        out.stage = stage;
        out.client_address = base::IpAddress::parse("127.0.0.9").value();
        out.client_name = "client.example";
        out.client_reverse_name = "client.example";
        out.helo_name = "helo.example";
        out.sender = "a@example.org";
        out.recipient = "r@example.net";
        return out;
    }

    static std::vector<std::string> words(std::string_view text) {
        std::vector<std::string> out;
        for (const std::string_view word : base::split_braced(text)) {
            out.emplace_back(word);
        }
        return out;
    }

    RestrictionList parse(std::string_view list) {
        const config::View view = config::View::of(main_cf);
        settings = std::make_shared<const SmtpdSettings>(SmtpdSettings::from(view));
        const tables::OpenContext open{.files = files, .failed = [this](const std::string& table, const std::string&, const std::string& reason) { warnings.push_back(table + ": " + reason); }};
        mynetworks = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses("127.0.0.8/32", tables::ParentDomains::dot_prefix, open));
        RestrictionContext context{settings, mynetworks, own_addresses, router, resolver, clock, open, "+", true, view, [this](std::string_view text) { warnings.emplace_back(text); }};
        context.verifier = verifying;
        if (!logged_permits.empty()) {
            context.logged_permits = std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(logged_permits, open));
        }
        return RestrictionList::parse("test", words(list), context, [this](std::string text) { problems.push_back(std::move(text)); });
    }

    Outcome evaluate(std::string_view list, Facts known = facts()) {
        const RestrictionList parsed = parse(list);
        Decision decision;
        Outcome out;
        const RestrictionList::Warned warned = [&out](std::string_view action, const std::string& text) { out.remarks.push_back(std::string(action) + ": " + text); };
        Verdict verdict = tables::run_now(parsed.evaluate(std::move(known), decision, warned));
        if (decision.defer_if_permit && (verdict.kind == Verdict::Kind::permit || verdict.kind == Verdict::Kind::dunno)) {
            verdict = Verdict::reject(*decision.defer_if_permit);  // as the session does after the last list
        }
        out.kind = verdict.kind;
        if (verdict.kind == Verdict::Kind::reject || verdict.kind == Verdict::Kind::disconnect) {
            out.reply = verdict.reply.text();
        }
        out.changes = std::move(decision.changes);
        return out;
    }

    std::string main_cf, logged_permits;
    std::vector<base::IpAddress> own_addresses;
    tables::FakeFiles files;
    ScriptedRouter router;
    dns::ScriptedResolver resolver;
    StoppedClock clock;
    std::shared_ptr<const SmtpdSettings> settings;
    std::shared_ptr<const tables::MatchList> mynetworks;
    std::vector<std::string> problems, warnings;
    Verifying verifying;  // nobody
};

}  // namespace posthouse::receive
