#include "cleanup/duplicates.hpp"

#include <string>
#include <unordered_set>

#include "base/case_fold.hpp"

namespace posthouse::cleanup {

namespace {

std::string identity(const mail::Recipient& recipient) {
    std::string key;
    for (const std::string* part : {&recipient.address, &recipient.original_address, &recipient.original_recipient}) {
        key += base::fold_case(*part) + '\n';
    }
    const mail::DsnNotify& notify = recipient.notify;
    for (const bool flag : {notify.never, notify.success, notify.failure, notify.delay}) {
        key += flag ? '1' : '0';
    }
    return key;
}

}  // namespace

void drop_duplicates(std::vector<mail::Recipient>& recipients, std::size_t limit) {
    if (recipients.size() < 2) {
        return;
    }
    std::unordered_set<std::string> seen;
    std::erase_if(recipients, [&](const mail::Recipient& recipient) {
        std::string key = identity(recipient);
        const bool remembers = limit == 0 || seen.size() < limit;
        return remembers ? !seen.insert(std::move(key)).second : seen.contains(key);
    });
}

}  // namespace posthouse::cleanup
