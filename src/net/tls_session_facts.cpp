#include "net/tls_session_facts.hpp"

#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <array>

#include "base/format.hpp"
#include "base/ip_address.hpp"
#include "base/text.hpp"

namespace posthouse::net {

using world::TlsSession;

namespace {

std::string group_name(EVP_PKEY* key) {
    std::array<char, 64> name{};
    std::size_t length = 0;
    if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) != 1) {
        return {};
    }
    const char* nist = EC_curve_nid2nist(OBJ_sn2nid(name.data()));
    return nist != nullptr ? nist : std::string(name.data(), length);
}

std::string key_exchange(SSL* ssl) {
    EVP_PKEY* raw = nullptr;
    if (SSL_get_peer_tmp_key(ssl, static_cast<void*>(&raw)) != 1 || raw == nullptr) {
        return {};
    }
    const KeyHandle key(raw);
    switch (EVP_PKEY_get_base_id(raw)) {
        case EVP_PKEY_EC: return base::format("ECDHE ({})", group_name(raw));
        case EVP_PKEY_DH: return base::format("DHE ({} bits)", EVP_PKEY_get_bits(raw));
        default: return OBJ_nid2sn(EVP_PKEY_get_base_id(raw));
    }
}

std::string signature(int type, X509* certificate) {
    EVP_PKEY* key = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
    if (type == NID_undef || key == nullptr) {
        return {};
    }
    switch (type) {
        case EVP_PKEY_RSA: return base::format("RSA ({} bits)", EVP_PKEY_get_bits(key));
        case EVP_PKEY_RSA_PSS: return base::format("RSA-PSS ({} bits)", EVP_PKEY_get_bits(key));
        case EVP_PKEY_EC: return base::format("ECDSA ({})", group_name(key));
        default: return OBJ_nid2sn(type);
    }
}

// TLS 1.3 only: before it the cipher's name says these things.
void add_signatures(SSL* ssl, TlsSide side, TlsSession& session) {
    if (SSL_version(ssl) < TLS1_3_VERSION) {
        return;
    }
    session.key_exchange = key_exchange(ssl);
    std::string* const signatures[] = {&session.client_signature, &session.server_signature};
    std::string* const digests[] = {&session.client_digest, &session.server_digest};
    const std::size_t own = side == TlsSide::server ? 1 : 0;
    int type = NID_undef;
    int digest = NID_undef;
    if (SSL_get_signature_type_nid(ssl, &type) == 1 && SSL_session_reused(ssl) == 0) {
        *signatures[own] = signature(type, SSL_get_certificate(ssl));
        if (!signatures[own]->empty() && SSL_get_signature_nid(ssl, &digest) == 1 && digest != NID_undef) {
            *digests[own] = OBJ_nid2sn(digest);
        }
    }
    digest = NID_undef;
    if (SSL_get_peer_signature_type_nid(ssl, &type) == 1 && SSL_session_reused(ssl) == 0) {
        *signatures[1 - own] = signature(type, SSL_get0_peer_certificate(ssl));
        if (!signatures[1 - own]->empty() && SSL_get_peer_signature_nid(ssl, &digest) == 1 && digest != NID_undef) {
            *digests[1 - own] = OBJ_nid2sn(digest);
        }
    }
}

std::string name_part(const X509_NAME* name, int nid) {
    const int position = X509_NAME_get_index_by_NID(name, nid, -1);
    if (position < 0) {
        return {};
    }
    unsigned char* text = nullptr;
    const int length = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, position)));
    if (length < 0) {
        ERR_clear_error();
        return {};
    }
    constexpr int length_max = 256;
    std::string out(reinterpret_cast<const char*>(text), static_cast<std::size_t>(std::min(length, length_max)));
    OPENSSL_free(text);
    return base::printable(out);
}

std::string colon_hex(const unsigned char* bytes, unsigned length) {
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        base::append_format(out, "{}{:02X}", i == 0 ? "" : ":", bytes[i]);
    }
    return out;
}

void add_fingerprints(X509* certificate, const EVP_MD* digest, TlsSession& session) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned length = 0;
    if (X509_digest(certificate, digest, hash.data(), &length) == 1) {
        session.peer_certificate_fingerprint = colon_hex(hash.data(), length);
    }
    unsigned char* key = nullptr;
    const int key_length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    if (key_length > 0) {
        if (EVP_Digest(key, static_cast<std::size_t>(key_length), hash.data(), &length, digest, nullptr) == 1) {
            session.peer_public_key_fingerprint = colon_hex(hash.data(), length);
        }
        OPENSSL_free(key);
    }
}

