#include "app/smtpd_tls.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::app {

namespace {

// Asked while a handshake runs, on any core; what cannot answer on the spot cannot answer.
world::NamedChain find_chain(const tables::MapList& maps, const std::string& name) {
    using State = world::NamedChain::State;
    for (const auto& table : maps.tables()) {
        const auto* memory = dynamic_cast<const tables::MemoryTable*>(table.get());
        const tables::Lookup found = memory != nullptr ? memory->look_up(name) : tables::Lookup::unknown(table->name() + " has to wait for its answer");
        if (found.is_unknown()) {
            maps.tell_failure(table->name(), name, found.reason);
            return {State::unknown, {}};
        }
        if (found.is_found()) {
            // Files that postmap -F made, and tables outside, have the PEM in base64.
            const auto decoded = found.value.find("-----BEGIN ") == std::string::npos ? base::base64_decode(found.value) : std::nullopt;
            return {State::found, decoded ? *decoded : found.value};
        }
    }
    return {};
}

world::NamedChains named_chains(const config::View& view, const SmtpdParts& parts) {
    const std::string value = view.text("tls_server_sni_maps");
    if (value.empty()) {
        return {};
    }
    tables::OpenContext open = parts.open;
    open.values = tables::ValueForm::files;
    auto maps = std::make_shared<const tables::MapList>(tables::MapList::open(value, open));
    return [maps](const std::string& name) { return find_chain(*maps, name); };
}

void tell_levels(const config::View& view, const config::Service& row, const receive::SmtpdService& service, const SmtpdParts& parts) {
    if (parts.core.index != 0) {
        return;
    }
    const std::string level = view.text("smtpd_tls_security_level");
    if (!level.empty() && level != "none" && level != "may" && level != "encrypt") {
        parts.findings.add(config::Severity::warning, row.file, row.line,
                           base::format("service {}: smtpd_tls_security_level = {}: not a level of a server; encrypt is in force", row.name, level));
    }
    if (view.boolean("smtpd_tls_req_ccert") && !service.settings->requires_tls()) {
        parts.findings.add(config::Severity::warning, row.file, row.line,
                           base::format("service {}: smtpd_tls_req_ccert has no effect: client certificates can be required only where TLS is (smtpd_tls_security_level = encrypt)", row.name));
    }
}

world::TlsServerSettings tls_settings(const config::View& view, const receive::SmtpdService& service, const SmtpdParts& parts) {
    const bool mandatory = service.settings->requires_tls();
    world::TlsServerSettings out;
    const auto chain_files = view.list("smtpd_tls_chain_files");
    for (const std::string& file : chain_files) {
        out.chain_files.push_back(file);
        out.key_files.emplace_back();
    }
    if (chain_files.empty()) {
        for (const auto& [certificate, key] : {std::pair{"smtpd_tls_cert_file", "smtpd_tls_key_file"}, std::pair{"smtpd_tls_eccert_file", "smtpd_tls_eckey_file"},
                                               std::pair{"smtpd_tls_dcert_file", "smtpd_tls_dkey_file"}}) {
            const std::string file = view.text(certificate);
            if (!file.empty() && !base::iequals(file, "none")) {
                out.chain_files.push_back(file);
                out.key_files.push_back(view.text(key));
            }
        }
    }
    out.protocols.list = view.text(mandatory ? "smtpd_tls_mandatory_protocols" : "smtpd_tls_protocols");
    out.ciphers = view.text(mandatory ? "smtpd_tls_mandatory_ciphers" : "smtpd_tls_ciphers");
    out.exclude_ciphers = view.text("smtpd_tls_exclude_ciphers");
    if (mandatory) {
        out.exclude_ciphers += ' ' + view.text("smtpd_tls_mandatory_exclude_ciphers");
    }
    out.ask_client_certificate = service.settings->asks_for_certificate();
    out.verification_depth = static_cast<int>(view.integer("smtpd_tls_ccert_verifydepth"));
    out.without_certificate = out.chain_files.empty() && base::iequals(view.text("smtpd_tls_cert_file"), "none") && !out.ask_client_certificate;
    out.session_ticket_cipher = view.text("tls_session_ticket_cipher");
    out.toolkit = world::TlsToolkitSettings::from(view);
    out.named_chains = named_chains(view, parts);
    out.fingerprint_digest = view.text("smtpd_tls_fingerprint_digest");
    out.ca_file = view.text("smtpd_tls_CAfile");
    out.ca_path = view.text("smtpd_tls_CApath");
    out.use_system_ca = view.boolean("tls_append_default_CA");
    out.session_timeout = view.time("smtpd_tls_session_cache_timeout");
    out.dh_param_file = view.text("smtpd_tls_dh1024_param_file");
    out.channel_bindings = service.settings->smtpd_sasl_auth_enable && view.text("smtpd_sasl_type") == "file";
    out.prefer_server_ciphers = view.boolean("tls_preempt_cipherlist");
    return out;
}

}  // namespace

void make_tls(receive::SmtpdService& service, const config::View& view, const config::Service& row, const SmtpdParts& parts) {
    using Level = receive::SmtpdSettings::TlsLevel;
    if (service.settings->smtpd_tls_security_level == Level::none && !service.settings->smtpd_tls_wrappermode) {
        return;
    }
    tell_levels(view, row, service, parts);
    auto found = parts.tls_contexts.find(row.name);
    if (found == parts.tls_contexts.end()) {
        const world::TlsServerSettings settings = tls_settings(view, service, parts);
        base::Result<std::shared_ptr<const world::TlsServerContext>> made =
            settings.chain_files.empty() && !settings.without_certificate ? base::fail(base::ErrorKind::invalid, "no certificate: set smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file")
                                         : parts.world.tls.server_context(settings);
        if (!made) {
            // As Postfix: the service runs, and STARTTLS says 454. Unlike Postfix, the operator is told at start.
            parts.findings.add(config::Severity::error, row.file, row.line, base::format("service {}: TLS is not available: {}", row.name, made.error().text));
        }
        found = parts.tls_contexts.emplace(row.name, std::move(made)).first;
    }
    if (found->second) {
        service.tls = *found->second;
    }
}

}  // namespace posthouse::app
