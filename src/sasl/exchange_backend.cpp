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
        exchange_ = backend_.exchange(request_);
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
    // Acting as somebody else needs a right that these back ends cannot express.
    static constexpr std::string_view other_identity = "authorization identity differs from the user";
    static bool acts_for_another(const auto& who) { return !who.authorization_id.empty() && who.authorization_id != who.user; }
    static Step failed(std::string_view reason, std::string user = {}) { return {Step::Kind::failure, std::string(reason), std::move(user)}; }

    world::Task<Step> go_on(ExchangeStep outcome, world::Deadline deadline) {
        if (const auto* challenge = std::get_if<Challenge>(&outcome)) {
            co_return Step{Step::Kind::challenge, base::base64_encode(challenge->bytes), {}};
        }
        if (const auto* malformed = std::get_if<Malformed>(&outcome)) {
            co_return failed(malformed->reason);
        }
        if (const auto* refused = std::get_if<Refused>(&outcome)) {
            co_return failed(refused->reason, refused->user.empty() ? std::string() : with_realm(refused->user));
        }
        if (const auto* proven = std::get_if<Proven>(&outcome)) {
            const std::string name = with_realm(proven->user);
            co_return acts_for_another(*proven) ? failed(other_identity, name) : Step{Step::Kind::success, {}, name};
        }
        Credentials credentials = std::get<Credentials>(std::move(outcome));
        const std::string user = with_realm(credentials.user);
        if (acts_for_another(credentials)) {
            co_return failed(other_identity, user);
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

ExchangeBackend::ExchangeBackend(std::unique_ptr<PasswordChecker> checker, world::Random& random, std::string realm)
    : checker_(std::move(checker)), random_(random), realm_(std::move(realm)) {
    std::vector<std::string_view> names{"PLAIN", "LOGIN"};
    if (checker_->knows_scram_keys()) {
        names.insert(names.end(), {scram, scram_plus});
    }
    for (const std::string_view name : names) {
        mechanisms_.push_back({std::string(name), properties_of(name)});
    }
}

std::unique_ptr<ServerExchange> ExchangeBackend::exchange(const AuthRequest& request) {
    if (!base::istarts_with(request.mechanism, scram)) {
        return make_server_exchange(request.mechanism);
    }
    std::string nonce;
    for (int i = 0; i < 3; ++i) {
        const std::uint64_t number = random_.next();
        nonce.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    return make_scram_exchange({.keys = [this](const std::string& user) { return checker_->scram_keys(user); },
                                .nonce = base::base64_encode(nonce),
                                .binds = base::iequals(request.mechanism, scram_plus),
                                .bindings = request.bindings});
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
