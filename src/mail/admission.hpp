#pragma once
// The Admission door: what cleanup tells queue when a message became durable.
#include "mail/spool.hpp"

namespace posthouse::mail {

class Admission {
public:
    virtual ~Admission() = default;
    /// Called on the core that committed the message. Cheap: starts delivery or leaves the message for later.
    virtual void committed(StoredMessage message, world::Core& home) = 0;
};

}  // namespace posthouse::mail
