// The next hop: takes all mail, keeps none, counts.
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unordered_map>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/modes.hpp"

namespace load {

namespace {

struct Client {
    explicit Client(int descriptor) : connection(descriptor) {}
    Connection connection;
    bool in_data = false;
    std::uint64_t message = 0;
};

class Sink {
public:
    explicit Sink(const Options& options) : options_(options), loop_(::epoll_create1(0)), context_(SSL_CTX_new(TLS_server_method())) {
        if (!options.certificate.empty() && (SSL_CTX_use_certificate_chain_file(context_, options.certificate.c_str()) != 1 ||
                                             SSL_CTX_use_PrivateKey_file(context_, options.key.c_str(), SSL_FILETYPE_PEM) != 1)) {
            std::fprintf(stderr, "cannot read %s and %s\n", options.certificate.c_str(), options.key.c_str());
            std::exit(2);
        }
    }

    int run() {
        listen(INADDR_LOOPBACK);
        for (int i = 0; i < options_.addresses; ++i) {
            const int place[] = {1 + i / 62500, i / 250 % 250, i % 250 + 1};
            listen(0x7f000000U | static_cast<std::uint32_t>(place[0] << 16 | place[1] << 8 | place[2]));
        }
        watch(0);
        std::puts("listening");
        std::fflush(stdout);
        epoll_event events[256];
        for (;;) {
            const int count = ::epoll_wait(loop_, events, 256, -1);
            for (int i = 0; i < count; ++i) {
                const int descriptor = events[i].data.fd;
                if (descriptor == 0) {
                    if (!answer()) {
                        return 0;
                    }
                } else if (descriptor <= last_listener_) {
                    accept(descriptor);
                } else {
                    serve(descriptor);
                }
            }
        }
    }

private:
    void listen(std::uint32_t address) {
        last_listener_ = listen_on(address, options_.port);
        if (last_listener_ < 0) {
            std::perror("listen");
            std::exit(2);
        }
        watch(last_listener_);
    }
    void watch(int descriptor) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
        ::epoll_ctl(loop_, EPOLL_CTL_ADD, descriptor, &event);
    }

    bool answer() {
        char line[256];
        const ssize_t got = ::read(0, line, sizeof line);
        if (got <= 0) {
            return false;
        }
        std::printf(R"({"messages": %ju, "distinct": %ju, "sessions": %ju, "tls": %ju, "resumed": %ju, "last_ns": %ju, "now_ns": %ju})"
                    "\n",
                    static_cast<std::uintmax_t>(messages_), static_cast<std::uintmax_t>(distinct_), static_cast<std::uintmax_t>(sessions_),
                    static_cast<std::uintmax_t>(tls_), static_cast<std::uintmax_t>(resumed_), static_cast<std::uintmax_t>(last_), static_cast<std::uintmax_t>(now_ns()));
        std::fflush(stdout);
        return true;
    }

    void accept(int listener) {
        for (;;) {
            const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0) {
                return;
            }
            ++sessions_;
            auto client = std::make_unique<Client>(descriptor);
            if (!options_.black_hole) {
                client->connection.output = "220 sink.test ESMTP\r\n";
                client->connection.write();
            }
            clients_.insert_or_assign(descriptor, std::move(client));
            watch(descriptor);
        }
    }

    void serve(int descriptor) {
        const auto found = clients_.find(descriptor);
        if (found == clients_.end()) {
            return;
        }
        Client& client = *found->second;
        bool alive = client.connection.read();
        if (options_.black_hole) {
            client.connection.input.clear();
        } else {
            alive = understand(client) && client.connection.write() && alive;
        }
        if (!alive) {
            clients_.erase(found);
            return;
        }
        epoll_event event{.events = client.connection.output.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, .data = {.fd = descriptor}};
        ::epoll_ctl(loop_, EPOLL_CTL_MOD, descriptor, &event);
    }

    // False: the client has said good-bye.
    bool understand(Client& client) {
        std::string& input = client.connection.input;
        for (;;) {
            if (client.in_data) {
                if (!content(client)) {
                    return true;
                }
                continue;
            }
            const std::size_t end = input.find('\n');
            if (end == std::string::npos) {
                return true;
            }
            const std::string line = input.substr(0, end);
            input.erase(0, end + 1);
            if (!command(client, line)) {
                return false;
            }
        }
    }

    bool command(Client& client, const std::string& line) {
        std::string& output = client.connection.output;
        switch (line.empty() ? 0 : line[0] & ~0x20) {
            case 'E':
                if (client.connection.has_tls()) {
                    ++tls_;
                    resumed_ += client.connection.resumed() ? 1 : 0;
                }
                output += !options_.certificate.empty() && !client.connection.has_tls() ? "250-sink.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n"
                                                                                        : "250-sink.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n";
                return true;
            case 'S':
                output += "220 go\r\n";
                client.connection.write();
                client.connection.start_tls(context_, Role::server, nullptr);
                return true;
            case 'D':
                output += "354 go on\r\n";
                client.in_data = true;
                client.message = 0;
                return true;
            case 'Q':
                output += "221 bye\r\n";
                client.connection.write();
                return false;
            default: output += "250 ok\r\n"; return true;
        }
    }

    // False: more has to come.
    bool content(Client& client) {
        std::string& input = client.connection.input;
        if (client.message == 0) {
            constexpr std::string_view mark = "\nSubject: bench ";
            const std::size_t at = input.find(mark);
            if (at != std::string::npos && input.find('\n', at + 1) != std::string::npos) {
                client.message = std::strtoull(input.c_str() + at + mark.size(), nullptr, 10);
            }
        }
        const std::size_t end = input.find("\r\n.\r\n");
        if (end == std::string::npos) {
            if (client.message != 0 && input.size() > 8192) {
                input.erase(0, input.size() - 4);  // of a large message only what may be the end's beginning
            }
            return false;
        }
        input.erase(0, end + 5);
        client.in_data = false;
        client.connection.output += "250 taken\r\n";
        ++messages_;
        last_ = now_ns();
        if (client.message >= seen_.size()) {
            seen_.resize(std::max<std::size_t>(client.message + 1, 2 * seen_.size()));
        }
        distinct_ += seen_[client.message] ? 0 : 1;
        seen_[client.message] = true;
        return true;
    }

    const Options& options_;
    int loop_;
    SSL_CTX* context_;
    int last_listener_ = -1;
    std::unordered_map<int, std::unique_ptr<Client>> clients_;
    std::vector<bool> seen_;
    std::uint64_t messages_ = 0, distinct_ = 0, sessions_ = 0, tls_ = 0, resumed_ = 0, last_ = 0;
};

}  // namespace

int run_sink(const Options& options) { return Sink(options).run(); }

}  // namespace load
