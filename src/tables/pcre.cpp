#define PCRE2_CODE_UNIT_WIDTH 8  // PCRE2 wants this before its header
#include "tables/pcre.hpp"

#include <pcre2.h>

#include <array>

namespace posthouse::tables {

namespace {

struct FreeCode {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

std::string message(int code) {
    std::array<PCRE2_UCHAR, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return {text.begin(), std::find(text.begin(), text.end(), PCRE2_UCHAR{0})};
}

class PerlPattern final : public Pattern {
public:
    explicit PerlPattern(pcre2_code* code) : code_(code) {
        pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &group_count_);
        pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // only faster; failure leaves the interpreter
    }

    std::expected<bool, std::string> match(const std::string& subject, Groups& groups) const override {
        const std::unique_ptr<pcre2_match_data, FreeMatch> data(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
        if (!data) {
            return std::unexpected("out of memory");
        }
        int code = run(subject, 0, data.get());
        if (code == PCRE2_ERROR_JIT_STACKLIMIT) {
            code = run(subject, PCRE2_NO_JIT, data.get());
        }
        if (code == PCRE2_ERROR_NOMATCH) {
            return false;
        }
        if (code < 0) {
            // Hostile text can make a pattern backtrack for ever. Whether it matches is then not known.
            return std::unexpected(message(code));
        }
        const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data.get());
        for (int i = 0; i < code; ++i) {
            const PCRE2_SIZE begin = offsets[2 * i];
            const PCRE2_SIZE end = offsets[2 * i + 1];
            groups.push_back(begin == PCRE2_UNSET || end < begin ? std::string_view{} : std::string_view(subject).substr(begin, end - begin));
        }
        return true;
    }
    std::size_t group_count() const override { return group_count_; }

private:
    int run(const std::string& subject, std::uint32_t options, pcre2_match_data* data) const {
        return pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, options, data, nullptr);
    }
    std::unique_ptr<pcre2_code, FreeCode> code_;
    std::uint32_t group_count_ = 0;
};

std::expected<std::uint32_t, std::string> options_of(std::string_view flags) {
    std::uint32_t options = PCRE2_CASELESS | PCRE2_DOTALL;
    for (const char c : flags) {
        switch (c) {
            case 'i':
                options ^= PCRE2_CASELESS;
                break;
            case 'm':
                options ^= PCRE2_MULTILINE;
                break;
            case 's':
                options ^= PCRE2_DOTALL;
                break;
            case 'x':
                options ^= PCRE2_EXTENDED;
                break;
            case 'A':
                options ^= PCRE2_ANCHORED;
                break;
            case 'E':
                options ^= PCRE2_DOLLAR_ENDONLY;
                break;
            case 'U':
                options ^= PCRE2_UNGREEDY;
                break;
            case 'X':  // PCRE_EXTRA: strict about unknown escapes, which PCRE2 always is
                break;
            default:
                return std::unexpected(std::string("unknown regexp option \"") + c + '"');
        }
    }
    return options;
}

std::expected<std::unique_ptr<Pattern>, std::string> compile_perl(const PatternSource& source) {
    const auto options = options_of(source.flags);
    if (!options) {
        return std::unexpected(options.error());
    }
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.text.data()), source.text.size(), *options, &error, &offset, nullptr);
    if (code == nullptr) {
        return std::unexpected("error in regex at offset " + std::to_string(offset) + ": " + message(error));
    }
    return std::make_unique<PerlPattern>(code);
}

}  // namespace

std::shared_ptr<const Table> open_pcre(const TableName& name, const OpenContext& context) {
    return open_pattern_table(name, context, compile_perl);
}

}  // namespace posthouse::tables
