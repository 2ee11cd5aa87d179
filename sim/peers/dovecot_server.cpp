#include "sim/peers/dovecot_server.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "sim/peers/listening.hpp"

namespace posthouse::sim {

using world::Task;

namespace {
constexpr std::size_t line_max = 8192;
constexpr Duration client_timeout = std::chrono::minutes(10);
constexpr const char* greeting =
    "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t7\nCUID\t9\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n";
}  // namespace

bool DovecotServer::start() {
    return listen_at(host_, listen_, tasks_, [this](std::unique_ptr<world::Stream> stream) { return serve(std::move(stream)); });
}

// "AUTH\tid\tPLAIN\tservice=smtp\t…\tresp=base64"
std::string DovecotServer::answer(const std::string& line) {
    const auto fields = base::split_fields(line, '\t');
    const std::string id(fields.size() > 1 ? fields[1] : "0");
    if (chance(100)) {
        host_.world.scheduler.injected("passwords: not now");
        return "FAIL\t" + id + "\ttemp\n";
    }
    const std::size_t at = line.find("\tresp=");
    const std::string response = at == std::string::npos ? "" : base::base64_decode(line.substr(at + 6)).value_or("");
    const auto parts = base::split_fields(response, '\0');
    if (parts.size() == 3) {
        const auto user = users_.find(std::string(parts[1]));
        if (user != users_.end() && user->second == parts[2]) {
            ++granted_;
            return base::format("OK\t{}\tuser={}\n", id, user->first);
        }
    }
    return "FAIL\t" + id + "\n";
}

Task<void> DovecotServer::serve(std::unique_ptr<world::Stream> stream) {
    world::BufferedStream buffered(std::move(stream));
    buffered.queue(greeting);
    const auto greeted = co_await buffered.flush(host_.clock.deadline_in(client_timeout));
    for (bool over = !greeted; !over;) {
        const auto line = co_await buffered.read_line(line_max, host_.clock.deadline_in(client_timeout));
        if (!line) {
            co_return;
        }
        if (!line->text.starts_with("AUTH\t")) {
            continue;
        }
        if (chance(50)) {
            host_.world.scheduler.injected("passwords: hangs up");
            co_return;
        }
        if (chance(30)) {
            host_.world.scheduler.injected("passwords: stall");
            co_await host_.clock.sleep_for(std::chrono::minutes{2});
        }
        buffered.queue(answer(line->text));
        const auto sent = co_await buffered.flush(host_.clock.deadline_in(client_timeout));
        over = !sent;
    }
}

}  // namespace posthouse::sim
