#include "receive/restrictions/evaluator.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::receive {

namespace {

struct StageWords {
    std::string_view rejected;  // "Recipient address rejected"
    std::string name;           // what stands in "<…>"
};

StageWords stage_words(const Facts& facts) {
    switch (facts.stage) {
        case Stage::client: return {"Client host", base::format("{}[{}]", facts.client_name, facts.client_address.text())};
        case Stage::helo: return {"Helo command", facts.helo_name};
        case Stage::sender: return {"Sender address", facts.sender.value_or("")};
        case Stage::recipient: return {"Recipient address", facts.recipient.value_or("")};
        case Stage::data: return {"Data command", "DATA"};
        case Stage::end_of_data: return {"End-of-data", "END-OF-MESSAGE"};
        case Stage::etrn: return {"Etrn command", facts.recipient.value_or("")};
    }
    return {};
}

class Unknown final : public Restriction {
public:
    explicit Unknown(std::string word) : word_(std::move(word)) {}
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        co_return Verdict::reject(stage_reply(facts, 451, "4.3.5", "Server configuration error"));
    }
    [[nodiscard]] std::string name() const override { return word_; }

private:
    std::string word_;
};

std::unique_ptr<Restriction> make(const std::string& word, ListWords& words, const RestrictionContext& context) {
    for (const Family family : {make_basic, make_relay, make_access_map, make_names, make_protocol}) {
        if (auto restriction = family(word, words, context)) {
            return restriction;
        }
    }
    return nullptr;
}

}  // namespace

smtp::Reply stage_reply(const Facts& facts, int code, std::string_view status, std::string_view text) {
    const StageWords words = stage_words(facts);
    return smtp::Reply::make(code, base::format("{} <{}>: {} rejected: {}", status, words.name, words.rejected, text));
}

Verdict lookup_failure(const Facts& facts) {
    return Verdict::reject(smtp::Reply::make(451, base::format("4.3.0 <{}>: Temporary lookup failure", stage_words(facts).name)));
}

RestrictionList RestrictionList::parse(std::string_view parameter, const std::vector<std::string>& words, const RestrictionContext& context,
                                       const std::function<void(std::string)>& problem) {
    RestrictionList list;
    ListWords rest{words};
    bool warn = false;
    while (auto word = rest.argument()) {
        if (base::iequals(*word, "warn_if_reject")) {
            warn = true;
            continue;
        }
        auto restriction = make(*word, rest, context);
        if (!restriction) {
            problem(base::format("{}: unknown smtpd restriction: \"{}\"", parameter, *word));
            restriction = std::make_unique<Unknown>(*word);
        }
        list.entries_.push_back({std::move(restriction), std::exchange(warn, false)});
    }
    return list;
}

world::Task<Verdict> RestrictionList::evaluate(Facts facts, Decision& side_effects, Warned warned) const {
    std::optional<Verdict> if_permit;
    std::optional<Verdict> if_reject;
    for (const Entry& entry : entries_) {
        Verdict verdict = co_await entry.restriction->evaluate(facts);
        switch (verdict.kind) {
            case Verdict::Kind::dunno: break;
            case Verdict::Kind::permit:
                co_return if_permit ? std::move(*if_permit) : std::move(verdict);
            case Verdict::Kind::reject:
            case Verdict::Kind::disconnect:
                if (entry.warn_if_reject) {
                    warned("reject_warning", verdict.reply.text());
                    break;
                }
                if (if_reject && verdict.reply.is_permanent_negative()) {
                    co_return std::move(*if_reject);
                }
                co_return verdict;
            case Verdict::Kind::defer_if_permit:
                if (entry.warn_if_reject) {
                    warned("reject_warning", verdict.reply.text());
                } else if (!if_permit) {
                    if_permit = Verdict::reject(verdict.reply);
                }
                break;
            case Verdict::Kind::defer_if_reject:
                if (!if_reject) {
                    if_reject = Verdict::reject(verdict.reply);
                }
                break;
            case Verdict::Kind::warn: warned("warn", verdict.text); break;
            case Verdict::Kind::hold:
                warned("hold", verdict.text);
                side_effects.hold = true;
                break;
            case Verdict::Kind::discard:
                warned("discard", verdict.text);
                side_effects.discard = true;
                co_return Verdict::permit();
        }
    }
    co_return if_permit ? std::move(*if_permit) : Verdict::dunno();
}

bool refuses_relaying(const std::vector<std::string>& words) {
    static constexpr std::string_view refusing[] = {"reject", "defer", "reject_unauth_destination", "defer_unauth_destination", "check_relay_domains"};
    return std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return std::any_of(std::begin(refusing), std::end(refusing), [&](std::string_view name) { return base::iequals(word, name); });
    });
}

}  // namespace posthouse::receive
