#pragma once
// What is behind world::TlsServerContext and world::TlsClientContext.
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "net/openssl_handles.hpp"
#include "world/tls.hpp"

namespace posthouse::net {

struct OpensslServerContext final : world::TlsServerContext {
    OpensslServerContext(ContextHandle made, const EVP_MD* digest, world::NamedChains chains, bool closes_fast, bool binds)
        : context(std::move(made)), fingerprint_digest(digest), named_chains(std::move(chains)), fast_shutdown(closes_fast), channel_bindings(binds) {}
    ContextHandle context;
    const EVP_MD* fingerprint_digest;
    world::NamedChains named_chains;
    bool fast_shutdown;
    bool channel_bindings;
};

/// Sessions to resume, by the caller's key; the longest unused one goes first. For all cores: it has a lock.
class SessionCache {
public:
    void store(const std::string& key, SessionHandle session);
    /// Takes the session out: a TLS 1.3 ticket is good for one connection, and no two threads share a session.
    [[nodiscard]] SessionHandle take(const std::string& key);

private:
    static constexpr std::size_t sessions_max = 2000;
    struct Entry {
        std::string key;
        SessionHandle session;
    };
    std::mutex mutex_;
    std::list<Entry> entries_;  // newest first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

struct OpensslClientContext final : world::TlsClientContext {
    OpensslClientContext(ContextHandle made, const EVP_MD* digest, bool closes_fast)
        : context(std::move(made)), fingerprint_digest(digest), fast_shutdown(closes_fast) {}
    ContextHandle context;
    const EVP_MD* fingerprint_digest;
    bool fast_shutdown;
    mutable SessionCache sessions;
};

/// Where a connection leaves its context and key for OpenSSL's new-session call.
struct SessionOwner {
    const OpensslClientContext* context;
    std::string key;
};
[[nodiscard]] int session_owner_index();

}  // namespace posthouse::net
