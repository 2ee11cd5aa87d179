#pragma once
// The master.cf row of pickup(8): parameters given there hold for mail of local programs.
#include "config/snapshot.hpp"

namespace posthouse::app {

/// nullptr: there is none.
[[nodiscard]] inline const config::Service* pickup_row(const config::Configuration& configuration) {
    const config::Service* row = configuration.service("pickup", config::ServiceType::unix_stream);
    return row != nullptr ? row : configuration.service("pickup", config::ServiceType::fifo);
}

}  // namespace posthouse::app
