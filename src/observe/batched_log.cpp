#include "observe/batched_log.hpp"

namespace posthouse::observe {

void BatchedLog::write(std::string_view lines) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->waiting.size() + lines.size() > waiting_max) {
            ++state_->lost;
        } else {
            state_->waiting += lines;
        }
        if (std::exchange(state_->drain_submitted, true)) {
            return;
        }
    }
    pool_.submit([state = state_] { state->drain(); });
}

void BatchedLog::State::drain() {
    while (write_waiting()) {
        device->rest();
    }
}

bool BatchedLog::State::write_waiting() {
    const std::lock_guard device_lock(device_mutex);
    std::string batch;
    {
        const std::lock_guard lock(mutex);
        batch.swap(waiting);
        if (batch.empty()) {
            drain_submitted = false;
            return false;
        }
    }
    const std::size_t written = device->write(batch);
    if (written == batch.size()) {
        return true;
    }
    ++failures;
    const std::lock_guard lock(mutex);
    waiting.insert(0, batch, written);
    drain_submitted = false;
    return false;
}

}  // namespace posthouse::observe
