#include <openssl/x509.h>

#include "base/text.hpp"
#include "net/openssl_engine.hpp"
#include "net/real_core_test.hpp"
#include "net/test_certificate.hpp"
#include "net/tls_protocols.hpp"

namespace posthouse::net {
namespace {

using namespace std::chrono_literals;
using world::Stream;
using world::Task;
using world::TlsSession;
using StreamResult = base::Result<std::unique_ptr<Stream>>;
using TlsResult = base::Result<TlsSession>;

struct Sides {
    std::unique_ptr<Stream> client, server;
    TlsResult client_session, server_session;
};

// RSA keys take their time: one is enough for all tests.
const TestCertificate& authority() {
    static const TestCertificate made = make_test_certificate({.common_name = "Test CA", .authority = true, .ecdsa = true});
    return made;
}
const TestCertificate& rsa_certificate() {
    static const TestCertificate made = make_test_certificate(
        {.common_name = "mail.example.com", .dns_names = {"mx.example.com", "*.wild.example.com", "mx.xn--bcher-kva.example"}, .issuer = &authority()});
    return made;
}

class Tls : public RealCoreTest {
protected:
    Tls() {
        world::TlsServerSettings settings;
        settings.chain_files = {folder_.write("rsa.pem", rsa_.key_pem() + rsa_.certificate_pem())};
        server_ = *engine_->server_context(settings);
        world::TlsClientSettings client;
        client.ca_file = ca_file_;
        client_ = *engine_->client_context(client);
    }

    Task<void> connect(Sides& sides) {
        const base::Endpoint any{*base::IpAddress::parse("127.0.0.1"), 0};
        auto socket = core().network.listen(any);
        auto listener = core().network.share(*socket);
        StreamResult client = co_await core().network.connect((*socket)->local(), std::nullopt, soon());
        StreamResult server = co_await (*listener)->accept();
        sides.client = std::move(*client);
        sides.server = std::move(*server);
    }
    Task<void> accept_tls(Sides& sides) {
        sides.server_session = co_await sides.server->start_tls_server(server_, soon());
    }
    Task<void> handshake(Sides& sides, world::TlsClientRequest request) {
        co_await connect(sides);
        world::TaskGroup group;
        group.spawn(accept_tls(sides));
        if (request.context == nullptr) {
            request.context = client_;
        }
        sides.client_session = co_await sides.client->start_tls_client(std::move(request), soon());
        co_await group.wait_empty();
    }
    Task<std::string> read_text(Stream& stream) {
        std::array<char, 100> buffer{};
        const base::Result<std::size_t> count = co_await stream.read_some(buffer, soon());
        co_return count ? std::string(buffer.data(), *count) : count.error().text;
    }
    Task<void> send(Stream& stream, std::string text) {
        const base::Result<void> sent = co_await stream.write_all(text, soon());
        EXPECT_TRUE(sent.has_value());
    }

    Task<void> carries_data_and_ends() {
        Sides sides;
        world::TlsClientRequest plain;
        co_await handshake(sides, std::move(plain));
        const TlsSession& session = *sides.server_session;
        EXPECT_EQ(world::tls_summary(session),
                  "TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature "
                  "RSA-PSS (2048 bits) server-digest SHA256");
        EXPECT_EQ(world::tls_summary(*sides.client_session), world::tls_summary(session));
        EXPECT_EQ(session.peer, TlsSession::Peer::no_certificate);
        const base::Result<void> sent = co_await sides.client->write_all("EHLO x\r\n", soon());
        EXPECT_TRUE(sent.has_value());
        const std::string text = co_await read_text(*sides.server);
        EXPECT_EQ(text, "EHLO x\r\n");
        EXPECT_FALSE(sides.client->readable_now());  // in spite of the session ticket
        const std::string much(3'000'000, 'x');
        side().spawn(send(*sides.server, much));
        std::size_t received = 0;
        while (received < much.size()) {
            const std::string part = co_await read_text(*sides.client);
            received += part.size();
        }
        EXPECT_EQ(received, much.size());
        co_await sides.server->shutdown(soon());
        const std::string end = co_await read_text(*sides.client);
        EXPECT_EQ(end, "");
        EXPECT_TRUE(sides.client->readable_now());
    }

