#include "queue/filter_route.hpp"

#include "base/text.hpp"
#include "smtp/address.hpp"

namespace posthouse::queue {

mail::Route filter_route(std::string_view filter, const std::string& recipient, const QueueSettings& settings) {
    mail::Route route;
    route.state = mail::Route::State::found;
    route.recipient = recipient;
    const std::size_t colon = std::min(filter.find(':'), filter.size());
    route.transport = filter.substr(0, colon);
    route.nexthop = filter.substr(std::min(colon + 1, filter.size()));
    if (route.nexthop.empty()) {
        route.nexthop = settings.default_filter_nexthop;
    }
    if (route.nexthop.empty()) {
        const std::string domain = base::lower(smtp::domain(recipient));
        route.nexthop = domain.empty() ? settings.myhostname : domain;
    }
    return route;
}

}  // namespace posthouse::queue
