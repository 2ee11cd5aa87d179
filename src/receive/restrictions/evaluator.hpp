#pragma once
// A restriction list: parsed once, evaluated in order, with Postfix's rules for permit, reject and "if" verdicts.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

/// What lists have decided besides their verdicts, from the first that is asked about a command to the last.
struct Decision {
    Stage stage = Stage::client;
    MessageChanges changes;
    std::optional<smtp::Reply> defer_if_permit;  // what to answer should all lists end positively, those of later stages, too
    std::optional<smtp::Reply> defer_if_reject;  // what to answer instead of a 5yz of this stage

    /// Before each list: of which stage it is.
    void enter(Stage next) {
        if (std::exchange(stage, next) != next) {
            defer_if_reject.reset();
        }
    }
    /// Whether defer_if_reject is what to answer instead.
    [[nodiscard]] bool softens(const smtp::Reply& refusal) const { return defer_if_reject && refusal.is_permanent_negative(); }
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
    /// What the references name must live until the task has ended. `decision` may come from an earlier list; a defer_if_permit in
    /// it is for the caller, when all lists have ended positively. DISCARD is a permit, and no other list is to be asked.
    world::Task<Verdict> evaluate(const Facts& facts, Decision& decision, const Warned& warned) const;
    /// Inside another list: everything besides the verdict is in Verdict::effects. Too deep a nesting is a 451 4.3.5.
    world::Task<Verdict> evaluate_nested(Facts facts) const;
    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    struct Entry {
        std::shared_ptr<const Restriction> restriction;
        bool warn_if_reject = false;
    };
    using Weight = Trace::Weight;
    static void apply(SideEffects effects, Weight weight, Decision& decision, const Warned& warned);

    world::Task<void> note_permit(const Entry& entry, const Verdict& verdict, const Facts& facts, const Warned& warned) const;

    std::vector<Entry> entries_;
    std::shared_ptr<const tables::MatchList> logged_permits_;
};

}  // namespace posthouse::receive