    // Two records arrive together. The first read returns the first one, and the socket will never again say that it is readable.
    Task<void> reads_what_is_held_already() {
        Sides sides;
        world::TlsClientRequest plain;
        co_await handshake(sides, std::move(plain));
        side().spawn(send(*sides.client, "first"));
        side().spawn(send(*sides.client, "second"));
        std::string text;
        while (text.size() < 11) {
            std::array<char, 100> buffer{};
            const base::Result<std::size_t> count = co_await sides.server->read_some(buffer, world::Deadline::never());
            text += count ? std::string_view(buffer.data(), *count) : std::string_view("ended too early");
        }
        EXPECT_EQ(text, "firstsecond");
    }

    // Looking has taken what the socket would have told the next read: the peer's goodbye, after which it waits for ours.
    Task<void> reads_what_looking_has_found() {
        Sides sides;
        world::TlsClientSettings patient;
        patient.toolkit.fast_shutdown = false;
        world::TlsClientRequest request;
        request.context = *engine_->client_context(patient);
        co_await handshake(sides, std::move(request));
        side().spawn(send(*sides.client, "last words"));
        const std::string words = co_await read_text(*sides.server);
        EXPECT_EQ(words, "last words");
        side().spawn(sides.client->shutdown(world::Deadline::never()));
        while (!sides.server->readable_now()) {
            co_await core().clock.sleep_for(1ms);
        }
        std::array<char, 100> buffer{};
        const base::Result<std::size_t> end = co_await sides.server->read_some(buffer, world::Deadline::never());
        EXPECT_EQ(end.value_or(1), 0U);
        co_await sides.server->shutdown(soon());
    }

