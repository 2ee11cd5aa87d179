#pragma once
// TLS contexts by what they are made of; each is made once.
#include <map>
#include <memory>
#include <string>

#include "deliver/smtp/tls_policy.hpp"
#include "observe/event.hpp"

namespace posthouse::deliver {

class TlsContexts {
public:
    TlsContexts(const TlsSettings& settings, world::TlsEngine& engine, observe::EventSink& events, std::string speaker)
        : settings_(settings), engine_(engine), events_(events), speaker_(std::move(speaker)) {}

    /// Null if the engine refuses, which is logged: certificates that cannot be read, protocols or ciphers it does not
    /// know.
    [[nodiscard]] std::shared_ptr<const world::TlsClientContext> get(const TlsPolicy& policy);

private:
    const TlsSettings& settings_;
    world::TlsEngine& engine_;
    observe::EventSink& events_;
    std::string speaker_;
    std::map<std::string, std::shared_ptr<const world::TlsClientContext>>
        contexts_;  // as many as the policy table has kinds
};

}  // namespace posthouse::deliver
