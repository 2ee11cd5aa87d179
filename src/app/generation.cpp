#include "app/generation.hpp"

#include <algorithm>

#include "app/milters.hpp"
#include "app/relayhost_login.hpp"
#include "app/screens.hpp"
#include "app/smtpd_services.hpp"
#include "app/pickup_row.hpp"
#include "app/receive_overrides.hpp"
#include "app/spawned_programs.hpp"
#include "app/transports.hpp"
#include "base/format.hpp"
#include "base/text.hpp"
#include "milter/local_mail.hpp"
#include "observe/bounded_warnings.hpp"
#include "tables/environ.hpp"

namespace posthouse::app {

class GenerationBuilder {
public:
    GenerationBuilder(std::shared_ptr<const config::Configuration> configuration, const ServerWorld& world, const Generation::Doors& doors, config::Findings& findings)
        : generation_(std::make_shared<Generation>()), world_(world), doors_(doors), findings_(findings) {
        generation_->configuration_ = std::move(configuration);
    }

    base::Result<std::shared_ptr<const Generation>> build() {
        const config::View& view = generation_->configuration_->main();
        generation_->interfaces_ = find_interfaces(view, world_.facts, world_.cores.core(0).resolver);
        const tables::OpenContext open = open_context(view, "trivial-rewrite");
        generation_->router_ = std::make_unique<route::PostfixRouter>(view, generation_->interfaces_.own, open);
        make_settings(view);
        make_cores();
        for (const config::Service& service : generation_->configuration_->services()) {
            const bool is_local = service.type == config::ServiceType::unix_stream;
            if (service.command == "smtpd" && (service.type == config::ServiceType::inet || is_local)) {
                if (const auto added = is_local ? add_local_smtpd(service) : add_smtpd(service); !added) {
                    return std::unexpected(added.error());
                }
            } else if (service.type == config::ServiceType::inet && service.command == "postscreen") {
                if (const auto added = add_screen(service); !added) {
                    return std::unexpected(added.error());
                }
            } else if (service.type == config::ServiceType::unix_stream) {
                if (const auto added = add_transport(service); !added) {
                    return std::unexpected(added.error());
                }
            }
        }
        make_stand_alone();
        generation_->local_users_ = std::make_shared<const LocalUsers>(view, open, world_.owner, LocalUsers::Doors{world_.user_name, world_.pool});
        if (auto login = missing_relayhost_login(*generation_->configuration_, open)) {
            findings_.add(login->severity, login->file, login->line, std::move(login->text));
        }
        for (const auto& [spec, table] : cache_) {
            if (const auto error = table->open_error()) {
                // One that only a default names (alias_maps has nis:mail.aliases) is nobody's mistake, and may never be asked.
                if (const config::Setting* user = setting_with(table->name())) {
                    findings_.add(config::Severity::error, user->file, user->line, base::format("{}: {}", table->name(), *error));
                }
            }
        }
        return generation_;
    }

private:
    // Who names this table: the first setting that does.
    [[nodiscard]] const config::Setting* setting_with(const std::string& table) const {
        for (const auto& [name, setting] : generation_->configuration_->main_cf().settings()) {
            if (setting.value.find(table) != std::string::npos) {
                return &setting;
            }
        }
        for (const config::Service& service : generation_->configuration_->services()) {
            for (const config::Setting& setting : service.overrides) {
                if (setting.value.find(table) != std::string::npos) {
                    return &setting;
                }
            }
        }
        return nullptr;
    }

    // The place of who names the file that the warning is about.
    void warn_of_table(std::string text) {
        if (text.find("is older than source file") != std::string::npos) {
            text += "; run postmap on it";
        }
        const config::Setting* user = nullptr;
        for (std::string_view word : base::split_words(text, " :;\",")) {
            user = user == nullptr && word.starts_with('/') ? setting_with(std::string(word)) : user;
        }
        const config::Finding finding{config::Severity::warning, user != nullptr ? user->file : "", user != nullptr ? user->line : 0, std::move(text)};
        // Each core opens the same lists.
        if (std::find(findings_.begin(), findings_.end(), finding) == findings_.end()) {
            findings_.add(finding.severity, finding.file, finding.line, finding.text);
        }
    }

