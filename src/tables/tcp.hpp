#pragma once
// "tcp:host:port": one line asks, one line answers. tcp_table(5).
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"
#include "tables/wire_protocol.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_tcp(const TableName& name, const OpenContext& context);

/// Replies of at most 4096 bytes: 200 found, 500 absent, all else no answer.
[[nodiscard]] std::unique_ptr<WireProtocol> tcp_protocol();

}  // namespace posthouse::tables
