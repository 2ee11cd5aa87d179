#pragma once
// What a policy server is asked: SMTPD_POLICY_README, the attributes of Postfix 3.7 in its order. Pure.
#include <cstdint>
#include <string>
#include <string_view>

#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

/// The whole request, empty line included. Control bytes in values become "?".
[[nodiscard]] std::string policy_request(const Facts& facts, const SessionDetails& session, std::string_view policy_context, std::string_view stress);

}  // namespace posthouse::receive
