#include "receive/restrictions/relay_guard.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "receive/restrictions/access_subject.hpp"

namespace posthouse::receive {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return base::iequals(name, word); });
}

bool takes_argument(std::string_view word) {
    return parse_access_restriction(word) || is_one_of(word, {"check_policy_service", "sleep", "reject_rbl_client", "reject_rbl", "reject_rhsbl_client", "reject_rhsbl_reverse_client",
                                                              "reject_rhsbl_helo", "reject_rhsbl_sender", "reject_rhsbl_recipient", "permit_dnswl_client", "permit_rhswl_client"});
}

/// The words of smtpd_restriction_classes' members; each is looked into once, so that circles end.
class Classes {
public:
    explicit Classes(const config::View& view) : view_(view) {
        for (std::string& name : view.list("smtpd_restriction_classes")) {
            untold_.insert(std::move(name));
        }
    }

    bool refuse(const std::vector<std::string>& words) {
        for (const ListedRestriction& restriction : restrictions_in(words)) {
            if (base::iequals(restriction.word, "permit")) {
                return false;
            }
            if (restriction.only_warns) {
                continue;
            }
            if (refuses_strangers(restriction.word) || (untold_.erase(restriction.word) > 0 && refuse(words_of(restriction.word)))) {
                return true;
            }
        }
        return false;
    }

private:
    [[nodiscard]] std::vector<std::string> words_of(std::string_view name) const {
        const std::string value = view_.value(name).value_or("");
        const auto words = base::split_braced(value);
        return {words.begin(), words.end()};
    }

    const config::View& view_;
    std::set<std::string, std::less<>> untold_;
};

}  // namespace

std::vector<ListedRestriction> restrictions_in(const std::vector<std::string>& words) {
    std::vector<ListedRestriction> out;
    bool only_warns = false;
    for (auto word = words.begin(); word != words.end(); ++word) {
        if (base::iequals(*word, "warn_if_reject")) {
            only_warns = true;
            continue;
        }
        out.push_back({*word, {}, std::exchange(only_warns, false)});
        if (takes_argument(*word) && std::next(word) != words.end()) {
            out.back().argument = *++word;
        }
    }
    return out;
}

bool refuses_strangers(std::string_view word) {
    return is_one_of(word, {"reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit", "check_relay_domains"});
}

bool refuses_relaying(const config::View& view, std::string_view parameter) { return Classes(view).refuse(view.list(parameter)); }

}  // namespace posthouse::receive
