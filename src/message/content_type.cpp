#include "message/content_type.hpp"

#include "base/text.hpp"

namespace posthouse::message {

namespace {

struct Parameter {
    std::string name, value;
};

// Takes the value apart at ';', one parameter at a time. The first one, "type/subtype", is a name without a value.
class Parameters {
public:
    explicit Parameters(std::string_view text) : rest_(text) {}

    bool next(Parameter& out) {
        if (ended_) {
            return false;
        }
        out = {};
        bool has_equals = false;
        bool complete = false;  // of a value, what follows white space is no part of it
        while (!rest_.empty() && rest_.front() != ';') {
            const char c = rest_.front();
            if (c == '"') {
                const std::string text = take_quoted();
                if (has_equals && !complete && out.value.empty()) {
                    out.value = text;
                    complete = true;
                }
            } else if (c == '(') {
                skip_comment();
            } else {
                rest_.remove_prefix(1);
                if (base::is_space(c)) {
                    complete = complete || !out.value.empty();
                } else if (c == '=' && !has_equals) {
                    has_equals = true;
                } else if (!has_equals) {
                    out.name += base::to_lower(c);
                } else if (!complete) {
                    out.value += c;
                }
            }
        }
        ended_ = rest_.empty();
        rest_.remove_prefix(ended_ ? 0 : 1);
        return true;
    }

private:
    std::string take_quoted() {
        std::string out;
        std::size_t at = 1;
        while (at < rest_.size() && rest_[at] != '"') {
            at += rest_[at] == '\\' && at + 1 < rest_.size() ? 1U : 0U;
            out += rest_[at++];
        }
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
        return out;
    }
    void skip_comment() {
        std::size_t depth = 0;
        std::size_t at = 0;
        for (; at < rest_.size(); ++at) {
            if (rest_[at] == '\\') {
                ++at;
            } else if (rest_[at] == '(') {
                ++depth;
            } else if (rest_[at] == ')' && --depth == 0) {
                break;
            }
        }
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
    }

    std::string_view rest_;
    bool ended_ = false;
};

}  // namespace

ContentType parse_content_type(std::string_view value) {
    ContentType out;
    Parameters parameters(value);
    Parameter one;
    if (parameters.next(one)) {
        const std::size_t slash = std::min(one.name.find('/'), one.name.size());
        out.type = one.name.substr(0, slash);
        out.subtype = one.name.substr(std::min(slash + 1, one.name.size()));
    }
    while (parameters.next(one)) {
        if (one.name == "boundary" && !one.value.empty()) {
            out.boundaries.push_back(std::move(one.value));
        }
    }
    return out;
}

}  // namespace posthouse::message
