// reject_multi_recipient_bounce, reject_plaintext_session, defer_if_permit, defer_if_reject, sleep.
#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

class RejectMultiRecipientBounce final : public Restriction {
public:
    explicit RejectMultiRecipientBounce(int code) : code_(code) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        // At RCPT the one in question is not counted yet.
        const std::size_t others = facts.recipients_accepted + (facts.recipient_pending ? 1 : 0);
        const bool refused = facts.sender && facts.sender->empty() && others > 1;
        co_return refused ? Verdict::reject(stage_reply(facts, code_, "5.5.3", "Multi-recipient bounce")) : Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return "reject_multi_recipient_bounce"; }

private:
    int code_;
};

class RejectPlaintextSession final : public Restriction {
public:
    explicit RejectPlaintextSession(int code) : code_(code) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        co_return facts.tls_active ? Verdict::dunno() : Verdict::reject(smtp::Reply::make(code_, base::format("{}.7.1 Session encryption is required", code_ / 100)));
    }
    [[nodiscard]] std::string name() const override { return "reject_plaintext_session"; }

private:
    int code_;
};

class DeferIf final : public Restriction {
public:
    explicit DeferIf(Verdict::Kind kind) : kind_(kind) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const std::string_view reason = kind_ == Verdict::Kind::defer_if_permit ? "defer_if_permit requested" : "defer_if_reject requested";
        co_return Verdict{kind_, stage_reply(facts, 450, "4.7.0", reason), {}};
    }
    [[nodiscard]] std::string name() const override { return kind_ == Verdict::Kind::defer_if_permit ? "defer_if_permit" : "defer_if_reject"; }

private:
    Verdict::Kind kind_;
};

class Sleep final : public Restriction {
public:
    Sleep(std::chrono::seconds time, world::Clock& clock) : time_(time), clock_(clock) {}
    world::Task<Verdict> evaluate(const Facts&) const override {
        co_await clock_.sleep_for(time_);
        co_return Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return "sleep"; }

private:
    std::chrono::seconds time_;
    world::Clock& clock_;
};

}  // namespace

std::unique_ptr<Restriction> make_conduct(const std::string& word, ListWords& words, const RestrictionContext& context) {
    const std::string name = base::lower(word);
    if (name == "reject_multi_recipient_bounce") {
        return std::make_unique<RejectMultiRecipientBounce>(context.settings->multi_recipient_bounce_reject_code);
    }
    if (name == "reject_plaintext_session") {
        return std::make_unique<RejectPlaintextSession>(context.settings->plaintext_reject_code);
    }
    if (name == "defer_if_permit" || name == "defer_if_reject") {
        return std::make_unique<DeferIf>(name == "defer_if_permit" ? Verdict::Kind::defer_if_permit : Verdict::Kind::defer_if_reject);
    }
    if (name == "sleep") {
        const auto seconds = base::parse_number(words.argument().value_or(""));
        if (!seconds) {
            return make_misconfigured("sleep");
        }
        // Ours: a typing error must not hold every client for days.
        constexpr std::uint64_t sleep_max = 3600;
        return std::make_unique<Sleep>(std::chrono::seconds(std::min<std::uint64_t>(*seconds, sleep_max)), context.clock);
    }
    return nullptr;
}

}  // namespace posthouse::receive
