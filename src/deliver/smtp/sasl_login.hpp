#pragma once
// Who we are to a server: smtp_sasl_password_maps, and AUTH with it (SASL_README, RFC 4954).
#include <expected>
#include <optional>
#include <string>

#include "deliver/smtp/nexthop.hpp"
#include "deliver/smtp/sasl_refusals.hpp"
#include "deliver/smtp/session.hpp"
#include "deliver/smtp/settings.hpp"
#include "mail/outcome.hpp"
#include "sasl/client_mechanism.hpp"
#include "tables/map_list.hpp"
#include "world/clock.hpp"

namespace posthouse::deliver {

/// "user:password", with another delimiter than the colon if smtp_sasl_password_result_delimiter says so; the password is all
/// after the first one. nullopt without a delimiter or user.
[[nodiscard]] std::optional<sasl::ClientLogin> parse_credentials(std::string_view value, std::string_view delimiter = ":");

/// absent: mail goes without AUTH. unknown: mail waits.
struct CredentialsLookup {
    enum class State : std::uint8_t { found, absent, unknown } state = State::absent;
    sasl::ClientLogin credentials;
    std::string reason;
};

/// By sender, if not empty (smtp_sender_dependent_authentication): whole, without its extension, its domain (SASL_README); then
/// by the host connected to, then by the nexthop as written.
[[nodiscard]] world::Task<CredentialsLookup> find_credentials(const tables::MapList& smtp_sasl_password_maps,
                                                              std::string sender, std::string host,
                                                              std::string nexthop, const SmtpSettings& settings);

/// Logs in; the error is why mail cannot be sent in this session. What is in `refusals`, if not null, is not tried again.
[[nodiscard]] world::Task<std::expected<void, mail::Outcome>> sasl_login(Session& session,
                                                                         sasl::ClientLogin credentials,
                                                                         SaslRefusals* refusals,
                                                                         const SmtpSettings& settings,
                                                                         const world::Clock& clock);

}  // namespace posthouse::deliver