    Task<void> expect_peer(world::TlsClientRequest request, TlsSession::Peer peer, std::string error) {
        Sides sides;
        co_await handshake(sides, std::move(request));
        if (!sides.client_session) {
            ADD_FAILURE() << sides.client_session.error().text;
            co_return;
        }
        EXPECT_EQ(sides.client_session->peer, peer);
        EXPECT_EQ(sides.client_session->verification_error, error);
        EXPECT_EQ(sides.client_session->peer_common_name, "mail.example.com");
        EXPECT_EQ(sides.client_session->peer_issuer, "Test CA");
    }
    world::TlsClientRequest for_names(const std::string& names) {
        world::TlsClientRequest request;
        request.verification = world::PeerVerification::certificate_and_name;
        for (const std::string_view name : base::split_words(names)) {
            request.match_names.emplace_back(name);
        }
        return request;
    }
    Task<void> judges_names() {
        const std::string mismatch = "the certificate does not have the expected name";
        using enum TlsSession::Peer;
        co_await expect_peer(for_names("mx.example.com"), verified, "");
        co_await expect_peer(for_names("other.org .example.com"), verified, "");
        co_await expect_peer(for_names("a.wild.example.com"), verified, "");
        co_await expect_peer(for_names("a.b.wild.example.com"), trusted, mismatch);
        world::TlsClientRequest deep = for_names("a.b.wild.example.com");
        deep.wildcard_labels = world::TlsClientRequest::WildcardLabels::any;
        co_await expect_peer(std::move(deep), verified, "");
        co_await expect_peer(for_names("mail.example.com"), trusted, mismatch);  // a CN beside DNS names means nothing
        co_await expect_peer(for_names("example.com"), trusted, mismatch);
        co_await expect_peer(for_names("mx.bücher.example"), verified, "");
        co_await expect_peer(for_names(".bücher.example"), verified, "");
        co_await expect_peer(for_names("mx.bucher.example"), trusted, mismatch);
        world::TlsClientRequest plain;
        co_await expect_peer(std::move(plain), trusted, "");
        world::TlsClientRequest stranger = for_names("mx.example.com");
        stranger.context = *engine_->client_context({});
        co_await expect_peer(std::move(stranger), untrusted, "unable to get local issuer certificate");
    }
    Task<void> judges_dane() {
        std::array<unsigned char, 32> hash{};
        unsigned length = 0;
        X509_pubkey_digest(rsa_.certificate.get(), EVP_sha256(), hash.data(), &length);
        unsigned char* der = nullptr;
        const int der_length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(rsa_.certificate.get()), &der);
        EVP_Digest(der, static_cast<std::size_t>(der_length), hash.data(), &length, EVP_sha256(), nullptr);
        OPENSSL_free(der);
        world::TlsClientRequest request;
        request.context = *engine_->client_context({});
        request.server_name = "unrelated.test";
        request.tlsa_records = {{3, 1, 1, {reinterpret_cast<const char*>(hash.data()), hash.size()}}};
        world::TlsClientRequest wrong = request;
        wrong.tlsa_records[0].data[0] ^= 1;
        co_await expect_peer(std::move(request), TlsSession::Peer::verified, "");
        co_await expect_peer(std::move(wrong), TlsSession::Peer::untrusted, "no matching DANE TLSA records");
    }
    Task<void> resumes() {
        for (const bool again : {false, true}) {
            Sides sides;
            world::TlsClientRequest request = for_names("mx.example.com");
            request.session_key = "relay";
            co_await handshake(sides, std::move(request));
            EXPECT_EQ(sides.client_session->session_reused, again);
            EXPECT_EQ(sides.client_session->peer, TlsSession::Peer::verified);
            co_await send(*sides.server, "220 ticket and greeting");
            const std::string text = co_await read_text(*sides.client);
            EXPECT_EQ(text, "220 ticket and greeting");
            co_await sides.client->shutdown(soon());
        }
    }
    Task<void> handshake_fails() {
        Sides sides;
        co_await connect(sides);
        co_await send(*sides.client, "this is no client hello\r\n");
        const TlsResult garbage = co_await sides.server->start_tls_server(server_, soon());
        EXPECT_EQ(garbage.error().kind, base::ErrorKind::tls);
        EXPECT_EQ(garbage.error().text, "TLS error: wrong version number");

        Sides silent;
        co_await connect(silent);
        const TlsResult late = co_await silent.server->start_tls_server(server_, core().clock.deadline_in(10ms));
        EXPECT_EQ(late.error().kind, base::ErrorKind::timeout);

        Sides gone;
        co_await connect(gone);
        gone.client.reset();
        const TlsResult lost = co_await gone.server->start_tls_server(server_, soon());
        EXPECT_EQ(lost.error().text, "lost connection");
    }
    Task<void> old_protocol_and_client_certificate() {
        world::TlsServerSettings settings;
        const TestCertificate ec = make_test_certificate(
            {.common_name = "ec", .dns_names = {"mx.example.com"}, .issuer = &ca_, .ecdsa = true});
        settings.chain_files = {folder_.write("two.pem", rsa_.key_pem() + rsa_.certificate_pem() + ec.key_pem() +
                                                             ec.certificate_pem())};
        settings.protocols.list = "TLSv1.2";
        settings.ask_client_certificate = true;
        settings.ca_file = ca_file_;
        const auto context = engine_->server_context(settings);
        EXPECT_TRUE(context.has_value());
        server_ = *context;
        world::TlsClientSettings client;
        client.chain_files = settings.chain_files;
        client.protocols.list = ">=TLSv1";
        world::TlsClientRequest request;
        request.context = *engine_->client_context(client);
        Sides sides;
        co_await handshake(sides, std::move(request));
        EXPECT_EQ(sides.server_session->protocol, "TLSv1.2");
        EXPECT_EQ(sides.server_session->cipher.substr(0, 11), "ECDHE-ECDSA");
        EXPECT_EQ(sides.server_session->peer, TlsSession::Peer::trusted);
        EXPECT_EQ(sides.server_session->peer_common_name, "ec");
        EXPECT_EQ(sides.server_session->peer_certificate_fingerprint.size(), 32U * 3 - 1);

        world::TlsClientSettings modern;
        modern.protocols.list = ">=TLSv1.3";
        world::TlsClientRequest refused;
        refused.context = *engine_->client_context(modern);
        Sides apart;
        co_await handshake(apart, std::move(refused));
        EXPECT_EQ(apart.client_session.error().kind, base::ErrorKind::tls);
    }

    Task<void> anonymous_ciphers_are_excluded() {
        world::TlsServerSettings settings;
        settings.chain_files = {folder_.write("old.pem", rsa_.key_pem() + rsa_.certificate_pem())};
        settings.protocols.list = "TLSv1.2";
        server_ = *engine_->server_context(settings);
        for (const bool excluded : {false, true}) {
            world::TlsClientSettings client;
            client.exclude_ciphers = excluded ? "aNULL" : "";
            world::TlsClientRequest request;
            request.context = *engine_->client_context(client);
            Sides sides;
            co_await handshake(sides, std::move(request));
            const bool anonymous = sides.client_session->peer == TlsSession::Peer::no_certificate;
            EXPECT_EQ(anonymous, !excluded);
            EXPECT_EQ(sides.client_session->peer_certificate_fingerprint.empty(), anonymous);
        }
    }

