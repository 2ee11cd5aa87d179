#include "checks/content_check.hpp"

#include "base/text.hpp"

namespace posthouse::checks {

namespace {

using Kind = message::MimePiece::Kind;

message::MimeWalker::Options walk_options(const CheckSet& set) {
    message::MimeWalker::Options out = set.walk;
    out.body_lines = set.body.empty() ? message::MimeWalker::BodyLines::not_wanted : message::MimeWalker::BodyLines::wanted;
    return out;
}

bool is_received(std::string_view field) { return base::istarts_with(field, "received:"); }

}  // namespace

ContentCheck::ContentCheck(const CheckSet& set, ActionSink& sink) : set_(set), sink_(sink), walker_(walk_options(set)) {}

world::Task<ContentCheck::Answered> ContentCheck::feed(std::string_view block, std::string& out) {
    walker_.feed(block);
    return walk(out);
}

world::Task<ContentCheck::Answered> ContentCheck::finish(std::string& out) {
    walker_.finish();
    return walk(out);
}

// The list that is to be asked about a piece; nullptr: none.
const CheckList* ContentCheck::list_for(const message::MimePiece& piece) const {
    if (ended_) {
        return nullptr;
    }
    switch (piece.kind) {
        case Kind::header: return &set_.header;
        case Kind::mime_header: return &set_.mime_header;
        case Kind::nested_header: return &set_.nested_header;
        case Kind::body: return set_.body_checks_size_limit == 0 || piece.offset < set_.body_checks_size_limit ? &set_.body : nullptr;
        case Kind::passage: break;
    }
    return nullptr;
}

world::Task<ContentCheck::Answered> ContentCheck::walk(std::string& out) {
    while (walker_.next(piece_)) {
        hops_ += piece_.kind == Kind::header && is_received(piece_.text) ? 1U : 0U;
        const CheckList* list = list_for(piece_);
        if (list == nullptr || list->empty()) {
            put({}, out);
            continue;
        }
        std::optional<tables::Lookup> answer = list->find_now(piece_.text);
        if (!answer) {
            world::Task<tables::Lookup> asking = list->find(piece_.text);
            answer = co_await std::move(asking);
        }
        if (answer->is_unknown()) {
            co_return std::unexpected(Unanswered{list->name(), std::move(answer->reason)});
        }
        Judgement judgement;
        if (answer->is_found()) {
            judgement = judge(answer->value, {list->name(), piece_.kind == Kind::body ? Part::body : Part::header, piece_.text}, sink_);
        }
        ended_ = ended_ || judgement.ends_checks;
        put(judgement, out);
    }
    co_return Answered{};
}

void ContentCheck::put(const Judgement& judgement, std::string& out) {
    const bool is_body = piece_.kind == Kind::body;
    if (!judgement.prepended.empty()) {
        put_line(judgement.prepended, out);
        out += "\r\n";
    }
    switch (judgement.line) {
        case Judgement::Line::keep: out += piece_.raw; break;
        case Judgement::Line::drop:
            // What is left of a long line must not run into the next one.
            if (is_body && mid_line_ && piece_.ends_line) {
                out += "\r\n";
            }
            mid_line_ = mid_line_ && !piece_.ends_line;
            return;
        case Judgement::Line::replace:
            put_line(judgement.replacement, out);
            out += piece_.ends_line ? "\r\n" : "";
            break;
    }
    mid_line_ = is_body && !piece_.ends_line;
}

// Of a field's further lines each begins with white space, or it would be a field of its own, or worse, an end of the header.
void ContentCheck::put_line(std::string_view text, std::string& out) const {
    const bool is_body = piece_.kind == Kind::body;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\n') {
            out += text[at];
            continue;
        }
        const bool folds = !is_body && (at + 1 == text.size() || (text[at + 1] != ' ' && text[at + 1] != '\t'));
        out += folds ? "\r\n\t" : "\r\n";
    }
}

}  // namespace posthouse::checks
