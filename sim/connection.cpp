#include "sim/connection.hpp"

namespace posthouse::sim {

Connection::Connection(Internet& internet, LinkConditions conditions, End client, End server)
    : scheduler_(internet.scheduler()), conditions_(conditions), ends_{std::move(client), std::move(server)},
      flows_{Flow(scheduler_), Flow(scheduler_)} {
    SimRandom& random = scheduler_.random();
    if (random.chance(conditions_.cut_per_mille)) {
        conditions_.reset_after = random.below(conditions_.cut_within);
    }
    if (random.chance(conditions_.drip_per_mille)) {
        drip_left_ = conditions_.drip_bytes;
        scheduler_.injected("network: bytes arrive one by one");
    }
    if (random.chance(conditions_.sip_per_mille)) {
        sips_left_ = conditions_.drip_bytes;
        scheduler_.injected("network: bytes are read one by one");
    }
}

std::size_t Connection::portion(std::size_t available) {
    SimRandom& random = scheduler_.random();
    if (sips_left_ > 0) {
        --sips_left_;
        return 1;
    }
    return random.chance(800) ? available : random.between(1, available);
}

void Connection::send(Side from, std::string_view bytes) {
    SimRandom& random = scheduler_.random();
    while (!bytes.empty()) {
        // Half of the pieces are full segments, the others anything from one byte.
        const std::size_t whole = std::min(conditions_.segment_max, bytes.size());
        std::size_t size = drip_left_ > 0 ? 1 : random.chance(500) ? whole : random.between(1, whole);
        drip_left_ -= drip_left_ > 0 ? 1 : 0;
        const bool cut = conditions_.reset_after && bytes_sent_ + size > *conditions_.reset_after;
        if (cut) {
            // What comes before that byte still arrives.
            size = *conditions_.reset_after - std::min(bytes_sent_, *conditions_.reset_after);
            if (size > 0) {
                dispatch(from, {Segment::Kind::data, std::string(bytes.substr(0, size))});
            }
        }
        bytes_sent_ += size;
        if (cut || random.chance(conditions_.reset_per_mille)) {
            scheduler_.injected(cut ? "network: connection cut at a byte" : "network: connection reset");
            dispatch(from, {Segment::Kind::reset, {}});
            sent_by(other(from)).broken = true;
            sent_by(other(from)).readable.wake();
            return;
        }
        dispatch(from, {Segment::Kind::data, std::string(bytes.substr(0, size))});
        bytes.remove_prefix(size);
    }
}

void Connection::send_end(Side from) {
    Flow& flow = sent_by(from);
    if (!flow.end_sent) {
        flow.end_sent = true;
        dispatch(from, {Segment::Kind::end, {}});
    }
}

void Connection::dispatch(Side from, Segment segment) {
    if (silent_) {
        return;
    }
    Flow& flow = sent_by(from);
    Duration latency = scheduler_.random_duration(conditions_.latency_low, conditions_.latency_high);
    if (scheduler_.random().chance(conditions_.stall_per_mille)) {
        latency += conditions_.stall;
        scheduler_.injected("network: stall");
    }
    flow.last_arrival = std::max(flow.last_arrival, scheduler_.now() + latency);
    flow.bytes_under_way += segment.bytes.size();
    flow.under_way.push_back(std::move(segment));
    scheduler_.at(flow.last_arrival, [self = shared_from_this(), from] { self->arrive(from); });
}

void Connection::arrive(Side from) {
    Flow& flow = sent_by(from);
    if (silent_ || flow.under_way.empty()) {
        return;
    }
    Segment segment = std::move(flow.under_way.front());
    flow.under_way.pop_front();
    flow.bytes_under_way -= segment.bytes.size();
    scheduler_.note(segment.bytes);
    Flow& back = sent_by(other(from));
    switch (segment.kind) {
        case Segment::Kind::data:
            if (flow.reader_gone) {
                if (!back.broken) {
                    dispatch(other(from), {Segment::Kind::reset, {}});
                }
                return;
            }
            flow.arrived += segment.bytes;
            break;
        case Segment::Kind::end:
            flow.end_arrived = true;
            break;
        case Segment::Kind::reset:
            flow.broken = true;
            back.writable.wake();  // whoever writes against it learns of it
            break;
    }
    flow.readable.wake();
}

void Connection::reset() {
    for (Flow& flow : flows_) {
        flow.broken = true;
        flow.under_way.clear();
        flow.bytes_under_way = 0;
    }
    wake_all();
}

void Connection::close(Side side) {
    Flow& in = sent_by(other(side));
    if (in.reader_gone) {
        return;
    }
    in.reader_gone = true;
    Flow& out = sent_by(side);
    if (!powered(side)) {
        return;  // nobody is told
    }
    if (!in.arrived.empty()) {
        in.arrived.clear();
        out.end_sent = true;
        dispatch(side, {Segment::Kind::reset, {}});
    } else {
        send_end(side);
    }
}

void Connection::power_loss(const Incarnation& host) {
    if (ends_[0].host.get() != &host && ends_[1].host.get() != &host) {
        return;
    }
    if (scheduler_.random().chance(500)) {
        reset();
    } else {
        silent_ = true;
        wake_all();  // the dead side must leave its waits; the living one just waits on
    }
}

void Connection::wake_all() {
    for (Flow& flow : flows_) {
        flow.readable.wake();
        flow.writable.wake();
    }
}

}  // namespace posthouse::sim
