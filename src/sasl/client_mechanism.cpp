#include "sasl/client_mechanism.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::sasl {

namespace {

std::unexpected<base::Error> unexpected_challenge() { return base::fail(base::ErrorKind::invalid, "unexpected challenge from the server"); }

class PlainClient final : public ClientExchange {
public:
    explicit PlainClient(const ClientLogin& login) {
        std::string bytes = login.authorization_id;
        bytes += '\0';
        bytes += login.user;
        bytes += '\0';
        bytes += login.password;
        response_ = base::base64_encode(bytes);
    }
    std::string_view mechanism() const override { return "PLAIN"; }
    std::optional<std::string> take_initial_response() override { return std::exchange(response_, std::nullopt); }
    base::Result<std::string> respond(std::string_view challenge) override {
        if (!response_ || !base::base64_decode(challenge)) {
            return unexpected_challenge();
        }
        return *take_initial_response();
    }

private:
    std::optional<std::string> response_;
};

// Prompts differ from server to server and are not looked at: the name is asked for first, then the password.
class LoginClient final : public ClientExchange {
public:
    explicit LoginClient(ClientLogin login) : login_(std::move(login)) {}
    std::string_view mechanism() const override { return "LOGIN"; }
    std::optional<std::string> take_initial_response() override { return std::nullopt; }
    base::Result<std::string> respond(std::string_view challenge) override {
        if (asked_ >= 2 || !base::base64_decode(challenge)) {
            return unexpected_challenge();
        }
        return base::base64_encode(asked_++ == 0 ? login_.user : login_.password);
    }

private:
    ClientLogin login_;
    int asked_ = 0;
};

std::string hex_hmac_md5(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
    std::string out;
    for (unsigned i = 0; i < length; ++i) {
        base::append_format(out, "{:02x}", digest[i]);
    }
    return out;
}

// RFC 2195.
class CramMd5Client final : public ClientExchange {
public:
    explicit CramMd5Client(ClientLogin login) : login_(std::move(login)) {}
    std::string_view mechanism() const override { return "CRAM-MD5"; }
    std::optional<std::string> take_initial_response() override { return std::nullopt; }
    base::Result<std::string> respond(std::string_view challenge) override {
        const auto text = base::base64_decode(challenge);
        if (std::exchange(answered_, true) || !text) {
            return unexpected_challenge();
        }
        return base::base64_encode(login_.user + ' ' + hex_hmac_md5(login_.password, *text));
    }

private:
    ClientLogin login_;
    bool answered_ = false;
};

}  // namespace

base::Result<std::unique_ptr<ClientExchange>> choose_client_mechanism(const std::vector<std::string>& offered, ClientLogin login,
                                                                     const SecurityOptions& options) {
    const auto usable = [&](std::string_view name) {
        return permits(options, properties_of(name)) &&
               std::any_of(offered.begin(), offered.end(), [name](const std::string& offer) { return base::iequals(offer, name); });
    };
    if (usable("CRAM-MD5")) {
        return std::make_unique<CramMd5Client>(std::move(login));
    }
    if (usable("PLAIN")) {
        return std::make_unique<PlainClient>(login);
    }
    if (usable("LOGIN")) {
        return std::make_unique<LoginClient>(std::move(login));
    }
    return base::fail(base::ErrorKind::unavailable, "no mechanism available");
}

std::vector<std::string> filter_mechanisms(const std::vector<std::string>& offered, std::string_view filter) {
    const auto words = base::split_words(filter, ", \t\r\n");
    if (words.empty()) {
        return offered;
    }
    std::vector<std::string> kept;
    for (const std::string& mechanism : offered) {
        for (const std::string_view word : words) {
            const bool negated = word.starts_with('!');
            const std::string_view name = negated ? word.substr(1) : word;
            if (base::iequals(name, mechanism) || name == "static:all") {
                if (!negated) {
                    kept.push_back(mechanism);
                }
                break;
            }
        }
    }
    return kept;
}

}  // namespace posthouse::sasl
