#include "deliver/smtp/tls_policy.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::deliver {
namespace {

constexpr std::array<std::pair<std::string_view, TlsLevel>, 8> levels{{{"none", TlsLevel::none},
                                                                       {"may", TlsLevel::may},
                                                                       {"encrypt", TlsLevel::encrypt},
                                                                       {"dane", TlsLevel::dane},
                                                                       {"dane-only", TlsLevel::dane_only},
                                                                       {"fingerprint", TlsLevel::fingerprint},
                                                                       {"verify", TlsLevel::verify},
                                                                       {"secure", TlsLevel::secure}}};


std::string_view braces_removed(std::string_view word) {
    return word.size() >= 2 && word.front() == '{' && word.back() == '}' ? base::trim(word.substr(1, word.size() - 2))
                                                                         : word;
}

// Whatever main.cf and tables say: no level above opportunistic goes without encryption, none that looks at a certificate
// with ciphers that bring none.
std::string exclusions(std::string listed, TlsLevel level) {
    if (is_mandatory(level)) {
        listed += listed.empty() ? "" : " ";
        listed += level == TlsLevel::encrypt ? "eNULL" : "aNULL";
    }
    return listed;
}

// Only what looks at a certificate can match one: an administrator who wrote it for less must hear of it.
bool add_match(TlsPolicy& policy, std::string_view value) {
    // Fingerprints have colons of their own.
    const auto words = base::split_words(value, policy.level == TlsLevel::fingerprint ? "|, \t\r\n" : ":, \t\r\n");
    policy.match.insert(policy.match.end(), words.begin(), words.end());
    return !words.empty() && policy.level > TlsLevel::encrypt;
}

bool apply(TlsPolicy& policy, std::string_view name, std::string_view value) {
    if (base::iequals(name, "match")) {
        return add_match(policy, value);
    }
    if (base::iequals(name, "protocols")) {
        policy.protocols = value;
        std::replace(policy.protocols.begin(), policy.protocols.end(), ':', ' ');
        return true;
    }
    if (base::iequals(name, "ciphers")) {
        policy.ciphers = value;
        return true;
    }
    if (base::iequals(name, "exclude")) {
        policy.exclude_ciphers = exclusions(std::string(value), policy.level);
        return true;
    }
    if (base::iequals(name, "servername")) {
        policy.servername = value;
        return true;
    }
    // Connections are kept however they are encrypted; raw public keys come with later versions of OpenSSL only.
    const bool is_switch = base::iequals(name, "connection_reuse") || base::iequals(name, "enable_rpk");
    return is_switch && (base::iequals(value, "yes") || base::iequals(value, "no"));
}

bool may_be_repeated(std::string_view name) {
    return base::iequals(name, "match") || base::iequals(name, "servername") || base::iequals(name, "connection_reuse") || base::iequals(name, "enable_rpk");
}

// A nexthop in brackets or with a port is nobody's sub-domain.
bool is_plain_domain(std::string_view text) {
    return text.find_first_of("[]:") == std::string_view::npos;
}

}  // namespace

std::optional<TlsLevel> parse_tls_level(std::string_view text) {
    for (const auto& [name, level] : levels) {
        if (base::iequals(text, name)) {
            return level;
        }
    }
    return std::nullopt;
}

TlsPolicy policy_for(TlsLevel level, const TlsSettings& settings) {
    TlsPolicy out;
    out.level = level;
    const bool mandatory = is_mandatory(level);
    out.protocols = mandatory ? settings.smtp_tls_mandatory_protocols : settings.smtp_tls_protocols;
    out.ciphers = mandatory ? settings.smtp_tls_mandatory_ciphers : settings.smtp_tls_ciphers;
    std::string excluded = settings.smtp_tls_exclude_ciphers;
    if (mandatory && !settings.smtp_tls_mandatory_exclude_ciphers.empty()) {
        excluded += excluded.empty() ? "" : " ";
        excluded += settings.smtp_tls_mandatory_exclude_ciphers;
    }
    out.exclude_ciphers = exclusions(std::move(excluded), level);
    out.servername = settings.smtp_tls_servername;
    if (level == TlsLevel::verify) {
        out.match = settings.smtp_tls_verify_cert_match;
    } else if (level == TlsLevel::secure) {
        out.match = settings.smtp_tls_secure_cert_match;
    } else if (level == TlsLevel::fingerprint) {
        out.match = settings.smtp_tls_fingerprint_cert_match;
    }
    return out;
}