    TestFolder folder_;
    std::unique_ptr<world::TlsEngine> engine_ = make_openssl_engine();
    const TestCertificate& ca_ = authority();
    const TestCertificate& rsa_ = rsa_certificate();
    std::string ca_file_ = folder_.write("ca.pem", ca_.certificate_pem());
    std::shared_ptr<const world::TlsServerContext> server_;
    std::shared_ptr<const world::TlsClientContext> client_;
};

TEST_F(Tls, carries_data_both_ways_and_ends_in_order) { run(carries_data_and_ends()); }
TEST_F(Tls, a_read_does_not_wait_for_what_openssl_holds_already) { run(reads_what_is_held_already()); }
TEST_F(Tls, a_read_does_not_wait_for_what_a_look_has_found_already) { run(reads_what_looking_has_found()); }
TEST_F(Tls, verifies_names_without_ending_the_handshake) { run(judges_names()); }
TEST_F(Tls, verifies_by_dane) { run(judges_dane()); }
TEST_F(Tls, resumes_sessions_under_the_same_key) { run(resumes()); }
TEST_F(Tls, a_failed_handshake_says_why) { run(handshake_fails()); }
TEST_F(Tls, serves_two_kinds_of_keys_and_asks_for_client_certificates) { run(old_protocol_and_client_certificate()); }

TEST_F(Tls, a_certificate_comes_for_sure_only_without_anonymous_ciphers) { run(anonymous_ciphers_are_excluded()); }

TEST_F(Tls, errors_of_contexts_name_the_file_and_what_is_wrong) {
    const std::string key = folder_.write("key.pem", rsa_.key_pem());
    const std::string certificate = folder_.write("certificate.pem", rsa_.certificate_pem());
    const std::string other = folder_.write("other.pem", ca_.key_pem());
    const std::string broken = folder_.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + rsa_.key_pem());
    const auto error = [&](const std::string& chain_file, const std::string& key_file) {
        world::TlsServerSettings settings;
        settings.chain_files = {chain_file};
        settings.key_files = {key_file};
        const auto context = engine_->server_context(settings);
        return context ? "none" : context.error().text;
    };
    EXPECT_EQ(error(certificate, key), "none");
    EXPECT_EQ(error("/nowhere/x.pem", ""), "/nowhere/x.pem: No such file or directory");
    EXPECT_EQ(error(certificate, "/nowhere/x.pem"), "/nowhere/x.pem: No such file or directory");
    EXPECT_EQ(error(certificate, ""), certificate + ": no private key");
    EXPECT_EQ(error(key, ""), key + ": no certificate");
    EXPECT_EQ(error(certificate, other), other + ": the private key does not match the certificate in " + certificate);
    EXPECT_TRUE(error(broken, "").starts_with(broken + ": malformed certificate")) << error(broken, "");
    world::TlsClientSettings client;
    client.ca_file = "/nowhere/ca.pem";
    EXPECT_EQ(engine_->client_context(client).error().text, "CA file /nowhere/ca.pem: No such file or directory");
    client = {};
    client.protocols.list = "TLSv9";
    EXPECT_EQ(engine_->client_context(client).error().text, "unknown TLS protocol: TLSv9");
    client = {};
    client.ciphers = "best";
    EXPECT_EQ(engine_->client_context(client).error().text, "unknown TLS cipher grade: best");
}

TEST(tls_protocols, lists_bounds_and_exclusions) {
    const auto limits = [](std::string_view list) { return *parse_protocols(list); };
    EXPECT_EQ(limits(">=TLSv1.2").minimum, TLS1_2_VERSION);
    EXPECT_EQ(limits("<=tlsv1.2, >=TLSv1").maximum, TLS1_2_VERSION);
    EXPECT_EQ(limits("!SSLv2, !SSLv3").without, std::uint64_t{SSL_OP_NO_SSLv3});
    EXPECT_EQ(limits("TLSv1.2:TLSv1.3").without, std::uint64_t{SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1});
    EXPECT_EQ(limits("").without, 0U);
    EXPECT_EQ(*cipher_list("high", "MD5, aDSS"), "aNULL:-aNULL:HIGH:@STRENGTH:!MD5:!aDSS");
}

}  // namespace
}  // namespace posthouse::net
