#pragma once
// For tests and fuzz targets: all that sessions and listeners with scripted clients need, with nothing behind them but an
// intake that remembers.
#include <deque>

#include "receive/listener.hpp"
#include "receive/session.hpp"
#include "tables/fake_files.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::receive::scripted {

using std::chrono::seconds;

class SessionClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(seconds(2'000)); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        now_ = std::max(now_, time);
        ++sleeps;
        if (on_sleep) {
            on_sleep();
        }
        co_return;
    }
    void pass(world::Duration time) { now_ += time; }
    std::size_t sleeps = 0;
    std::function<void()> on_sleep;

private:
    world::SteadyTime now_;
};

// What the client says and what becomes of it. Operations (reads and writes) are counted; number `fails_at` loses the connection.
struct Wire {
    std::deque<std::string> input;
    SessionClock* clock = nullptr;
    int seconds_per_read = 0;  // that pass; later than its deadline a read has timed out
    bool impatient = false;   // all of the input is here, whatever we say
    bool stays_open = false;  // after the input: silence instead of the end of the stream
    std::size_t operations = 0;
    std::size_t fails_at = ~std::size_t{0};
    std::string sent;
    std::string attempted;  // also what did not arrive
    world::Signal silence;
};

class WireStream final : public world::Stream {
public:
    explicit WireStream(Wire& wire) : wire_(wire) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override {
        co_await world::cancellation_point();
        if (wire_.clock != nullptr) {
            wire_.clock->pass(seconds(wire_.seconds_per_read));
            if (deadline.time() < wire_.clock->now()) {
                co_return base::fail(base::ErrorKind::timeout, "timeout");
            }
        }
        if (wire_.operations++ >= wire_.fails_at) {
            co_return base::fail(base::ErrorKind::closed, "reset");
        }
        while (wire_.input.empty() && wire_.stays_open) {
            co_await wire_.silence.wait();
        }
        if (wire_.input.empty()) {
            co_return std::size_t{0};
        }
        std::string& next = wire_.input.front();
        const std::size_t count = next.copy(into.data(), into.size());
        next.erase(0, count);
        if (next.empty()) {
            wire_.input.pop_front();
        }
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        co_await world::cancellation_point();
        wire_.attempted += bytes;
        if (wire_.operations++ >= wire_.fails_at) {
            co_return base::fail(base::ErrorKind::closed, "reset");
        }
        wire_.sent += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no TLS");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no TLS");
    }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse("127.0.0.1"), 25}; }
    [[nodiscard]] base::Endpoint peer() const override { return {*base::IpAddress::parse("127.0.0.9"), 1025}; }
    [[nodiscard]] bool readable_now() const override { return wire_.impatient; }

private:
    Wire& wire_;
};

class GatedIntake final : public mail::Intake {
public:
    struct Taken {
        mail::Envelope envelope;
        std::string content;
        mail::MessageChanges changes;
    };
    std::vector<Taken> committed;
    std::optional<mail::IntakeRefusal> refusal;
    std::size_t open = 0;  // sessions that exist
    bool gated = false;    // a commit waits for the gate
    world::Signal gate;

    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource, world::Core&) override { return std::make_unique<Entry>(*this); }
    [[nodiscard]] bool has_room(base::Bytes) const override { return true; }

private:
    class Entry final : public mail::IntakeSession, mail::CommitAuthority {
    public:
        explicit Entry(GatedIntake& owner) : owner_(owner) { ++owner_.open; }
        ~Entry() override { --owner_.open; }
        [[nodiscard]] mail::QueueId queue_id() const override { return {0xABC}; }
        void set_envelope(mail::Envelope envelope) override { taken_.envelope = std::move(envelope); }
        void change(const mail::MessageChanges& changes) override { taken_.changes = changes; }
        world::Task<void> write(std::string_view bytes) override {
            taken_.content += bytes;
            co_return;
        }
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
            if (owner_.gated) {
                world::Task<void> waiting = wait(owner_.gate);
                co_await world::uncancellable(std::move(waiting));
            }
            if (owner_.refusal) {
                co_return std::unexpected(*owner_.refusal);
            }
            owner_.committed.push_back(taken_);
            co_return attest(queue_id());
        }

    private:
        static world::Task<void> wait(world::Signal& gate) { co_await gate.wait(); }
        GatedIntake& owner_;
        Taken taken_;
    };
};

