#pragma once
// What access tables do to the message itself, besides permitting and refusing: access(5), "OTHER ACTIONS". Pure.
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace posthouse::receive {

/// Gathered over all lists and recipients of one transaction. Its growth is bounded by smtpd_recipient_limit: a list adds at
/// most what its tables say.
struct MessageChanges {
    bool hold = false;
    bool discard = false;
    std::string filter;    // transport:nexthop; empty: none
    std::string redirect;  // instead of all recipients; empty: none
    std::vector<std::string> bcc;
    std::vector<std::string> prepend;  // header fields, without CRLF

    /// What was decided later wins where there can be only one.
    void add(MessageChanges later) {
        hold = hold || later.hold;
        discard = discard || later.discard;
        if (!later.filter.empty()) {
            filter = std::move(later.filter);
        }
        if (!later.redirect.empty()) {
            redirect = std::move(later.redirect);
        }
        std::move(later.bcc.begin(), later.bcc.end(), std::back_inserter(bcc));
        std::move(later.prepend.begin(), later.prepend.end(), std::back_inserter(prepend));
    }
};

}  // namespace posthouse::receive
