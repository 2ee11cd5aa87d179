#pragma once
// For tests: a scripted SMTP server. Streams answer at once, so that a whole delivery runs inside spawn(); every stream call
// counts, and one chosen call can be made to fail.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "world/network.hpp"
#include "world/signal.hpp"

namespace posthouse::deliver::fake {

/// What a server says, and what it got. Commands are matched by their start; the longest match wins.
struct Server {
    std::vector<std::string> offers{"PIPELINING", "DSN"};
    std::map<std::string, std::string> replies;  // "RCPT TO:<gone" → "550 5.1.1 no"; "" hangs up, "STALL" says nothing; "EOD", "CONNECT"
    world::TlsSession::Peer certificate = world::TlsSession::Peer::untrusted;
    std::string certificate_fingerprint, public_key_fingerprint;
    bool handshake_fails = false;
    std::optional<std::string> hangs_up_secured_at;  // the command's start; "": the first after the handshake
    bool understands_bdat = true;  // false: the content is read as commands
    int turns = 0;                 // writes after each of which a client has to wait for replies

    struct Message {
        std::string mail;
        std::vector<std::string> rcpts;
        std::string data;
        bool secured = false;
    };
    std::vector<Message> messages;      // taken with 250
    std::vector<std::string> commands;  // all lines but content
    int connections = 0;
    int epoch = 0;                 // raised: connections made before are dead
    bool closing_is_seen = false;  // whether readable_now() tells

    [[nodiscard]] std::string reply_to(const std::string& command, const std::string& otherwise) const {
        std::string out = otherwise;
        std::size_t best = 0;
        for (const auto& [start, reply] : replies) {
            if (command.starts_with(start) && start.size() >= best && !start.empty()) {
                best = start.size();
                out = reply;
            }
        }
        return out;
    }
};

/// Counts stream calls over all connections; call number `fail_at` fails in the given way.
struct Faults {
    int calls = 0;
    int fail_at = -1;
    base::ErrorKind kind = base::ErrorKind::closed;
    [[nodiscard]] bool strikes() { return calls++ == fail_at; }
};

class Stream final : public world::Stream {
public:
    Stream(Server& server, Faults& faults, base::Endpoint peer)
        : server_(server), faults_(faults), peer_(peer), epoch_(server.epoch) {
        ++server_.connections;
        say(server_.reply_to("CONNECT", "220 fake ESMTP"));
    }

    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline) override {
        if (broken_ || faults_.strikes()) {
            broken_ = true;
            co_return base::fail(faults_.kind, "injected");
        }
        if (output_.empty()) {
            if (stalled_) {
                co_await never_.wait();
            }
            // Nothing will ever come: the orderly end, or the deadline.
            if (!hung_up_) {
                co_return base::fail(base::ErrorKind::timeout, "timed out");
            }
            co_return std::size_t{0};
        }
        const std::size_t count = std::min(into.size(), output_.size());
        std::copy_n(output_.begin(), count, into.begin());
        output_.erase(0, count);
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        const std::string copy(bytes);
        if (broken_ || faults_.strikes()) {
            broken_ = true;
            co_return base::fail(faults_.kind, "injected");
        }
        if (hung_up_ || epoch_ != server_.epoch) {
            co_return base::fail(base::ErrorKind::reset, "reset");
        }
        ++server_.turns;
        take(copy);
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>,
                                                                  world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "no server");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest request,
                                                                  world::Deadline) override {
        if (broken_ || faults_.strikes() || server_.handshake_fails) {
            broken_ = true;
            co_return base::fail(base::ErrorKind::tls, "handshake failed");
        }
        world::TlsSession session;
        session.protocol = "TLSv1.3";
        session.cipher = "TLS_AES_256_GCM_SHA384";
        session.cipher_bits = session.algorithm_bits = 256;
        session.peer = server_.certificate;
        session.peer_certificate_fingerprint = server_.certificate_fingerprint;
        session.peer_public_key_fingerprint = server_.public_key_fingerprint;
        secured_ = true;
        requests.push_back(std::move(request));
        co_return session;
    }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    base::Endpoint local() const override { return {}; }
    base::Endpoint peer() const override { return peer_; }
    bool readable_now() const override {
        return hung_up_ || !output_.empty() || (server_.closing_is_seen && epoch_ != server_.epoch);
    }

    static inline std::vector<world::TlsClientRequest> requests;  // cleared by World

