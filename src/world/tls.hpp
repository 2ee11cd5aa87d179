#pragma once
// TLS as the stations see it: settings in, opaque contexts, what a handshake found out. Only net/ knows OpenSSL.
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "world/deadline.hpp"

namespace posthouse::world {

struct TlsProtocols {
    std::string list = ">=TLSv1.2";  // Postfix syntax: "!SSLv2, !SSLv3", ">=TLSv1.2", "TLSv1.3"
};

/// What postconf(5) lets an operator say about the TLS library itself, to servers and clients alike: tls_….
struct TlsToolkitSettings {
    // tls_high_cipherlist and its kin: OpenSSL's words for the grades
    std::string high_cipherlist = "aNULL:-aNULL:HIGH:@STRENGTH";
    std::string medium_cipherlist = "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH";
    std::string low_cipherlist = "aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH";
    std::string export_cipherlist = "aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH";
    std::string null_cipherlist = "eNULL:!aNULL";
    std::string eecdh_auto_curves = "X25519 X448 prime256v1 secp521r1 secp384r1";  // unknown ones are skipped; empty: the library's
    std::string ssl_options, disable_workarounds;                                 // names, or a mask "0x…"
    bool fast_shutdown = true;                                                    // do not wait for the peer's good-bye

    /// `View`: config::View, which this floor does not know.
    template <class View>
    [[nodiscard]] static TlsToolkitSettings from(const View& view) {
        return {view.text("tls_high_cipherlist"),  view.text("tls_medium_cipherlist"), view.text("tls_low_cipherlist"),
                view.text("tls_export_cipherlist"), view.text("tls_null_cipherlist"),   view.text("tls_eecdh_auto_curves"),
                view.text("tls_ssl_options"),       view.text("tls_disable_workarounds"), view.boolean("tls_fast_shutdown_enable")};
    }
};

/// Keys and certificates for the name that a client asks for (RFC 6066 §3), as tls_server_sni_maps has them: PEM. Called by every
/// core, and never waits.
struct NamedChain {
    enum class State : std::uint8_t { found, absent, unknown } state = State::absent;
    std::string pem;
};
using NamedChains = std::function<NamedChain(const std::string& name)>;

struct TlsServerSettings {
    std::vector<std::string> chain_files;  // each: private key and its chain, or a chain whose key is in key_files
    std::vector<std::string> key_files;    // same length; empty string: the key is in the chain file
    TlsProtocols protocols;
    std::string ciphers = "medium";  // grade: null, export, low, medium, high
    std::string exclude_ciphers;     // Postfix list
    bool without_certificate = false;  // smtpd_tls_cert_file = none: ciphers without authentication only
    bool ask_client_certificate = false;
    int verification_depth = 9;        // certificates above a client's, at most
    std::string session_ticket_cipher = "aes-256-cbc";
    NamedChains named_chains;          // may be empty
    TlsToolkitSettings toolkit;
    std::string ca_file, ca_path;
    bool use_system_ca = false;        // tls_append_default_CA: besides those two; nobody is trusted if there is neither
    bool prefer_server_ciphers = false;
    std::string fingerprint_digest = "sha256";
    std::chrono::seconds session_timeout{3600};  // how long a session can be resumed; a key of tickets seals for no longer
    bool channel_bindings = false;               // TlsSession has them
    std::string dh_param_file;                   // for key exchange over finite fields; empty: the library chooses a group
};

/// What ties a login to the TLS session it is made in (RFC 5056); empty: not known.
struct ChannelBindings {
    std::string exporter;          // tls-exporter, RFC 9266: TLS 1.3 only
    std::string server_end_point;  // tls-server-end-point, RFC 5929 section 4
    std::string unique;            // tls-unique, section 3: before TLS 1.3 only
    [[nodiscard]] bool empty() const { return exporter.empty() && server_end_point.empty() && unique.empty(); }
};

struct TlsClientSettings {
    TlsProtocols protocols;
    std::string ciphers = "medium";
    std::string exclude_ciphers;  // "aNULL" among them if a certificate is needed: the grades begin with ciphers that bring none
    std::string ca_file, ca_path;
    bool use_system_ca = false;  // tls_append_default_CA
    std::vector<std::string> chain_files, key_files;  // client certificates, as for a server; empty: none
    int verification_depth = 9;  // certificates between the peer and a trusted root, at most
    TlsToolkitSettings toolkit;
    std::string fingerprint_digest = "sha256";
};

/// RFC 6698 §2.1.
struct TlsaRecord {
    std::uint8_t usage = 0, selector = 0, matching_type = 0;
    std::string data;  // raw
};

class TlsServerContext {
public:
    virtual ~TlsServerContext() = default;
};

class TlsClientContext {
public:
    virtual ~TlsClientContext() = default;
};

enum class PeerVerification { none, certificate_chain, certificate_and_name };

struct TlsClientRequest {
    std::shared_ptr<const TlsClientContext> context;
    std::string server_name;               // SNI; empty: none is sent
    PeerVerification verification = PeerVerification::none;
    enum class WildcardLabels { one, any } wildcard_labels = WildcardLabels::one;  // how many "*" stands for in a certificate
    std::vector<std::string> match_names;  // names any of which must match; ".example.com" matches sub-domains
    std::string session_key;               // sessions are resumed only under the same key; empty: never
    std::vector<TlsaRecord> tlsa_records;  // not empty: the peer is verified by DANE (RFC 7672) and nothing else
};

struct TlsSession {
    std::string protocol;   // "TLSv1.3"
    std::string cipher;     // "TLS_AES_256_GCM_SHA384"
    int cipher_bits = 0;
    int algorithm_bits = 0;
    enum class Peer { no_certificate, untrusted, trusted, verified } peer = Peer::no_certificate;
    std::string peer_common_name;
    std::string peer_issuer;
    std::string verification_error;  // why it is not trusted or not verified
    bool session_reused = false;
    // of a server with named chains: what the client asked for
    enum class Asked : std::uint8_t { nothing, known_name, unknown_name, invalid_name } asked = Asked::nothing;
    std::string asked_name;
    std::string key_exchange;        // "X25519"; empty: unknown
    std::string server_signature;    // "RSA-PSS (2048 bits)"; empty: unknown
    std::string server_digest;       // "SHA256"
    std::string client_signature, client_digest;
    std::string peer_certificate_fingerprint;  // "AB:CD:…" under the context's fingerprint_digest
    std::string peer_public_key_fingerprint;
    ChannelBindings bindings = {};
};

/// "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature …": for the log and for
/// Received: headers.
[[nodiscard]] inline std::string tls_summary(const TlsSession& session) {
    std::string text = session.protocol + " with cipher " + session.cipher + " (" + std::to_string(session.cipher_bits) + '/' +
                       std::to_string(session.algorithm_bits) + " bits)";
    const auto add = [&text](std::string_view what, const std::string& value) {
        if (!value.empty()) {
            text.append(1, ' ').append(what).append(1, ' ').append(value);
        }
    };
    add("key-exchange", session.key_exchange);
    add("server-signature", session.server_signature);
    add("server-digest", session.server_digest);
    add("client-signature", session.client_signature);
    add("client-digest", session.client_digest);
    return text;
}

class TlsEngine {
public:
    virtual ~TlsEngine() = default;
    /// Reads certificates and keys now; an error names the file.
    virtual base::Result<std::shared_ptr<const TlsServerContext>> server_context(const TlsServerSettings& settings) = 0;
    virtual base::Result<std::shared_ptr<const TlsClientContext>> client_context(const TlsClientSettings& settings) = 0;
    /// Until when the first certificate of this PEM text is valid; nullopt: there is none, or it cannot be told.
    [[nodiscard]] virtual std::optional<WallTime> certificate_end(const std::string&) const { return std::nullopt; }
};

}  // namespace posthouse::world
