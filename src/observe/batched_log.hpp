#pragma once
// BatchedLog: gathers lines in memory and writes all that has gathered in one go in the blocking pool, so that a core never
// waits for a disk. The first line after a pause is written at once; between writes the device rests, so that a busy server costs
// some hundred wake-ups a second and not one for each line. A device that fails is tried again with the next line; what does not fit into memory is counted and lost.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "observe/log_output.hpp"
#include "world/cores.hpp"

namespace posthouse::observe {

class BatchedLog final : public LogOutput {
public:
    static constexpr std::size_t waiting_max = 16U * 1024 * 1024;

    BatchedLog(world::BlockingPool& pool, std::shared_ptr<LogDevice> device)
        : pool_(pool), state_(std::make_shared<State>(std::move(device))) {}

    void write(std::string_view lines) override;
    /// Writes what is waiting, on the calling thread: for the end of the process.
    void flush() { state_->write_waiting(); }

    /// Calls of write() whose lines were dropped because the device was stuck.
    [[nodiscard]] std::uint64_t lost() const { return state_->lost; }
    /// Failed writes of the device so far.
    [[nodiscard]] std::uint64_t failures() const { return state_->failures; }

private:
    struct State {
        explicit State(std::shared_ptr<LogDevice> to) : device(std::move(to)) {}
        void drain();
        bool write_waiting();  // false: nothing was there, or the device failed

        std::shared_ptr<LogDevice> device;
        std::mutex device_mutex;  // held while the device works; taken before `mutex`
        std::mutex mutex;
        std::string waiting;
        bool drain_submitted = false;
        std::atomic<std::uint64_t> lost = 0;
        std::atomic<std::uint64_t> failures = 0;
    };

    world::BlockingPool& pool_;
    std::shared_ptr<State> state_;
};

}  // namespace posthouse::observe
