// DNS block and allow lists: reject_rbl_client, reject_rhsbl_*, permit_dnswl_client, permit_rhswl_client.
#include "base/format.hpp"
#include "base/text.hpp"
#include "config/expansion.hpp"
#include "receive/restrictions/reply_pattern.hpp"
#include "receive/restrictions/restriction.hpp"
#include "smtp/address.hpp"
#include "smtp/hostname.hpp"
#include "tables/map_list.hpp"

namespace posthouse::receive {

namespace {

// Ours: a list that does not answer must not hold a client longer.
constexpr std::chrono::seconds lookup_time_max{30};

enum class Subject : std::uint8_t { client_address, client, reverse_client, helo, sender, recipient };
enum class Purpose : std::uint8_t { block, allow };

struct Kind {
    Subject subject = Subject::client_address;
    Purpose purpose = Purpose::block;
};

constexpr std::pair<std::string_view, Kind> restriction_names[] = {
    {"reject_rbl_client", {Subject::client_address, Purpose::block}},
    {"reject_rbl", {Subject::client_address, Purpose::block}},
    {"reject_rhsbl_client", {Subject::client, Purpose::block}},
    {"reject_rhsbl_reverse_client", {Subject::reverse_client, Purpose::block}},
    {"reject_rhsbl_helo", {Subject::helo, Purpose::block}},
    {"reject_rhsbl_sender", {Subject::sender, Purpose::block}},
    {"reject_rhsbl_recipient", {Subject::recipient, Purpose::block}},
    {"permit_dnswl_client", {Subject::client_address, Purpose::allow}},
    {"permit_rhswl_client", {Subject::client, Purpose::allow}},
};

struct Question {
    std::string label;        // in front of the list's domain; empty: there is nothing to ask
    std::string what;         // in replies: "192.0.2.1", "someone@example.org"
    std::string_view words;   // "Client host"
};

// "1.2.0.192", or an IPv6 address's nibbles; empty if nobody knows the address.
std::string reversed(const base::IpAddress& address) {
    if (!address.is_known()) {
        return {};
    }
    std::string name = address.reverse_name();
    name.resize(name.size() - std::string_view(address.is_v4() ? ".in-addr.arpa" : ".ip6.arpa").size());
    return name;
}

// What a client said is no macro.
std::string without_macros(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out.append(c == '$' ? 2 : 1, c);
    }
    return out;
}

Question about_domain(std::string_view domain, const std::string& what, std::string_view words) {
    const bool is_name = domain != "unknown" && smtp::is_valid_hostname(domain) && domain.find('.') != std::string_view::npos && !base::IpAddress::parse(domain);
    return {is_name ? base::lower(domain) : std::string(), what, words};
}

Question question(Subject subject, const Facts& facts) {
    const std::string sender = facts.sender.value_or("");
    const std::string recipient = facts.recipient.value_or("");
    switch (subject) {
        case Subject::client_address: return {reversed(facts.client_address), facts.client_address.text(), "Client host"};
        case Subject::client: return about_domain(facts.client_name, facts.client_name, "Client host");
        case Subject::reverse_client: return about_domain(facts.client_reverse_name, facts.client_reverse_name, "Unverified Client host");
        case Subject::helo: return about_domain(facts.helo_name, facts.helo_name, "Helo command");
        case Subject::sender: return about_domain(smtp::domain(sender), sender, "Sender address");
        case Subject::recipient: break;
    }
    return about_domain(smtp::domain(recipient), recipient, "Recipient address");
}

class DnsList final : public Restriction {
public:
    struct List {
        std::string domain;
        std::optional<ReplyPattern> pattern;
    };
    DnsList(std::string name, Kind kind, List list, tables::MapList replies, const RestrictionContext& context)
        : name_(std::move(name)), kind_(kind), list_(std::move(list)), replies_(std::move(replies)), context_(context) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const Question asked = question(kind_.subject, facts);
        if (asked.label.empty()) {
            co_return Verdict::dunno();
        }
        if (kind_.purpose == Purpose::allow && facts.recipient) {
            // An allow list says that a client is no spammer, not that it may relay.
            const mail::Route route = co_await context_.router.classify(*facts.recipient);
            if (route.state != mail::Route::State::found || route.address_class == mail::AddressClass::default_class) {
                co_return Verdict::dunno();
            }
        }
        const std::string name = asked.label + "." + list_.domain;
        const world::DnsAnswer answer = co_await context_.resolver.query(name, world::RecordType::a, context_.clock.deadline_in(lookup_time_max));
        if (answer.state == world::DnsAnswer::State::unknown) {
            context_.log_warning(base::format("{}: RBL lookup error: {}", name, answer.reason));
            if (kind_.purpose == Purpose::allow) {
                co_return Verdict{Verdict::Kind::defer_if_reject, refusal(450, "4.7.1", asked.what, asked.words, "defer_if_reject due to allow list error"), {}};
            }
            co_return Verdict::dunno();
        }
        if (!is_listed(answer)) {
            co_return Verdict::dunno();
        }
        if (kind_.purpose == Purpose::allow) {
            co_return Verdict::permit();
        }
        world::Task<Verdict> rejecting = reject(name, asked, facts);
        co_return co_await std::move(rejecting);
    }
    [[nodiscard]] std::string name() const override { return name_; }

private:
    [[nodiscard]] bool is_listed(const world::DnsAnswer& answer) const {
        return answer.state == world::DnsAnswer::State::found && std::any_of(answer.records.begin(), answer.records.end(), [this](const world::DnsRecord& record) {
                   return !list_.pattern || list_.pattern->matches(record.address);
               });
    }

