#include "app/local_users.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tables/address_keys.hpp"
#include "tables/parent_domains.hpp"

namespace posthouse::app {

namespace {

std::shared_ptr<const tables::MatchList> list_or_anyone(const config::View& view, std::string_view parameter, const tables::OpenContext& open) {
    const std::string value = view.text(parameter);
    return value == "static:anyone" ? nullptr : std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(value, open));
}

std::string without_extension(std::string_view address, std::string_view delimiters) {
    const std::size_t at = address.rfind('@');
    const auto split = tables::split_extension(address.substr(0, at), delimiters);
    return split ? split->first + std::string(at == std::string_view::npos ? "" : address.substr(at)) : std::string(address);
}

std::string_view forbidden(control::LocalRight right) {
    switch (right) {
        case control::LocalRight::look: return "view the mail queue";
        case control::LocalRight::flush: return "flush the mail queue";
        case control::LocalRight::submit: break;
    }
    return "submit mail";
}

}  // namespace

bool sender_pattern_allows(std::string_view patterns, std::string_view sender, std::string_view empty_key, std::string_view recipient_delimiter) {
    const std::string plain = without_extension(sender, recipient_delimiter);
    const std::string_view domain = std::string_view(plain).substr(std::min(plain.rfind('@'), plain.size()));
    for (const std::string_view pattern : base::split_words(patterns, ", \t\r\n")) {
        if (pattern == "*") {
            return true;
        }
        const bool allows = sender.empty() ? pattern == empty_key : base::iequals(pattern, plain) || (pattern.starts_with('@') && base::iequals(pattern, domain));
        if (allows) {
            return true;
        }
    }
    return false;
}

LocalUsers::LocalUsers(const config::View& view, const tables::OpenContext& open, std::uint32_t owner, Doors doors)
    : submit_(list_or_anyone(view, "authorized_submit_users", open)),
      flush_(list_or_anyone(view, "authorized_flush_users", open)),
      mailq_(list_or_anyone(view, "authorized_mailq_users", open)),
      empty_sender_key_(view.text("empty_address_local_login_sender_maps_lookup_key")),
      recipient_delimiter_(view.text("recipient_delimiter")),
      owner_(owner),
      doors_(std::move(doors)) {
    constexpr std::string_view sites = "fast_flush_domains";
    sites_ = std::make_shared<const tables::MatchList>(tables::MatchList::open_domains(view.text(sites), tables::parents_of(view, sites), open));
    if (const std::string maps = view.text("local_login_sender_maps"); maps != "static:*") {
        senders_ = std::make_shared<const tables::MapList>(tables::MapList::open(maps, open));
    }
}

const std::shared_ptr<const tables::MatchList>& LocalUsers::list_for(control::LocalRight right) const {
    return right == control::LocalRight::look ? mailq_ : right == control::LocalRight::flush ? flush_ : submit_;
}

world::Task<base::Result<void>> LocalUsers::judge(control::LocalRequest request, world::Executor& home) const {
    if (request.site) {
        world::Task<base::Result<void>> judging = judge_site(*request.site);
        base::Result<void> judged = co_await std::move(judging);
        if (!judged) {
            co_return judged;
        }
    }
    const bool is_owner = request.user_id == 0 || request.user_id == owner_;
    const auto& list = list_for(request.right);
    const bool asks_list = list && !is_owner;
    const bool asks_senders = senders_ && request.right == control::LocalRight::submit;
    if (!asks_list && !asks_senders) {
        co_return base::Result<void>();
    }
    auto asking = [&name_of = doors_.name_of, id = request.user_id] { return name_of ? name_of(id) : base::Result<std::optional<std::string>>(std::nullopt); };
    const auto name = co_await world::off_core(doors_.pool, home, asking);
    if (!name) {
        co_return base::fail(base::ErrorKind::unavailable, base::format("cannot find out who user {} is: {}", request.user_id, name.error().text));
    }
    if (asks_list) {
        const std::string who = name->value_or("unknown");
        const tables::Match match = co_await list->match(who);
        if (match.is_unknown()) {
            co_return base::fail(base::ErrorKind::unavailable, "lookup error: " + match.reason);
        }
        if (!match.is_match()) {
            co_return base::fail(base::ErrorKind::permission, base::format("User {}({}) is not allowed to {}", who, request.user_id, forbidden(request.right)));
        }
    }
    if (asks_senders) {
        std::string who = name->value_or(base::format("uid:{}", request.user_id));
        world::Task<base::Result<void>> judging = judge_sender(std::move(who), std::move(request));
        co_return co_await std::move(judging);
    }
    co_return base::Result<void>();
}

world::Task<base::Result<void>> LocalUsers::judge_site(std::string site) const {
    const tables::Match match = co_await sites_->match(base::lower(site));
    if (match.is_unknown()) {
        co_return base::fail(base::ErrorKind::unavailable, "fast_flush_domains: lookup error: " + match.reason);
    }
    if (!match.is_match()) {
        co_return base::fail(base::ErrorKind::unavailable, base::format("Flush service is not configured for destination \"{}\"", base::printable(site)));
    }
    co_return base::Result<void>();
}

world::Task<base::Result<void>> LocalUsers::judge_sender(std::string user, control::LocalRequest request) const {
    const tables::Lookup found = co_await senders_->find(user);
    if (found.is_unknown()) {
        co_return base::fail(base::ErrorKind::unavailable, "local_login_sender_maps: lookup error: " + found.reason);
    }
    // A session says its senders later: only who may be anybody gets one.
    const bool allowed = found.is_found() && (request.sender ? sender_pattern_allows(found.value, *request.sender, empty_sender_key_, recipient_delimiter_)
                                                            : sender_pattern_allows(found.value, "\n", empty_sender_key_, ""));
    if (!allowed) {
        co_return base::fail(base::ErrorKind::permission, base::format("User {}({}) is not allowed to send mail as <{}>", user, request.user_id, request.sender.value_or("anybody")));
    }
    co_return base::Result<void>();
}

}  // namespace posthouse::app
