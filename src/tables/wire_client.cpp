#include "tables/wire_client.hpp"

#include "world/race.hpp"

namespace posthouse::tables {

namespace {

world::Task<void> wait_for(world::Signal& signal) { co_await signal.wait(); }

}  // namespace

struct WireClient::Connection {
    explicit Connection(std::unique_ptr<world::Stream> opened) : stream(std::move(opened)) {}
    world::BufferedStream stream;
    world::SteadyTime made;
    world::SteadyTime used;
};

struct WireClient::OneCore {
    std::vector<std::unique_ptr<Connection>> idle;
    std::size_t busy = 0;
    world::Signal turn;

    /// One conversation; its end lets the next begin.
    struct Slot {
        explicit Slot(OneCore& owner) : core(owner) { ++core.busy; }
        ~Slot() {
            --core.busy;
            core.turn.notify_all();
        }
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        OneCore& core;
    };
};

WireClient::WireClient(std::string name, ServerAddress server, std::unique_ptr<WireProtocol> protocol, Surroundings outside, WireLimits limits)
    : name_(std::move(name)), server_(std::move(server)), protocol_(std::move(protocol)), outside_(std::move(outside)), limits_(limits) {
    for (std::size_t i = 0; i < outside_.cores->count(); ++i) {
        cores_.push_back(std::make_unique<OneCore>());
    }
}

WireClient::~WireClient() {
    for (std::size_t i = 0; i < cores_.size(); ++i) {
        if (!cores_[i]->idle.empty()) {
            outside_.cores->core(i).executor.post([idle = std::move(cores_[i]->idle)] {});
        }
    }
}

world::Task<bool> WireClient::wait_for_turn(world::Core& core, OneCore& mine, world::Deadline deadline) const {
    while (mine.busy >= limits_.connections_per_core) {
        auto turn = wait_for(mine.turn);
        auto late = core.clock.sleep_until(deadline.time());
        const auto first = co_await world::race(std::move(turn), std::move(late));
        if (first.index() == 1) {
            co_return false;
        }
    }
    co_return true;
}

std::unique_ptr<WireClient::Connection> WireClient::take_idle(world::Core& core, OneCore& mine) const {
    while (!mine.idle.empty()) {
        auto connection = std::move(mine.idle.back());
        mine.idle.pop_back();
        const auto now = core.clock.now();
        if (now - connection->used <= limits_.idle && now - connection->made <= limits_.age && !connection->stream.stream().readable_now()) {
            return connection;
        }
    }
    return nullptr;
}

void WireClient::put_back(world::Core& core, OneCore& mine, std::unique_ptr<Connection> connection) const {
    connection->used = core.clock.now();
    mine.idle.push_back(std::move(connection));
}

world::Task<Lookup> WireClient::exchange_once(world::Core& core, OneCore& mine, std::string question, world::Deadline deadline, Again& again) const {
    auto connection = take_idle(core, mine);
    const bool pauses = limits_.pause.count() > 0;
    const Again lost = connection || !pauses ? Again::at_once : Again::after_pause;
    if (!connection) {
        auto opened = co_await connect_server(core, server_, deadline);
        if (!opened) {
            again = pauses ? Again::after_pause : Again::no;
            co_return Lookup::unknown(name_ + ": " + opened.error().text);
        }
        connection = std::make_unique<Connection>(std::move(*opened));
        connection->made = core.clock.now();
    }
    world::BufferedStream& stream = connection->stream;
    stream.queue(question);
    const auto sent = co_await stream.flush(deadline);
    if (!sent) {
        again = sent.error().kind != base::ErrorKind::timeout ? lost : Again::no;
        co_return Lookup::unknown(name_ + ": send to " + server_.text() + ": " + sent.error().text);
    }
    for (;;) {
        auto reply = protocol_->reply(stream.buffered());
        if (!reply) {
            co_return Lookup::unknown(name_ + ": " + server_.text() + ": " + reply.error().text);
        }
        if (*reply) {
            stream.consume((*reply)->size);
            // More than one reply to one question: nobody knows whose it is.
            if (stream.buffered().empty()) {
                put_back(core, mine, std::move(connection));
            }
            co_return std::move((*reply)->lookup);
        }
        const auto more = co_await stream.fill(deadline);
        if (!more || !*more) {
            again = more || more.error().kind != base::ErrorKind::timeout ? lost : Again::no;
            co_return Lookup::unknown(name_ + ": read from " + server_.text() + ": " + (more ? "connection closed" : more.error().text));
        }
    }
}

world::Task<Lookup> WireClient::exchange(std::string question) const {
    world::Core& core = outside_.cores->here();
    OneCore& mine = *cores_[core.index];
    const world::Deadline deadline = core.clock.deadline_in(limits_.patience);
    const bool my_turn = co_await wait_for_turn(core, mine, deadline);
    if (!my_turn) {
        co_return Lookup::unknown(name_ + ": too many lookups wait for " + server_.text());
    }
    const OneCore::Slot slot(mine);
    Lookup answer;
    for (std::size_t i = 0; i < limits_.tries; ++i) {
        Again again = Again::no;
        auto once = exchange_once(core, mine, question, deadline, again);
        answer = co_await std::move(once);
        if (again == Again::no || deadline.passed(core.clock.now())) {
            break;
        }
        if (again == Again::after_pause && i + 1 < limits_.tries) {
            auto pausing = core.clock.sleep_until(std::min(deadline.time(), core.clock.now() + limits_.pause));
            co_await std::move(pausing);
        }
        mine.idle.clear();  // the others go to the same server
    }
    co_return answer;
}

world::Task<Lookup> WireClient::ask(std::string key) const {
    auto question = protocol_->question(key);
    if (!question) {
        co_return Lookup::absent();
    }
    auto asking = exchange(std::move(*question));
    co_return co_await std::move(asking);
}

}  // namespace posthouse::tables
