#pragma once
// What a configuration wants to know of this machine and process: for main.cf's defaults, in the server and in postconf.
#include "config/system_facts.hpp"

namespace posthouse::tools {

[[nodiscard]] config::SystemFacts system_facts();

}  // namespace posthouse::tools
