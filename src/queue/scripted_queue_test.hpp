#pragma once
// A queue in virtual time for tests: spool, router, notifier and agent are scripted, cores take turns in one thread.
#include <gtest/gtest.h>

#include <map>

#include "queue/memory_spool_test.hpp"
#include "queue/queue.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::queue::scripted {

using std::chrono::seconds;

class ManualClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(seconds(1'000'000)) + now_.time_since_epoch(); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        ++sleeps;
        while (now_ < time) {
            co_await moved_.wait();
        }
    }
    void advance(world::Duration by) {
        now_ += by;
        moved_.notify_all();
    }
    std::size_t sleeps = 0;

private:
    world::SteadyTime now_;
    world::Signal moved_;
};

// Posted work of all cores in one line, run by the test.
class Line {
public:
    void run() {
        while (!work.empty()) {
            auto next = std::move(work.front());
            work.pop_front();
            try {
                next();
            } catch (const std::exception&) {
                continue;  // as a core does
            }
        }
    }
    int failing = 0;  // posts that find no memory
    std::deque<world::Work> work;
};
class LineExecutor final : public world::Executor {
public:
    explicit LineExecutor(Line& line) : line_(line) {}
    void post(world::Work work) override {
        if (line_.failing > 0) {
            --line_.failing;
            throw std::bad_alloc();
        }
        line_.work.push_back(std::move(work));
    }

private:
    Line& line_;
};

class TestCores final : public world::Cores {
public:
    explicit TestCores(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            cores_.push_back(world::Core{i, executor, clock, network, resolver, random});
        }
    }
    [[nodiscard]] std::size_t count() const override { return cores_.size(); }
    [[nodiscard]] world::Core& core(std::size_t index) override { return cores_[index]; }

    Line line;
    LineExecutor executor{line};
    ManualClock clock;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;

private:
    std::deque<world::Core> cores_;
};

class DomainRouter final : public mail::Router {
public:
    world::Task<mail::Route> resolve(std::string recipient, mail::ReversePath) override {
        if (fails) {
            throw std::runtime_error("router");
        }
        mail::Route route;
        route.state = mail::Route::State::found;
        route.transport = "smtp";
        route.nexthop = recipient.substr(recipient.find('@') + 1);
        route.recipient = std::move(recipient);
        co_return route;
    }
    world::Task<mail::Validation> validate(std::string) override { co_return mail::Validation{}; }
    world::Task<mail::Route> classify(std::string) override { co_return mail::Route{}; }
    [[nodiscard]] std::string rewrite(std::string address) const override { return address; }
    bool fails = false;
};

class RecordingNotifier final : public mail::Notifier {
public:
    struct Told {
        mail::NotificationKind kind;
        std::vector<std::string> recipients;
        std::optional<mail::SpoolUpdate> mark;
    };
    explicit RecordingNotifier(MemorySpool& spool) : spool_(spool) {}
    world::Task<base::Result<void>> notify(mail::Notification notification, world::Core&) override {
        if (refuses || told.size() >= room_for) {
            co_return base::fail(base::ErrorKind::no_space, "full");
        }
        if (notification.mark && !spool_.apply(*notification.mark)) {  // as SpoolWriter::commit_along()
            co_return base::fail(base::ErrorKind::unavailable, "no such message");
        }
        Told entry{notification.kind, {}, notification.mark};
        for (const auto& about : notification.entries) {
            entry.recipients.push_back(about.recipient.address);
        }
        told.push_back(std::move(entry));
        co_return base::Result<void>{};
    }
    [[nodiscard]] bool tells_one_by_one(const mail::Envelope&) const override { return one_by_one; }
    std::vector<Told> told;
    bool refuses = false, one_by_one = false;
    std::size_t room_for = ~std::size_t{0};  // so many are told, then it refuses

private:
    MemorySpool& spool_;
};

// A delivery waits until the test answers it.
class ScriptedAgent final : public mail::DeliveryAgent {
public:
    struct Call {
        mail::QueueId id;
        std::string transport, nexthop;
        std::vector<std::string> addresses;
        std::string sender;
        std::shared_ptr<world::OneShot<mail::Outcome>> answer = std::make_shared<world::OneShot<mail::Outcome>>();
    };
    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override {
        Call call{request.id, request.transport, request.nexthop, request.addresses, request.envelope->reverse_path.address()};
        const auto answer = call.answer;
        calls.push_back(std::move(call));
        if (throws) {
            throw std::runtime_error("agent");
        }
        ++running;
        struct Leave {
            std::size_t& count;
            ~Leave() { --count; }
        } leave{running};
        const mail::Outcome outcome = co_await answer->wait();
        co_return std::vector<mail::Outcome>(request.recipients.size(), outcome);
    }
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override {
        ++questions;
        return deliver(std::move(request));
    }
    world::Task<void> stop() override { co_return; }
    std::vector<Call> calls;
    std::size_t questions = 0, running = 0;
    bool throws = false;
};