class AnyRouter final : public mail::Router {
public:
    world::Task<mail::Route> resolve(std::string, mail::ReversePath) override { co_return mail::Route{}; }
    world::Task<mail::Validation> validate(std::string recipient) override {
        mail::Validation out;
        if (recipient.starts_with("unknown")) {
            out.state = mail::Validation::State::absent;
            out.address_class = mail::AddressClass::local;
            out.status = "5.1.1";
            out.reason = "User unknown in local recipient table";
        }
        co_return out;
    }
    world::Task<mail::Route> classify(std::string) override { co_return mail::Route{}; }
    [[nodiscard]] std::string rewrite(std::string address) const override { return address; }
};

// Remembers what a log would have: remarks, rejections, disconnections.
class Remembered final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override {
        if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            lines.emplace_back(remark->text);
        } else if (const auto* rejected = std::get_if<observe::Rejected>(&event)) {
            lines.push_back(std::string(rejected->queue_id) + ": " + std::string(rejected->action) + ": " + std::string(rejected->text));
        } else if (const auto* started = std::get_if<observe::MessageStarted>(&event)) {
            lines.push_back("client=" + std::string(started->client) + " orig_queue_id=" + std::string(started->orig_queue_id) + " orig_client=" +
                            std::string(started->orig_client) + "!");
        } else if (const auto* left = std::get_if<observe::ClientDisconnected>(&event)) {
            lines.push_back("disconnect " + std::string(left->counts));
        }
    }
    [[nodiscard]] bool has(std::string_view text) const {
        return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
    }
    std::vector<std::string> lines;
};

class AtOnce final : public world::Executor {
public:
    void post(world::Work work) override { work(); }
};

class OneCore final : public world::Cores {
public:
    explicit OneCore(world::Core& only) : only_(only) {}
    [[nodiscard]] std::size_t count() const override { return 1; }
    [[nodiscard]] world::Core& core(std::size_t) override { return only_; }

private:
    world::Core& only_;
};

class WireListener final : public world::Listener {
public:
    explicit WireListener(std::deque<Wire*>& clients, world::Signal& idle) : clients_(clients), idle_(idle) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> accept() override {
        while (clients_.empty()) {
            co_await idle_.wait();
        }
        std::unique_ptr<world::Stream> stream = std::make_unique<WireStream>(*clients_.front());
        clients_.pop_front();
        co_return std::move(stream);
    }
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse("127.0.0.1"), 25}; }

private:
    std::deque<Wire*>& clients_;
    world::Signal& idle_;
};

/// A service made of settings, and everything that serves its sessions.
struct SessionRig {
    SessionRig() {
        settings.myhostname = "mx.example.net";
        settings.mail_name = "Postfix";
        settings.smtpd_banner = "mx.example.net ESMTP";
        settings.smtpd_peername_lookup = false;
        settings.smtpd_client_connection_count_limit = 0;
    }
    std::shared_ptr<const SmtpdService> make_service() {
        auto service = std::make_shared<SmtpdService>();
        service->settings = std::make_shared<const SmtpdSettings>(settings);
        const tables::OpenContext open{files};
        const auto words = [&](const std::string& text) {
            return text.empty() ? nullptr : std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(text, open));
        };
        const auto maps = [&](const std::string& text) { return text.empty() ? nullptr : std::make_shared<const tables::MapList>(tables::MapList::open(text, open)); };
        service->forbidden_commands = words(forbidden_commands);
        service->noop_commands = words(noop_commands);
        service->command_filter = maps(command_filter);
        service->reject_footer_maps = maps(reject_footer_maps);
        if (!bare_newline_exclusions.empty()) {
            service->bare_newline_exclusions =
                std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(bare_newline_exclusions, tables::ParentDomains::dot_prefix, open));
        }
        if (!verp_clients.empty()) {
            service->verp_clients = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(verp_clients, tables::ParentDomains::dot_prefix, open));
        }
        return service;
    }
    SessionDoors doors() { return {intake, router, events, limits, core}; }
    static world::Task<void> serve(std::shared_ptr<const SmtpdService> service, SessionDoors doors, Wire& wire) {
        Session session(std::move(service), doors, std::make_unique<WireStream>(wire));
        co_await session.run();
    }

    SmtpdSettings settings;
    tables::FakeFiles files;
    std::string forbidden_commands, noop_commands, command_filter, reject_footer_maps, bare_newline_exclusions, verp_clients;  // as in main.cf
    GatedIntake intake;
    AnyRouter router;
    Remembered events;
    ClientLimits limits{seconds(60)};
    SessionClock clock;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;
    AtOnce executor;
    world::Core core{0, executor, clock, network, resolver, random};
    world::TaskGroup tasks;
};

}  // namespace posthouse::receive::scripted
