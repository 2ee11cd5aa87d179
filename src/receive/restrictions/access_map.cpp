// check_client_access, check_helo_access and the like: a table says what happens. access(5).
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/access_action.hpp"
#include "receive/restrictions/access_subject.hpp"
#include "receive/restrictions/classes.hpp"
#include "receive/restrictions/message_action.hpp"
#include "smtp/address.hpp"
#include "tables/address_lookup.hpp"

namespace posthouse::receive {

namespace {

// Ours: as long as other questions to the DNS.
constexpr std::chrono::seconds lookup_time_max{30};

class ClassByName final : public Restriction {
public:
    ClassByName(std::string name, std::shared_ptr<const RestrictionClasses> classes) : name_(std::move(name)), classes_(std::move(classes)) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override { return classes_->find(name_)->evaluate_nested(facts); }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    std::string name_;
    std::shared_ptr<const RestrictionClasses> classes_;
};

class AccessMap final : public Restriction {
public:
    AccessMap(std::string name, AccessRestriction what, tables::MapList maps, const RestrictionContext& context)
        : name_(std::move(name)), key_(what.key), servers_(what.servers), maps_(std::move(maps)), context_(for_table_values(context)) {
        options_.recipient_delimiter = context.recipient_delimiter;
        options_.parents = context.parent_domain_matches_access ? tables::ParentDomains::match_subdomains : tables::ParentDomains::dot_prefix;
        options_.null_key = context.view.text("smtpd_null_access_lookup_key");
        trusts_routing_ = context.view.boolean("allow_untrusted_routing");
    }

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const std::optional<AccessKey> key = key_ == AccessKey::by_stage ? key_of(facts.stage) : key_;
        if (!key) {
            context_.log_warning(base::format("access table {}: specify the access restriction that it is for", name_));
            co_return server_configuration_error(facts);
        }
        const std::optional<AccessSubject> subject = subject_of(*key, facts);
        if (!subject) {
            co_return Verdict::dunno();
        }
        const tables::AddressMatch match = co_await look_up(*key, facts);
        if (match.lookup.is_unknown()) {
            context_.log_warning(base::format("{}: lookup error for \"{}\": {}", name_, subject->name, match.lookup.reason));
            co_return Verdict::reject(smtp::Reply::make(451, base::format("4.3.0 <{}>: Temporary lookup failure", subject->name)));
        }
        if (match.lookup.is_absent()) {
            co_return Verdict::dunno();
        }
        const AccessAction action = parse_access_action(match.lookup.value, context_.settings->access_map_reject_code, context_.settings->access_map_defer_code);
        if (action.kind == AccessAction::Kind::restrictions) {
            co_return co_await follow(action.text, *subject, facts);
        }
        Verdict verdict = verdict_of(action, *subject, facts);
        if (servers_ && verdict.kind == Verdict::Kind::permit) {
            // Whoever runs a domain chooses its servers: they must not open a door.
            context_.log_warning(base::format("{}: OK is not allowed here, use DUNNO for an exception", name_));
            co_return server_configuration_error(facts);
        }
        if (verdict.kind == Verdict::Kind::permit && *key == AccessKey::recipient && is_routed(*facts.recipient)) {
            co_return Verdict::dunno();
        }
        co_return verdict;
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    // A value is read long after the configuration: no table can be opened then, and the load's findings are gone.
    static RestrictionContext for_table_values(const RestrictionContext& context) {
        RestrictionContext out = context;
        out.inside_table = true;
        out.open.cache = nullptr;
        out.open.warn = nullptr;
        return out;
    }

    [[nodiscard]] world::Task<tables::AddressMatch> look_up(AccessKey key, const Facts& facts) const {
        if (servers_) {
            const auto warning = [this](const std::string& text) { context_.log_warning(name_ + ": " + text); };
            return find_servers(maps_, context_.resolver, {server_domain(key, facts), *servers_, options_.parents, context_.clock.deadline_in(lookup_time_max), warning});
        }
        switch (key) {
            case AccessKey::sasl_username: return tables::find_first(maps_, tables::Keys{{facts.sasl_username}});
            case AccessKey::client: return tables::find_client(maps_, facts.client_name, facts.client_address, options_.parents);
            case AccessKey::reverse_client: return tables::find_client(maps_, facts.client_reverse_name, facts.client_address, options_.parents);
            case AccessKey::helo: return tables::find_domain(maps_, facts.helo_name, options_.parents);
            case AccessKey::etrn: return tables::find_domain(maps_, *facts.recipient, options_.parents);
            case AccessKey::sender:
                return tables::find_access_address(maps_, facts.sender->empty() ? std::string() : context_.router.rewrite(*facts.sender), options_);
            case AccessKey::recipient:
            case AccessKey::by_stage: break;
        }
        return tables::find_access_address(maps_, context_.router.rewrite(*facts.recipient), options_);
    }

    // An address that names a further hop in its local part could ride on an OK to wherever it likes.
    [[nodiscard]] bool is_routed(std::string_view address) const {
        return !trusts_routing_ && smtp::local_part(address).find_first_of("@%!") != std::string_view::npos;
    }

