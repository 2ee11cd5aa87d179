#pragma once
// Server: the whole graph on one world. Built and stopped on core 0; the stations know nothing of each other, here they meet.
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/certificate_watch.hpp"
#include "app/reach_watch.hpp"
#include "app/current.hpp"
#include "app/generation.hpp"
#include "app/world.hpp"
#include "bounce/notifier.hpp"
#include "control/admin_server.hpp"
#include "queue/queue.hpp"
#include "queue/spool/sqlite_spool.hpp"
#include "receive/listener.hpp"
#include "receive/pickup.hpp"
#include "verify/verifier.hpp"

namespace posthouse::app {

/// The texts of the errors among findings.
[[nodiscard]] std::set<std::string> error_texts(const config::Findings& findings);

class Server {
public:
    /// Opens the spool, builds the first generation, binds every address. Nothing runs yet. Blocking; before the cores run or
    /// on core 0. The error says what and where; `findings` has everything that is worth knowing.
    static base::Result<std::unique_ptr<Server>> make(ServerWorld world, std::shared_ptr<const config::Configuration> configuration, config::Findings& findings);
    ~Server();

    /// Accepts connections and delivers; callable before the cores run.
    void start();
    /// On core 0. New connections are refused at once, sessions get a 421, deliveries under way get a few seconds.
    world::Task<void> stop();
    /// On core 0. All or nothing: an error leaves everything as it was. The text is for the operator.
    world::Task<base::Result<std::string>> reload();

    /// What the admin socket may ask for; set before start().
    std::function<void()> on_stop_requested;

    [[nodiscard]] queue::Queue& queue() { return *queue_; }
    [[nodiscard]] queue::SqliteSpool& spool() { return *spool_; }
    [[nodiscard]] const Generation& generation() const { return *held_; }
    [[nodiscard]] const std::vector<base::Endpoint> listening() const;

private:
    explicit Server(ServerWorld world);
    void make_verifier();
    base::Result<void> open_spool(const config::View& view);
    mail::Spool& spool_door() { return wrapped_spool_ ? *wrapped_spool_ : *spool_; }
    base::Result<void> bind(const Generation& generation);
    /// What a core needs to accept at one address; made on core 0, so that no core reads what core 0 changes.
    struct Opening {
        Listening listening;
        std::shared_ptr<world::ListenSocket> socket;
        ServiceRooms::Room room;
    };
    [[nodiscard]] std::vector<Opening> openings() const;
    void start_listeners(std::size_t core, const std::vector<Opening>& openings);
    world::Task<void> close_listeners(std::size_t core);
    /// Publishes what is made of `configuration`; an error leaves everything as it was. The text is for the operator.
    base::Result<std::string> replace(std::shared_ptr<const config::Configuration> configuration, config::Findings findings);
    base::Result<void> read_certificates_again();
    [[nodiscard]] ReachWatch::Doors reach_doors();
    /// What anvil(8) logs every anvil_status_update_time.
    world::Task<void> log_peaks();
    world::Task<void> on_core(std::size_t core, std::function<world::Task<void>()> work);
    void retire(std::shared_ptr<const Generation> old);
    world::Task<void> stop_agents(std::shared_ptr<const Generation> old, std::size_t core);
    std::unique_ptr<control::AdminServer> make_admin_server();
    [[nodiscard]] receive::PickupSettings pickup_settings() const;
    world::Task<void> serve_stand_alone(std::unique_ptr<world::Stream> stream);
    world::Task<base::Result<void>> judge_user(std::shared_ptr<const Generation> generation, control::LocalRequest request);

    struct PerCore {
        std::map<ListenPlace, std::unique_ptr<receive::SmtpdListener>> listeners;
        world::TaskGroup tasks;
        world::TaskGroup answers;  // on_core(); apart, so that it can wait for `tasks`
    };

    ServerWorld world_;
    world::WallTime started_;
    Current current_;
    std::shared_ptr<const Generation> held_;
    CurrentRouter router_{current_};
    CurrentTransports transports_{current_};
    ServiceRooms rooms_;
    ScreenCaches screen_caches_;
    receive::ClientLimits stand_alone_limits_{std::chrono::seconds{60}};
    std::unique_ptr<queue::SqliteSpool> spool_;
    std::unique_ptr<mail::Spool> wrapped_spool_;  // null: none
    queue::QueueSettings queue_settings_;
    std::vector<std::unique_ptr<CurrentIntake>> intakes_;
    AnyCoreIntake any_intake_{intakes_};
    std::unique_ptr<bounce::BounceNotifier> notifier_;
    std::unique_ptr<queue::Queue> queue_;
    std::unique_ptr<verify::CachedVerifier> verifier_;  // asks queue_
    std::map<ListenPlace, std::shared_ptr<world::ListenSocket>> sockets_;
    std::unique_ptr<control::AdminServer> admin_;
    std::unique_ptr<receive::Pickup> pickup_;
    bool reloading_ = false;
    CertificateWatch certificates_;
    ReachWatch reach_watch_;
    world::TaskGroup watch_;              // certificates_.run(), reach_watch_.run(), log_peaks(); on core 0
    std::atomic<bool> stopping_ = false;  // read by every core
    std::set<std::string> known_errors_;  // of the running configuration: those do not refuse a reload
    std::vector<std::unique_ptr<PerCore>> cores_;
};

}  // namespace posthouse::app
