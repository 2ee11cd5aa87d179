#pragma once
// TestResults: how far one client has come, and what it is to be told. Pure.
#include "receive/postscreen/test_stamps.hpp"
#include "smtp/reply.hpp"

namespace posthouse::receive::postscreen {

struct TestResults {
    TestSet todo, passed, failed;
    TestSet settled;  // nothing that the client does in this session changes the result
    bool is_new = false;
    bool denylisted = false;
    bool vetoed = false;   // at an address where nobody becomes known
    bool stays = false;    // will not get to a session
    bool hung_up = false;
    smtp::Reply last_reply = smtp::Reply::make(421, "4.3.2 Service currently unavailable");
    smtp::Reply rcpt_reply = smtp::Reply::make(450, "4.3.2 Service currently unavailable");

    [[nodiscard]] bool any_failed() const { return denylisted || vetoed || !failed.empty(); }
    [[nodiscard]] bool is_due(Test test) const { return todo.has(test) && !settled.has(test); }
    /// Every RCPT gets this reply from now on.
    void enforce(smtp::Reply reply) {
        rcpt_reply = std::move(reply);
        stays = true;
    }
};

}  // namespace posthouse::receive::postscreen
