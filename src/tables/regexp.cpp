#include "tables/regexp.hpp"

#include <regex.h>

#include <array>

#include "tables/posix_size.hpp"

namespace posthouse::tables {

namespace {

class PosixPattern final : public Pattern {
public:
    PosixPattern() = default;
    PosixPattern(const PosixPattern&) = delete;
    PosixPattern& operator=(const PosixPattern&) = delete;
    ~PosixPattern() override {
        if (compiled_) {
            regfree(&regex_);
        }
    }

    std::expected<void, std::string> compile(const std::string& text, int flags, std::size_t groups_needed) {
        groups_needed_ = groups_needed;
        const int code = regcomp(&regex_, text.c_str(), groups_needed == 0 ? flags | REG_NOSUB : flags);
        if (code != 0) {
            return std::unexpected(message(code));
        }
        compiled_ = true;
        return {};
    }

    std::expected<bool, std::string> match(const std::string& subject, Groups& groups) const override {
        std::vector<regmatch_t> found(groups_needed_ == 0 ? 0 : groups_needed_ + 1);
        const int code = regexec(&regex_, subject.c_str(), found.size(), found.data(), 0);
        if (code == REG_NOMATCH) {
            return false;
        }
        if (code != 0) {
            return std::unexpected(message(code));
        }
        for (const regmatch_t& group : found) {
            groups.push_back(group.rm_so < 0 ? std::string_view{}
                                             : std::string_view(subject).substr(static_cast<std::size_t>(group.rm_so),
                                                                                static_cast<std::size_t>(group.rm_eo - group.rm_so)));
        }
        return true;
    }
    // With REG_NOSUB the count is not needed: there is no reference to check.
    std::size_t group_count() const override { return groups_needed_ == 0 ? 0 : regex_.re_nsub; }

private:
    std::string message(int code) const {
        std::array<char, 256> text{};
        regerror(code, &regex_, text.data(), text.size());
        return text.data();
    }
    regex_t regex_{};
    bool compiled_ = false;
    std::size_t groups_needed_ = 0;
};

std::expected<std::unique_ptr<Pattern>, std::string> compile_posix(const PatternSource& source) {
    int flags = REG_EXTENDED | REG_ICASE;
    for (const char c : source.flags) {
        switch (c) {
            case 'i':
                flags ^= REG_ICASE;
                break;
            case 'm':
                flags ^= REG_NEWLINE;
                break;
            case 'x':
                flags ^= REG_EXTENDED;
                break;
            default:
                return std::unexpected(std::string("unknown regexp option \"") + c + '"');
        }
    }
    if (posix_size(source.text, (flags & REG_EXTENDED) != 0 ? PosixSyntax::extended : PosixSyntax::basic) > posix_size_max) {
        return std::unexpected("with its repetitions written out the pattern is too large for a regexp table: use fewer, or a pcre table");
    }
    auto pattern = std::make_unique<PosixPattern>();
    if (const auto compiled = pattern->compile(std::string(source.text), flags, source.groups_needed); !compiled) {
        return std::unexpected(compiled.error());
    }
    return pattern;
}

}  // namespace

std::shared_ptr<const Table> open_regexp(const TableName& name, const OpenContext& context) {
    return open_pattern_table(name, context, compile_posix);
}

}  // namespace posthouse::tables
