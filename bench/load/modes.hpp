#pragma once
// What the load generator can be: a source of mail, a next hop, or many clients that wait.
#include <cstdint>
#include <string>

namespace load {

struct Options {
    int port = 0;
    std::uint64_t messages = 1;
    std::uint64_t first = 1;        // number of the first message
    int sessions = 1;
    int length = 10240;             // bytes of a message
    std::uint64_t per_connection = 0;  // messages; 0: no bound
    int domains = 1;                // d0.ok.test …
    std::string domain;             // of all recipients, in place of those
    int holes = 0;                  // every tenth message goes to one of so many domains h0.hole.test …
    int connections = 1;            // of idle clients
    int addresses = 0;              // a sink listens on 127.1.0.1 … as well
    bool tls = false;
    bool black_hole = false;        // a sink that accepts and says nothing
    int timeout_s = 120;
    std::string certificate, key;
};

/// Sends the messages, prints one JSON object.
int run_source(const Options& options);
/// Takes mail until standard input ends; answers each line there with one JSON object of counters.
int run_sink(const Options& options);
/// Opens connections that say EHLO (and STARTTLS) and wait; prints "READY held refused", then waits for the end of standard input.
int run_idle(const Options& options);

}  // namespace load
