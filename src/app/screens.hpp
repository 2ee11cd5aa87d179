#pragma once
// From a postscreen row of master.cf to the Screen of one core.
#include <memory>

#include "app/smtpd_services.hpp"
#include "receive/postscreen/screen.hpp"

namespace posthouse::app {

/// The row of type pass behind a postscreen row: smtpd_service_name. Null: there is none.
[[nodiscard]] const config::Service* pass_row_behind(const config::Configuration& configuration, const config::Service& row);

/// `stressed`: the row's view with stress = yes. What outlives generations (clients, cache, behind) is for the caller to set.
[[nodiscard]] std::shared_ptr<receive::postscreen::Screen> make_screen(const config::View& view, const config::View& stressed, const config::Service& row,
                                                                       const config::Configuration& configuration, const SmtpdParts& parts);

}  // namespace posthouse::app
