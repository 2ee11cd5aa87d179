#include "sasl/scram.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/assert.hpp"
#include "base/format.hpp"
#include "base/saslprep.hpp"
#include "base/text.hpp"

namespace posthouse::sasl {

namespace {

constexpr std::size_t hash_size = 32;
constexpr unsigned iterations_max = 10'000'000;  // ours: a client's minute

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    PH_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(text), text.size(), out.data(), &size) != nullptr);
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hash(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    PH_ASSERT(EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr) == 1);
    return {reinterpret_cast<const char*>(out.data()), size};
}

bool same(std::string_view a, std::string_view b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

// saslname: "=2C" is a comma, "=3D" an equals sign, nothing else may follow one.
std::optional<std::string> decode_name(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '=') {
            out += text[i];
            continue;
        }
        const std::string_view code = text.substr(i, 3);
        if (code != "=2C" && code != "=3D") {
            return std::nullopt;
        }
        out += code == "=2C" ? ',' : '=';
        i += 2;
    }
    return base::saslprep(out);
}

// The value of a field "x=value".
std::optional<std::string_view> value_of(std::string_view field, char name) {
    return field.size() >= 2 && field[0] == name && field[1] == '=' ? std::optional(field.substr(2)) : std::nullopt;
}

class ScramExchange final : public ServerExchange {
public:
    explicit ScramExchange(ScramSession session) : session_(std::move(session)) {}

    ExchangeStep start(std::optional<std::string> initial_response) override {
        return initial_response ? respond(std::move(*initial_response)) : ExchangeStep(Challenge{});
    }
    ExchangeStep respond(std::string response) override {
        switch (expected_) {
            case Expected::first: expected_ = Expected::last; return first(response);
            case Expected::last: expected_ = Expected::nothing; return last(response);
            case Expected::nothing: break;
        }
        // RFC 4954 §4: data with success goes in a challenge, which the client answers with nothing.
        return proven_ && response.empty() ? ExchangeStep(Proven{authorization_id_, user_}) : Malformed{"unexpected SCRAM message"};
    }

private:
    // gs2-header client-first-message-bare
    ExchangeStep first(const std::string& message) {
        const auto fields = base::split_fields(message, ',');
        if (fields.size() < 4) {
            return Malformed{"malformed SCRAM message"};
        }
        if (const auto problem = choose_binding(fields[0])) {
            return Refused{{}, *problem};
        }
        if (!fields[1].empty()) {
            const auto name = value_of(fields[1], 'a');
            const auto decoded = name ? decode_name(*name) : std::nullopt;
            if (!decoded || decoded->empty()) {
                return Malformed{"malformed SCRAM message"};
            }
            authorization_id_ = *decoded;
        }
        const auto name = value_of(fields[2], 'n');  // "m=", an extension that must be understood, is none that we know
        const auto nonce = value_of(fields[3], 'r');
        const auto user = name ? decode_name(*name) : std::nullopt;
        if (!user || user->empty() || !nonce || nonce->empty()) {
            return Malformed{"malformed SCRAM message"};
        }
        user_ = *user;
        nonce_ = std::string(*nonce) + session_.nonce;
        keys_ = session_.keys(user_);
        header_ = message.substr(0, fields[0].size() + fields[1].size() + 2);
        const std::string challenge = base::format("r={},s={},i={}", nonce_, base::base64_encode(keys_.salt), keys_.iterations);
        auth_message_ = message.substr(header_.size()) + ',' + challenge + ',';
        return Challenge{challenge};
    }

    // What is wrong with the client's wish; sets `binding_`.
    std::optional<std::string> choose_binding(std::string_view flag) {
        if (const auto type = value_of(flag, 'p')) {
            const world::ChannelBindings& ours = session_.bindings;
            binding_ = *type == "tls-exporter" ? ours.exporter : *type == "tls-unique" ? ours.unique : *type == "tls-server-end-point" ? ours.server_end_point : std::string();
            if (!session_.binds || binding_.empty()) {
                return "unsupported channel binding";
            }
            return std::nullopt;
        }
        if (session_.binds) {
            return "channel binding is missing";
        }
        // The client could bind and thinks that we cannot: somebody took -PLUS out of what we offered.
        if (flag == "y" && !session_.bindings.empty()) {
            return "channel binding is on offer, but the client does not see it";
        }
        return flag == "n" || flag == "y" ? std::nullopt : std::optional<std::string>("malformed SCRAM message");
    }