    world::Task<Verdict> reject(std::string name, Question asked, Facts facts) const {
        std::string reason;
        const world::DnsAnswer text = co_await context_.resolver.query(name, world::RecordType::txt, context_.clock.deadline_in(lookup_time_max));
        if (text.state == world::DnsAnswer::State::found && !text.records.empty()) {
            reason = base::printable(text.records.front().name).substr(0, 500);  // ours: it has to fit into a reply
        }
        std::string reply_template = context_.view.text("default_rbl_reply");
        const tables::Lookup own = co_await replies_.find(list_.domain);
        if (own.is_unknown()) {
            co_return lookup_failure(facts);
        }
        if (own.is_found()) {
            reply_template = own.value;
        }
        co_return Verdict::reject(make_reply(reply_template, reason, asked, facts));
    }

    [[nodiscard]] smtp::Reply make_reply(const std::string& reply_template, const std::string& reason, const Question& asked, const Facts& facts) const {
        const std::string sender = facts.sender.value_or("");
        const std::string recipient = facts.recipient.value_or("");
        const std::pair<std::string_view, std::string> values[] = {
            {"client", base::format("{}[{}]", facts.client_name, facts.client_address.text())},
            {"client_address", facts.client_address.text()},
            {"client_name", facts.client_name},
            {"reverse_client_name", facts.client_reverse_name},
            {"helo_name", facts.helo_name},
            {"sender", sender},
            {"sender_name", std::string(smtp::local_part(sender))},
            {"sender_domain", std::string(smtp::domain(sender))},
            {"recipient", recipient},
            {"recipient_name", std::string(smtp::local_part(recipient))},
            {"recipient_domain", std::string(smtp::domain(recipient))},
            {"rbl_code", base::format("{}", context_.settings->maps_rbl_reject_code)},
            {"rbl_domain", list_.domain},
            {"rbl_reason", reason},
            {"rbl_txt", reason},
            {"rbl_what", asked.what},
            {"rbl_class", std::string(asked.words)},
        };
        const config::Lookup lookup = [&values, this](std::string_view wanted) -> std::optional<std::string> {
            for (const auto& [name, value] : values) {
                if (name == wanted) {
                    return without_macros(context_.settings->smtpd_expansion_filter.censored(value));
                }
            }
            return std::nullopt;
        };
        const std::string text = config::expand(reply_template, lookup).text;
        const auto code = base::parse_number(std::string_view(text).substr(0, 3));
        const bool has_code = code && *code >= 400 && *code < 600 && text.size() > 3;
        const int number = has_code ? static_cast<int>(*code) : context_.settings->maps_rbl_reject_code;
        smtp::Reply reply = smtp::Reply::make(number, base::trim_left(std::string_view(text).substr(has_code ? 3 : 0)));
        if (!reply.status) {
            reply.status = smtp::EnhancedStatus{static_cast<std::uint16_t>(number / 100), 7, 1};
        }
        return reply;
    }

    std::string name_;
    Kind kind_;
    List list_;
    tables::MapList replies_;
    RestrictionContext context_;
};

std::optional<DnsList::List> parse_list(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    DnsList::List list{base::lower(std::string_view(argument).substr(0, equals)), std::nullopt};
    if (equals != std::string::npos) {
        list.pattern = ReplyPattern::parse(std::string_view(argument).substr(equals + 1));
    }
    const bool fine = smtp::is_valid_hostname(list.domain) && (equals == std::string::npos || list.pattern);
    return fine ? std::optional(std::move(list)) : std::nullopt;
}

}  // namespace

std::unique_ptr<Restriction> make_dns_lists(const std::string& word, ListWords& words, const RestrictionContext& context) {
    for (const auto& [name, kind] : restriction_names) {
        if (!base::iequals(word, name)) {
            continue;
        }
        const std::string argument = words.argument().value_or("");
        auto list = parse_list(argument);
        if (!list) {
            const std::string text = base::format("restriction {}: need domain or domain=127.0.0.[2;4..6], not \"{}\"", name, argument);
            context.inside_table ? context.log_warning(text) : context.open.warning(text);
            return make_misconfigured(word);
        }
        tables::MapList replies;
        if (!context.inside_table) {
            replies = tables::MapList::open(context.view.text("rbl_reply_maps"), context.open);
        }
        return std::make_unique<DnsList>(base::format("{} {}", name, argument), kind, std::move(*list), std::move(replies), context);
    }
    return nullptr;
}

}  // namespace posthouse::receive
