#pragma once
// Where a connection through a proxy gets the client's and our own address from: postscreen_upstream_proxy_protocol. postconf(5).
#include <memory>

#include "receive/postscreen/screen.hpp"
#include "world/network.hpp"

namespace posthouse::receive::postscreen {

/// The stream as the client and not the proxy made it. ErrorKind::invalid, ErrorKind::timeout: the proxy did not say who that is.
[[nodiscard]] world::Task<base::Result<std::unique_ptr<world::Stream>>> behind_upstream_proxy(std::unique_ptr<world::Stream> stream, std::shared_ptr<const Screen> screen, world::Core& core);

}  // namespace posthouse::receive::postscreen
