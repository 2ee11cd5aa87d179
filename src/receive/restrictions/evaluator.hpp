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
    MessageChanges changes;
    // Pending: what to answer instead, should all lists end positively, or should one end with a 5yz.
    std::optional<smtp::Reply> defer_if_permit, defer_if_reject;
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
    /// What the references name must live until the task has ended.
    world::Task<Verdict> evaluate(const Facts& facts, Decision& side_effects, const Warned& warned) const;
    /// As evaluate(), for a list that other lists follow: a defer_if_permit stays pending in `side_effects`, and one that is
    /// pending from an earlier list is kept. evaluate() on the last list, with the same Decision, settles it.
    world::Task<Verdict> evaluate_before_others(const Facts& facts, Decision& side_effects, const Warned& warned) const;
    /// Inside another list: everything besides the verdict is in Verdict::effects. Too deep a nesting is a 451 4.3.5.
    world::Task<Verdict> evaluate_nested(Facts facts) const;
    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    struct Entry {
        std::shared_ptr<const Restriction> restriction;
        bool warn_if_reject = false;
    };
    static void apply(SideEffects effects, const Entry& entry, Decision& side_effects, const Warned& warned);

    world::Task<void> note_permit(const Entry& entry, const Verdict& verdict, const Facts& facts, const Warned& warned) const;

    std::vector<Entry> entries_;
    std::shared_ptr<const tables::MatchList> logged_permits_;
};

}  // namespace posthouse::receive
