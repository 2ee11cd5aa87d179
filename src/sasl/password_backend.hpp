#pragma once
// SaslBackend: who checks logins for smtpd. One backend per core; one SaslConversation per AUTH command.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.hpp"
#include "base/result.hpp"
#include "sasl/mechanism.hpp"
#include "world/deadline.hpp"
#include "world/task.hpp"
#include "world/tls.hpp"

namespace posthouse::sasl {

struct AuthRequest {
    std::string mechanism;
    std::string service = "smtp";  // smtpd_sasl_service
    std::optional<std::string> initial_response = {};  // base64 as the client sent it; "=": empty (RFC 4954 section 4)
    base::IpAddress local_address = {};
    base::IpAddress remote_address = {};
    bool secured = false;  // TLS is on
    SecurityOptions security_options = {};  // a mechanism they forbid is an invalid one
    world::ChannelBindings bindings = {};  // of the TLS session, for mechanisms that end in -PLUS
};

struct Step {
    enum class Kind {
        challenge,          // `text` is base64 for the 334 reply
        success,            // `user` is the login name
        failure,            // `text` is the reason, for log and 535 reply
        temporary_failure,  // `text` is the reason; nothing is known about the password. Postfix 3.7 answers 535 here too
    };
    Kind kind = Kind::temporary_failure;
    std::string text;
    std::string user;  // with a failure: if known, else empty; the log writes "(unavailable)" then
    std::vector<std::string> remarks = {};  // of the back end, for the log
};

class SaslConversation {
public:
    virtual ~SaslConversation() = default;
    /// The AUTH command itself. Once, first.
    virtual world::Task<Step> start(world::Deadline deadline) = 0;
    /// The client's answer to the last challenge, as it came; "*" (abort) is the caller's to see.
    virtual world::Task<Step> step(std::string base64_line, world::Deadline deadline) = 0;
};

class SaslBackend {
public:
    virtual ~SaslBackend() = default;
    /// What the back end offers, before security options. An error: it cannot be asked now; an empty list: it has none.
    virtual world::Task<base::Result<std::vector<Mechanism>>> mechanisms(world::Deadline deadline) = 0;
    /// The backend must outlive the conversation.
    virtual std::unique_ptr<SaslConversation> begin(AuthRequest request) = 0;
};

inline constexpr std::string_view invalid_mechanism = "Invalid authentication mechanism";
inline constexpr std::string_view invalid_initial_response = "Invalid base64 data in initial response";
inline constexpr std::string_view invalid_continued_response = "Invalid base64 data in continued response";
inline constexpr std::string_view reason_unavailable = "(reason unavailable)";

}  // namespace posthouse::sasl
