#pragma once
// A restriction list: parsed once, evaluated in order, with Postfix's rules for permit, reject and "if" verdicts.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

/// What the session does with the end of an evaluation.
struct Decision {
    enum class Kind : std::uint8_t { pass, reject, disconnect } kind = Kind::pass;
    smtp::Reply reply;
    bool hold = false;
    bool discard = false;
};

class RestrictionList {
public:
    RestrictionList() = default;
    /// Words that are no restriction make an entry that answers "451 4.3.5 Server configuration error", as Postfix;
    /// `problem` is told about each.
    [[nodiscard]] static RestrictionList parse(std::string_view parameter, const std::vector<std::string>& words, const RestrictionContext& context,
                                               const std::function<void(std::string)>& problem);

    /// In order until one decides. `warned` is told of verdicts that only warn: action ("warn", "hold", "reject_warning") and text.
    using Warned = std::function<void(std::string_view action, const std::string& text)>;
    world::Task<Verdict> evaluate(Facts facts, Decision& side_effects, Warned warned) const;
    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    struct Entry {
        std::shared_ptr<const Restriction> restriction;
        bool warn_if_reject = false;
    };
    std::vector<Entry> entries_;
};

/// Whether a list contains something that can refuse mail to relay; without it smtpd(8) does not serve.
[[nodiscard]] bool refuses_relaying(const std::vector<std::string>& words);

}  // namespace posthouse::receive
