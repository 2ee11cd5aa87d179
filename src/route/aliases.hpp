#pragma once
// virtual(5): what an envelope recipient stands for. Aliases of aliases are followed, within limits.
#include <string>

#include "config/view.hpp"
#include "mail/router.hpp"
#include "route/rewriter.hpp"
#include "tables/address_lookup.hpp"
#include "tables/map_list.hpp"

namespace posthouse::route {

struct AliasSettings {
    std::size_t expansion_limit = 1000;       // virtual_alias_expansion_limit: addresses of one recipient
    std::size_t recursion_limit = 1000;       // virtual_alias_recursion_limit: aliases of aliases
    std::size_t address_length_limit = 1000;  // virtual_alias_address_length_limit: bytes
    bool propagates_extensions = true;        // propagate_unmatched_extensions has "virtual"
    RewriteSettings rewriting;

    [[nodiscard]] static AliasSettings from(const config::View& view);
};

/// The addresses that `recipient` stands for; itself if it is no alias. An alias that names itself keeps it. `maps` and
/// `settings` must outlive the task.
[[nodiscard]] world::Task<mail::Expansion> expand_aliases(const tables::MapList& maps, const AliasSettings& settings, tables::IsLocalDomain is_local, std::string recipient);

}  // namespace posthouse::route
