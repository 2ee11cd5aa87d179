#pragma once
// Logins that a server refused: smtp_sasl_auth_cache_name. Asking again with the same password gets accounts locked. In
// memory, on its agent's core.
#include <map>
#include <optional>
#include <string>

#include "sasl/client_mechanism.hpp"
#include "smtp/reply_parser.hpp"
#include "world/clock.hpp"

namespace posthouse::deliver {

class SaslRefusals {
public:
    [[nodiscard]] static std::string key(const std::string& host, const sasl::ClientLogin& login) {
        return host + '\0' + login.user + '\0' + login.password;
    }
    /// What the server said, if that was after `since`.
    [[nodiscard]] std::optional<smtp::RemoteReply> find(const std::string& key, world::SteadyTime since) const {
        const auto found = refusals_.find(key);
        return found == refusals_.end() || found->second.at <= since ? std::nullopt : std::optional(found->second.reply);
    }
    void add(const std::string& key, smtp::RemoteReply reply, world::SteadyTime now) {
        if (refusals_.size() >= refusals_max) {
            refusals_.clear();  // each is asked once more
        }
        refusals_[key] = {std::move(reply), now};
    }

private:
    static constexpr std::size_t refusals_max = 1000;  // ours: senders with logins of their own can be many

    struct Refusal {
        smtp::RemoteReply reply;
        world::SteadyTime at;
    };
    std::map<std::string, Refusal> refusals_;
};

}  // namespace posthouse::deliver