    // "postfix/smtpd: warning: mysql:/x.cf lookup error for "key": why".
    tables::LookupFailed lookup_failures(const config::View& view, const std::string& program) {
        return [warnings = warnings_, &cores = world_.cores, speaker = view.text("syslog_name") + '/' + program](const std::string& table, const std::string& key, const std::string& reason) {
            const std::string_view why = std::string_view(reason).substr(reason.starts_with(table + ": ") ? table.size() + 2 : 0);
            warnings->warn(speaker, table, base::format("{} lookup error for \"{:.100}\": {}", table, base::printable(key), base::printable(why)), cores.here().clock.now());
        };
    }

    tables::OpenContext open_context(const config::View& view, const std::string& program) {
        return {world_.files, view.text("default_database_type"), [this](std::string text) { warn_of_table(std::move(text)); },
                tables::TextFormat::map, &cache_, {.letters = tables::KeyCase::folded, .text = view.boolean("smtputf8_enable") ? tables::KeyText::utf8 : tables::KeyText::bytes}, tables::ValueForm::text, tables::FileChanges::followed,
                tables::imported_environment(view.text("import_environment"), world_.environment),
                [view](const std::string& name) { return view.is_set(name) ? std::optional(view.text(name)) : std::nullopt; },
                lookup_failures(view, program),
                {&world_.cores, world_.table_pool != nullptr ? world_.table_pool : &world_.pool, view.text("queue_directory"),
                 [known = view.text("known_tcp_ports"), lookup = world_.port_lookup](std::string_view name) { return config::resolve_port(name, known, lookup); }}};
    }

    void make_cores() {
        const config::Configuration& configuration = *generation_->configuration_;
        const SpawnRows rows = find_spawn_rows(configuration, world_, findings_);
        for (std::size_t i = 0; i < world_.cores.count(); ++i) {
            generation_->cores_.emplace_back().policy_clients = make_policy_clients(configuration.main(), rows, world_, world_.cores.core(i));
        }
    }

    void make_settings(const config::View& view) {
        const config::View own_view = cleanup_view();
        auto cleanup = std::make_shared<cleanup::CleanupSettings>(cleanup::CleanupSettings::from(own_view));
        cleanup->zone = world_.zone;
        if (const config::Service* pickup = pickup_row(*generation_->configuration_)) {
            const config::View own = generation_->configuration_->view(*pickup);
            cleanup->content_filter = own.text("content_filter");
            cleanup->no_header_body_checks = overrides_receiving(own, "no_header_body_checks");
            cleanup->no_address_mappings = overrides_receiving(own, "no_address_mappings");
            cleanup->no_milters = overrides_receiving(own, "no_milters");
        }
        cleanup->checks = checks::CheckSet::open({"header_checks", "mime_header_checks", "nested_header_checks", "body_checks"}, own_view, open_context(own_view, "cleanup"));
        cleanup->checks.body_checks_size_limit = own_view.size("body_checks_size_limit").count;
        if (own_view.boolean("disable_mime_input_processing")) {
            cleanup->checks.walk.mime = message::MimeWalker::Mime::ignored;
        }
        cleanup->milter_header_checks = checks::CheckList("milter_header_checks", tables::MapList::open(own_view.text("milter_header_checks"), open_context(own_view, "cleanup")));
        make_local_milters(*cleanup, own_view);
        generation_->cleanup_ = std::move(cleanup);
        auto bounce = std::make_shared<bounce::BounceSettings>(bounce_settings(view));
        bounce->zone = world_.zone;
        generation_->bounce_ = std::move(bounce);
        const auto& services = generation_->configuration_->services();
        const auto row = std::find_if(services.begin(), services.end(), [](const config::Service& service) { return service.command == "verify"; });
        generation_->verify_ = std::make_shared<const verify::VerifySettings>(verify::VerifySettings::from(row == services.end() ? view : generation_->configuration_->view(*row)));
    }

    // By the row named cleanup: others of that program serve smtpd rows that name them.
    [[nodiscard]] config::View cleanup_view() const {
        const config::Service* row = generation_->configuration_->service("cleanup", config::ServiceType::unix_stream);
        return row != nullptr ? generation_->configuration_->view(*row) : generation_->configuration_->main();
    }

