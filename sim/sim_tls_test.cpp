#include "sim/sim_tls.hpp"

#include <gtest/gtest.h>

#include "sim/peers/peer_host.hpp"
#include "sim/sim_stream.hpp"
#include "world/buffered_stream.hpp"
#include "world/task_group.hpp"

namespace posthouse::sim {
namespace {

using world::Task;
using world::TlsSession;
using std::chrono::seconds;

const base::Endpoint server_endpoint{*base::IpAddress::parse("127.0.0.2"), 25};

struct Handshake {
    explicit Handshake(std::uint64_t seed)
        : world(seed), client(world, "client", {*base::IpAddress::parse("127.0.0.1")}), server(world, "server", {server_endpoint.address}) {
        engine.add_certificate("/server.pem", {{"mx.example.net", "other.example"}, "CA", true});
        world::TlsServerSettings settings;
        settings.chain_files = {"/server.pem"};
        settings.key_files = {""};
        server_context = *engine.server_context(settings);
    }
    Task<void> serve(std::unique_ptr<world::Listener> listener, std::string first_words) {
        auto stream = co_await listener->accept();
        if (!first_words.empty()) {
            const auto sent = co_await (*stream)->write_all(first_words, server.clock.deadline_in(seconds(10)));
            EXPECT_TRUE(sent.has_value());
        }
        auto session = co_await (*stream)->start_tls_server(server_context, server.clock.deadline_in(seconds(60)));
        at_server = std::move(session);
        world::BufferedStream lines(std::move(*stream));
        const auto line = co_await lines.read_line(100, server.clock.deadline_in(seconds(60)));
        said = line ? line->text : "";
    }
    Task<void> call(world::TlsClientRequest request, std::string early, std::string late) {
        auto stream = co_await client.network.connect(server_endpoint, std::nullopt, client.clock.deadline_in(seconds(60)));
        if (!early.empty()) {
            const auto sent = co_await (*stream)->write_all(early, client.clock.deadline_in(seconds(60)));
            EXPECT_TRUE(sent.has_value());
        }
        auto session = co_await (*stream)->start_tls_client(request, client.clock.deadline_in(seconds(60)));
        at_client = std::move(session);
        if (*at_client) {
            const auto sent = co_await (*stream)->write_all(late, client.clock.deadline_in(seconds(60)));
            EXPECT_TRUE(sent.has_value());
            co_await client.clock.sleep_for(seconds(30));
        }
    }
    void run(world::TlsClientRequest request, std::string early = "", std::string first_words = "") {
        world::TlsClientSettings settings;
        settings.use_system_ca = true;
        request.context = *engine.client_context(settings);
        const auto socket = server.network.listen(server_endpoint);
        auto listener = server.network.share(*socket);
        tasks.spawn(serve(std::move(*listener), std::move(first_words)));
        tasks.spawn(call(request, std::move(early), "hello\r\n"));
        world.scheduler.run_for(seconds(120));
    }
    World world;
    PeerHost client, server;
    SimTls engine;
    std::shared_ptr<const world::TlsServerContext> server_context;
    std::optional<base::Result<TlsSession>> at_server, at_client;
    std::string said;
    world::TaskGroup tasks;
};

world::TlsClientRequest request_for(std::string name) {
    world::TlsClientRequest request;
    request.verification = world::PeerVerification::certificate_and_name;
    request.match_names = {std::move(name)};
    return request;
}

}  // namespace

TEST(sim_tls, a_handshake_tells_the_client_who_the_server_is) {
    Handshake handshake(1);
    handshake.run(request_for("mx.example.net"));
    ASSERT_TRUE(handshake.at_client && *handshake.at_client);
    EXPECT_EQ((*handshake.at_client)->peer, TlsSession::Peer::verified);
    EXPECT_EQ((*handshake.at_client)->peer_common_name, "mx.example.net");
    EXPECT_EQ((*handshake.at_server)->peer, TlsSession::Peer::no_certificate);
    EXPECT_EQ(handshake.said, "hello");
}

TEST(sim_tls, another_name_is_trusted_but_not_verified) {
    Handshake handshake(2);
    handshake.run(request_for("mx.example.org"));
    ASSERT_TRUE(handshake.at_client && *handshake.at_client);
    EXPECT_EQ((*handshake.at_client)->peer, TlsSession::Peer::trusted);
    EXPECT_FALSE((*handshake.at_client)->verification_error.empty());
}

TEST(sim_tls, a_leading_dot_matches_sub_domains) {
    Handshake handshake(3);
    handshake.run(request_for(".example.net"));
    EXPECT_EQ((*handshake.at_client)->peer, TlsSession::Peer::verified);
}

TEST(sim_tls, plain_text_in_place_of_a_handshake_fails_it) {
    Handshake handshake(4);
    handshake.run(request_for("mx.example.net"), "RSET\r\n");
    ASSERT_TRUE(handshake.at_server.has_value());
    ASSERT_FALSE(handshake.at_server->has_value());
    EXPECT_EQ(handshake.at_server->error().kind, base::ErrorKind::tls);
}

TEST(sim_tls, planned_failures_reach_both_sides) {
    Handshake handshake(5);
    handshake.world.internet.conditions.tls_failure_per_mille = 1000;
    handshake.run(request_for("mx.example.net"));
    EXPECT_EQ(handshake.at_server->error().kind, base::ErrorKind::tls);
    EXPECT_EQ(handshake.at_client->error().kind, base::ErrorKind::tls);
}

TEST(sim_tls, an_unknown_certificate_file_is_an_error_that_names_it) {
    SimTls engine;
    world::TlsServerSettings settings;
    settings.chain_files = {"/missing.pem"};
    const auto context = engine.server_context(settings);
    ASSERT_FALSE(context.has_value());
    EXPECT_NE(context.error().text.find("/missing.pem"), std::string::npos);
}

}  // namespace posthouse::sim
