#pragma once
// From smtpd_milters and its kin to the milters of one core.
#include <memory>

#include "app/world.hpp"
#include "config/findings.hpp"
#include "config/snapshot.hpp"
#include "milter/chain.hpp"

namespace posthouse::app {

/// Makes what a list of milters names; an error says what is wrong with it.
using MakeMilters = std::function<base::Result<std::shared_ptr<const milter::Milters>>(std::string_view list)>;
/// For a row of smtpd or cleanup (`program`) on `core`, which outlives it.
[[nodiscard]] MakeMilters milter_maker(const config::View& view, std::string_view program, const ServerWorld& world, world::Core& core);

/// The value of `parameter`; null: none. What is wrong goes to `findings`, and such a list is as a milter that is away.
[[nodiscard]] std::shared_ptr<const milter::Milters> milters_of(std::string_view parameter, const config::View& view, const MakeMilters& make, config::Findings& findings);
/// What is wrong with milter_….
void check_milter_settings(const config::View& view, config::Findings& findings);

}  // namespace posthouse::app
