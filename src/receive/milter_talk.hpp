#pragma once
// MilterTalk: what a session keeps about its milters. Made only for sessions that have some.
#include <string>

#include "milter/chain.hpp"

namespace posthouse::receive {

struct MilterTalk {
    MilterTalk(std::shared_ptr<const milter::Milters> used, milter::MacroSource macros, milter::Connection::Doors doors)
        : milters(std::move(used)), chain(*milters, std::move(macros), doors) {}

    std::shared_ptr<const milter::Milters> milters;
    // {mail_…} and {rcpt_…}: found out before the event that tells them
    std::string mail_host, mail_mailer, rcpt_addr, rcpt_host, rcpt_mailer;
    bool in_rcpt = false;
    milter::Chain chain;
};

}  // namespace posthouse::receive