    void make_local_milters(cleanup::CleanupSettings& cleanup, const config::View& view) {
        std::vector<std::shared_ptr<const milter::Milters>> by_core;
        for (std::size_t i = 0; i < world_.cores.count(); ++i) {
            config::Findings same;
            by_core.push_back(milters_of("non_smtpd_milters", view, milter_maker(view, "cleanup", world_, world_.cores.core(i)), i == 0 ? findings_ : same));
        }
        if (by_core.front()) {
            cleanup.local_milters = [by_core = std::move(by_core), &events = world_.events](world::Core& home, std::string queue_id) -> std::unique_ptr<mail::Milters> {
                return std::make_unique<milter::LocalMail>(by_core[home.index], std::move(queue_id), milter::Connection::Doors{home.clock, events});
            };
        }
    }

    bounce::BounceSettings bounce_settings(const config::View& view) {
        const std::string path = view.text("bounce_template_file");
        const base::Result<std::string> text = path.empty() ? std::string() : tables::read_source(path, world_.files);
        return bounce::BounceSettings::from(view, text, [this](std::string warning) { findings_.add(config::Severity::warning, {}, 0, std::move(warning)); });
    }

    // By the first smtpd row, so that syslog_name and limits given there hold.
    void make_stand_alone() {
        const auto& services = generation_->configuration_->services();
        const auto first = std::find_if(services.begin(), services.end(), [](const config::Service& service) { return service.command == "smtpd"; });
        const config::View view = first == services.end() ? generation_->configuration_->main() : generation_->configuration_->view(*first);
        const SmtpdParts parts{world_, doors_.router, world_.cores.core(0), generation_->interfaces_, open_context(view, "smtpd"), findings_, tls_cache_, login_cache_, doors_.verifier};
        generation_->stand_alone_ = make_stand_alone_service(view, cleanup_view(), parts);
    }

    [[nodiscard]] static std::size_t process_limit(const config::Service& service, const config::View& view) {
        return service.maxproc ? *service.maxproc : static_cast<std::size_t>(view.integer("default_process_limit"));
    }

    base::Result<void> add_smtpd(const config::Service& service) {
        const config::View view = generation_->configuration_->view(service);
        if (const auto added = add_listening(service, view, process_limit(service, view)); !added) {
            return added;
        }
        add_services(service, service.name);
        return {};
    }

    // The process limit of the row says nothing: there is one postscreen(8), and it takes as many clients as postscreen_pre_queue_limit allows.
    base::Result<void> add_screen(const config::Service& service) {
        const config::View view = generation_->configuration_->view(service);
        const config::Service* pass = pass_row_behind(*generation_->configuration_, service);
        if (pass == nullptr) {
            return base::fail(base::ErrorKind::invalid, base::format("{}:{}: service \"{}\": postscreen has nobody to pass clients on to: add a row \"{} pass - - n - - smtpd\"",
                                                                     service.file, service.line, service.name, view.text("smtpd_service_name")));
        }
        if (const auto added = add_listening(service, view, 0); !added) {
            return added;
        }
        const config::View pass_view = generation_->configuration_->view(*pass);
        const std::size_t limit = process_limit(*pass, pass_view);
        generation_->pass_rows_.push_back({pass->name, limit});
        for (std::size_t i = 0; i < world_.cores.count(); ++i) {
            const auto screen = make_screen(view, generation_->configuration_->view(stressed(service)), service, *generation_->configuration_, parts(view, service.command, i, findings_));
            screen->behind.service = make_service(*pass, pass_view, i, findings_);
            screen->behind.stressed = has_own_stress(*pass) ? nullptr : make_stressed_service(*pass, i);
            if (doors_.rooms != nullptr) {
                const auto unit = generation_->configuration_->main().time("anvil_rate_time_unit");
                const ServiceRooms::Room& room = doors_.rooms->room(ServiceRooms::Kind::pass, pass->name, "private/" + pass->name, limit, unit);
                screen->behind.limits = room.limits;
                screen->behind.places = room.places;
                screen->clients = doors_.rooms->room(ServiceRooms::Kind::inet, service.name, std::to_string(generation_->listenings_.back().place.endpoint.port), 0, unit).screened;
            }
            if (doors_.screen_caches != nullptr) {
                screen->keeper = doors_.screen_caches->cache(screen->settings->postscreen_cache_map);
                screen->cache = screen->keeper ? screen->keeper->cache() : nullptr;
            }
            generation_->cores_[i].screens[service.name] = screen;
        }
        return {};
    }