bool matches(X509* certificate, const std::string& name, world::TlsClientRequest::WildcardLabels labels) {
    if (base::IpAddress::parse(name)) {
        return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
    }
    const unsigned wildcards = labels == world::TlsClientRequest::WildcardLabels::any ? X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS : 0U;
    return X509_check_host(certificate, name.data(), name.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | wildcards, nullptr) == 1;
}

}  // namespace

TlsSession session_facts(SSL* ssl, TlsSide side, const EVP_MD* fingerprint_digest) {
    TlsSession session;
    session.protocol = SSL_get_version(ssl);
    const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl);
    session.cipher = SSL_CIPHER_get_name(cipher);
    session.cipher_bits = SSL_CIPHER_get_bits(cipher, &session.algorithm_bits);
    session.session_reused = SSL_session_reused(ssl) == 1;
    add_signatures(ssl, side, session);
    if (X509* certificate = SSL_get0_peer_certificate(ssl)) {
        session.peer_common_name = name_part(X509_get_subject_name(certificate), NID_commonName);
        session.peer_issuer = name_part(X509_get_issuer_name(certificate), NID_commonName);
        if (session.peer_issuer.empty()) {
            session.peer_issuer = name_part(X509_get_issuer_name(certificate), NID_organizationName);
        }
        add_fingerprints(certificate, fingerprint_digest, session);
        const long result = SSL_get_verify_result(ssl);
        session.peer = result == X509_V_OK ? TlsSession::Peer::trusted : TlsSession::Peer::untrusted;
        if (result != X509_V_OK) {
            session.verification_error = X509_verify_cert_error_string(result);
        }
    }
    ERR_clear_error();
    return session;
}

world::ChannelBindings channel_bindings(SSL* ssl, X509* server) {
    world::ChannelBindings out;
    // RFC 9266 §2: before TLS 1.3 only where the handshake is bound to its keys.
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::array<unsigned char, 32> exported{};
    const bool unique = SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl) == 1;
    if (unique && SSL_export_keying_material(ssl, exported.data(), exported.size(), label.data(), label.size(), nullptr, 0, 1) == 1) {
        out.exporter.assign(reinterpret_cast<const char*>(exported.data()), exported.size());
    }
    if (unique && SSL_version(ssl) < TLS1_3_VERSION) {
        // The first Finished message: the client's, or the server's in a resumed session.
        const bool is_own = (SSL_is_server(ssl) == 1) == (SSL_session_reused(ssl) == 1);
        const std::size_t length = is_own ? SSL_get_finished(ssl, exported.data(), exported.size()) : SSL_get_peer_finished(ssl, exported.data(), exported.size());
        out.unique.assign(reinterpret_cast<const char*>(exported.data()), std::min(length, exported.size()));
    }
    int digest = NID_undef;
    if (server != nullptr && X509_get_signature_info(server, &digest, nullptr, nullptr, nullptr) == 1 && digest != NID_undef) {
        const EVP_MD* method = digest == NID_md5 || digest == NID_sha1 ? EVP_sha256() : EVP_get_digestbynid(digest);
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned length = 0;
        if (method != nullptr && X509_digest(server, method, hash.data(), &length) == 1) {
            out.server_end_point.assign(reinterpret_cast<const char*>(hash.data()), length);
        }
    }
    ERR_clear_error();
    return out;
}

void check_peer(SSL* ssl, const world::TlsClientRequest& request, TlsSession& session) {
    X509* certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) {
        session.verification_error = "the server has no certificate";
        return;
    }
    if (session.peer != TlsSession::Peer::trusted) {
        return;
    }
    if (!request.tlsa_records.empty()) {
        if (SSL_get0_dane_authority(ssl, nullptr, nullptr) >= 0 || session.session_reused) {
            session.peer = TlsSession::Peer::verified;
        } else {
            session.peer = TlsSession::Peer::untrusted;
            session.verification_error = "no TLSA record matches";
        }
        return;
    }
    if (request.verification != world::PeerVerification::certificate_and_name) {
        return;
    }
    for (const std::string& name : request.match_names) {
        if (!name.empty() && matches(certificate, name, request.wildcard_labels)) {
            session.peer = TlsSession::Peer::verified;
        }
    }
    if (session.peer != TlsSession::Peer::verified) {
        session.verification_error = "the certificate does not have the expected name";
    }
    ERR_clear_error();
}

}  // namespace posthouse::net
