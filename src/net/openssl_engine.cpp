#include "net/openssl_engine.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include <array>

#include "base/text.hpp"
#include "net/certificate_chain.hpp"
#include "net/tls_contexts.hpp"
#include "net/tls_protocols.hpp"
#include "net/tls_server_name.hpp"
#include "net/tls_ticket_cipher.hpp"

namespace posthouse::net {

namespace {

using base::ErrorKind;
using base::Result;

constexpr std::chrono::seconds session_timeout_max = std::chrono::days(7);  // RFC 8446 section 4.6.1

// The settings that clients and servers share, as far as they go into a context.
struct CommonSettings {
    const std::string& protocols;
    const std::string& ciphers;
    const std::string& exclude_ciphers;
    const std::string& ca_file;
    const std::string& ca_path;
    const world::TlsToolkitSettings& toolkit;
    bool need_certificate = false;
};

// tls_eecdh_auto_curves: names that this library does not have are skipped, so that a list can be ahead of it.
void use_curves(SSL_CTX* context, const std::string& curves) {
    std::string usable;
    for (const std::string_view word : base::split_words(curves, ", \t\r\n:")) {
        const std::string name(word);
        if (SSL_CTX_set1_groups_list(context, name.c_str()) == 1) {
            usable.append(usable.empty() ? "" : ":").append(name);
        }
    }
    ERR_clear_error();
    if (!usable.empty()) {
        SSL_CTX_set1_groups_list(context, usable.c_str());
    }
}

Result<void> apply_common(SSL_CTX* context, const CommonSettings& settings) {
    const auto limits = parse_protocols(settings.protocols);
    if (!limits) {
        return std::unexpected(limits.error());
    }
    const std::string exclude = settings.exclude_ciphers + (settings.need_certificate ? " aNULL" : "");
    const auto ciphers = cipher_list(settings.ciphers, exclude, settings.toolkit);
    if (!ciphers) {
        return std::unexpected(ciphers.error());
    }
    const auto options = library_options(settings.toolkit);
    if (!options) {
        return std::unexpected(options.error());
    }
    // Opportunistic TLS with an old peer beats clear text; what is allowed is said by protocols and grades alone.
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, limits->minimum);
    SSL_CTX_set_max_proto_version(context, limits->maximum);
    SSL_CTX_set_options(context, *options | limits->without | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    if (SSL_CTX_set_cipher_list(context, ciphers->c_str()) != 1) {
        return fail_openssl("cipher list \"" + *ciphers + '"');
    }
    use_curves(context, settings.toolkit.eecdh_auto_curves);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);  // one system call per record instead of two
    if (!settings.ca_file.empty() && SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) != 1) {
        return fail_openssl("CA file " + settings.ca_file);
    }
    if (!settings.ca_path.empty() && SSL_CTX_load_verify_dir(context, settings.ca_path.c_str()) != 1) {
        return fail_openssl("CA directory " + settings.ca_path);
    }
    return {};
}

Result<const EVP_MD*> digest_of(const std::string& name) {
    const EVP_MD* digest = EVP_get_digestbyname(name.c_str());
    if (digest == nullptr) {
        return base::fail(ErrorKind::invalid, "unknown digest: " + name);
    }
    return digest;
}

// Judged later, by SSL_get_verify_result; but a chain that is longer than smtpd_tls_ccert_verifydepth allows is none.
int accept_any_certificate(int, X509_STORE_CTX* chain) {
    const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (X509_STORE_CTX_get_error_depth(chain) > SSL_get_verify_depth(ssl)) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_CHAIN_TOO_LONG);
    }
    return 1;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
    const auto* owner = static_cast<const SessionOwner*>(SSL_get_ex_data(ssl, session_owner_index()));
    if (owner == nullptr || owner->key.empty()) {
        return 0;
    }
    owner->context->sessions.store(owner->key, SessionHandle(session));
    return 1;
}

// Missing keys at the end of `keys`: they are in their chain files.
Result<void> use_chains(SSL_CTX* context, const std::vector<std::string>& chains, const std::vector<std::string>& keys) {
    for (std::size_t i = 0; i < chains.size(); ++i) {
        const auto used = use_chain(context, chains[i], i < keys.size() ? keys[i] : std::string());
        if (!used) {
            return std::unexpected(used.error());
        }
    }
    return {};
}

// RFC 7919's smallest group. Left to itself OpenSSL takes one of 1024 bits for ciphers without authentication, at the security level of
// opportunistic TLS.
Result<KeyHandle> built_in_group() {
    char name[] = "ffdhe2048";
    std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0), OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>> maker(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
    EVP_PKEY* made = nullptr;
    if (!maker || EVP_PKEY_fromdata_init(maker.get()) != 1 || EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_KEY_PARAMETERS, parameters.data()) != 1) {
        return fail_openssl("ffdhe2048");
    }
    return KeyHandle(made);
}

Result<KeyHandle> group_in(const std::string& file) {
    const BioHandle source(BIO_new_file(file.c_str(), "r"));
    KeyHandle group(source ? PEM_read_bio_Parameters(source.get(), nullptr) : nullptr);
    if (!group) {
        return fail_openssl(file);
    }
    return group;
}

