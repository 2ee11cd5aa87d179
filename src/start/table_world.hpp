#pragma once
// The world in which postmap asks tables: one core on a thread of its own, and threads for client libraries that block.
#include <memory>

#include "tools/postmap.hpp"

namespace posthouse::app {

[[nodiscard]] std::unique_ptr<tools::TableWorld> make_table_world();

}  // namespace posthouse::app
