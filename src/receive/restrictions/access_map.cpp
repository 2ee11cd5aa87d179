// check_client_access, check_helo_access and the like: a table says what happens. access(5).
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/access_subject.hpp"
#include "receive/restrictions/access_verdict.hpp"
#include "receive/restrictions/classes.hpp"
#include "smtp/address.hpp"
#include "tables/address_lookup.hpp"
#include "tables/inline.hpp"

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

// Which of Facts::certificate_fingerprints are looked up, in this order (search_order).
using FingerprintOrder = std::vector<std::size_t>;

class AccessMap final : public Restriction {
public:
    AccessMap(std::string name, AccessRestriction what, FingerprintOrder fingerprints, tables::MapList maps, const RestrictionContext& context)
        : name_(std::move(name)), key_(what.key), servers_(what.servers), fingerprints_(std::move(fingerprints)), maps_(std::move(maps)), context_(for_values(context)), verdicts_(name_, context) {
        options_.recipient_delimiter = context.recipient_delimiter;
        options_.parents = context.parent_domain_matches_access ? tables::ParentDomains::match_subdomains : tables::ParentDomains::dot_prefix;
        options_.null_key = context.view.text("smtpd_null_access_lookup_key");
        trusts_routing_ = context.view.boolean("allow_untrusted_routing");
    }

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const std::optional<AccessKey> key = key_ == AccessKey::by_stage ? key_of(facts.stage) : key_;
        if (!key) {
            context_.log_warning(base::format("access table {}: specify the access restriction that it is for", name_));
            co_return server_configuration_error();
        }
        const std::optional<AccessSubject> subject = subject_of(*key, facts);
        if (!subject) {
            co_return Verdict::dunno();
        }
        const tables::AddressMatch match = co_await look_up(*key, facts);
        if (facts.trace != nullptr) {
            trace(*facts.trace, facts.nesting, *subject, match);
        }
        if (match.lookup.is_unknown()) {
            co_return lookup_failure(subject->name);
        }
        if (match.lookup.is_absent()) {
            co_return Verdict::dunno();
        }
        world::Task<Verdict> following = verdicts_.of(match.lookup.value, *subject, facts);
        Verdict verdict = co_await std::move(following);
        const bool discards = verdict.effects && verdict.effects->changes.discard;
        if (is_claimed() && verdict.kind == Verdict::Kind::permit && !discards) {
            context_.log_warning(base::format("{}: OK is not allowed here, use DUNNO for an exception", name_));
            co_return server_configuration_error();
        }
        if (verdict.kind == Verdict::Kind::permit && *key == AccessKey::recipient && is_routed(*facts.recipient)) {
            verdict.kind = Verdict::Kind::dunno;
        }
        co_return verdict;
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    [[nodiscard]] world::Task<tables::AddressMatch> look_up(AccessKey key, const Facts& facts) const {
        if (servers_) {
            const auto warning = [this](const std::string& text) { context_.log_warning(name_ + ": " + text); };
            return find_servers(maps_, context_.resolver, {server_domain(key, facts), *servers_, options_.parents, context_.clock.deadline_in(lookup_time_max), warning});
        }
        switch (key) {
            case AccessKey::sasl_username: return tables::find_first(maps_, tables::Keys{{facts.sasl_username, tables::KeyScope::whole}});
            case AccessKey::certificate: return tables::find_first(maps_, fingerprints(facts));
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

    static void trace(Trace& into, unsigned depth, const AccessSubject& subject, const tables::AddressMatch& match) {
        const tables::Lookup& lookup = match.lookup;
        if (lookup.is_found()) {
            into.note(depth, base::format("{} {}: found \"{}\" for {}", subject.words, subject.name, lookup.value, match.key));
        } else if (lookup.is_unknown()) {
            into.note(depth, base::format("{} {}: the table cannot answer for {}: {}", subject.words, subject.name, match.key, lookup.reason));
        } else {
            into.note(depth, base::format("{} {}: not found", subject.words, subject.name));
        }
    }

    [[nodiscard]] tables::Keys fingerprints(const Facts& facts) const {
        tables::Keys keys;
        for (const std::size_t which : fingerprints_) {
            if (which < facts.certificate_fingerprints.size() && !facts.certificate_fingerprints[which].empty()) {
                keys.push_back({facts.certificate_fingerprints[which], tables::KeyScope::whole});
            }
        }
        return keys;
    }

    // Whoever runs a domain chooses its servers, and whoever runs a network the names of its addresses: neither may open a door.
    [[nodiscard]] bool is_claimed() const { return servers_ || key_ == AccessKey::reverse_client; }

    // An address that names a further hop in its local part could ride on an OK to wherever it likes.
    [[nodiscard]] bool is_routed(std::string_view address) const {
        return !trusts_routing_ && smtp::local_part(address).find_first_of("@%!") != std::string_view::npos;
    }

    std::string name_;
    AccessKey key_;
    std::optional<ServerType> servers_;
    FingerprintOrder fingerprints_;
    tables::MapList maps_;
    RestrictionContext context_;
    AccessVerdicts verdicts_;
    tables::AccessOptions options_;
    bool trusts_routing_ = false;
};

struct TableArgument {
    std::string table;  // "type:name"; empty: the argument is wrong
    FingerprintOrder fingerprints{0, 1};
};

// "type:name", or "{ type:name, { search_order = cert_fingerprint, pubkey_fingerprint } }" for certificates.
TableArgument parse_table_argument(const std::string& text, AccessKey key) {
    if (!text.starts_with('{')) {
        return {text.find(':') == std::string::npos ? std::string() : text};
    }
    const auto members = tables::split_brace_list(text);
    if (!members || members->empty() || (*members)[0].find(':') == std::string::npos) {
        return {};
    }
    TableArgument out{(*members)[0]};
    for (std::size_t i = 1; i < members->size(); ++i) {
        const auto setting = base::split_once((*members)[i], '=');
        if (key != AccessKey::certificate || !setting || base::trim(setting->first) != "search_order") {
            return {};
        }
        out.fingerprints.clear();
        for (const std::string_view word : base::split_words(setting->second, ", \t\r\n")) {
            if (word != "cert_fingerprint" && word != "pubkey_fingerprint") {
                return {};
            }
            out.fingerprints.push_back(word == "cert_fingerprint" ? 0 : 1);
        }
    }
    return out.fingerprints.empty() ? TableArgument{} : out;
}

std::unique_ptr<Restriction> make_with_table(const std::string& name, AccessRestriction what, TableArgument argument, const RestrictionContext& context) {
    if (context.inside_table) {
        context.log_warning(base::format("{}: a table's value cannot name a table; define a restriction class for it", name));
        return make_misconfigured(name);
    }
    return std::make_unique<AccessMap>(name, what, std::move(argument.fingerprints), tables::MapList({tables::open_table(argument.table, context.open)}, context.open.failed), context);
}

}  // namespace

std::unique_ptr<Restriction> make_access_map(const std::string& word, ListWords& words, const RestrictionContext& context) {
    context.classes->parse_once(context);
    if (context.classes->find(word) != nullptr) {
        return std::make_unique<ClassByName>(word, context.classes);
    }
    if (const auto what = parse_access_restriction(word)) {
        const auto given = words.argument();
        TableArgument argument = parse_table_argument(given.value_or(""), what->key);
        if (argument.table.empty()) {
            const std::string text = base::format("restriction {}: need maptype:mapname, not \"{}\"", word, given.value_or(""));
            context.inside_table ? context.log_warning(text) : context.open.warning(text);
            return make_misconfigured(word);
        }
        if (what->key == AccessKey::certificate && !context.settings->asks_for_certificate() && !context.inside_table) {
            context.open.warning(base::format("restriction {} has no effect: smtpd_tls_ask_ccert = no", word));
        }
        const std::string name = base::format("{} {}", base::lower(word), argument.table);
        return make_with_table(name, *what, std::move(argument), context);
    }
    return word.find(':') != std::string::npos ? make_with_table(word, {AccessKey::by_stage, std::nullopt}, {word}, context) : nullptr;
}

}  // namespace posthouse::receive
