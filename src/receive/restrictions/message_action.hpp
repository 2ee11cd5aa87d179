#pragma once
// The actions of access(5) that change a message: FILTER, REDIRECT, BCC, PREPEND. Pure.
#include "receive/restrictions/access_action.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

/// "FILTER"; empty for an action that changes no message.
[[nodiscard]] std::string_view message_action_word(AccessAction::Kind kind);
/// What is wrong with the action's text, or with asking for it at this stage; empty: nothing.
[[nodiscard]] std::string_view message_action_problem(const AccessAction& action, Stage stage);
void apply_message_action(const AccessAction& action, MessageChanges& changes);

}  // namespace posthouse::receive
