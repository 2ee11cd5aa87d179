#pragma once
// What only building a server's parts finds out: tables that do not open, certificates that cannot be read, restrictions that
// nobody knows, services that would serve nobody, a relayhost without a password.
#include "app/generation.hpp"

namespace posthouse::app {

/// A dry run: nothing is bound, no spool is opened. Everything is findings, with file and line where they are known.
/// Blocking, as reading tables is; `world`'s cores need not run.
[[nodiscard]] config::Findings check_by_building(const std::shared_ptr<const config::Configuration>& configuration, const ServerWorld& world);

}  // namespace posthouse::app
