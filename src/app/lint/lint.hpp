#pragma once
// Everything that posthouse check knows beyond what is malformed, unknown or cannot be opened.
#include "app/lint/rule.hpp"

namespace posthouse::app::lint {

// One family of rules, one file.
void relay_control(const Subject& subject, Report& report);   // who may relay, who is refused, what no session reaches
void networks(const Subject& subject, Report& report);        // mynetworks
void logins(const Subject& subject, Report& report);          // AUTH of our services
void upstream_login(const Subject& subject, Report& report);  // AUTH and TLS at next hops
void switches(const Subject& subject, Report& report);        // something is set up and not switched on
void old_names(const Subject& subject, Report& report);
void overrides(const Subject& subject, Report& report);       // -o
void comments(const Subject& subject, Report& report);        // "# …" that is part of a value
void secrets(const Subject& subject, Report& report);         // files that everybody may read
void certificates(const Subject& subject, Report& report);
void services(const Subject& subject, Report& report);        // rows that nothing names
void line_checks(const Subject& subject, Report& report);     // header_checks(5)
void destinations(const Subject& subject, Report& report);    // domains, recipients and routes
void milters(const Subject& subject, Report& report);         // who is asked about mail, and is not there

/// All of them.
void all(const Subject& subject, config::Findings& findings);

}  // namespace posthouse::app::lint
