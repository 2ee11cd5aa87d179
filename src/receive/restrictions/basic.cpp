// permit, reject, defer, permit_mynetworks, permit_sasl_authenticated, permit_inet_interfaces.
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

class Fixed final : public Restriction {
public:
    enum class Answer : std::uint8_t { permit, reject, defer };
    Fixed(std::string word, Answer answer, int code) : word_(std::move(word)), answer_(answer), code_(code) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        switch (answer_) {
            case Answer::permit: co_return Verdict::permit();
            case Answer::reject: co_return Verdict::reject(stage_reply(facts, code_, "5.7.1", "Access denied"));
            case Answer::defer: co_return Verdict::reject(stage_reply(facts, code_, "4.3.2", "Try again later"));
        }
        co_return Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return word_; }

private:
    std::string word_;
    Answer answer_;
    int code_;
};

class PermitMynetworks final : public Restriction {
public:
    explicit PermitMynetworks(std::shared_ptr<const tables::MatchList> mynetworks) : mynetworks_(std::move(mynetworks)) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        const tables::Match match = co_await mynetworks_->match_client(facts.client_name, facts.client_address);
        switch (match.state) {
            case tables::Match::State::match: co_return Verdict::permit();
            case tables::Match::State::no_match: co_return Verdict::dunno();
            case tables::Match::State::unknown: break;
        }
        co_return lookup_failure(facts);
    }
    [[nodiscard]] std::string name() const override { return "permit_mynetworks"; }

private:
    std::shared_ptr<const tables::MatchList> mynetworks_;
};

class PermitSaslAuthenticated final : public Restriction {
public:
    world::Task<Verdict> evaluate(const Facts& facts) const override { co_return facts.logged_in ? Verdict::permit() : Verdict::dunno(); }
    [[nodiscard]] std::string name() const override { return "permit_sasl_authenticated"; }
};

class PermitInetInterfaces final : public Restriction {
public:
    explicit PermitInetInterfaces(std::vector<base::IpAddress> own) : own_(std::move(own)) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        co_return std::find(own_.begin(), own_.end(), facts.client_address) != own_.end() ? Verdict::permit() : Verdict::dunno();
    }
    [[nodiscard]] std::string name() const override { return "permit_inet_interfaces"; }

private:
    std::vector<base::IpAddress> own_;
};

}  // namespace

std::unique_ptr<Restriction> make_basic(const std::string& word, ListWords&, const RestrictionContext& context) {
    const std::string name = base::lower(word);
    if (name == "permit") {
        return std::make_unique<Fixed>(name, Fixed::Answer::permit, 0);
    }
    if (name == "reject") {
        return std::make_unique<Fixed>(name, Fixed::Answer::reject, context.settings->reject_code);
    }
    if (name == "defer") {
        return std::make_unique<Fixed>(name, Fixed::Answer::defer, context.settings->defer_code);
    }
    if (name == "permit_mynetworks") {
        return std::make_unique<PermitMynetworks>(context.mynetworks);
    }
    if (name == "permit_sasl_authenticated") {
        return std::make_unique<PermitSaslAuthenticated>();
    }
    if (name == "permit_inet_interfaces") {
        return std::make_unique<PermitInetInterfaces>(context.own_addresses);
    }
    return nullptr;
}

}  // namespace posthouse::receive
