#pragma once
// "cidr:/x": the first network that holds the address decides. cidr_table(5).
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "tables/network_pattern.hpp"
#include "tables/open_context.hpp"
#include "tables/rule_blocks.hpp"
#include "tables/table_name.hpp"

namespace posthouse::tables {

[[nodiscard]] std::shared_ptr<const Table> open_cidr(const TableName& name, const OpenContext& context);

struct CidrRule : RuleBase {
    std::optional<NetworkPattern> network;  // nullopt: a condition that could not be read and never holds
    std::string value;
};

/// One rule; the error is a text for the warning.
[[nodiscard]] std::expected<CidrRule, std::string> parse_cidr_rule(std::string_view line);

}  // namespace posthouse::tables
