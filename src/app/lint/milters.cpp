// Milters that are not there, and mail that goes on without the one that should sign it.
#include <set>

#include "app/lint/lint.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "milter/settings.hpp"

namespace posthouse::app::lint {

namespace {

// By the names and ports that programs which sign have in their guides.
bool signs(const milter::Server& server) {
    return base::lower(server.place).find("dkim") != std::string::npos || server.place.ends_with(":8891") || server.place.ends_with(":12301");
}

/// Milters that something was said of: non_smtpd_milters is mostly $smtpd_milters.
using Named = std::set<std::string>;

void look_at(const Subject& subject, Report& report, const View& view, std::string_view parameter, const Service* row, Named& named) {
    const auto say = [&](std::string text) { row != nullptr ? report.at(Severity::note, view, parameter, *row, std::move(text)) : report.at(Severity::note, view, parameter, std::move(text)); };
    milter::Server defaults;
    defaults.default_action = milter::parse_default_action(view.text("milter_default_action"));
    const auto servers = milter::parse_servers(view.text(parameter), defaults);
    for (const milter::Server& server : servers ? *servers : std::vector<milter::Server>()) {
        if (row == nullptr && named.contains(server.name)) {
            continue;
        }
        named.insert(server.name);
        if (server.kind == milter::Server::Kind::unix_socket) {
            const std::string path = server.place.starts_with('/') ? server.place : view.text("queue_directory") + "/" + server.place;
            if (!subject.files.info(path)) {
                say(base::format("milter {}: there is no socket {}; start the milter, or look at its configuration for where its socket is", server.name, path));
            }
        }
        if (server.default_action == milter::DefaultAction::accept && signs(server)) {
            say(base::format("milter {}: with the default action accept, mail leaves without a signature while it is away; with tempfail clients come back later", server.name));
        }
    }
}

}  // namespace

void milters(const Subject& subject, Report& report) {
    Named named;
    for (const Service* row : server_rows(subject.configuration)) {
        look_at(subject, report, subject.configuration.view(*row), "smtpd_milters", row, named);
    }
    look_at(subject, report, subject.configuration.main(), "non_smtpd_milters", nullptr, named);
}

}  // namespace posthouse::app::lint
