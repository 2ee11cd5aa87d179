#include "sim/peers/milter_server.hpp"

#include "milter/wire.hpp"
#include "sim/peers/dialog.hpp"
#include "sim/peers/listening.hpp"

namespace posthouse::sim {

using world::Task;

namespace {

constexpr Duration client_timeout = std::chrono::minutes(10);
constexpr std::uint32_t adds_headers = 0x1;

// What a milter does not want to hear of, or does not answer.
namespace steps = milter::steps;
constexpr std::uint32_t kinds_of_steps[] = {0,
                                            steps::silent_header | steps::silent_body | steps::silent_end_of_header,
                                            steps::no_body,
                                            steps::no_header | steps::no_end_of_header | steps::no_helo | steps::no_unknown,
                                            steps::silent_connect | steps::silent_helo | steps::silent_mail | steps::silent_rcpt | steps::silent_data | steps::silent_unknown | steps::silent_header |
                                                steps::silent_end_of_header | steps::silent_body};

std::string number(std::uint32_t value) {
    return {static_cast<char>(value >> 24U), static_cast<char>(value >> 16U), static_cast<char>(value >> 8U), static_cast<char>(value)};
}

std::string packet(char letter, const std::string& data = {}) { return number(static_cast<std::uint32_t>(data.size() + 1)) + letter + data; }

std::uint32_t length(std::string_view head) {
    std::uint32_t out = 0;
    for (const char c : head) {
        out = out << 8U | static_cast<unsigned char>(c);
    }
    return out;
}

}  // namespace

bool MilterServer::start() {
    return listen_at(host_, listen_, tasks_, [this](std::unique_ptr<world::Stream> stream) { return serve(std::move(stream)); });
}

std::string MilterServer::answer(char command, std::uint32_t silent_steps) {
    using namespace milter::steps;
    const auto unless = [silent_steps](std::uint32_t silent) { return (silent_steps & silent) != 0 ? std::string() : packet('c'); };
    switch (command) {
        case 'O': return packet('O', number(6) + number(adds_headers) + number(silent_steps));
        case 'C': return unless(silent_connect);
        case 'H': return unless(silent_helo);
        case 'M': return unless(silent_mail);
        case 'R': return unless(silent_rcpt);
        case 'T': return unless(silent_data);
        case 'U': return unless(silent_unknown);
        case 'L': return unless(silent_header);
        case 'N': return unless(silent_end_of_header);
        case 'B': return unless(silent_body);
        case 'E': {
            ++messages_;
            const std::size_t colon = mark.find(':');
            const std::string field = std::string(mark.substr(0, colon)) + '\0' + std::string(mark.substr(colon + 2)) + '\0';
            return (chance(300) ? packet('p') : "") + packet('h', field) + packet('c');
        }
        default: return packet('c');
    }
}

Task<void> MilterServer::serve(std::unique_ptr<world::Stream> stream) {
    world::BufferedStream buffered(std::move(stream));
    const std::uint32_t silent_steps = kinds_of_steps[host_.world.scheduler.random().below(std::size(kinds_of_steps))];
    for (;;) {
        const auto head = co_await read_chunk(buffered, 4, host_.clock.deadline_in(client_timeout));
        if (!head || length(*head) == 0) {
            co_return;
        }
        const auto body = co_await read_chunk(buffered, length(*head), host_.clock.deadline_in(client_timeout));
        if (!body || body->front() == 'Q') {
            co_return;
        }
        const char command = body->front();
        if (command == 'A' || command == 'D') {
            continue;
        }
        if (chance(8)) {
            host_.world.scheduler.injected("milter: hangs up");
            co_return;
        }
        if (chance(4)) {
            host_.world.scheduler.injected("milter: stall");
            co_await host_.clock.sleep_for(std::chrono::minutes{8});
        }
        std::string said = answer(command, silent_steps);
        if (!said.empty() && command != 'O') {
            if (chance(15)) {
                host_.world.scheduler.injected("milter: not now");
                said = packet('t');
            } else if (chance(4)) {
                host_.world.scheduler.injected("milter: nonsense");
                said = packet('!', "what?");
            }
        }
        buffered.queue(said);
        const auto sent = co_await buffered.flush(host_.clock.deadline_in(client_timeout));
        if (!sent) {
            co_return;
        }
    }
}

}  // namespace posthouse::sim
