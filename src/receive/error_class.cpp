#include "receive/error_class.hpp"

#include "base/text.hpp"

namespace posthouse::receive {

ErrorClasses ErrorClasses::parse(const std::vector<std::string>& words) {
    static constexpr std::pair<std::string_view, ErrorClass> names[] = {{"policy", ErrorClass::policy},
                                                                        {"protocol", ErrorClass::protocol},
                                                                        {"resource", ErrorClass::resource},
                                                                        {"software", ErrorClass::software},
                                                                        {"data", ErrorClass::data}};
    ErrorClasses out;
    for (const std::string& word : words) {
        for (const auto& [name, one] : names) {
            if (base::iequals(word, name)) {
                out.add(one);
            }
        }
    }
    return out;
}

ErrorClass error_class_of(const smtp::Reply& reply) {
    if (reply.code < 400) {
        return ErrorClass::none;
    }
    if (!reply.status) {
        // HELO and ETRN have replies without status.
        return reply.code >= 500 && reply.code <= 503 ? ErrorClass::protocol : ErrorClass::policy;
    }
    const smtp::EnhancedStatus& status = *reply.status;
    if (status.subject == 3 && status.detail == 5) {
        // An access table or a policy server may choose the same status: that is the operator's decision, no trouble of ours.
        const bool chosen = !reply.lines.empty() && reply.lines.front().find(" rejected: ") != std::string::npos;
        return chosen ? ErrorClass::policy : ErrorClass::software;
    }
    if (reply.code == 454 && status.subject == 7 && status.detail == 0) {
        return ErrorClass::software;  // no certificate, no password backend
    }
    if (status.subject == 3 && status.detail != 4) {
        return !reply.lines.empty() && reply.lines.front().ends_with("Temporary lookup failure") ? ErrorClass::data : ErrorClass::resource;
    }
    // 504 5.5.2 is reject_non_fqdn_…, 501 5.5.2 a HELO name that an access list refused.
    const bool access_list = reply.code == 504 || (reply.code == 501 && status.detail == 2);
    return status.subject == 5 && !access_list ? ErrorClass::protocol : ErrorClass::policy;
}

}  // namespace posthouse::receive
