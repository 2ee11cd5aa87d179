#pragma once
// For tests: a postscreen row in virtual time, with clients that speak when they are told to, and a pass row behind it.
#include <gtest/gtest.h>

#include "dns/scripted_resolver_test.hpp"
#include "receive/postscreen/entrance.hpp"
#include "receive/session_rig_test.hpp"
#include "world/race.hpp"

namespace posthouse::receive::postscreen::rig {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ManualClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(seconds(1'700'000'000)) + now_.time_since_epoch(); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        while (now_ < time) {
            co_await moved_.wait();
        }
    }
    /// In small steps, so that what is due first happens first.
    void advance(world::Duration by) {
        const world::SteadyTime end = now_ + by;
        const world::Duration step = by > seconds(1000) ? by : world::Duration(milliseconds(100));
        while (now_ < end) {
            now_ = std::min(end, now_ + step);
            moved_.notify_all();
        }
    }

private:
    world::SteadyTime now_;
    world::Signal moved_;
};

/// Answers after `delay`, or not at all before the deadline.
class SlowResolver final : public world::Resolver {
public:
    explicit SlowResolver(ManualClock& clock) : clock_(clock) {}
    world::Task<world::DnsAnswer> query(std::string name, world::RecordType type, world::Deadline deadline) override {
        asked.push_back(name);
        const auto found = delay.find(name);
        const world::SteadyTime ready = clock_.now() + (found == delay.end() ? world::Duration::zero() : found->second);
        if (deadline.passed(ready)) {
            co_await clock_.sleep_until(deadline.time());
            world::DnsAnswer late;
            late.reason = "timeout";
            co_return late;
        }
        co_await clock_.sleep_until(ready);
        world::Task<world::DnsAnswer> asking = zone.query(name, type, deadline);
        co_return co_await std::move(asking);
    }
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view) const override { return {}; }
    [[nodiscard]] std::string hosts_name(const base::IpAddress&) const override { return {}; }
    void list(const std::string& name, std::string_view address, std::uint32_t ttl) {
        zone.a(name, address);
        zone.answers[{name, world::RecordType::a}].ttl_seconds = ttl;
    }

    dns::ScriptedResolver zone;
    std::map<std::string, world::Duration> delay;
    std::vector<std::string> asked;

private:
    ManualClock& clock_;
};

struct Client {
    Client() = default;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { hang_up(); }  // its stream does not outlive it
    std::string address = "192.0.2.1";
    std::string to = "198.51.100.1";  // ours
    std::string heard;
    bool tls = false;
    bool left = false;       // hung up
    bool dismissed = false;  // we closed
    std::string says;        // not read yet
    world::Signal changed;

    void say(std::string_view text) {
        says += text;
        changed.notify_all();
    }
    void hang_up() {
        left = true;
        changed.notify_all();
    }
    /// What came since the last look.
    std::string news() { return std::exchange(heard, {}); }
};

class ClientStream final : public world::Stream {
public:
    ClientStream(Client& client, ManualClock& clock) : client_(client), clock_(clock) {}
    ~ClientStream() override { client_.dismissed = true; }
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override {
        co_await world::cancellation_point();
        while (client_.says.empty() && !client_.left) {
            if (deadline.passed(clock_.now())) {
                co_return base::fail(base::ErrorKind::timeout, "timeout");
            }
            struct Changed {
                static world::Task<void> wait(Client& client) { co_await client.changed.wait(); }
            };
            world::Task<void> changing = Changed::wait(client_);
            world::Task<void> sleeping = clock_.sleep_until(deadline.time());
            co_await world::race(std::move(changing), std::move(sleeping));
        }
        const std::size_t count = client_.says.copy(into.data(), into.size());
        client_.says.erase(0, count);
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        co_await world::cancellation_point();
        client_.heard += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        client_.tls = true;
        world::TlsSession session;
        session.protocol = "TLSv1.3";
        session.cipher = "X";
        co_return session;
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override { co_return base::fail(base::ErrorKind::refused, "no TLS"); }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse(client_.to), 25}; }
    [[nodiscard]] base::Endpoint peer() const override { return {*base::IpAddress::parse(client_.address), 1025}; }
    [[nodiscard]] bool readable_now() const override { return !client_.says.empty(); }

