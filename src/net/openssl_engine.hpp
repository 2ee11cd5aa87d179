#pragma once
// The real TlsEngine. Contexts may be used by all cores at the same time.
#include <memory>

#include "world/tls.hpp"

namespace posthouse::net {

std::unique_ptr<world::TlsEngine> make_openssl_engine();

}  // namespace posthouse::net