std::expected<TlsPolicy, std::string> parse_policy(std::string_view value, const TlsSettings& settings) {
    const auto words = base::split_braced(value);
    const auto level = words.empty() ? std::nullopt : parse_tls_level(words.front());
    if (!level) {
        return std::unexpected(base::format("invalid security level in TLS policy \"{}\"", value));
    }
    TlsPolicy policy = policy_for(*level, settings);
    if (*level == TlsLevel::none) {
        return policy;  // nothing that could weaken it
    }
    std::vector<std::string> seen;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto pair = base::split_once(braces_removed(words[i]), '=');
        const std::string name = pair ? base::lower(base::trim(pair->first)) : std::string();
        const bool is_first = std::find(seen.begin(), seen.end(), name) == seen.end();
        if (!is_first && !may_be_repeated(name)) {
            return std::unexpected(base::format("more than one attribute \"{}\" in TLS policy", name));
        }
        if (is_first && name == "match") {
            policy.match.clear();  // main.cf's
        }
        if (!pair || !apply(policy, name, base::trim(pair->second))) {
            return std::unexpected(base::format("attribute \"{}\" in TLS policy is malformed, unknown, or not for level {}", words[i], words.front()));
        }
        seen.push_back(name);
    }
    return policy;
}

std::vector<std::string> policy_keys(const Nexthop& nexthop) {
    const std::string text = base::lower(nexthop.text);
    std::vector<std::string> keys{text};
    if (is_plain_domain(text)) {
        for (std::size_t dot = text.find('.', 1); dot != std::string::npos; dot = text.find('.', dot + 1)) {
            keys.push_back(text.substr(dot));
        }
    }
    return keys;
}

std::vector<std::string> names_to_match(const TlsPolicy& policy, const Nexthop& nexthop, std::string_view host) {
    std::vector<std::string> out;
    for (const auto& strategy : policy.match) {
        if (base::iequals(strategy, "nexthop")) {
            out.push_back(nexthop.host);
        } else if (base::iequals(strategy, "dot-nexthop")) {
            out.push_back('.' + nexthop.host);
        } else if (base::iequals(strategy, "hostname")) {
            out.emplace_back(host);
        } else {
            out.push_back(strategy);
        }
    }
    return out;
}

bool has_expected_fingerprint(const TlsPolicy& policy, const world::TlsSession& session) {
    return std::any_of(policy.match.begin(), policy.match.end(), [&session](const std::string& wanted) {
        return !wanted.empty() && (base::iequals(wanted, session.peer_certificate_fingerprint) ||
                                   base::iequals(wanted, session.peer_public_key_fingerprint));
    });
}

std::string established_text(const world::TlsSession& session, std::string_view relay) {
    std::string_view trust;
    switch (session.peer) {
        case world::TlsSession::Peer::no_certificate:
            trust = "Anonymous";
            break;
        case world::TlsSession::Peer::untrusted:
            trust = "Untrusted";
            break;
        case world::TlsSession::Peer::trusted:
            trust = "Trusted";
            break;
        case world::TlsSession::Peer::verified:
            trust = "Verified";
            break;
    }
    std::string out = base::format("{} TLS connection established to {}: {} with cipher {} ({}/{} bits)", trust, relay,
                                   session.protocol, session.cipher, session.cipher_bits, session.algorithm_bits);
    if (!session.key_exchange.empty()) {
        out += " key-exchange " + session.key_exchange;
    }
    if (!session.server_signature.empty()) {
        out += " server-signature " + session.server_signature;
    }
    return out;
}

world::TlsClientSettings client_settings(const TlsPolicy& policy, const TlsSettings& settings) {
    world::TlsClientSettings out;
    out.protocols.list = policy.protocols;
    out.ciphers = policy.ciphers;
    out.exclude_ciphers = policy.exclude_ciphers;
    out.ca_file = settings.smtp_tls_CAfile;
    out.ca_path = settings.smtp_tls_CApath;
    out.use_system_ca = settings.tls_append_default_CA;
    out.chain_files = settings.chain_files;
    out.key_files = settings.key_files;
    out.verification_depth = settings.smtp_tls_scert_verifydepth;
    out.fingerprint_digest = settings.smtp_tls_fingerprint_digest;
    out.toolkit = settings.toolkit;
    return out;
}

}  // namespace posthouse::deliver
