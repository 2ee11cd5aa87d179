#pragma once
// What tables and policy servers want done with a message besides refusing it: access(5) and header_checks(5), "OTHER ACTIONS". Pure.
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace posthouse::mail {

struct MessageChanges {
    bool hold = false;
    bool discard = false;
    std::string filter;            // transport:nexthop; empty: none
    std::string redirect;          // instead of all recipients; empty: none
    std::vector<std::string> bcc;  // recipients besides the others: of access lists they ask for reports as others do
    std::vector<std::string> quiet_bcc;  // of header_checks(5) never

    /// What was decided later wins where there can be only one.
    void add(MessageChanges&& later) {
        hold = hold || later.hold;
        discard = discard || later.discard;
        if (!later.filter.empty()) {
            filter = std::move(later.filter);
        }
        if (!later.redirect.empty()) {
            redirect = std::move(later.redirect);
        }
        std::move(later.bcc.begin(), later.bcc.end(), std::back_inserter(bcc));
        std::move(later.quiet_bcc.begin(), later.quiet_bcc.end(), std::back_inserter(quiet_bcc));
    }
};

}  // namespace posthouse::mail