    [[nodiscard]] Verdict verdict_of(const AccessAction& action, const AccessSubject& subject, const Facts& facts) const {
        using Kind = AccessAction::Kind;
        const auto reply = [&] {
            return refusal(action.code, fitting_status(action.status, subject.status).text(), subject.name, subject.words, action.text);
        };
        switch (action.kind) {
            case Kind::ok: return {Verdict::Kind::permit, {}, base::format("{} from {}", action.text, name_.substr(name_.find(' ') + 1))};
            case Kind::dunno:
            case Kind::restrictions: break;
            case Kind::reject: return Verdict::reject(reply());
            case Kind::disconnect: return {Verdict::Kind::disconnect, reply(), {}};
            case Kind::defer_if_permit: return {Verdict::Kind::defer_if_permit, reply(), {}};
            case Kind::defer_if_reject: return {Verdict::Kind::defer_if_reject, reply(), {}};
            case Kind::warn: return {Verdict::Kind::warn, {}, action.text};
            case Kind::info: return {Verdict::Kind::dunno, {}, {}, {.notes = {{"info", action.text}}}};
            case Kind::hold: return on_message(Verdict::Kind::hold, "HOLD", action, subject, facts);
            case Kind::discard: return on_message(Verdict::Kind::discard, "DISCARD", action, subject, facts);
            case Kind::filter:
            case Kind::redirect:
            case Kind::bcc:
            case Kind::prepend: return change_message(action, subject, facts);
        }
        return Verdict::dunno();
    }

    [[nodiscard]] Verdict on_message(Verdict::Kind kind, std::string_view word, const AccessAction& action, const AccessSubject& subject, const Facts& facts) const {
        if (!is_for_a_message(word, facts)) {
            return Verdict::dunno();
        }
        const std::string text = action.text.empty() ? base::format("triggers {} action", word) : action.text;
        return {kind, {}, base::format("<{}>: {} {}", subject.name, subject.words, text)};
    }

    [[nodiscard]] bool is_for_a_message(std::string_view word, const Facts& facts) const {
        if (!facts.sender) {
            context_.log_warning(base::format("{}: {} needs a message and none has begun (smtpd_delay_reject = no): skipped", name_, word));
        }
        return facts.sender.has_value();
    }

    // Noted, and the next restriction decides.
    [[nodiscard]] Verdict change_message(const AccessAction& action, const AccessSubject& subject, const Facts& facts) const {
        const std::string_view word = message_action_word(action.kind);
        if (!is_for_a_message(word, facts)) {
            return Verdict::dunno();
        }
        const std::string_view problem = message_action_problem(action, facts.stage);
        if (!problem.empty()) {
            context_.log_warning(base::format("{}: {} \"{}\" for \"{}\": {}: skipped", name_, word, action.text, subject.name, problem));
            return Verdict::dunno();
        }
        SideEffects effects;
        apply_message_action(action, effects.changes);
        if (action.kind != AccessAction::Kind::prepend) {
            effects.notes.push_back({base::lower(word), base::format("<{}>: {} triggers {} {}", subject.name, subject.words, word, action.text)});
        }
        return {Verdict::Kind::dunno, {}, {}, std::move(effects)};
    }

    [[nodiscard]] world::Task<Verdict> follow(std::string text, AccessSubject subject, Facts facts) const {
        std::vector<std::string> words;
        for (const std::string_view word : base::split_braced(text)) {
            words.emplace_back(word);
        }
        facts.stage = subject.stage;
        const auto problem = [this](std::string what) { context_.log_warning(what); };
        const RestrictionList list = RestrictionList::parse(name_, words, context_, problem);
        co_return co_await list.evaluate_nested(std::move(facts));
    }

    std::string name_;
    AccessKey key_;
    std::optional<ServerType> servers_;
    tables::MapList maps_;
    RestrictionContext context_;
    tables::AccessOptions options_;
    bool trusts_routing_ = false;
};

std::unique_ptr<Restriction> make_with_table(const std::string& name, AccessRestriction what, const std::string& table, const RestrictionContext& context) {
    if (context.inside_table) {
        context.log_warning(base::format("{}: a table's value cannot name a table; define a restriction class for it", name));
        return make_misconfigured(name);
    }
    return std::make_unique<AccessMap>(name, what, tables::MapList({tables::open_table(table, context.open)}), context);
}

}  // namespace

std::unique_ptr<Restriction> make_access_map(const std::string& word, ListWords& words, const RestrictionContext& context) {
    context.classes->parse_once(context);
    if (context.classes->find(word) != nullptr) {
        return std::make_unique<ClassByName>(word, context.classes);
    }
    if (const auto what = parse_access_restriction(word)) {
        const auto table = words.argument();
        if (!table || table->find(':') == std::string::npos) {
            const std::string text = base::format("restriction {}: need maptype:mapname, not \"{}\"", word, table.value_or(""));
            context.inside_table ? context.log_warning(text) : context.open.warning(text);
            return make_misconfigured(word);
        }
        return make_with_table(base::format("{} {}", base::lower(word), *table), *what, *table, context);
    }
    return word.find(':') != std::string::npos ? make_with_table(word, {AccessKey::by_stage, std::nullopt}, word, context) : nullptr;
}

}  // namespace posthouse::receive
