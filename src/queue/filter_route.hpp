#pragma once
// Where a message with a content filter goes (content_filter, access(5) FILTER). Pure.
#include "mail/router.hpp"
#include "queue/settings.hpp"

namespace posthouse::queue {

/// `filter` is transport:nexthop and takes the place of all routing: the recipients are looked at when the message comes back.
/// Without a nexthop it is default_filter_nexthop, or if that is empty the recipient's domain, or myhostname for an address that has none.
[[nodiscard]] mail::Route filter_route(std::string_view filter, const std::string& recipient, const QueueSettings& settings);

}  // namespace posthouse::queue
