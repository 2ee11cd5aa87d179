#include "app/smtpd_logins.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "sasl/cyrus_backend.hpp"
#include "sasl/dovecot_backend.hpp"
#include "sasl/password_file.hpp"

namespace posthouse::app {

namespace {

using Problem = std::function<void(std::string)>;

void read_mechanism_rules(receive::SmtpdService& service, const config::View& view, const SmtpdParts& parts, const Problem& problem) {
    const auto options = [&](std::string_view parameter) {
        const auto parsed = sasl::parse_security_options(view.text(parameter));
        if (!parsed) {
            problem(base::format("{}: {}", parameter, parsed.error().text));
        }
        return parsed.value_or(sasl::SecurityOptions{.noplaintext = true, .noanonymous = true});
    };
    service.sasl_security_options = options("smtpd_sasl_security_options");
    service.sasl_tls_security_options = options("smtpd_sasl_tls_security_options");
    if (!view.text("smtpd_sasl_mechanism_filter").empty()) {
        service.sasl_mechanism_filter = std::make_shared<const tables::MatchList>(tables::MatchList::open_strings(view.text("smtpd_sasl_mechanism_filter"), parts.open));
    }
}

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// We are never in the queue directory's chroot, so a path that means a place in there needs the rest of its name. Debian's smtpd is in it.
void leave_chroot(sasl::CyrusConfig& config, const config::View& view, const config::Service& row, world::Files& files) {
    if (!row.chroot) {
        return;
    }
    for (const auto& [key, usual] : {std::pair{"saslauthd_path", sasl::default_saslauthd_path}, std::pair{"sasldb_path", sasl::default_sasldb_path}}) {
        const std::string path = config.option(key, usual);
        const std::string inside = view.text("queue_directory") + path;
        // The socket itself comes and goes with its server.
        const bool is_socket = std::string_view(key) == "saslauthd_path";
        if (path.starts_with('/') && files.info(is_socket ? folder_of(inside) : inside)) {
            config.options[key] = inside;
        }
    }
}

base::Result<sasl::CyrusService> make_cyrus_service(const config::View& view, const config::Service& row, const SmtpdParts& parts, const Problem& problem) {
    auto config = cyrus_config(view, parts.world.files, problem);
    if (!config) {
        return std::unexpected(config.error());
    }
    leave_chroot(*config, view, row, parts.world.files);
    auto settings = std::make_shared<const sasl::CyrusSettings>(
        sasl::CyrusSettings{std::move(*config), view.text("myhostname"), view.text("smtpd_sasl_local_domain"), view.text("smtpd_sasl_service")});
    auto mechanisms = sasl::cyrus_mechanisms(settings);
    if (!mechanisms) {
        return std::unexpected(mechanisms.error());
    }
    if (mechanisms->empty()) {
        return base::fail(base::ErrorKind::unavailable,
                          base::format("libsasl2 offers no mechanism: mech_list in {} names none whose plug-in is installed (package libsasl2-modules)",
                                       settings->config.file.empty() ? view.text("smtpd_sasl_path") + ".conf" : settings->config.file));
    }
    return sasl::CyrusService{std::move(settings), std::move(*mechanisms)};
}

std::shared_ptr<sasl::SaslBackend> cyrus_backend(const config::View& view, const config::Service& row, const SmtpdParts& parts, const Problem& problem) {
    if (!parts.logins.line) {
        parts.logins.line = std::make_shared<const sasl::LoginLine>(parts.world.table_pool != nullptr ? *parts.world.table_pool : parts.world.pool, sasl::login_limits);
    }
    auto found = parts.logins.cyrus.find(row.name);
    if (found == parts.logins.cyrus.end()) {
        found = parts.logins.cyrus.emplace(row.name, make_cyrus_service(view, row, parts, problem)).first;
    }
    if (!found->second) {
        problem(base::format("service {}: nobody can log in: {}", row.name, found->second.error().text));
        return nullptr;
    }
    const sasl::CyrusService& service = *found->second;
    return std::make_shared<sasl::CyrusBackend>(
        service.mechanisms, [settings = service.settings] { return std::shared_ptr<sasl::CyrusLogin>(sasl::make_cyrus_login(settings)); }, parts.logins.line, parts.core.executor,
        parts.core.clock);
}

}  // namespace

base::Result<sasl::CyrusConfig> cyrus_config(const config::View& view, world::Files& files, const std::function<void(std::string)>& warn) {
    const auto folders = sasl::cyrus_config_folders(view.text("cyrus_sasl_config_path"), view.text("config_directory"));
    return sasl::find_cyrus_config(view.text("smtpd_sasl_path"), folders, [&](const std::string& path) { return files.read(path); }, warn);
}

void make_logins(receive::SmtpdService& service, const config::View& view, const config::Service& row, const SmtpdParts& parts) {
    if (!service.settings->smtpd_sasl_auth_enable) {
        return;
    }
    const Problem problem = [&](std::string text) {
        if (parts.core.index == 0) {
            parts.findings.add(config::Severity::error, row.file, row.line, std::move(text));
        }
    };
    read_mechanism_rules(service, view, parts, problem);
    const std::string type = view.text("smtpd_sasl_type");
    const std::string path = view.text("smtpd_sasl_path");
    if (type == "dovecot") {
        const auto address = sasl::parse_dovecot_address(path, view.text("queue_directory"));
        if (address) {
            service.sasl = std::make_shared<sasl::DovecotBackend>(*address, parts.core.network, parts.core.clock, parts.core.random);
        } else {
            problem("smtpd_sasl_path: " + address.error().text);
        }
    } else if (type == "file") {
        const auto text = parts.world.files.read(path);
        if (!text) {
            problem("smtpd_sasl_path: " + text.error().text);
            return;
        }
        auto hashes = std::make_shared<const sasl::PasswordHashes>(sasl::parse_password_file(*text, path, problem));
        if (std::string missing = sasl::missing_scram_keys(*hashes); !missing.empty() && parts.core.index == 0) {
            parts.findings.add(config::Severity::warning, row.file, row.line, base::format("{}: {}", path, missing));
        }
        service.sasl = std::make_shared<sasl::ExchangeBackend>(std::make_unique<sasl::PasswordFile>(std::move(hashes), parts.world.pool, parts.core.executor),
                                                              parts.core.random, view.text("smtpd_sasl_local_domain"));
    } else if (type == "cyrus") {
        service.sasl = cyrus_backend(view, row, parts, problem);
    } else {
        problem(base::format("smtpd_sasl_type = {}: not supported; use cyrus, dovecot or file. Nobody can log in to service {}", type, row.name));
    }
}

}  // namespace posthouse::app
