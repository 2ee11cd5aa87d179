#include "receive/restrictions/trace.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "receive/restrictions/restriction.hpp"

namespace posthouse::receive {

namespace {

std::string indented(unsigned depth, std::string_view text) { return std::string(std::size_t{2} * depth, ' ') + base::printable(text); }

// What else a step brought, which counts later. A list inside has said so itself.
std::string later(const Verdict& verdict) {
    if (!verdict.effects || verdict.noted) {
        return {};
    }
    std::string out;
    for (const SideEffects::Note& note : verdict.effects->notes) {
        out += base::format(", {}: {}", note.action, note.text);
    }
    const MessageChanges& changes = verdict.effects->changes;
    out += changes.hold ? ", the message will be held" : "";
    out += changes.discard ? ", the message will be discarded" : "";
    return out;
}

std::string said(const Verdict& verdict) {
    using Kind = Verdict::Kind;
    switch (verdict.kind) {
        case Kind::dunno: return "no decision";
        case Kind::permit: return "permit";
        case Kind::reject: return "reject: " + verdict.reply.text();
        case Kind::disconnect: return "reject and hang up: " + verdict.reply.text();
        case Kind::defer_if_permit: return "no decision; if nothing refuses later: " + verdict.reply.text();
        case Kind::defer_if_reject: return "no decision; instead of a later 5xx: " + verdict.reply.text();
        case Kind::warn: return "warning for the log: " + verdict.text;
        case Kind::hold: return "no decision; the message will be held: " + verdict.text;
        case Kind::discard: return "permit; the message will be discarded: " + verdict.text;
    }
    return {};
}

}  // namespace

std::size_t Trace::begin(unsigned depth, std::string_view name) {
    lines_.push_back(indented(depth, name));
    return lines_.size() - 1;
}

void Trace::end(std::size_t step, unsigned depth, const Verdict& verdict, Weight weight) {
    const bool refuses = (verdict.kind == Verdict::Kind::reject && !verdict.is_failure) || verdict.kind == Verdict::Kind::disconnect || verdict.kind == Verdict::Kind::defer_if_permit;
    const std::string result = said(verdict) + (weight == Weight::only_warns && refuses ? " (warn_if_reject: only logged)" : "") + later(verdict);
    if (lines_.size() == step + 1) {
        lines_[step] += base::printable(" => " + result);
    } else {
        lines_.push_back(indented(depth, "=> " + result));
    }
}

void Trace::note(unsigned depth, std::string_view text) { lines_.push_back(indented(depth + 1, text)); }

}  // namespace posthouse::receive
