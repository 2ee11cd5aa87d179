#pragma once
// The way of a client at a postscreen row: past the screen, and on the same connection to a session of the pass row behind.
#include <memory>

#include "receive/postscreen/screen.hpp"
#include "receive/service.hpp"
#include "receive/session_places.hpp"

namespace posthouse::receive::postscreen {

/// Until the client is gone. `place`: what the client takes of the process while it is screened; the session takes one of its own.
/// `doors.limits` are not used: a pass row has its own.
[[nodiscard]] world::Task<void> receive_client(std::shared_ptr<const Screen> screen, SessionDoors doors, std::unique_ptr<world::Stream> stream, SessionPlaces::Place place);

}  // namespace posthouse::receive::postscreen
