#pragma once
// "pcre:/x": Perl-compatible regular expressions (PCRE2). pcre_table(5).
#include <memory>

#include "tables/pattern_table.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_pcre(const TableName& name, const OpenContext& context);

}  // namespace posthouse::tables
