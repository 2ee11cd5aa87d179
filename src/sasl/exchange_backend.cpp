#include "sasl/exchange_backend.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "sasl/mechanism_server.hpp"

namespace posthouse::sasl {

class ExchangeBackend::Conversation final : public SaslConversation {
public:
    Conversation(ExchangeBackend& backend, AuthRequest request) : backend_(backend), request_(std::move(request)) {}

    world::Task<Step> start(world::Deadline deadline) override {
        const auto offered = permitted(backend_.mechanisms_, request_.security_options);
        const bool known = std::any_of(offered.begin(), offered.end(),
                                       [this](const Mechanism& mechanism) { return base::iequals(mechanism.name, request_.mechanism); });
        if (!known) {
            co_return failed(invalid_mechanism);
        }
        std::optional<std::string> decoded;
        if (request_.initial_response) {
            decoded = *request_.initial_response == "=" ? std::string() : base::base64_decode(*request_.initial_response);
            if (!decoded) {
                co_return failed(invalid_initial_response);
            }
        }
        exchange_ = make_server_exchange(request_.mechanism);
        co_return co_await go_on(exchange_->start(std::move(decoded)), deadline);
    }

    world::Task<Step> step(std::string base64_line, world::Deadline deadline) override {
        auto decoded = base::base64_decode(base64_line);
        if (!decoded || !exchange_) {
            co_return failed(invalid_continued_response);
        }
        co_return co_await go_on(exchange_->respond(std::move(*decoded)), deadline);
    }

private:
    static Step failed(std::string_view reason, std::string user = {}) { return {Step::Kind::failure, std::string(reason), std::move(user)}; }

    world::Task<Step> go_on(ExchangeStep outcome, world::Deadline deadline) {
        if (const auto* challenge = std::get_if<Challenge>(&outcome)) {
            co_return Step{Step::Kind::challenge, base::base64_encode(challenge->bytes), {}};
        }
        if (const auto* malformed = std::get_if<Malformed>(&outcome)) {
            co_return failed(malformed->reason);
        }
        Credentials credentials = std::get<Credentials>(std::move(outcome));
        const std::string user = with_realm(credentials.user);
        // Acting as somebody else needs a right that these back ends cannot express.
        if (!credentials.authorization_id.empty() && credentials.authorization_id != credentials.user) {
            co_return failed("authorization identity differs from the user", user);
        }
        const PasswordVerdict verdict = co_await backend_.checker_->check(credentials.user, std::move(credentials.password), deadline);
        switch (verdict.state) {
            case PasswordVerdict::State::right:
                co_return Step{Step::Kind::success, {}, user};
            case PasswordVerdict::State::wrong:
                co_return failed("authentication failure", user);
            case PasswordVerdict::State::unknown:
                break;
        }
        co_return Step{Step::Kind::temporary_failure, verdict.reason, user};
    }
    std::string with_realm(const std::string& user) const {
        return backend_.realm_.empty() || user.find('@') != std::string::npos ? user : user + '@' + backend_.realm_;
    }

    ExchangeBackend& backend_;
    AuthRequest request_;
    std::unique_ptr<ServerExchange> exchange_;
};

ExchangeBackend::ExchangeBackend(std::unique_ptr<PasswordChecker> checker, std::string realm, std::string_view mechanism_list)
    : checker_(std::move(checker)), realm_(std::move(realm)) {
    for (const std::string_view name : base::split_words(mechanism_list.empty() ? "PLAIN LOGIN" : mechanism_list, ", \t\r\n")) {
        if (make_server_exchange(name)) {
            mechanisms_.push_back({base::upper(name), properties_of(name)});
        }
    }
}

world::Task<base::Result<std::vector<Mechanism>>> ExchangeBackend::mechanisms(world::Deadline deadline) {
    const auto available = co_await checker_->available(deadline);
    if (!available) {
        co_return std::unexpected(available.error());
    }
    co_return mechanisms_;
}

std::unique_ptr<SaslConversation> ExchangeBackend::begin(AuthRequest request) {
    return std::make_unique<Conversation>(*this, std::move(request));
}

}  // namespace posthouse::sasl
