#pragma once
// posthouse explain: what the access lists say of a session that nobody has. Nothing is delivered and nothing is written; policy
// servers, tables and the DNS are asked as always.
#include "app/generation.hpp"

namespace posthouse::app {

struct PretendSession {
    std::string service;  // a row of smtpd; empty: the first
    base::IpAddress client_address;
    std::string client_name;  // empty: what the DNS says
    std::string helo_name, sender, recipient, sasl_username;  // sender and recipient in internal form
};

/// Lines to read: each list with its steps, then the reply that the client would get. An error: no such row, or one that serves nobody.
/// On core 0; what the references name must live until the task has ended.
[[nodiscard]] world::Task<base::Result<std::vector<std::string>>> explain(const Generation& generation, PretendSession session, world::Core& core);

}  // namespace posthouse::app
