// reject_unauth_pipelining.
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

class RejectUnauthPipelining final : public Restriction {
public:
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        if (!facts.pipelined_too_early) {
            co_return Verdict::dunno();
        }
        co_return Verdict::reject(stage_reply(facts, 503, "5.5.0", "Improper use of SMTP command pipelining"));
    }
    [[nodiscard]] std::string name() const override { return "reject_unauth_pipelining"; }
};

}  // namespace

std::unique_ptr<Restriction> make_protocol(const std::string& word, ListWords&, const RestrictionContext&) {
    return base::iequals(word, "reject_unauth_pipelining") ? std::make_unique<RejectUnauthPipelining>() : nullptr;
}

}  // namespace posthouse::receive
