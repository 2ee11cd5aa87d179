#pragma once
// Story: a plan performed: the peers, the server, the acts, and the judges who watch.
#include <memory>
#include <string>
#include <vector>

#include "sim/peers/dovecot_server.hpp"
#include "sim/peers/local_sender.hpp"
#include "sim/peers/milter_server.hpp"
#include "sim/peers/rude_client.hpp"
#include "sim/peers/smtp_client.hpp"
#include "sim/scenario.hpp"
#include "sim/sim_server.hpp"

namespace posthouse::sim {

class Story {
public:
    Story(std::uint64_t seed, const ScenarioOptions& options);
    Verdict tell();

private:
    SimServerSettings server_settings();
    void start_peers();
    void start_hops();
    static world::Task<void> live(SmtpClient& client, PeerHost& host, ClientPlan& plan);
    PeerHost& add_host(std::string name, std::vector<base::IpAddress> addresses);
    /// Everything that is to happen, up to the end of all mail.
    void play();
    void see_it_end();
    void end_peers();
    void judge_pace();

    // acts, in story_acts_performed.cpp
    void perform(const Act& act);
    void crash_at_event(const Act& act);
    void restart(const Act& act);
    void reload(const Act& act);
    void break_disk(const Act& act);
    void meddle();
    void release_held();
    void put_main_cf(const std::string& text);
    /// Up again, however often the power goes while it starts.
    void ensure_running();
    enum class Death : std::uint8_t { power, process };
    void darkness(const Act& act, Death death);
    /// Lets the story go on; a power failure on the way is dealt with.
    void wait(Duration time);
    void check_memory();

    bool all_is_done();
    SimRandom& random() { return world_.scheduler.random(); }

    World world_;
    const ScenarioOptions& options_;
    StoryPlan plan_;
    Ledger ledger_;
    LoadJudge load_judge_;
    SessionJudge session_judge_;
    AttemptJudge attempt_judge_;
    SimTls hop_tls_;
    std::vector<std::unique_ptr<PeerHost>> hosts_;
    std::vector<std::unique_ptr<NextHop>> hops_;
    std::unique_ptr<DovecotServer> dovecot_;  // null: nobody logs in
    std::unique_ptr<MilterServer> milter_;    // null: nobody is asked
    std::vector<std::unique_ptr<SmtpClient>> clients_;
    std::vector<std::unique_ptr<RudeClient>> rude_clients_;
    SimServer server_;
    LocalSender local_sender_;
    std::vector<std::string> problems_;
    bool over_limit_ = false;  // said once
    world::TaskGroup peers_;
};

}  // namespace posthouse::sim
