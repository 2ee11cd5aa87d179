// reject_unauth_pipelining.
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

class RejectUnauthPipelining final : public Restriction {
public:
    world::Task<Verdict> evaluate(const Facts& facts) const override {
        // Allowed with EHLO's PIPELINING; even then not after a command that must be the last of a group (DATA).
        const bool group_ends_here = facts.stage == Stage::data || facts.stage == Stage::end_of_data;
        if (!facts.pipelined_input || (facts.pipelining_announced && !group_ends_here)) {
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
