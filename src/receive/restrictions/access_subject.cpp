#include "receive/restrictions/access_subject.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/address.hpp"

namespace posthouse::receive {

namespace {

constexpr std::pair<std::string_view, AccessKey> keys[] = {
    {"check_client", AccessKey::client},       {"check_reverse_client_hostname", AccessKey::reverse_client},
    {"check_helo", AccessKey::helo},           {"check_sender", AccessKey::sender},
    {"check_recipient", AccessKey::recipient}, {"check_etrn", AccessKey::etrn},
    {"check_sasl", AccessKey::sasl_username},  {"check_ccert", AccessKey::certificate},
};

bool has_servers(AccessKey key) { return key != AccessKey::etrn && key != AccessKey::sasl_username && key != AccessKey::certificate; }

}  // namespace

std::optional<AccessRestriction> parse_access_restriction(std::string_view word) {
    static constexpr std::pair<std::string_view, std::optional<ServerType>> endings[] = {
        {"_access", std::nullopt}, {"_a_access", ServerType::a}, {"_mx_access", ServerType::mx}, {"_ns_access", ServerType::ns}};
    const std::string name = base::lower(word);
    for (const auto& [start, key] : keys) {
        for (const auto& [ending, servers] : endings) {
            const bool same = name.size() == start.size() + ending.size() && name.starts_with(start) && name.ends_with(ending);
            if (same && (!servers || has_servers(key))) {
                return AccessRestriction{key, servers};
            }
        }
    }
    return std::nullopt;
}

std::optional<AccessKey> key_of(Stage stage) {
    switch (stage) {
        case Stage::client: return AccessKey::client;
        case Stage::helo: return AccessKey::helo;
        case Stage::sender: return AccessKey::sender;
        case Stage::recipient: return AccessKey::recipient;
        case Stage::etrn: return AccessKey::etrn;
        case Stage::data:
        case Stage::end_of_data: break;
    }
    return std::nullopt;
}

std::optional<AccessSubject> subject_of(AccessKey key, const Facts& facts) {
    switch (key) {
        case AccessKey::client: return AccessSubject{Stage::client, base::format("{}[{}]", facts.client_name, facts.client_address.text()), "Client host"};
        case AccessKey::reverse_client: return AccessSubject{Stage::client, facts.client_reverse_name, "Unverified Client host"};
        case AccessKey::helo: return facts.helo_name.empty() ? std::nullopt : std::optional(AccessSubject{Stage::helo, facts.helo_name, "Helo command"});
        case AccessKey::sender:
            return facts.sender ? std::optional(AccessSubject{Stage::sender, *facts.sender, "Sender address", StatusSubject::sender}) : std::nullopt;
        case AccessKey::recipient:
            return facts.recipient && !facts.recipient->empty()
                       ? std::optional(AccessSubject{Stage::recipient, *facts.recipient, "Recipient address", StatusSubject::recipient})
                       : std::nullopt;
        case AccessKey::etrn: return facts.recipient ? std::optional(AccessSubject{Stage::etrn, *facts.recipient, "Etrn command"}) : std::nullopt;
        case AccessKey::sasl_username:
            return facts.sasl_username.empty() ? std::nullopt : std::optional(AccessSubject{facts.stage, base::printable(facts.sasl_username), "SASL login name"});
        case AccessKey::certificate:
            return facts.certificate_fingerprints.empty()
                       ? std::nullopt
                       : std::optional(AccessSubject{facts.stage, base::format("{}[{}]", facts.client_name, facts.client_address.text()), "Client certificate"});
        case AccessKey::by_stage: break;
    }
    return std::nullopt;
}

AccessSubject subject_of_stage(const Facts& facts) {
    switch (facts.stage) {
        case Stage::client: return {facts.stage, base::format("{}[{}]", facts.client_name, facts.client_address.text()), "Client host"};
        case Stage::helo: return {facts.stage, facts.helo_name, "Helo command"};
        case Stage::sender: return {facts.stage, facts.sender.value_or(""), "Sender address", StatusSubject::sender};
        case Stage::recipient: return {facts.stage, facts.recipient.value_or(""), "Recipient address", StatusSubject::recipient};
        case Stage::data: return {facts.stage, "DATA", "Data command"};
        case Stage::end_of_data: return {facts.stage, "END-OF-MESSAGE", "End-of-data"};
        case Stage::etrn: return {facts.stage, facts.recipient.value_or(""), "Etrn command"};
    }
    return {};
}

std::string server_domain(AccessKey key, const Facts& facts) {
    const auto domain_of = [](const std::optional<std::string>& address) { return std::string(smtp::domain(address.value_or(""))); };
    std::string domain;
    switch (key) {
        case AccessKey::client: domain = facts.client_name; break;
        case AccessKey::reverse_client: domain = facts.client_reverse_name; break;
        case AccessKey::helo: domain = facts.helo_name; break;
        case AccessKey::sender: domain = domain_of(facts.sender); break;
        case AccessKey::recipient: domain = domain_of(facts.recipient); break;
        case AccessKey::etrn:
        case AccessKey::sasl_username:
        case AccessKey::certificate:
        case AccessKey::by_stage: break;
    }
    return domain == "unknown" ? std::string() : base::lower(domain);
}

}  // namespace posthouse::receive