private:
    Client& client_;
    ManualClock& clock_;
};

class PostscreenRow : public ::testing::Test {
protected:
    ~PostscreenRow() override {
        tasks.spawn(end());
        clock.advance(seconds(1));
        EXPECT_EQ(tasks.size(), 0U);
    }

    /// From main.cf; clients that come from now on meet it.
    void configure(std::string_view main_cf) {
        const std::string text = "myhostname = mx.example.net\nsmtpd_banner = mx.example.net ESMTP\nmynetworks = 10.0.0.0/8\n" + std::string(main_cf);
        const config::View view = config::View::of(text);
        const config::View stressed = config::View::of(text + "\nstress = yes\n");
        auto made = std::make_shared<Screen>();
        made->settings = std::make_shared<const ScreenSettings>(ScreenSettings::from(view, stressed, [this](std::string problem) { problems.push_back(std::move(problem)); }));
        const tables::OpenContext open{rig.files};
        const auto maps = [&](std::string_view parameter) {
            return view.text(parameter).empty() ? nullptr : std::make_shared<const tables::MapList>(tables::MapList::open(view.text(parameter), open));
        };
        auto mine = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(view.text("mynetworks"), tables::ParentDomains::dot_prefix, open));
        made->access_list = AccessList::parse(view.text("postscreen_access_list"), std::move(mine), open, [this](std::string problem) { problems.push_back(std::move(problem)); });
        made->allowlist_interfaces = tables::MatchList::open_addresses(view.text("postscreen_allowlist_interfaces"), tables::ParentDomains::dot_prefix, open);
        made->dnsbl_domains = parse_dnsbl_sites(view.text("postscreen_dnsbl_sites")).value();
        made->dnsbl_reply_maps = maps("postscreen_dnsbl_reply_map");
        made->command_filter = maps("postscreen_command_filter");
        made->reject_footer_maps = maps("postscreen_reject_footer_maps");
        made->discard_ehlo_keyword_maps = maps("postscreen_discard_ehlo_keyword_address_maps");
        if (!view.text("postscreen_forbidden_commands").empty()) {
            made->forbidden_commands = std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(view.text("postscreen_forbidden_commands"), open));
        }
        struct AnyContext final : world::TlsServerContext {};
        made->tls = std::make_shared<AnyContext>();
        made->behind = {rig.make_service(), nullptr, std::make_shared<ClientLimits>(seconds(60)), places};
        made->clients = clients;
        made->cache = cache;
        screen = std::move(made);
    }
    void connect(Client& client) { tasks.spawn(receive_client(screen, doors, std::make_unique<ClientStream>(client, clock), {})); }
    /// How often the log has such a line.
    [[nodiscard]] std::size_t logged(std::string_view text) const {
        return static_cast<std::size_t>(std::count_if(rig.events.lines.begin(), rig.events.lines.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
    }
    /// A client that waits, passes and says goodbye.
    void pass(const std::string& address) {
        Client client;
        client.address = address;
        connect(client);
        clock.advance(seconds(7));
        client.say("QUIT\r\n");
        EXPECT_TRUE(client.dismissed);
    }

    ManualClock clock;
    SlowResolver resolver{clock};
    scripted::SessionRig rig;
    world::Core core{0, rig.executor, clock, rig.network, resolver, rig.random};
    scripted::OneCore cores{core};
    SessionDoors doors{rig.intake, rig.router, rig.events, rig.limits, core};
    std::shared_ptr<SessionPlaces> places =
        std::make_shared<SessionPlaces>(cores, "smtpd", "private/smtpd", 1, std::make_shared<const ProcessPlaces>(cores, ProcessBound{0, ""}));
    std::shared_ptr<ScreenedClients> clients = std::make_shared<ScreenedClients>();
    std::shared_ptr<ClientCache> cache = std::make_shared<ClientCache>();
    std::shared_ptr<const Screen> screen;
    std::vector<std::string> problems;
    world::TaskGroup tasks;
    world::TaskGroup ending;

private:
    world::Task<void> end() {
        tasks.cancel();
        co_return;
    }
};

}  // namespace posthouse::receive::postscreen::rig