    base::Result<void> add_listening(const config::Service& service, const config::View& view, std::size_t limit) {
        const auto address = config::parse_inet_service(service.name);
        const auto port = address ? config::resolve_port(address->port, view.text("known_tcp_ports"), world_.port_lookup) : std::nullopt;
        if (!port) {
            return base::fail(base::ErrorKind::invalid, base::format("{}:{}: unknown port in service name \"{}\"", service.file, service.line, service.name));
        }
        const auto hosts = address->host.empty() ? generation_->interfaces_.listen : host_addresses(address->host, view, world_.cores.core(0).resolver);
        if (hosts.empty()) {
            return base::fail(base::ErrorKind::invalid, base::format("{}:{}: no address to listen on for service \"{}\"", service.file, service.line, service.name));
        }
        for (const base::IpAddress& host : hosts) {
            generation_->listenings_.push_back({{{host, *port}}, service.name, limit});
        }
        return {};
    }

    // A socket for processes of this host; private/ is closed to all but us and root.
    base::Result<void> add_local_smtpd(const config::Service& service) {
        const config::View view = generation_->configuration_->view(service);
        const std::string name = (service.is_private ? "private/" : "public/") + service.name;
        generation_->listenings_.push_back({ListenPlace{.endpoint = {}, .path = view.text("queue_directory") + "/" + name, .mode = 0666}, name, process_limit(service, view)});
        add_services(service, name);
        return {};
    }

    void add_services(const config::Service& service, const std::string& key) {
        const config::View view = generation_->configuration_->view(service);
        for (std::size_t i = 0; i < world_.cores.count(); ++i) {
            generation_->cores_[i].services[key] = make_service(service, view, i, findings_);
            if (!has_own_stress(service)) {
                generation_->cores_[i].stressed_services[key] = make_stressed_service(service, i);
            }
        }
    }

    SmtpdParts parts(const config::View& view, const std::string& program, std::size_t core, config::Findings& findings) {
        return {world_, doors_.router, world_.cores.core(core), generation_->interfaces_, open_context(view, program), findings, tls_cache_, login_cache_, doors_.verifier, generation_->cores_[core].policy_clients};
    }

    std::shared_ptr<const receive::SmtpdService> make_service(const config::Service& row, const config::View& view, std::size_t core, config::Findings& findings) {
        return make_smtpd_service(view, row, parts(view, row.command, core, findings));
    }

    // "-o stress=", with or without a value, is the administrator's own decision (STRESS_README).
    [[nodiscard]] static bool has_own_stress(const config::Service& row) {
        return std::any_of(row.overrides.begin(), row.overrides.end(), [](const config::Setting& setting) { return setting.name == "stress"; });
    }
    [[nodiscard]] static config::Service stressed(const config::Service& row) {
        config::Service out = row;
        out.overrides.push_back({.name = "stress", .value = "yes", .file = row.file, .line = row.line});
        return out;
    }
    // What sessions get that begin while the service is at its limit.
    std::shared_ptr<const receive::SmtpdService> make_stressed_service(const config::Service& row, std::size_t core) {
        const config::Service under_stress = stressed(row);
        config::Findings same;  // as for the service itself
        return make_service(under_stress, generation_->configuration_->view(under_stress), core, same);
    }

    base::Result<void> add_transport(const config::Service& service) {
        const config::View view = generation_->configuration_->view(service);
        for (std::size_t i = 0; i < world_.cores.count(); ++i) {
            auto transport = make_transport(view, service, {world_, world_.cores.core(i), generation_->interfaces_, open_context(view, service.command), &doors_.router, doors_.intake});
            if (transport) {
                generation_->cores_[i].transports[service.name] = std::move(transport);
            }
        }
        return {};
    }

    std::shared_ptr<Generation> generation_;
    const ServerWorld& world_;
    const Generation::Doors& doors_;
    config::Findings& findings_;
    tables::TableCache cache_;
    std::shared_ptr<observe::BoundedWarnings> warnings_ = std::make_shared<observe::BoundedWarnings>(world_.events);
    TlsContextCache tls_cache_;
    LoginCache login_cache_;
};

base::Result<std::shared_ptr<const Generation>> Generation::build(std::shared_ptr<const config::Configuration> configuration, const ServerWorld& world, const Doors& doors,
                                                                  config::Findings& findings) {
    return GenerationBuilder(std::move(configuration), world, doors, findings).build();
}

}  // namespace posthouse::app
