#include "net/tls_connection.hpp"
namespace posthouse::net {
base::Result<std::unique_ptr<TlsConnection>> make_server_connection(int, std::shared_ptr<const world::TlsServerContext>) {
    return base::fail(base::ErrorKind::tls, "TLS is not available");
}
base::Result<std::unique_ptr<TlsConnection>> make_client_connection(int, world::TlsClientRequest) {
    return base::fail(base::ErrorKind::tls, "TLS is not available");
}
}  // namespace posthouse::net
