#include "sasl/mechanism_server.hpp"

#include "base/text.hpp"

namespace posthouse::sasl {

namespace {

class PlainExchange final : public ServerExchange {
public:
    ExchangeStep start(std::optional<std::string> initial_response) override {
        return initial_response ? respond(std::move(*initial_response)) : ExchangeStep(Challenge{});
    }
    ExchangeStep respond(std::string response) override {
        const auto fields = base::split_fields(response, '\0');
        if (fields.size() != 3 || fields[1].empty() || fields[2].empty()) {
            return Malformed{"malformed PLAIN response"};
        }
        return Credentials{std::string(fields[0]), std::string(fields[1]), std::string(fields[2])};
    }
};

class LoginExchange final : public ServerExchange {
public:
    ExchangeStep start(std::optional<std::string> initial_response) override {
        return initial_response ? respond(std::move(*initial_response)) : ExchangeStep(Challenge{"Username:"});
    }
    ExchangeStep respond(std::string response) override {
        if (response.empty() || response.find('\0') != std::string::npos) {
            return Malformed{"malformed LOGIN response"};
        }
        if (!user_) {
            user_ = std::move(response);
            return Challenge{"Password:"};
        }
        return Credentials{{}, *user_, std::move(response)};
    }

private:
    std::optional<std::string> user_;
};

}  // namespace

std::unique_ptr<ServerExchange> make_server_exchange(std::string_view mechanism) {
    if (base::iequals(mechanism, "PLAIN")) {
        return std::make_unique<PlainExchange>();
    }
    if (base::iequals(mechanism, "LOGIN")) {
        return std::make_unique<LoginExchange>();
    }
    return nullptr;
}

}  // namespace posthouse::sasl
