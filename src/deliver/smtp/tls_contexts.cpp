#include "deliver/smtp/tls_contexts.hpp"

namespace posthouse::deliver {

std::shared_ptr<const world::TlsClientContext> TlsContexts::get(const TlsPolicy& policy) {
    if (policy.level == TlsLevel::none) {
        return nullptr;
    }
    const std::string key = policy.protocols + '\n' + policy.ciphers + '\n' + policy.exclude_ciphers;
    if (const auto found = contexts_.find(key); found != contexts_.end()) {
        return found->second;
    }
    auto made = engine_.client_context(client_settings(policy, settings_));
    if (!made) {
        // Not remembered: the file may be there next time.
        events_.warn(speaker_, "TLS library problem: " + made.error().text);
        return nullptr;
    }
    contexts_.emplace(key, *made);
    return *made;
}

}  // namespace posthouse::deliver
