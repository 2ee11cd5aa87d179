#pragma once
// Is there a password for relayhost? Without one mail goes out unauthenticated, and the relay's refusal is all one sees.
#include <optional>

#include "config/snapshot.hpp"
#include "tables/open_context.hpp"

namespace posthouse::app {

/// A finding if smtp_sasl_auth_enable is set and smtp_sasl_password_maps has no entry for relayhost. Tables that ask over the
/// network are not asked.
[[nodiscard]] std::optional<config::Finding> missing_relayhost_login(const config::Configuration& configuration, const tables::OpenContext& open);

}  // namespace posthouse::app
