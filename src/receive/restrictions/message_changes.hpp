#pragma once
// What access lists do to the message itself, besides permitting and refusing: access(5), "OTHER ACTIONS". Pure.
#include "mail/message_changes.hpp"

namespace posthouse::receive {

/// Gathered over all lists and recipients of one transaction. Its growth is bounded by smtpd_recipient_limit: a list adds at
/// most what its tables say.
struct MessageChanges : mail::MessageChanges {
    std::vector<std::string> prepend;  // header fields, without CRLF

    void add(MessageChanges&& later) {
        std::move(later.prepend.begin(), later.prepend.end(), std::back_inserter(prepend));
        mail::MessageChanges::add(std::move(later));
    }
};

}  // namespace posthouse::receive
