#pragma once
// Connection: one non-blocking socket of the load generator, plain or with TLS, and its buffers. One thread, one epoll loop.
#include <openssl/ssl.h>

#include <cstdint>
#include <string>

namespace load {

enum class Role : std::uint8_t { client, server };

class Connection {
public:
    explicit Connection(int descriptor) : descriptor_(descriptor) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] bool has_tls() const { return ssl_ != nullptr; }
    [[nodiscard]] bool resumed() const { return ssl_ != nullptr && SSL_session_reused(ssl_) == 1; }
    /// From here on everything is encrypted; the handshake happens with the first reads and writes. `session` may be null.
    void start_tls(SSL_CTX* context, Role role, SSL_SESSION* session);

    /// Reads what is there; false: the peer is gone.
    bool read();
    /// Writes what can be written; false: the peer is gone.
    bool write();

    std::string input;
    std::string output;

private:
    bool again(int outcome) const;

    int descriptor_;
    SSL* ssl_ = nullptr;
};

/// A non-blocking connection to 127.0.0.1; -1 if there is none to be had.
int connect_to(int port);
/// A non-blocking listener on an IPv4 address in host order; -1 and errno.
int listen_on(std::uint32_t address, int port);
std::uint64_t now_ns();

}  // namespace load
