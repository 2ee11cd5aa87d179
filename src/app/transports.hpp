#pragma once
// From a unix row of master.cf to a delivery transport of one core.
#include <memory>

#include "app/interfaces.hpp"
#include "app/world.hpp"
#include "mail/intake.hpp"
#include "mail/router.hpp"
#include "queue/transport.hpp"
#include "tables/open_context.hpp"

namespace posthouse::app {

struct TransportParts {
    const ServerWorld& world;
    world::Core& core;
    const Interfaces& interfaces;
    tables::OpenContext open;
    const mail::Router* router;  // for notices to the postmaster
    mail::Intake* intake;        // null: nothing is sent (posthouse check)
};

/// Null: the row is no delivery agent (cleanup, qmgr …: nothing to do in one process) or one that is not there yet.
[[nodiscard]] std::shared_ptr<const queue::Transport> make_transport(const config::View& view, const config::Service& row, const TransportParts& parts);

}  // namespace posthouse::app
