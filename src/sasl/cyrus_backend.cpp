#include "sasl/cyrus_backend.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::sasl {

class CyrusBackend::Conversation final : public SaslConversation {
public:
    Conversation(CyrusBackend& backend, AuthRequest request) : backend_(backend), request_(std::move(request)) {}

    world::Task<Step> start(world::Deadline deadline) override {
        const auto offered = permitted(backend_.mechanisms_, request_.security_options);
        const bool known = std::any_of(offered.begin(), offered.end(),
                                       [this](const Mechanism& mechanism) { return base::iequals(mechanism.name, request_.mechanism); });
        if (!known) {
            co_return Step{Step::Kind::failure, std::string(invalid_mechanism), {}};
        }
        login_ = backend_.make_login_();
        std::move_only_function<Step(world::NoState&)> work = [login = login_, request = request_](world::NoState&) { return login->start(request); };
        auto asking = backend_.ask(std::move(work), deadline);
        co_return co_await std::move(asking);
    }

    world::Task<Step> step(std::string base64_line, world::Deadline deadline) override {
        if (!login_) {
            co_return Step{Step::Kind::failure, std::string(invalid_continued_response), {}};
        }
        std::move_only_function<Step(world::NoState&)> work = [login = login_, line = std::move(base64_line)](world::NoState&) { return login->step(line); };
        auto asking = backend_.ask(std::move(work), deadline);
        co_return co_await std::move(asking);
    }

private:
    CyrusBackend& backend_;
    AuthRequest request_;
    std::shared_ptr<CyrusLogin> login_;  // also held by the step under way, which may outlive us
};

world::Task<Step> CyrusBackend::ask(std::move_only_function<Step(world::NoState&)> work, world::Deadline deadline) {
    auto asking = line_->ask(std::move(work), home_, clock_, deadline);
    auto step = co_await std::move(asking);
    co_return step ? std::move(*step) : Step{Step::Kind::temporary_failure, "the check of the password failed: " + step.error().text, {}};
}

world::Task<base::Result<std::vector<Mechanism>>> CyrusBackend::mechanisms(world::Deadline) { co_return mechanisms_; }

std::unique_ptr<SaslConversation> CyrusBackend::begin(AuthRequest request) { return std::make_unique<Conversation>(*this, std::move(request)); }

}  // namespace posthouse::sasl
