// Names and words that Postfix replaced: they still work, and are gone in one of its later releases.
#include <algorithm>
#include <array>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app::lint {

namespace {

struct Renamed {
    std::string_view old_name, instead;
};

constexpr std::array parameters{
    Renamed{"smtpd_use_tls", "smtpd_tls_security_level = may"},
    Renamed{"smtpd_enforce_tls", "smtpd_tls_security_level = encrypt"},
    Renamed{"smtp_use_tls", "smtp_tls_security_level = may"},
    Renamed{"smtp_enforce_tls", "smtp_tls_security_level = encrypt"},
    Renamed{"lmtp_use_tls", "lmtp_tls_security_level = may"},
    Renamed{"lmtp_enforce_tls", "lmtp_tls_security_level = encrypt"},
    Renamed{"smtp_tls_enforce_peername", "smtp_tls_security_level = verify or secure"},
    Renamed{"smtp_tls_per_site", "smtp_tls_policy_maps"},
    Renamed{"lmtp_tls_per_site", "lmtp_tls_policy_maps"},
    Renamed{"smtpd_tls_cipherlist", "smtpd_tls_mandatory_ciphers"},
    Renamed{"smtp_tls_cipherlist", "smtp_tls_mandatory_ciphers"},
    Renamed{"smtpd_client_connection_limit_exceptions", "smtpd_client_event_limit_exceptions"},
    Renamed{"authorized_verp_clients", "smtpd_authorized_verp_clients"},
    Renamed{"fallback_relay", "smtp_fallback_relay"},
    Renamed{"virtual_maps", "virtual_alias_maps and virtual_alias_domains"},
    Renamed{"maps_rbl_domains", "reject_rbl_client DOMAIN in an access list"},
    Renamed{"postscreen_blacklist_action", "postscreen_denylist_action"},
    Renamed{"postscreen_whitelist_interfaces", "postscreen_allowlist_interfaces"},
    Renamed{"postscreen_dnsbl_whitelist_threshold", "postscreen_dnsbl_allowlist_threshold"},
};

constexpr std::array restrictions{
    Renamed{"reject_unknown_client", "reject_unknown_client_hostname"},
    Renamed{"reject_invalid_hostname", "reject_invalid_helo_hostname"},
    Renamed{"reject_non_fqdn_hostname", "reject_non_fqdn_helo_hostname"},
    Renamed{"reject_unknown_hostname", "reject_unknown_helo_hostname"},
    Renamed{"reject_unknown_address", "reject_unknown_sender_domain"},
    Renamed{"check_relay_domains", "reject_unauth_destination"},
    Renamed{"reject_maps_rbl", "reject_rbl_client DOMAIN"},
    Renamed{"permit_naked_ip_address", "permit_mynetworks"},
};

template <class Table>
const Renamed* find(const Table& table, std::string_view name) {
    const auto* const found = std::find_if(table.begin(), table.end(), [&](const Renamed& one) { return base::iequals(one.old_name, name); });
    return found == table.end() ? nullptr : found;
}

}  // namespace

void old_names(const Subject& subject, Report& report) {
    for (const Setting* setting : all_settings(subject.configuration)) {
        if (const Renamed* renamed = find(parameters, setting->name)) {
            report.at(Severity::note, *setting, base::format("{} is an old name, write {}", setting->name, renamed->instead));
        }
        if (!setting->name.ends_with("_restrictions")) {
            continue;
        }
        for (const std::string_view word : base::split_words(setting->value, ", \t\r\n")) {
            if (const Renamed* renamed = find(restrictions, word)) {
                report.at(Severity::note, *setting, base::format("{}: {} is an old name, write {}", setting->name, word, renamed->instead));
            }
        }
    }
}

}  // namespace posthouse::app::lint
