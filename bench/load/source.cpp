// A client that does not pipeline, many times over.
#include <sys/epoll.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/modes.hpp"

namespace load {

namespace {

enum class Step : std::uint8_t { greeting, ehlo, starttls, mail, rcpt, data, content, quit };

struct Session {
    std::unique_ptr<Connection> connection;
    Step step = Step::greeting;
    std::uint64_t opened = 0;  // connections so far
    std::uint64_t message = 0;
    std::uint64_t on_this_connection = 0;
    std::uint64_t began = 0;  // of the message, ns
};

class Source {
public:
    explicit Source(const Options& options)
        : options_(options), next_(options.first), end_(options.first + options.messages), loop_(::epoll_create1(0)), context_(SSL_CTX_new(TLS_client_method())) {
        const std::string line(76, 'x');
        while (static_cast<int>(body_.size()) < options.length - 200) {
            body_ += line + "\r\n";
        }
        sessions_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(options.sessions), options.messages)));
    }

    int run() {
        const std::uint64_t start = now_ns();
        const std::uint64_t until = start + static_cast<std::uint64_t>(options_.timeout_s) * 1'000'000'000;
        for (Session& session : sessions_) {
            open(session);
        }
        epoll_event events[256];
        while (open_ > 0 && now_ns() < until) {
            const int count = ::epoll_wait(loop_, events, 256, 100);
            for (int i = 0; i < count; ++i) {
                serve(*static_cast<Session*>(events[i].data.ptr));
            }
        }
        report(start);
        return taken_ == options_.messages ? 0 : 1;
    }

private:
    void open(Session& session) {
        session.connection = std::make_unique<Connection>(connect_to(options_.port));
        session.step = Step::greeting;
        ++session.opened;
        session.on_this_connection = 0;
        epoll_event event{.events = EPOLLIN, .data = {.ptr = &session}};
        ::epoll_ctl(loop_, EPOLL_CTL_ADD, session.connection->descriptor(), &event);
        ++open_;
    }
    void close(Session& session) {
        session.connection.reset();
        --open_;
    }

    void serve(Session& session) {
        if (!session.connection) {
            return;
        }
        const bool alive = session.connection->read();
        std::size_t from = 0;
        std::string& input = session.connection->input;
        for (std::size_t end = input.find('\n'); end != std::string::npos && session.connection; end = input.find('\n', from)) {
            const std::string line = input.substr(from, end - from);
            from = end + 1;
            if (line.size() > 3 && line[3] == '-') {
                continue;
            }
            const std::uint64_t opened = session.opened;
            take_reply(session, line);
            if (!session.connection || session.opened != opened) {
                return;  // closed, and maybe another one is open
            }
        }
        input.erase(0, from);
        if (!alive || !session.connection->write()) {
            errors_["connection lost"] += session.step == Step::quit ? 0 : 1;
            close(session);
            return;
        }
        // A TLS write, or one of a large message, may have to wait for the peer.
        epoll_event event{.events = session.connection->output.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, .data = {.ptr = &session}};
        ::epoll_ctl(loop_, EPOLL_CTL_MOD, session.connection->descriptor(), &event);
    }

    void take_reply(Session& session, const std::string& line) {
        std::string& output = session.connection->output;
        const char expected = session.step == Step::data ? '3' : '2';
        if (line.empty() || line[0] != expected) {
            if (session.step != Step::quit) {
                ++errors_[line.substr(0, 80)];
            }
            close(session);
            return;
        }
        switch (session.step) {
            case Step::greeting:
                output += "EHLO source.test\r\n";
                session.step = Step::ehlo;
                break;
            case Step::ehlo:
                if (options_.tls && !session.connection->has_tls()) {
                    output += "STARTTLS\r\n";
                    session.step = Step::starttls;
                } else {
                    next_message(session);
                }
                break;
            case Step::starttls:
                session.connection->start_tls(context_, Role::client, nullptr);
                output += "EHLO source.test\r\n";
                session.step = Step::ehlo;
                break;
            case Step::mail:
                output += "RCPT TO:<user" + std::to_string(session.message) + "@" + domain_of(session.message) + ">\r\n";
                session.step = Step::rcpt;
                break;
            case Step::rcpt:
                output += "DATA\r\n";
                session.step = Step::data;
                break;
            case Step::data:
                output += "From: <sender@source.test>\r\nTo: <user@ok.test>\r\nSubject: bench " + std::to_string(session.message) +
                          "\r\nMessage-ID: <" + std::to_string(session.message) + "@source.test>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n\r\n";
                output += body_;
                output += ".\r\n";
                session.step = Step::content;
                break;
            case Step::content:
                ++taken_;
                last_ = now_ns();
                latencies_.push_back(static_cast<float>(static_cast<double>(last_ - session.began) / 1e6));
                ++session.on_this_connection;
                next_message(session);
                break;
            case Step::quit:
                close(session);
                if (next_ < end_) {
                    open(session);
                }
                break;
        }
    }

    void next_message(Session& session) {
        const bool enough = options_.per_connection > 0 && session.on_this_connection >= options_.per_connection;
        if (next_ >= end_ || enough) {
            session.connection->output += "QUIT\r\n";
            session.step = Step::quit;
            return;
        }
        session.message = next_++;
        session.began = now_ns();
        session.connection->output += "MAIL FROM:<sender@source.test>\r\n";
        session.step = Step::mail;
    }

    [[nodiscard]] std::string domain_of(std::uint64_t message) const {
        if (!options_.domain.empty()) {
            return options_.domain;
        }
        if (options_.holes > 0 && message % 10 == 0) {
            return "h" + std::to_string(message / 10 % static_cast<std::uint64_t>(options_.holes)) + ".hole.test";
        }
        return "d" + std::to_string(message % static_cast<std::uint64_t>(options_.domains)) + ".ok.test";
    }

    void report(std::uint64_t start) {
        std::sort(latencies_.begin(), latencies_.end());
        const auto at = [&](double part) { return latencies_.empty() ? 0.0 : static_cast<double>(latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))]); };
        const double seconds = taken_ > 0 ? static_cast<double>(last_ - start) / 1e9 : 0;
        std::printf(R"({"taken": %ju, "seconds": %.4f, "rate": %.1f, "p50_ms": %.2f, "p99_ms": %.2f, "max_ms": %.2f, "errors": {)", static_cast<std::uintmax_t>(taken_), seconds,
                    seconds > 0 ? static_cast<double>(taken_) / seconds : 0, at(0.5), at(0.99), at(1));
        const char* comma = "";
        for (const auto& [text, count] : errors_) {
            std::string shown;
            for (const char c : text) {
                shown += c < ' ' || c == '"' || c == '\\' ? '.' : c;
            }
            std::printf("%s\"%s\": %d", comma, shown.c_str(), count);
            comma = ", ";
        }
        std::printf("}}\n");
    }

    const Options& options_;
    std::uint64_t next_, end_;
    int loop_;
    SSL_CTX* context_;
    std::string body_;
    std::vector<Session> sessions_;
    std::size_t open_ = 0;
    std::uint64_t taken_ = 0, last_ = 0;
    std::vector<float> latencies_;
    std::map<std::string, int> errors_;
};

}  // namespace

int run_source(const Options& options) { return Source(options).run(); }

}  // namespace load
