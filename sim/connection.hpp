#pragma once
// Connection: the wire between two SimStreams. Bytes travel in segments that arrive later, in order, cut as the seed likes.
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "sim/internet.hpp"
#include "sim/wait_point.hpp"

namespace posthouse::sim {

enum class Side : std::uint8_t { client = 0, server = 1 };
[[nodiscard]] constexpr Side other(Side side) { return side == Side::client ? Side::server : Side::client; }

struct Segment {
    enum class Kind : std::uint8_t { data, end, reset } kind = Kind::data;
    std::string bytes;
};

/// What one side sent.
struct Flow {
    explicit Flow(Scheduler& scheduler) : readable(scheduler), writable(scheduler) {}
    std::deque<Segment> under_way;
    std::size_t bytes_under_way = 0;
    std::string arrived;        // and was not read yet
    std::size_t written = 0, read = 0;  // bytes, since the beginning
    SteadyTime last_arrival;
    bool end_sent = false;
    bool end_arrived = false;
    bool broken = false;        // a reset arrived: after what has arrived, reading fails
    bool reader_gone = false;
    WaitPoint readable, writable;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    struct End {
        std::shared_ptr<Incarnation> host;
        base::Endpoint endpoint;
    };
    Connection(Internet& internet, LinkConditions conditions, End client, End server);

    /// Cuts into segments and puts them on their way.
    void send(Side from, std::string_view bytes);
    void send_end(Side from);
    /// Breaks the connection for both sides, now.
    void reset();
    /// The stream of `side` is gone: unread data make it a reset, as TCP does.
    void close(Side side);
    void power_loss(const Incarnation& host);

    [[nodiscard]] Flow& sent_by(Side side) { return flows_[static_cast<std::size_t>(side)]; }
    [[nodiscard]] const End& end(Side side) const { return ends_[static_cast<std::size_t>(side)]; }
    [[nodiscard]] bool powered(Side side) const { return end(side).host->powered; }
    [[nodiscard]] const LinkConditions& conditions() const { return conditions_; }
    /// How many of the `available` bytes a reader gets.
    [[nodiscard]] std::size_t portion(std::size_t available);
    [[nodiscard]] Scheduler& scheduler() { return scheduler_; }

private:
    void dispatch(Side from, Segment segment);
    void arrive(Side from);
    void wake_all();

    Scheduler& scheduler_;
    LinkConditions conditions_;
    End ends_[2];
    Flow flows_[2];
    bool silent_ = false;  // nothing arrives any more
    std::size_t bytes_sent_ = 0;
    std::size_t drip_left_ = 0;
    std::size_t sips_left_ = 0;
};

}  // namespace posthouse::sim
