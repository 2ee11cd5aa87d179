#include "tables/posix_size.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace posthouse::tables {

namespace {

class Measure {
public:
    Measure(std::string_view pattern, PosixSyntax syntax) : rest_(pattern), extended_(syntax == PosixSyntax::extended) {}

    std::uint64_t whole() {
        while (!rest_.empty()) {
            step();
        }
        while (!outside_.empty()) {
            close_group();  // never closed: it will not compile
        }
        return open_.total;
    }

private:
    enum class MayBeEmpty : std::uint8_t { yes, no };
    struct Group {
        std::uint64_t total = 0;
        bool may_be_empty = true;  // the branch so far, without what came last
        bool a_branch_may_be_empty = false;
    };

    void step() {
        const char c = rest_.front();
        const bool escaped = c == '\\' && rest_.size() > 1;
        const char word = escaped ? rest_[1] : c;
        rest_.remove_prefix(escaped ? 2 : 1);
        if (!escaped && c == '[') {
            skip_bracket_expression();
            add_atom(MayBeEmpty::no);
        } else if (!escaped && c == '*') {
            repeat(1);
            last_may_be_empty_ = true;
        } else if (!escaped && (c == '^' || c == '$')) {
            add_atom(MayBeEmpty::yes);
        } else if (escaped == extended_) {
            add_atom(MayBeEmpty::no);
        } else if (word == '(') {
            settle_last();
            outside_.push_back(std::exchange(open_, {}));
            last_ = 0;
        } else if (word == '|') {
            add_atom(MayBeEmpty::yes);
            settle_last();
            open_.a_branch_may_be_empty |= std::exchange(open_.may_be_empty, true);
        } else if (word == ')') {
            close_group();
        } else if (word == '+') {
            repeat(2);  // "a+" becomes "aa*"
        } else if (word == '?') {
            repeat(1);
            last_may_be_empty_ = true;
        } else if (const auto copies = word == '{' ? take_interval() : std::nullopt) {
            repeat(*copies);
        } else {
            add_atom(MayBeEmpty::no);
        }
    }

    void settle_last() {
        open_.may_be_empty = open_.may_be_empty && (last_ == 0 || last_may_be_empty_);
    }
    void add_atom(MayBeEmpty may) {
        settle_last();
        last_ = 1;
        last_may_be_empty_ = may == MayBeEmpty::yes;
        open_.total = bounded(open_.total + 1);
    }
    void close_group() {
        if (outside_.empty()) {
            add_atom(MayBeEmpty::no);
            return;
        }
        settle_last();
        last_ = std::max<std::uint64_t>(1, open_.total);  // an empty group is copied like any other
        last_may_be_empty_ = open_.may_be_empty || open_.a_branch_may_be_empty;
        open_ = outside_.back();
        open_.total = bounded(open_.total + last_);
        outside_.pop_back();
    }
    /// What came last is there `copies` times instead of once.
    void repeat(std::uint64_t copies) {
        if (copies > 1) {
            // Behind an anchor the library copies the ways through what may be empty for each such repetition around it: "^()+++++" took it 17 s.
            constexpr std::uint64_t ways = 14;
            copies += last_may_be_empty_ ? ways : 0;
            open_.total = bounded(open_.total + last_ * (copies - 1));
            last_ = bounded(last_ * copies);
        }
    }
    static std::uint64_t bounded(std::uint64_t size) { return std::min(size, posix_size_max + 1); }

    // regex(7): a "]" that comes first is a member, and "[:alpha:]" and its kin have brackets of their own.
    void skip_bracket_expression() {
        std::size_t at = rest_.starts_with('^') ? 1 : 0;
        at += rest_.substr(at).starts_with(']') ? 1 : 0;
        while (at < rest_.size() && rest_[at] != ']') {
            const char kind = at + 1 < rest_.size() ? rest_[at + 1] : ' ';
            if (rest_[at] == '[' && (kind == ':' || kind == '.' || kind == '=')) {
                const char end[] = {kind, ']'};
                const std::size_t closed = rest_.find(std::string_view(end, 2), at + 2);
                at = closed == std::string_view::npos ? rest_.size() : closed + 2;
            } else {
                ++at;
            }
        }
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
    }

    /// Behind "{": "2}", "2,}", "2,5}", ",5}", in basic syntax with a backslash before the brace. nullopt: no interval.
    std::optional<std::uint64_t> take_interval() {
        std::string_view text = rest_;
        const auto number = [&]() -> std::optional<std::uint64_t> {
            std::uint64_t value = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (end == text.data()) {
                return std::nullopt;
            }
            text.remove_prefix(static_cast<std::size_t>(end - text.data()));
            return error == std::errc{} ? bounded(value) : posix_size_max + 1;
        };
        const auto least = number();
        std::uint64_t copies = least.value_or(0);
        if (text.starts_with(',')) {
            text.remove_prefix(1);
            const auto most = number();
            copies = most ? *most : copies + 1;
        } else if (!least) {
            return std::nullopt;
        }
        const std::string_view end = extended_ ? "}" : "\\}";
        if (!text.starts_with(end)) {
            return std::nullopt;
        }
        rest_ = text.substr(end.size());
        return copies;
    }

    std::string_view rest_;
    bool extended_;
    Group open_;
    std::uint64_t last_ = 0;  // what a repetition would repeat; 0: nothing yet
    bool last_may_be_empty_ = false;
    std::vector<Group> outside_;
};

}  // namespace

std::uint64_t posix_size(std::string_view pattern, PosixSyntax syntax) { return Measure(pattern, syntax).whole(); }

}  // namespace posthouse::tables
