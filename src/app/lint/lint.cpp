#include "app/lint/lint.hpp"

namespace posthouse::app::lint {

void all(const Subject& subject, config::Findings& findings) {
    static constexpr Rule rules[] = {relay_control, networks,  logins,  upstream_login, switches, old_names,
                                     overrides,     comments,  secrets, certificates,   services, line_checks, destinations,
                                     milters};
    Report report(findings);
    for (const Rule rule : rules) {
        rule(subject, report);
    }
}

}  // namespace posthouse::app::lint