    // c=…,r=…[,extensions],p=…
    ExchangeStep last(const std::string& message) {
        const std::size_t at = message.rfind(",p=");
        const auto fields = base::split_fields(message, ',');
        if (at == std::string::npos || fields.size() < 3) {
            return Malformed{"malformed SCRAM message"};
        }
        const auto bound = value_of(fields[0], 'c');
        const auto nonce = value_of(fields[1], 'r');
        const auto proof = base::base64_decode(message.substr(at + 3));
        const auto binding = bound ? base::base64_decode(*bound) : std::nullopt;
        if (!binding || !nonce || !proof || proof->size() != hash_size) {
            return Malformed{"malformed SCRAM message"};
        }
        if (*nonce != nonce_) {
            return Refused{user_, "SCRAM nonce differs"};
        }
        if (!same(*binding, header_ + binding_)) {
            return Refused{user_, "channel bindings differ"};
        }
        auth_message_ += message.substr(0, at);
        std::string client_key = hmac(keys_.stored_key, auth_message_);
        for (std::size_t i = 0; i < hash_size; ++i) {
            client_key[i] = static_cast<char>(client_key[i] ^ (*proof)[i]);
        }
        if (!same(hash(client_key), keys_.stored_key)) {
            return Refused{user_, "authentication failure"};
        }
        proven_ = true;
        return Challenge{"v=" + base::base64_encode(hmac(keys_.server_key, auth_message_))};
    }

    enum class Expected { first, last, nothing };
    ScramSession session_;
    Expected expected_ = Expected::first;
    bool proven_ = false;
    ScramKeys keys_;
    std::string user_, authorization_id_, nonce_, header_, binding_, auth_message_;
};

}  // namespace

std::optional<ScramKeys> parse_scram_keys(std::string_view text) {
    const auto fields = base::split_fields(text, ',');
    const auto iterations = base::parse_number(fields[0]);
    if (fields.size() != 4 || !iterations || *iterations < 1 || *iterations > iterations_max) {
        return std::nullopt;
    }
    auto salt = base::base64_decode(fields[1]);
    auto stored = base::base64_decode(fields[2]);
    auto server = base::base64_decode(fields[3]);
    if (!salt || salt->empty() || !stored || stored->size() != hash_size || !server || server->size() != hash_size) {
        return std::nullopt;
    }
    return ScramKeys{static_cast<unsigned>(*iterations), std::move(*salt), std::move(*stored), std::move(*server)};
}

bool is_password_of(const ScramKeys& keys, std::string_view password) {
    const auto prepared = base::saslprep(password);
    std::array<unsigned char, hash_size> salted{};
    const std::string_view secret = prepared ? std::string_view(*prepared) : std::string_view();
    const bool made = PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), octets(keys.salt), static_cast<int>(keys.salt.size()), static_cast<int>(keys.iterations),
                                        EVP_sha256(), static_cast<int>(salted.size()), salted.data()) == 1;
    const std::string client_key = hmac({reinterpret_cast<const char*>(salted.data()), salted.size()}, "Client Key");
    return made && prepared && same(hash(client_key), keys.stored_key);
}

ScramKeys decoy_keys(std::string_view user, std::string_view secret, const ScramKeys& like) {
    ScramKeys keys{like.iterations, hmac(secret, base::format("salt {}", user)), hmac(secret, base::format("stored {}", user)), hmac(secret, base::format("server {}", user))};
    keys.salt.resize(std::min(keys.salt.size(), like.salt.size()));
    return keys;
}

std::unique_ptr<ServerExchange> make_scram_exchange(ScramSession session) { return std::make_unique<ScramExchange>(std::move(session)); }

}  // namespace posthouse::sasl
