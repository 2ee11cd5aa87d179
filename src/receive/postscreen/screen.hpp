#pragma once
// Screen: everything one postscreen row of master.cf needs on one core, ready made. Immutable: a client keeps the one it met through
// reloads. `clients` and `cache` outlive it and are shared by all cores.
#include <memory>
#include <vector>

#include "receive/postscreen/access_list.hpp"
#include "receive/postscreen/client_cache.hpp"
#include "receive/postscreen/dnsbl_score.hpp"
#include "receive/postscreen/screened_clients.hpp"
#include "receive/postscreen/settings.hpp"
#include "receive/service.hpp"
#include "receive/session_places.hpp"

namespace posthouse::receive::postscreen {

/// The row of type pass that serves who gets through.
struct Behind {
    std::shared_ptr<const SmtpdService> service;
    std::shared_ptr<const SmtpdService> stressed;  // null: the same
    std::shared_ptr<ClientLimits> limits;
    std::shared_ptr<SessionPlaces> places;
};

/// Remembers on disk what the cache was told; callable from every core.
class CacheKeeper {
public:
    virtual ~CacheKeeper() = default;
    [[nodiscard]] virtual const std::shared_ptr<ClientCache>& cache() const = 0;
    virtual void keep(const base::IpAddress& client, const TestStamps& stamps) = 0;
};

struct Screen {
    std::shared_ptr<const ScreenSettings> settings;
    AccessList access_list;
    tables::MatchList allowlist_interfaces;
    std::vector<DnsblDomain> dnsbl_domains;
    std::shared_ptr<const tables::MapList> command_filter, reject_footer_maps, discard_ehlo_keyword_maps, dnsbl_reply_maps;  // null: none
    std::shared_ptr<const tables::MatchList> forbidden_commands;                                                             // null: none
    std::shared_ptr<const world::TlsServerContext> tls;  // null: no TLS, or it could not be set up
    std::function<message::Zone(world::WallTime)> zone;
    Behind behind;
    std::shared_ptr<ScreenedClients> clients;
    std::shared_ptr<ClientCache> cache;   // null: nothing is remembered
    std::shared_ptr<CacheKeeper> keeper;  // null: it is kept nowhere
};

}  // namespace posthouse::receive::postscreen
