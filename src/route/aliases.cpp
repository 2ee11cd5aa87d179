#include "route/aliases.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "base/format.hpp"
#include "base/text.hpp"
#include "message/address_list.hpp"
#include "smtp/address.hpp"

namespace posthouse::route {

namespace {

// The right-hand side as addresses; nullopt: part of it is none, and who is meant by that part would miss his mail.
// "@other.example" is the same local part there, and takes no extension besides its own.
std::optional<std::vector<std::string>> right_hand_side(const tables::AddressMatch& match, const std::string& address, const AliasSettings& settings) {
    const std::string value{base::trim(match.lookup.value)};
    if (value.starts_with('@')) {
        return std::vector{rewrite_address(std::string(smtp::local_part(address)) + value, settings.rewriting)};
    }
    const message::AddressList list = message::parse_address_list(value);
    if (!list.is_well_formed) {
        return std::nullopt;
    }
    std::vector<std::string> out = list.texts();
    for (std::string& one : out) {
        one = rewrite_address(std::move(one), settings.rewriting);
        if (settings.propagates_extensions) {
            one.insert(smtp::local_part(one).size(), match.unmatched_extension);
        }
    }
    return out;
}

mail::Expansion stopped(mail::Expansion::State state, std::string reason) { return {state, {}, std::move(reason)}; }

}  // namespace

AliasSettings AliasSettings::from(const config::View& view) {
    AliasSettings out;
    out.expansion_limit = static_cast<std::size_t>(view.integer("virtual_alias_expansion_limit"));
    out.recursion_limit = static_cast<std::size_t>(view.integer("virtual_alias_recursion_limit"));
    out.address_length_limit = static_cast<std::size_t>(view.integer("virtual_alias_address_length_limit"));
    const auto propagating = view.list("propagate_unmatched_extensions");
    out.propagates_extensions = std::any_of(propagating.begin(), propagating.end(), [](const std::string& word) { return base::iequals(word, "virtual"); });
    out.rewriting = RewriteSettings::from(view);
    return out;
}

world::Task<mail::Expansion> expand_aliases(const tables::MapList& maps, const AliasSettings& settings, tables::IsLocalDomain is_local, std::string recipient) {
    using State = mail::Expansion::State;
    mail::Expansion out;
    out.addresses.push_back(std::move(recipient));
    std::set<std::string> themselves;  // aliases that name themselves are mailboxes, too
    for (std::size_t i = 0; i < out.addresses.size(); ++i) {
        for (std::size_t depth = 0; !themselves.contains(base::lower(out.addresses[i])); ++depth) {
            if (out.addresses.size() > settings.expansion_limit) {
                co_return stopped(State::too_much, base::format("unreasonable virtual_alias_maps map expansion size for {}", out.addresses.front()));
            }
            if (depth >= settings.recursion_limit) {
                co_return stopped(State::too_much, base::format("unreasonable virtual_alias_maps map nesting for {}", out.addresses.front()));
            }
            const std::string address = out.addresses[i];
            world::Task<tables::AddressMatch> finding = tables::find_mail_address(maps, address, settings.rewriting.recipient_delimiter, is_local);
            const tables::AddressMatch match = co_await std::move(finding);
            if (match.lookup.is_unknown()) {
                co_return stopped(State::unknown, base::format("virtual_alias_maps map lookup problem for {}", address));
            }
            if (!match.lookup.is_found()) {
                break;
            }
            const auto read = right_hand_side(match, address, settings);
            if (!read) {
                co_return stopped(State::unknown, base::format("virtual_alias_maps: result for {} is no list of addresses: \"{}\"", address, base::printable(match.lookup.value)));
            }
            const std::vector<std::string>& results = *read;
            if (results.empty()) {
                break;
            }
            if (std::any_of(results.begin(), results.end(), [&settings](const std::string& one) { return one.size() > settings.address_length_limit; })) {
                co_return stopped(State::too_much, base::format("unreasonable virtual_alias_maps result for {}: an address of more than {} bytes", address, settings.address_length_limit));
            }
            if (std::any_of(results.begin(), results.end(), [&address](const std::string& one) { return base::iequals(one, address); })) {
                themselves.insert(base::lower(address));
            }
            out.addresses[i] = results.front();
            out.addresses.insert(out.addresses.end(), results.begin() + 1, results.end());
        }
    }
    co_return out;
}

}  // namespace posthouse::route
