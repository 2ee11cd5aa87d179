#include "app/client_tls.hpp"

#include <array>
#include <set>

#include "base/format.hpp"

namespace posthouse::app {

namespace {

constexpr std::array suffixes{"_tls_CAfile", "_tls_CApath", "_tls_cert_file", "_tls_key_file", "_tls_eccert_file", "_tls_eckey_file", "_tls_dcert_file",
                              "_tls_dkey_file", "_tls_chain_files"};

std::string problem(const std::string& path, world::Files& files) {
    const auto info = files.info(path);
    if (!info) {
        return info.error().text;
    }
    const auto content = info->is_directory ? base::Result<std::string>() : files.read(path);
    return content ? std::string() : content.error().text;
}

}  // namespace

void check_client_tls(const config::Configuration& configuration, world::Files& files, world::TlsEngine& tls, config::Findings& findings) {
    std::set<std::string> told;
    for (const config::Service& service : configuration.services()) {
        if (service.type != config::ServiceType::unix_stream || (service.command != "smtp" && service.command != "lmtp")) {
            continue;
        }
        const config::View view = configuration.view(service);
        const std::string level = view.text(service.command + "_tls_security_level");
        if ((level.empty() && !view.boolean(service.command + "_use_tls") && !view.boolean(service.command + "_enforce_tls")) || level == "none") {
            continue;
        }
        for (const std::string suffix : {"_tls_protocols", "_tls_mandatory_protocols"}) {
            const std::string name = service.command + suffix;
            const config::Setting* setting = view.origin(name);
            if (setting == nullptr || !told.insert(name + ' ' + view.text(name)).second) {
                continue;
            }
            if (const auto context = tls.client_context({.protocols = {view.text(name)}}); !context) {
                findings.add(config::Severity::error, setting->file, setting->line, base::format("{} = {}: {}", name, view.text(name), context.error().text));
            }
        }
        for (const std::string suffix : suffixes) {
            const std::string name = service.command + suffix;
            const config::Setting* setting = view.origin(name);
            if (setting == nullptr) {
                continue;
            }
            for (const std::string& path : view.list(name)) {
                const std::string reason = path.starts_with('/') ? problem(path, files) : std::string();
                if (!reason.empty() && told.insert(base::format("{} {}", name, path)).second) {
                    findings.add(config::Severity::error, setting->file, setting->line, base::format("{}: {}", name, reason));
                }
            }
        }
    }
}

}  // namespace posthouse::app
