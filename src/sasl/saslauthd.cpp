#include "sasl/saslauthd.hpp"

#include "base/text.hpp"
#include "world/buffered_stream.hpp"

namespace posthouse::sasl {

namespace {

constexpr std::size_t field_max = 65535;

void append_counted(std::string& out, std::string_view field) {
    out += static_cast<char>(field.size() >> 8 & 0xff);
    out += static_cast<char>(field.size() & 0xff);
    out += field;
}

PasswordVerdict unknown(std::string reason) { return {PasswordVerdict::State::unknown, std::move(reason)}; }

}  // namespace

CyrusConfig parse_cyrus_config(std::string_view text) {
    CyrusConfig config;
    for (const std::string_view line : base::split_words(text, "\r\n")) {
        const auto parts = base::split_once(line, ':');
        if (!parts) {
            continue;
        }
        const std::string_view key = base::trim(parts->first);
        const std::string value(base::trim(parts->second));
        if (base::iequals(key, "pwcheck_method")) {
            config.pwcheck_method = value;
        } else if (base::iequals(key, "saslauthd_path")) {
            config.saslauthd_path = value;
        } else if (base::iequals(key, "mech_list")) {
            config.mech_list = value;
        }
    }
    return config;
}

world::Task<PasswordVerdict> Saslauthd::check(std::string user, std::string password, world::Deadline deadline) {
    if (user.size() > field_max || password.size() > field_max) {
        co_return PasswordVerdict{PasswordVerdict::State::wrong, {}};
    }
    auto connected = co_await network_.connect_unix(settings_.socket_path, deadline);
    if (!connected) {
        co_return unknown("connect to saslauthd: " + connected.error().text);
    }
    world::BufferedStream stream(std::move(*connected));
    std::string realm = settings_.realm;
    if (const std::size_t at = user.rfind('@'); at != std::string::npos) {
        realm = user.substr(at + 1);
        user.resize(at);
    }
    std::string request;
    append_counted(request, user);
    append_counted(request, password);
    append_counted(request, settings_.service);
    append_counted(request, realm);
    stream.queue(request);
    const auto sent = co_await stream.flush(deadline);
    if (!sent) {
        co_return unknown("write to saslauthd: " + sent.error().text);
    }
    for (;;) {
        const std::string_view got = stream.buffered();
        if (got.size() >= 4) {  // length, "OK" or "NO", perhaps a text
            const std::string_view answer = got.substr(2, 2);
            co_return answer == "OK"   ? PasswordVerdict{PasswordVerdict::State::right, {}}
                      : answer == "NO" ? PasswordVerdict{PasswordVerdict::State::wrong, {}}
                                       : unknown("unexpected answer of saslauthd");
        }
        const auto more = co_await stream.fill(deadline);
        if (!more || !*more) {
            co_return unknown("read from saslauthd: " + (more ? std::string("lost connection") : more.error().text));
        }
    }
}

}  // namespace posthouse::sasl
