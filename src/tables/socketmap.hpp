#pragma once
// "socketmap:inet:host:port:name", "socketmap:unix:path:name": Sendmail's socket map protocol. socketmap_table(5).
#include <memory>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"
#include "tables/wire_protocol.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_socketmap(const TableName& name, const OpenContext& context);

/// Replies of at most 100,000 bytes, as Postfix takes them. "TEMP", "TIMEOUT" and "PERM" all are no answer.
[[nodiscard]] std::unique_ptr<WireProtocol> socketmap_protocol(std::string map);

}  // namespace posthouse::tables
