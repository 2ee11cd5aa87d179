#pragma once
#include "config/view.hpp"
#include "queue/settings.hpp"

namespace posthouse::app {

/// Parameters of the queue from main.cf.
[[nodiscard]] queue::QueueSettings queue_settings(const config::View& view);

}  // namespace posthouse::app