class OneTransport final : public Transports {
public:
    explicit OneTransport(std::shared_ptr<mail::DeliveryAgent> agent) {
        transport->name = "smtp";
        transport->label = "postfix/smtp";
        transport->agent = std::move(agent);
    }
    [[nodiscard]] std::shared_ptr<const Transport> find(std::string_view name, std::size_t) const override {
        if (fails_at > 0 && --fails_at == 0) {
            throw std::bad_alloc();
        }
        return name == "smtp" ? transport : nullptr;
    }
    mutable int fails_at = 0;  // the how many-th call from now on finds no memory; 0: none
    std::shared_ptr<Transport> transport = std::make_shared<Transport>();
};

class Silent final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override {
        if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            remarks.emplace_back(remark->text);
        }
    }
    std::vector<std::string> remarks;
};

class ScriptedQueue : public ::testing::Test {
protected:
    void make(std::size_t cores = 1) {
        cores_ = std::make_unique<TestCores>(cores);
        queue_ = std::make_unique<Queue>(QueueWorld{*cores_, spool_, router_, notifier_, events_, transports_, settings_});
    }
    void start() {
        queue_->start();
        run();
    }
    void TearDown() override {
        if (queue_) {
            stop(seconds(0));
        }
    }
    void stop(seconds grace) {
        stopping_.spawn(queue_->stop(cores_->clock.deadline_in(grace)));
        run();
        if (grace.count() == 0) {
            ASSERT_EQ(stopping_.size(), 0U);
            queue_.reset();
        }
    }
    void run() { cores_->line.run(); }
    void advance(world::Duration by) {
        cores_->clock.advance(by);
        run();
    }
    mail::StoredMessage message(std::uint64_t id, std::vector<std::string> recipients, std::string sender = "s@example.org") {
        mail::StoredMessage out;
        out.id = {id};
        out.envelope.reverse_path = mail::ReversePath(std::move(sender));
        out.envelope.arrival = cores_->clock.wall_now();
        for (std::string& recipient : recipients) {
            out.envelope.recipients.push_back({std::move(recipient), {}, {}, {}});
        }
        out.recipients.resize(out.envelope.recipients.size());
        spool_.messages[id] = out;
        return out;
    }
    void commit(std::uint64_t id, std::vector<std::string> recipients, std::string sender = "s@example.org") {
        queue_->committed(message(id, std::move(recipients), std::move(sender)), cores_->core(id % cores_->count()));
        run();
    }
    void answer(std::size_t call, mail::Outcome outcome) {
        agent_->calls.at(call).answer->set(std::move(outcome));
        run();
    }
    bool administer(std::uint64_t id, CoreQueue::AdminAction action) {
        bool done = false;
        struct Ask {
            static world::Task<void> run(CoreQueue& queue, mail::QueueId which, CoreQueue::AdminAction what, bool& out) {
                out = (co_await queue.administer(which, what)).value_or(false);
            }
        };
        stopping_.spawn(Ask::run(queue_->on_core(id % cores_->count()), {id}, action, done));
        run();
        return done;
    }
    /// As a reload does: another transport of the same name.
    void reload(TransportSettings settings) {
        auto transport = std::make_shared<Transport>(*transports_.transport);
        transport->settings = settings;
        transports_.transport = std::move(transport);
        queue_->use(settings_);
        run();
    }
    static mail::Outcome unreachable() {
        mail::Outcome out = later();
        out.connection_failed = true;
        return out;
    }
    static mail::Outcome sent() { return mail::Outcome::delivered("2.0.0", "250 ok"); }
    static mail::Outcome later() { return mail::Outcome::deferred("4.2.0", "450 later"); }
    static mail::Outcome never() { return mail::Outcome::bounced("5.1.1", "550 no"); }

    QueueSettings settings_;
    MemorySpool spool_;
    DomainRouter router_;
    RecordingNotifier notifier_{spool_};
    Silent events_;
    std::shared_ptr<ScriptedAgent> agent_ = std::make_shared<ScriptedAgent>();
    OneTransport transports_{agent_};
    std::unique_ptr<TestCores> cores_;
    std::unique_ptr<Queue> queue_;
    world::TaskGroup stopping_;
};

}  // namespace posthouse::queue::scripted
