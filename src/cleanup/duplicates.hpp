#pragma once
// Recipients that were named twice. Pure.
#include <cstddef>
#include <vector>

#include "mail/envelope.hpp"

namespace posthouse::cleanup {

/// Keeps the first of recipients that agree in address, original address, ORCPT and NOTIFY, without regard to case.
/// Remembers `limit` of them (duplicate_filter_limit; 0: all); beyond that all are kept.
void drop_duplicates(std::vector<mail::Recipient>& recipients, std::size_t limit);

}  // namespace posthouse::cleanup
