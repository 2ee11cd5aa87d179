#pragma once
// world::Resolver over libunbound, one context per core: its worker thread asks and caches, our loop watches its pipe. A changed
// resolv.conf gets a new context; the old one ends with its last answer.
#include <boost/asio/io_context.hpp>
#include <memory>

#include "net/hosts_file.hpp"
#include "net/resolver_options.hpp"
#include "world/resolver.hpp"

namespace posthouse::net {

std::unique_ptr<world::Resolver> make_unbound_resolver(boost::asio::io_context& loop, const ResolverOptions& options,
                                                       std::shared_ptr<Hosts> hosts);

}  // namespace posthouse::net
