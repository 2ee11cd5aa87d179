#pragma once
// Tables that answer `unknown`: the stand-in for what could not be opened, and Postfix's "fail:".
#include <memory>
#include <string>

#include "tables/open_context.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

/// `sources`: files whose appearance or change makes another try worth while.
[[nodiscard]] std::shared_ptr<const MemoryTable> unavailable(const TableName& name, std::string reason, std::vector<SourceFile> sources = {});
[[nodiscard]] std::shared_ptr<const Table> open_fail(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