private:
    void say(std::string text) {
        if (text.empty()) {
            hung_up_ = true;
            return;
        }
        if (text == "STALL") {
            stalled_ = true;
            return;
        }
        for (std::size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) {
            text.replace(at, 2, "\r\n");
        }
        output_ += text + "\r\n";
    }
    void take(const std::string& bytes) {
        input_ += bytes;
        for (;;) {
            if (chunk_left_) {
                if (input_.size() < *chunk_left_) {
                    return;
                }
                end_data(input_.substr(0, *chunk_left_), *chunk_left_);
                continue;
            }
            if (in_data_) {
                const std::size_t end = input_.starts_with(".\r\n") ? 0 : input_.find("\r\n.\r\n");
                if (end == std::string::npos) {
                    return;
                }
                end_data(end == 0 ? std::string() : input_.substr(0, end + 2), end == 0 ? 3 : end + 5);
                continue;
            }
            const std::size_t newline = input_.find("\r\n");
            if (newline == std::string::npos || hung_up_) {
                return;
            }
            const std::string line = input_.substr(0, newline);
            input_.erase(0, newline + 2);
            obey(line);
        }
    }
    void end_data(std::string content, std::size_t length) {
        input_.erase(0, length);
        const std::string verb = chunk_left_ ? "BDAT" : "EOD";
        in_data_ = false;
        chunk_left_.reset();
        const std::string reply =
            server_.reply_to(verb, current_.rcpts.empty() ? "554 5.5.1 nobody" : "250 2.0.0 Ok: queued");
        // A server may have taken the message and still never be heard again.
        if (!current_.rcpts.empty() && (reply.starts_with("2") || reply.empty())) {
            current_.data = std::move(content);
            current_.secured = secured_;
            server_.messages.push_back(current_);
        }
        current_ = {};
        say(reply);
    }
    void obey(const std::string& line) {
        server_.commands.push_back(line);
        if (secured_ && server_.hangs_up_secured_at && line.starts_with(*server_.hangs_up_secured_at)) {
            hung_up_ = true;
        } else if (line.starts_with("EHLO")) {
            std::string reply = "250";
            for (const auto& offer : server_.offers) {
                if (offer != "STARTTLS" || !secured_) {
                    reply = reply == "250" ? "250-fake\\n250-" + offer : reply + "\\n250-" + offer;
                }
            }
            say(server_.reply_to(line, reply == "250" ? "250 fake" : reply + "\\n250 HELP"));
        } else if (line.starts_with("MAIL")) {
            current_ = {line, {}, {}, false};
            answer(line, "250 2.1.0 Ok");
        } else if (line.starts_with("RCPT")) {
            if (answer(line, "250 2.1.5 Ok")) {
                current_.rcpts.push_back(line);
            }
        } else if (line == "DATA") {
            in_data_ = answer(line, current_.rcpts.empty() ? "554 5.5.1 no valid recipients" : "354 go");
        } else if (line.starts_with("BDAT") && server_.understands_bdat) {
            chunk_left_ = base::parse_number(line.substr(5, line.find(' ', 5) - 5)).value_or(0);
        } else if (line == "QUIT") {
            say("221 2.0.0 Bye");
            hung_up_ = true;
        } else {
            answer(line, line.starts_with("HELO") ? "250 fake"
                         : line == "STARTTLS"     ? "220 ready"
                         : !line.starts_with("AUTH") && !server_.understands_bdat ? "500 5.5.2 what"
                                                  : "235 2.7.0 welcome");
        }
    }
    bool answer(const std::string& line, const std::string& otherwise) {
        const std::string reply = server_.reply_to(line, otherwise);
        say(reply);
        return reply.starts_with("2") || reply.starts_with("3");
    }

    Server& server_;
    Faults& faults_;
    base::Endpoint peer_;
    int epoch_;
    world::Signal never_;
    bool stalled_ = false;
    std::string input_, output_;
    std::optional<std::size_t> chunk_left_;  // bytes of BDAT's content to come
    bool in_data_ = false, hung_up_ = false, broken_ = false, secured_ = false;
    Server::Message current_;
};

}  // namespace posthouse::deliver::fake
