#include "sim/peers/rude_client.hpp"

#include "sim/peers/dialog.hpp"
#include "sim/sim_stream.hpp"

namespace posthouse::sim {

using world::BufferedStream;
using world::Task;

Task<void> RudeClient::visit(std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
        co_await host_.clock.sleep_for(random().below(3600) * std::chrono::seconds{1});
        co_await one_visit();
    }
}

Task<void> RudeClient::one_visit() {
    host_.world.scheduler.injected("client: misbehaves");
    auto connected = co_await host_.network.connect(server_, std::nullopt, soon());
    if (!connected) {
        co_return;
    }
    BufferedStream stream(std::move(*connected));
    switch (random().below(8)) {
        case 0: break;
        case 1: co_await say(stream, "EHLO half"); break;
        case 2: co_await say(stream, std::string(random().between(1'000, 60'000), '\x80')); break;
        case 3: co_await say(stream, "POST / HTTP/1.1\r\nHost: mx\r\n\r\nMAIL FROM:<rude@client.example>\r\n"); break;
        case 4: co_await drip(stream); break;
        case 5: {
            // Many commands, and nobody reads the replies.
            std::string noops = "EHLO rude.example\r\n";
            for (int i = 0; i < 3'000; ++i) {
                noops += "NOOP\r\n";
            }
            co_await say(stream, std::move(noops));
            break;
        }
        default: co_await leave_in_content(stream); break;
    }
    if (random().chance(500)) {
        dynamic_cast<SimStream&>(stream.stream()).reset();
    }
}

Task<void> RudeClient::say(BufferedStream& stream, std::string text) {
    stream.queue(text);
    const auto sent = co_await stream.flush(soon());
    if (sent && random().chance(500)) {
        co_await host_.clock.sleep_for(random().below(400) * std::chrono::seconds{1});
    }
}

Task<void> RudeClient::drip(BufferedStream& stream) {
    constexpr std::chrono::seconds pause{20};
    for (const char c : std::string_view("EHLO drip.example\r\nMAIL FROM:<rude@client.example>\r\n")) {
        stream.queue(std::string(1, c));
        const auto sent = co_await stream.flush(soon());
        if (!sent) {
            co_return;
        }
        co_await host_.clock.sleep_for(pause);
    }
}

Task<void> RudeClient::leave_in_content(BufferedStream& stream) {
    static constexpr std::string_view contents[] = {
        "X-Sim-Key: rude\r\n\r\nbody\r\n.\nMAIL FROM:<rude@client.example>\r\nRCPT TO:<rude-r0@one.example>\r\nDATA\r\nX-Sim-Key: rude\r\n\r\n.\n",
        "X-Sim-Key: rude\r\n\r\nbody\n.\n", "X-Sim-Key: rude\r\n\r\nbody\n.\r\n", "X-Sim-Key: rude\r\n\r\nbody\r\n.", "X-Sim-Key: rude\r\n\r\nbody\r.\r", "X-Sim-Key: rude\r\n\r\nbody\r\n.\r"};
    stream.queue("EHLO rude.example\r\nMAIL FROM:<rude@client.example>\r\nRCPT TO:<rude-r0@one.example>\r\nDATA\r\n");
    const auto asked = co_await stream.flush(soon());
    if (!asked) {
        co_return;
    }
    for (int replies = 0; replies < 5; ++replies) {
        const auto reply = co_await read_reply(stream, soon());
        if (!reply) {
            co_return;
        }
    }
    co_await say(stream, std::string(contents[random().below(std::size(contents))]));
    if (random().chance(300)) {
        dynamic_cast<SimStream&>(stream.stream()).finish_writing();
        const auto last = co_await read_reply(stream, soon());
        static_cast<void>(last);
    }
}

}  // namespace posthouse::sim
