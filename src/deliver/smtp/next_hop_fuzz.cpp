// A server that says anything, in segments of any size: each recipient has one outcome, the same for every segmentation, and
// no line that we send is of the server's making.
#include "base/assert.hpp"
#include "deliver/smtp/fake_world_test.hpp"

namespace {

using namespace posthouse;

struct Script {
    std::string_view bytes, sizes;
    std::string heard;
};

class Babbling final : public world::Stream {
public:
    Babbling(Script& script, base::Endpoint peer) : script_(script), peer_(peer) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline) override {
        const std::size_t wanted = script_.sizes.empty() ? into.size() : 1U + static_cast<unsigned char>(script_.sizes[turn_++ % script_.sizes.size()]) % 64U;
        const std::size_t count = script_.bytes.copy(into.data(), std::min(wanted, into.size()));
        script_.bytes.remove_prefix(count);
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        script_.heard += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "no");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "no");
    }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse("127.0.0.2"), 1025}; }
    [[nodiscard]] base::Endpoint peer() const override { return peer_; }
    [[nodiscard]] bool readable_now() const override { return false; }

private:
    Script& script_;
    base::Endpoint peer_;
    std::size_t turn_ = 0;
};

// One connection, to the script; no second one.
class OneServer final : public world::Network {
public:
    explicit OneServer(Script& script) : script_(script) {}
    using Connected = base::Result<std::unique_ptr<world::Stream>>;
    world::Task<Connected> connect(base::Endpoint peer, std::optional<base::IpAddress>, world::Deadline) override {
        if (used_) {
            co_return base::fail(base::ErrorKind::refused, "connect: Connection refused");
        }
        used_ = true;
        co_return std::make_unique<Babbling>(script_, peer);
    }
    world::Task<Connected> connect_unix(std::string, world::Deadline) override { co_return base::fail(base::ErrorKind::refused, "no"); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override { return base::fail(base::ErrorKind::refused, "no"); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override { return base::fail(base::ErrorKind::refused, "no"); }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override { return base::fail(base::ErrorKind::refused, "no"); }

private:
    Script& script_;
    bool used_ = false;
};

std::string conversation(std::string_view bytes, std::string_view sizes) {
    Script script{bytes, sizes, {}};
    deliver::fake::World w;
    w.settings.smtp_sasl_auth_enable = true;
    w.settings.smtp_sasl_security_options.noplaintext = false;
    w.passwords["127.0.0.1"] = "user:secret";
    OneServer network(script);
    w.agent = std::make_unique<deliver::SmtpAgent>(w.settings, w.make_tables(), w.clock, network, w.resolver, w.random, w.tls, w.sink, w.doors);
    const auto outcomes = w.deliver(deliver::fake::request("[127.0.0.1]", {"x@example.net", "y@example.net"}));
    PH_ASSERT(outcomes.size() == 2);
    std::string seen;
    for (const mail::Outcome& outcome : outcomes) {
        seen += std::to_string(static_cast<int>(outcome.kind)) + outcome.status + outcome.text + '\n';
        PH_ASSERT(outcome.text.find_first_of("\r\n") == std::string::npos);
        const bool was_asked = script.heard.find("\r\nMAIL FROM:") != std::string::npos;
        PH_ASSERT(outcome.kind != mail::Outcome::Kind::delivered || was_asked);
    }
    for (std::size_t i = 0; i < script.heard.size(); ++i) {
        PH_ASSERT(script.heard[i] != '\n' || (i > 0 && script.heard[i - 1] == '\r'));
    }
    return seen + script.heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    if (size < 4 || size > 16'384) {
        return 0;
    }
    const std::string input(data, data + size);
    const std::string_view bytes = std::string_view(input).substr(3);
    PH_ASSERT(conversation(bytes, {}) == conversation(bytes, std::string_view(input).substr(0, 3)));
    return 0;
}
