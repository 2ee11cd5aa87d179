// check_policy_service: a server outside says what happens. SMTPD_POLICY_README.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/policy/client.hpp"
#include "receive/policy/request.hpp"
#include "receive/restrictions/access_verdict.hpp"

namespace posthouse::receive {

namespace {

class PolicyService final : public Restriction {
public:
    PolicyService(std::shared_ptr<PolicyClient> client, const RestrictionContext& context)
        : client_(std::move(client)), stress_(context.view.text("stress")), warning_(context.warning), verdicts_(name(), context) {}

    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const SessionDetails session = facts.session != nullptr ? facts.session->details() : SessionDetails();
        std::string request = policy_request(facts, session, client_->settings().policy_context, stress_);
        PolicyClient::Warned warned = [this](const std::string& text) {
            if (warning_) {
                warning_(text);
            }
        };
        world::Task<base::Result<std::string>> asking = client_->ask(std::move(request), std::move(warned));
        const base::Result<std::string> action = co_await std::move(asking);
        if (facts.trace != nullptr) {
            facts.trace->note(facts.nesting, action ? base::format("the server answers \"{}\"", *action) : base::format("no answer: {}", action.error().text));
        }
        // An empty action is no list of restrictions: it says nothing.
        const std::string value = !action ? client_->settings().default_action : base::trim(*action).empty() ? "DUNNO" : *action;
        world::Task<Verdict> following = verdicts_.of(value, subject_of_stage(facts), facts);
        co_return co_await std::move(following);
    }
    [[nodiscard]] std::string name() const override { return base::format("check_policy_service {}", client_->settings().server.text); }

private:
    std::shared_ptr<PolicyClient> client_;
    std::string stress_;
    std::function<void(std::string_view)> warning_;
    AccessVerdicts verdicts_;
};

}  // namespace

std::unique_ptr<Restriction> make_policy_service(const std::string& word, ListWords& words, const RestrictionContext& context) {
    if (!base::iequals(word, "check_policy_service")) {
        return nullptr;
    }
    const auto settings = parse_policy_server(words.argument().value_or(""), context.view);
    if (!settings || !context.policy_clients) {
        const std::string text = base::format("restriction {}: {}", word, settings ? "not possible here" : settings.error().text);
        context.inside_table ? context.log_warning(text) : context.open.warning(text);
        return make_misconfigured(word);
    }
    return std::make_unique<PolicyService>(context.policy_clients->get(*settings), context);
}

}  // namespace posthouse::receive
