#include "queue/transport_load.hpp"

#include "queue/destination.hpp"

namespace posthouse::queue {

TransportLoad::TransportLoad(world::SharedSlots& slots, std::size_t core, std::function<void(std::size_t core)> wake)
    : slots_(slots), core_(core), wake_(std::move(wake)) {}

void TransportLoad::wait(Destination& destination, Lane lane) {
    lines_[static_cast<std::size_t>(lane)].push_back(&destination);
    slots_.set_waiting(core_, true);
}

void TransportLoad::offer() {
    const auto next = slots_.next_waiting();
    if (!next) {
        return;
    }
    if (*next == core_) {
        serve();
    } else {
        wake_(*next);
    }
}

std::deque<Destination*>& TransportLoad::next_line() {
    auto& [prompt, patient] = lines_;
    return prompt.empty() || (!patient.empty() && ++turn_ % patient_turn == 0) ? patient : prompt;
}

void TransportLoad::serve() {
    if (serving_) {
        return;  // a delivery that ended at once called us from inside the loop below
    }
    serving_ = true;
    while (has_line()) {
        auto& line = next_line();
        const Lane lane = &line == lines_.data() ? Lane::prompt : Lane::patient;
        Destination& next = *line.front();
        if (next.may_start() && next.must_rest(Destination::Comes::from_line)) {
            line.pop_front();
            next.leave_line(lane);
            continue;
        }
        if (next.may_start() && !slots_.take(next.process_limit())) {
            serving_ = false;
            return;  // whoever gives one back sees that we wait
        }
        line.pop_front();
        next.leave_line(lane);
        if (next.may_start()) {
            next.start_next();
            if (next.may_start()) {
                next.join_line();  // at its end
            }
        }
    }
    serving_ = false;
    slots_.set_waiting(core_, false);
    offer();  // what we did not need
}

}  // namespace posthouse::queue
