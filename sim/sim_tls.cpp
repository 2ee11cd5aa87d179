#include "sim/sim_tls.hpp"

#include "base/text.hpp"

namespace posthouse::sim {

using world::TlsSession;

std::string Certificate::encode() const {
    std::string out = issuer + "\n" + (issuer_known ? "known" : "unknown");
    for (const std::string& name : names) {
        out += "\n" + name;
    }
    return out;
}

std::optional<Certificate> Certificate::decode(const std::string& message) {
    const auto fields = base::split_fields(message, '\n');
    if (fields.size() < 2) {
        return std::nullopt;
    }
    Certificate out;
    out.issuer = fields[0];
    out.issuer_known = fields[1] == "known";
    out.names.assign(fields.begin() + 2, fields.end());
    return out;
}

base::Result<std::shared_ptr<const world::TlsServerContext>> SimTls::server_context(const world::TlsServerSettings& settings) {
    auto context = std::make_shared<SimTlsServerContext>();
    context->settings = settings;
    for (const std::string& file : settings.chain_files) {
        const auto found = certificates_.find(file);
        if (found == certificates_.end()) {
            return base::fail(base::ErrorKind::not_found, "cannot load certificate from " + file);
        }
        if (context->certificate.names.empty()) {
            context->certificate = found->second;
        }
    }
    return std::shared_ptr<const world::TlsServerContext>(std::move(context));
}

base::Result<std::shared_ptr<const world::TlsClientContext>> SimTls::client_context(const world::TlsClientSettings& settings) {
    auto context = std::make_shared<SimTlsClientContext>();
    context->settings = settings;
    for (const std::string& file : settings.chain_files) {
        const auto found = certificates_.find(file);
        if (found == certificates_.end()) {
            return base::fail(base::ErrorKind::not_found, "cannot load certificate from " + file);
        }
        context->certificate = found->second;
    }
    return std::shared_ptr<const world::TlsClientContext>(std::move(context));
}

namespace {
bool matches(const Certificate& certificate, const std::vector<std::string>& wanted) {
    for (const std::string& name : certificate.names) {
        for (const std::string& pattern : wanted) {
            const bool below = pattern.starts_with('.') && name.size() > pattern.size() &&
                               base::iequals(std::string_view(name).substr(name.size() - pattern.size()), pattern);
            if (below || base::iequals(name, pattern)) {
                return true;
            }
        }
    }
    return false;
}
}  // namespace

TlsSession judge(const std::optional<Certificate>& certificate, Trust trust, const std::vector<std::string>& match_names,
                 world::PeerVerification verification) {
    TlsSession session;
    session.protocol = "TLSv1.3";
    session.cipher = "TLS_AES_256_GCM_SHA384";
    session.cipher_bits = session.algorithm_bits = 256;
    session.key_exchange = "X25519";
    session.server_signature = "ECDSA (prime256v1)";
    if (!certificate || certificate->names.empty()) {
        return session;
    }
    session.peer_common_name = certificate->names.front();
    session.peer_issuer = certificate->issuer;
    if (trust == Trust::nobody || !certificate->issuer_known) {
        session.peer = TlsSession::Peer::untrusted;
        session.verification_error = "unable to get local issuer certificate";
    } else if (verification == world::PeerVerification::certificate_and_name && matches(*certificate, match_names)) {
        session.peer = TlsSession::Peer::verified;
    } else {
        session.peer = TlsSession::Peer::trusted;
        if (verification == world::PeerVerification::certificate_and_name) {
            session.verification_error = "server certificate name does not match";
        }
    }
    return session;
}

}  // namespace posthouse::sim
