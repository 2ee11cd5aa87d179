#pragma once
// The AddressVerifier door: whether mail for an address could be delivered, found out by asking (ADDRESS_VERIFICATION_README).
// Made by verify, asked by receive.
#include <chrono>
#include <string>

#include "world/cores.hpp"

namespace posthouse::mail {

/// What is known about an address.
struct Verification {
    enum class State : std::uint8_t {
        deliverable,
        undeliverable,  // a clear permanent no
        deferred,       // the probe met a temporary failure
        pending,        // a probe is under way
    } state = State::pending;
    std::string text;  // the last server's words, or ours
    friend bool operator==(const Verification&, const Verification&) = default;
};

class AddressVerifier {
public:
    virtual ~AddressVerifier() = default;
    /// From the cache, or from a probe that is given `patience` to end. Callable on every core; `home` is the caller's.
    virtual world::Task<Verification> verify(std::string address, std::chrono::seconds patience, world::Core& home) = 0;
};

}  // namespace posthouse::mail
