#include "checks/check_set.hpp"

#include <algorithm>

namespace posthouse::checks {

CheckSet CheckSet::open(const CheckNames& names, const config::View& view, const tables::OpenContext& context) {
    const auto list = [&](const std::string& name) { return CheckList(name, tables::MapList::open(view.text(name), context)); };
    const auto count = [&](std::string_view name) { return static_cast<std::size_t>(std::max<std::int64_t>(0, view.integer(name))); };
    CheckSet out{.header = list(names.header), .mime_header = list(names.mime_header), .nested_header = list(names.nested_header), .body = list(names.body), .walk = {}};
    out.walk.header_size_limit = view.size("header_size_limit");
    out.walk.line_length_limit = std::max<std::size_t>(1, view.size("line_length_limit").count);
    out.walk.nesting_limit = count("mime_nesting_limit");
    out.walk.boundary_length_limit = count("mime_boundary_length_limit");
    return out;
}

}  // namespace posthouse::checks
