#pragma once
// Mail for one domain is tried again now: ETRN (RFC 1985), sendmail -qR, postqueue -s. flush(8).
#include <string>

#include "mail/queue_admin.hpp"

namespace posthouse::mail {

/// Every deferred message with a pending recipient in the domain `site`; returns how many. Mail that comes meanwhile is no
/// part of it. Reads the queue page by page, so that it costs time with a long queue, but no memory.
world::Task<base::Result<std::uint64_t>> flush_site(QueueAdmin& queue, std::string site, world::Core& home);

}  // namespace posthouse::mail
