#pragma once
// The Prober door: asks the delivery agent that mail for an address would go to. Made by queue, so that the limits of a
// destination hold for probes too; nothing is stored.
#include "mail/envelope.hpp"
#include "mail/outcome.hpp"
#include "world/cores.hpp"

namespace posthouse::mail {

class Prober {
public:
    virtual ~Prober() = default;
    /// `delivered` means that mail could be. Cancelled, the caller hears nothing; the question may still be asked.
    virtual world::Task<Outcome> probe(std::string address, ReversePath sender, world::Core& home) = 0;
};

}  // namespace posthouse::mail
