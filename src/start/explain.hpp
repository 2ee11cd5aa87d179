#pragma once
// posthouse explain on the real world.
#include "app/explain.hpp"
#include "start/serve.hpp"

namespace posthouse::app {

/// The steps and the reply on standard output, warnings on standard error; 0 if there is an answer.
int explain_session(const ServeRequest& request, const PretendSession& session);

}  // namespace posthouse::app
