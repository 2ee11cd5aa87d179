// What clients and authentication servers say while somebody logs in: mechanisms (PLAIN, LOGIN, SCRAM), Dovecot's greeting, password files, smtpd.conf.
// No text of a client makes a second field or line for the authentication server.
#include "base/assert.hpp"
#include "base/text.hpp"
#include "sasl/cyrus_config.hpp"
#include "sasl/dovecot_protocol.hpp"
#include "sasl/mechanism_server.hpp"
#include "sasl/password_file.hpp"
#include "sasl/scram.hpp"

using namespace posthouse;
using namespace posthouse::sasl;

namespace {

std::unique_ptr<ServerExchange> server_of(std::string_view mechanism) {
    if (mechanism != scram) {
        return make_server_exchange(mechanism);
    }
    const auto keys = [](const std::string&) { return ScramKeys{1, "salt", std::string(32, 'a'), std::string(32, 'b')}; };
    return make_scram_exchange({.keys = keys, .nonce = "nonce", .binds = false, .bindings = {}});
}

void log_in(std::string_view mechanism, std::string_view text) {
    const auto server = server_of(mechanism);
    std::optional<std::string> initial;
    const auto lines = base::split_fields(text, '\n');
    if (!lines[0].empty()) {
        initial.emplace(lines[0]);
    }
    ExchangeStep step = server->start(std::move(initial));
    for (std::size_t i = 1; i < lines.size() && std::holds_alternative<Challenge>(step); ++i) {
        step = server->respond(std::string(lines[i]));
    }
    PH_ASSERT(!std::holds_alternative<Proven>(step));  // nobody has those keys
    if (const auto* found = std::get_if<Credentials>(&step)) {
        PH_ASSERT(found->user.find('\0') == std::string::npos || mechanism == "LOGIN");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    log_in("PLAIN", text);
    log_in("LOGIN", text);
    log_in(scram, text);
    DovecotGreeting greeting;
    for (const std::string_view line : base::split_fields(text, '\n')) {
        if (!greeting.feed(line)) {
            break;
        }
    }
    AuthRequest request;
    request.initial_response = base::base64_encode(text);
    request.mechanism = "PLAIN";
    const std::string line = dovecot_auth_line(1, request.mechanism, request);
    PH_ASSERT(line.ends_with('\n') && std::count(line.begin(), line.end(), '\n') == 1);
    (void)parse_password_file(text, "passwords", [](const std::string&) {});
    (void)parse_cyrus_config(text, "smtpd.conf", {});
    return 0;
}
