#include "app/screens.hpp"

#include "app/smtpd_tls.hpp"
#include "base/format.hpp"
#include "tables/parent_domains.hpp"

namespace posthouse::app {

namespace {

using receive::postscreen::Screen;
using receive::postscreen::ScreenSettings;

std::shared_ptr<const tables::MapList> maps_or_null(const config::View& view, std::string_view parameter, const SmtpdParts& parts) {
    const std::string value = view.text(parameter);
    return value.empty() ? nullptr : std::make_shared<const tables::MapList>(tables::MapList::open(value, parts.open));
}

// tlsproxy(8) reads the settings of the server's TLS, its own row's above all.
void make_screen_tls(Screen& screen, const config::View& view, const config::Service& row, const config::Configuration& configuration, const SmtpdParts& parts) {
    using Level = ScreenSettings::TlsLevel;
    const auto& rows = configuration.services();
    const auto proxy = std::find_if(rows.begin(), rows.end(), [](const config::Service& one) { return one.command == "tlsproxy"; });
    const config::View tls_view = proxy == rows.end() ? view : configuration.view(*proxy);
    auto settings = std::make_shared<receive::SmtpdSettings>(receive::SmtpdSettings::from(tls_view));
    settings->smtpd_tls_wrappermode = false;
    const Level level = screen.settings->postscreen_tls_security_level;
    settings->smtpd_tls_security_level = level == Level::none  ? receive::SmtpdSettings::TlsLevel::none
                                         : level == Level::may ? receive::SmtpdSettings::TlsLevel::may
                                                               : receive::SmtpdSettings::TlsLevel::encrypt;
    receive::SmtpdService service;
    service.settings = std::move(settings);
    make_tls(service, tls_view, row, parts);
    screen.tls = service.tls;
}

}  // namespace

const config::Service* pass_row_behind(const config::Configuration& configuration, const config::Service& row) {
    const std::string name = configuration.view(row).text("smtpd_service_name");
    const auto& rows = configuration.services();
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const config::Service& one) { return one.type == config::ServiceType::pass && one.name == name && one.command == "smtpd"; });
    return found == rows.end() ? nullptr : &*found;
}

std::shared_ptr<Screen> make_screen(const config::View& view, const config::View& stressed, const config::Service& row, const config::Configuration& configuration,
                                    const SmtpdParts& parts) {
    const auto problem = [&](std::string text) {
        if (parts.core.index == 0) {
            parts.findings.add(config::Severity::error, row.file, row.line, base::format("service {}: {}", row.name, text));
        }
    };
    const auto warn = [&](std::string text) {
        if (parts.core.index == 0) {
            parts.findings.add(config::Severity::warning, row.file, row.line, base::format("service {}: {}", row.name, text));
        }
    };
    auto screen = std::make_shared<Screen>();
    screen->settings = std::make_shared<const ScreenSettings>(ScreenSettings::from(view, stressed, problem));
    const auto parents = tables::parents_of(view, "postscreen_access_list");
    auto mynetworks = std::make_shared<const tables::MatchList>(tables::MatchList::open_addresses(view.text("mynetworks"), parents, parts.open));
    screen->access_list = receive::postscreen::AccessList::parse(view.text("postscreen_access_list"), std::move(mynetworks), parts.open, warn);
    screen->allowlist_interfaces = tables::MatchList::open_addresses(view.text("postscreen_allowlist_interfaces"), parents, parts.open);
    auto domains = receive::postscreen::parse_dnsbl_sites(view.text("postscreen_dnsbl_sites"));
    if (!domains) {
        problem(domains.error().text + "; no list is asked");
    } else {
        screen->dnsbl_domains = std::move(*domains);
    }
    screen->dnsbl_reply_maps = maps_or_null(view, "postscreen_dnsbl_reply_map", parts);
    screen->command_filter = maps_or_null(view, "postscreen_command_filter", parts);
    screen->reject_footer_maps = maps_or_null(view, "postscreen_reject_footer_maps", parts);
    screen->discard_ehlo_keyword_maps = maps_or_null(view, "postscreen_discard_ehlo_keyword_address_maps", parts);
    if (!view.text("postscreen_forbidden_commands").empty()) {
        screen->forbidden_commands = std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(view.text("postscreen_forbidden_commands"), parts.open));
    }
    screen->zone = parts.world.zone;
    make_screen_tls(*screen, view, row, configuration, parts);
    return screen;
}

}  // namespace posthouse::app
