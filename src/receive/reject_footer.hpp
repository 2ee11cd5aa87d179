#pragma once
// smtpd_reject_footer, smtpd_reject_footer_maps: a text of the operator's under every refusal. postconf(5). Pure.
#include <string>
#include <string_view>

#include "receive/expansion_filter.hpp"
#include "smtp/reply.hpp"

namespace posthouse::receive {

/// What a footer may name.
struct FooterFacts {
    std::string client_address, client_port, localtime, server_name;
};

/// Appends the footer: "\n" begins a line, "\c" at the start continues the reply's last one. False: the template is malformed or
/// names something else, and the reply stays as it is.
[[nodiscard]] bool append_footer(smtp::Reply& reply, std::string_view footer, const FooterFacts& facts, const ExpansionFilter& filter);

}  // namespace posthouse::receive
