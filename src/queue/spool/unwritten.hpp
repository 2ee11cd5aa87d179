#pragma once
// Unwritten: how much content of messages that are being received waits in memory, of all cores together. Bounded, because a
// message is sent at the pace of its client: thousands that send large ones slowly would otherwise fill the memory.
#include <cstdint>
#include <memory>

#include "base/guarded.hpp"

namespace posthouse::queue {

class Unwritten {
public:
    explicit Unwritten(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    /// False, and nothing is counted: there is no room.
    [[nodiscard]] bool add(std::uint64_t bytes) {
        return bytes_.with([&](std::uint64_t& sum) {
            if (sum + bytes > bytes_max_) {
                return false;
            }
            sum += bytes;
            return true;
        });
    }
    void remove(std::uint64_t bytes) {
        bytes_.with([&](std::uint64_t& sum) { sum -= bytes; });
    }
    /// From half of it on, messages go to the disk in smaller parts.
    [[nodiscard]] bool is_tight() {
        return bytes_.with([&](const std::uint64_t& sum) { return sum > bytes_max_ / 2; });
    }
    [[nodiscard]] std::uint64_t bytes() {
        return bytes_.with([](const std::uint64_t& sum) { return sum; });
    }
    [[nodiscard]] std::uint64_t bytes_max() const { return bytes_max_; }

private:
    std::uint64_t bytes_max_;
    base::Guarded<std::uint64_t> bytes_;
};

/// What one writer has counted; given back with it.
class UnwrittenShare {
public:
    explicit UnwrittenShare(Unwritten& all) : all_(all) {}
    UnwrittenShare(const UnwrittenShare&) = delete;
    UnwrittenShare& operator=(const UnwrittenShare&) = delete;
    ~UnwrittenShare() { shrink_to(0); }

    [[nodiscard]] bool grow(std::uint64_t bytes) {
        if (!all_.add(bytes)) {
            return false;
        }
        bytes_ += bytes;
        return true;
    }
    void shrink_to(std::uint64_t bytes) {
        if (bytes_ > bytes) {
            all_.remove(bytes_ - bytes);
            bytes_ = bytes;
        }
    }
    [[nodiscard]] Unwritten& all() const { return all_; }

private:
    Unwritten& all_;
    std::uint64_t bytes_ = 0;
};

}  // namespace posthouse::queue
