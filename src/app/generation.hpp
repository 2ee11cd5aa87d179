#pragma once
// Generation: everything that is made of one configuration. Built completely before anything changes, published at once,
// kept alive by the sessions and deliveries that began with it.
//
// Who drops it last may be any core: whoever asked for a route when it was replaced. That is safe because nothing is under way in it
// by then. What belongs to a core (services, transports) is held by that core's sessions and deliveries themselves, and
// Server::stop_agents, which holds the generation too, has ended each agent's idle connections and tasks on the agent's own core. What
// cores share (tables, the router, TLS contexts) does not change after build() and is freed on any thread. So a part that keeps a
// task, a timer or a socket has to end it in stop(), never in its destructor.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/interfaces.hpp"
#include "app/local_users.hpp"
#include "app/world.hpp"
#include "bounce/settings.hpp"
#include "cleanup/intake.hpp"
#include "mail/intake.hpp"
#include "queue/transport.hpp"
#include "receive/policy/client.hpp"
#include "receive/service.hpp"
#include "receive/session_places.hpp"
#include "route/router.hpp"
#include "verify/settings.hpp"

namespace posthouse::app {

/// An address, or the path of a socket.
struct ListenPlace {
    base::Endpoint endpoint;
    std::string path = {};  // not empty: a Unix socket
    unsigned mode = 0;      // of that socket
    [[nodiscard]] std::string text() const { return path.empty() ? endpoint.text() : path; }
    friend auto operator<=>(const ListenPlace&, const ListenPlace&) = default;
};

/// Where an smtpd row listens.
struct Listening {
    ListenPlace place;
    std::string service;  // key of its SmtpdService
    std::size_t process_limit = 100;
    friend bool operator==(const Listening&, const Listening&) = default;
};

/// What one core has of its own: everything that reaches the network or keeps state.
struct CoreGeneration {
    std::map<std::string, std::shared_ptr<const receive::SmtpdService>, std::less<>> services;
    /// The same with stress = yes (STRESS_README); a row that sets stress itself has none.
    std::map<std::string, std::shared_ptr<const receive::SmtpdService>, std::less<>> stressed_services;
    [[nodiscard]] std::shared_ptr<const receive::SmtpdService> service(const std::string& name, receive::Load load) const {
        const auto stressed = load == receive::Load::stress ? stressed_services.find(name) : stressed_services.end();
        return stressed != stressed_services.end() ? stressed->second : services.at(name);
    }
    std::map<std::string, std::shared_ptr<const queue::Transport>, std::less<>> transports;
    std::shared_ptr<receive::PolicyClients> policy_clients;
};

class Generation {
public:
    /// Doors of the server that outlive every generation.
    struct Doors {
        mail::Router& router;  // the current one's
        mail::AddressVerifier* verifier = nullptr;  // null, for a check: nobody is going to ask
        mail::Intake* intake = nullptr;  // null: nothing is delivered either
    };
    /// An error names what must be mended; warnings go to `findings`.
    static base::Result<std::shared_ptr<const Generation>> build(std::shared_ptr<const config::Configuration> configuration, const ServerWorld& world, const Doors& doors,
                                                                 config::Findings& findings);

    [[nodiscard]] const config::Configuration& configuration() const { return *configuration_; }
    [[nodiscard]] const std::shared_ptr<const config::Configuration>& configuration_pointer() const { return configuration_; }
    [[nodiscard]] const Interfaces& interfaces() const { return interfaces_; }
    [[nodiscard]] mail::Router& router() const { return *router_; }
    [[nodiscard]] const std::vector<Listening>& listenings() const { return listenings_; }
    /// What "sendmail -bs" talks to, on core 0.
    [[nodiscard]] const std::shared_ptr<const receive::SmtpdService>& stand_alone() const { return stand_alone_; }
    [[nodiscard]] const CoreGeneration& core(std::size_t index) const { return cores_[index]; }
    [[nodiscard]] std::shared_ptr<const cleanup::CleanupSettings> cleanup() const { return cleanup_; }
    [[nodiscard]] std::shared_ptr<const bounce::BounceSettings> bounce() const { return bounce_; }
    [[nodiscard]] std::shared_ptr<const verify::VerifySettings> verify() const { return verify_; }
    [[nodiscard]] const std::shared_ptr<const LocalUsers>& local_users() const { return local_users_; }

private:
    friend class GenerationBuilder;
    std::shared_ptr<const config::Configuration> configuration_;
    Interfaces interfaces_;
    std::unique_ptr<route::PostfixRouter> router_;
    std::vector<Listening> listenings_;
    std::vector<CoreGeneration> cores_;
    std::shared_ptr<const receive::SmtpdService> stand_alone_;
    std::shared_ptr<const cleanup::CleanupSettings> cleanup_;
    std::shared_ptr<const bounce::BounceSettings> bounce_;
    std::shared_ptr<const verify::VerifySettings> verify_;
    std::shared_ptr<const LocalUsers> local_users_;
};

}  // namespace posthouse::app
