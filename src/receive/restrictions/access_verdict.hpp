#pragma once
// From what a table or a policy server answers, access(5), to a verdict.
#include <string>

#include "receive/restrictions/access_action.hpp"
#include "receive/restrictions/access_subject.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

/// The context for lists inside values. A value is read long after the configuration: no table can be opened then, and the load's
/// findings are gone.
[[nodiscard]] RestrictionContext for_values(const RestrictionContext& context);

class AccessVerdicts {
public:
    /// `name`: the restriction, for the log: "check_client_access hash:/x".
    AccessVerdicts(std::string name, const RestrictionContext& context)
        : name_(std::move(name)), context_(for_values(context)), others_queue_(!context.view.text("smtpd_proxy_filter").empty()) {}

    /// What `value` says about `subject`. A value that is a list is followed.
    [[nodiscard]] world::Task<Verdict> of(std::string value, AccessSubject subject, Facts facts) const;

private:
    [[nodiscard]] Verdict verdict_of(const AccessAction& action, const AccessSubject& subject, const Facts& facts) const;
    [[nodiscard]] Verdict on_message(Verdict::Kind kind, std::string_view word, const AccessAction& action, const AccessSubject& subject, const Facts& facts) const;
    [[nodiscard]] bool is_possible(std::string_view word, const Facts& facts) const;
    [[nodiscard]] Verdict change_message(const AccessAction& action, const AccessSubject& subject, const Facts& facts) const;

    std::string name_;
    RestrictionContext context_;
    bool others_queue_;  // behind smtpd_proxy_filter: what is asked of the queue cannot be done
};

}  // namespace posthouse::receive