// smtpd_tls_dh1024_param_file: what "openssl dhparam" made; empty or "auto": a group of ours.
Result<void> use_dh_group(SSL_CTX* context, const std::string& file) {
    Result<KeyHandle> group = file.empty() || base::iequals(file, "auto") ? built_in_group() : group_in(file);
    if (!group) {
        return std::unexpected(group.error());
    }
    if (SSL_CTX_set0_tmp_dh_pkey(context, group->get()) != 1) {
        return fail_openssl(file + ": no group for Diffie-Hellman");
    }
    static_cast<void>(group->release());  // the context's own now
    return {};
}

class OpensslEngine final : public world::TlsEngine {
public:
    [[nodiscard]] std::optional<world::WallTime> certificate_end(const std::string& pem) const override { return first_certificate_end(pem); }
    Result<std::shared_ptr<const world::TlsServerContext>> server_context(const world::TlsServerSettings& s) override {
        ContextHandle context(SSL_CTX_new(TLS_server_method()));
        if (s.chain_files.empty() && !s.without_certificate) {
            return base::fail(ErrorKind::invalid, "no certificate is configured");
        }
        const auto digest = digest_of(s.fingerprint_digest);
        if (!digest) {
            return std::unexpected(digest.error());
        }
        // A client certificate cannot be asked for by a server that shows none.
        const auto applied = apply_common(context.get(), {s.protocols.list, s.ciphers, s.exclude_ciphers, s.ca_file,
                                                          s.ca_path, s.toolkit, s.ask_client_certificate});
        if (!applied) {
            return std::unexpected(applied.error());
        }
        if (const auto used = use_chains(context.get(), s.chain_files, s.key_files); !used) {
            return std::unexpected(used.error());
        }
        if (s.use_system_ca && !(s.ca_file.empty() && s.ca_path.empty())) {
            SSL_CTX_set_default_verify_paths(context.get());
        }
        if (const auto group = use_dh_group(context.get(), s.dh_param_file); !group) {
            return std::unexpected(group.error());
        }
        SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
        const bool tickets = !s.session_ticket_cipher.empty() && s.session_timeout > std::chrono::seconds(0);
        if (tickets) {
            const std::chrono::seconds lifetime = std::min(s.session_timeout, session_timeout_max);
            if (const auto sealed = use_ticket_cipher(context.get(), s.session_ticket_cipher, lifetime); !sealed) {
                return std::unexpected(sealed.error());
            }
            SSL_CTX_set_timeout(context.get(), lifetime.count());
        }
        SSL_CTX_set_num_tickets(context.get(), tickets ? 1 : 0);
        constexpr std::array<unsigned char, 4> id{'s', 'm', 't', 'p'};
        SSL_CTX_set_session_id_context(context.get(), id.data(), id.size());
        SSL_CTX_set_options(context.get(), (tickets ? 0 : SSL_OP_NO_TICKET) |
                                               (s.prefer_server_ciphers ? SSL_OP_CIPHER_SERVER_PREFERENCE : 0));
        if (s.ask_client_certificate) {
            SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, accept_any_certificate);
            SSL_CTX_set_verify_depth(context.get(), std::max(0, s.verification_depth));
            if (!s.ca_file.empty()) {
                SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(s.ca_file.c_str()));
            }
        }
        if (s.named_chains) {
            // SSL_CTX_set_tlsext_servername_callback, whose macro has a C cast
            SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(answer_server_name));
        }
        return std::make_shared<const OpensslServerContext>(std::move(context), *digest, s.named_chains, s.toolkit.fast_shutdown, s.channel_bindings);
    }

    Result<std::shared_ptr<const world::TlsClientContext>> client_context(const world::TlsClientSettings& s) override {
        ContextHandle context(SSL_CTX_new(TLS_client_method()));
        const auto digest = digest_of(s.fingerprint_digest);
        if (!digest) {
            return std::unexpected(digest.error());
        }
        const auto applied =
            apply_common(context.get(), {s.protocols.list, s.ciphers, s.exclude_ciphers, s.ca_file, s.ca_path, s.toolkit});
        if (!applied) {
            return std::unexpected(applied.error());
        }
        if (s.use_system_ca) {
            SSL_CTX_set_default_verify_paths(context.get());
        }
        if (const auto used = use_chains(context.get(), s.chain_files, s.key_files); !used) {
            return std::unexpected(used.error());
        }
        SSL_CTX_set_verify_depth(context.get(), s.verification_depth);
        // A failed verification never ends the handshake: the caller looks at TlsSession::peer and decides.
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
        SSL_CTX_dane_enable(context.get());
        SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context.get(), keep_session);
        return std::make_shared<const OpensslClientContext>(std::move(context), *digest, s.toolkit.fast_shutdown);
    }
};

}  // namespace

int session_owner_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

void SessionCache::store(const std::string& key, SessionHandle session) {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        entries_.front().session = std::move(session);
        return;
    }
    entries_.push_front({key, std::move(session)});
    by_key_.emplace(entries_.front().key, entries_.begin());
    if (entries_.size() > sessions_max) {
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

SessionHandle SessionCache::take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) {
        return nullptr;
    }
    const auto entry = found->second;
    SessionHandle session = std::move(entry->session);
    by_key_.erase(found);
    entries_.erase(entry);
    return session;
}

std::unique_ptr<world::TlsEngine> make_openssl_engine() { return std::make_unique<OpensslEngine>(); }

}  // namespace posthouse::net
