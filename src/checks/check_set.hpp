#pragma once
// The lists that one program asks: header_checks and its kin of cleanup(8), or smtp_header_checks and its kin of smtp(8).
#include "checks/check_list.hpp"
#include "config/view.hpp"
#include "message/mime_walker.hpp"
#include "tables/open_context.hpp"

namespace posthouse::checks {

/// Names of the four parameters.
struct CheckNames {
    std::string header, mime_header, nested_header, body;
};

struct CheckSet {
    CheckList header, mime_header, nested_header, body;
    std::uint64_t body_checks_size_limit = 0;  // bytes of each part; 0: no limit
    message::MimeWalker::Options walk;         // without body_lines, which ContentCheck knows

    /// Opens the tables. Bounds come from header_size_limit, line_length_limit, mime_nesting_limit and mime_boundary_length_limit.
    [[nodiscard]] static CheckSet open(const CheckNames& names, const config::View& view, const tables::OpenContext& context);
    [[nodiscard]] bool has_header_lists() const { return !header.empty() || !mime_header.empty() || !nested_header.empty(); }
    [[nodiscard]] bool empty() const { return !has_header_lists() && body.empty(); }
};

}  // namespace posthouse::checks
