#pragma once
// What a check_*_access restriction looks up, and how replies speak of it. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "receive/restrictions/access_action.hpp"
#include "receive/restrictions/restriction.hpp"
#include "receive/restrictions/server_lookup.hpp"

namespace posthouse::receive {

/// `by_stage`: a table without a restriction's name, "hash:/x", looked up as the list's own kind.
enum class AccessKey : std::uint8_t { client, reverse_client, helo, sender, recipient, etrn, sasl_username, certificate, by_stage };

struct AccessRestriction {
    AccessKey key = AccessKey::by_stage;
    std::optional<ServerType> servers = std::nullopt;  // not the name itself, but the hosts behind it
};
/// "check_client_access", "check_sender_mx_access", …; nullopt: another restriction.
[[nodiscard]] std::optional<AccessRestriction> parse_access_restriction(std::string_view word);

/// The list's own kind; nullopt: it has none (DATA).
[[nodiscard]] std::optional<AccessKey> key_of(Stage stage);

struct AccessSubject {
    Stage stage = Stage::recipient;  // that replies of a nested list speak about
    std::string name;                // "<name>: …"
    std::string_view words;          // "Recipient address"
    StatusSubject status = StatusSubject::other;
};
/// nullopt: the client has not said it yet.
[[nodiscard]] std::optional<AccessSubject> subject_of(AccessKey key, const Facts& facts);
/// What the list of `facts.stage` itself is about.
[[nodiscard]] AccessSubject subject_of_stage(const Facts& facts);
/// The domain whose servers count; "unknown" and empty ones have none.
[[nodiscard]] std::string server_domain(AccessKey key, const Facts& facts);

}  // namespace posthouse::receive
