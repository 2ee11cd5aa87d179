#include "message/address_list.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace posthouse::message {
namespace {

enum class TokenKind { atom, quoted, literal, special, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text;  // quotes and escapes removed; one byte for special
    std::size_t begin = 0;
    std::size_t end = 0;
    [[nodiscard]] bool is(char c) const { return kind == TokenKind::special && text[0] == c; }
    [[nodiscard]] bool is_word() const {
        return kind == TokenKind::atom || kind == TokenKind::quoted || kind == TokenKind::literal;
    }
};

constexpr std::string_view specials = "<>@,;:.()[]\"\\";

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    /// The next token; comments and white space are passed over. What has no end ends with the text.
    Token next() {
        skip_white();
        Token token;
        token.begin = at_;
        if (at_ < text_.size()) {
            read(token);
        }
        token.end = at_;
        return token;
    }

    [[nodiscard]] bool is_malformed() const { return malformed_; }

private:
    void skip_white() {
        int depth = 0;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '(') {
                ++depth;
            } else if (depth > 0 && c == ')') {
                --depth;
            } else if (depth > 0 && c == '\\') {
                ++at_;
            } else if (depth == 0 && !base::is_space(c)) {
                return;
            }
        }
        at_ = text_.size();
        malformed_ = malformed_ || depth > 0;
    }

    void read(Token& token) {
        const char c = text_[at_];
        if (c == '"') {
            token.kind = TokenKind::quoted;
            read_until(token, '"');
        } else if (c == '[') {
            token.kind = TokenKind::literal;
            token.text = "[";
            read_until(token, ']');
            token.text += ']';
        } else if (c != '\\' && specials.find(c) != std::string_view::npos) {
            token.kind = TokenKind::special;
            token.text = c;
            ++at_;
        } else {
            token.kind = TokenKind::atom;
            while (at_ < text_.size() && !base::is_space(text_[at_]) &&
                   (text_[at_] == '\\' || specials.find(text_[at_]) == std::string_view::npos)) {
                take_byte(token);
            }
        }
    }

    void read_until(Token& token, char close) {
        ++at_;
        while (at_ < text_.size() && text_[at_] != close) {
            take_byte(token);
        }
        malformed_ = malformed_ || at_ >= text_.size();
        at_ = std::min(at_ + 1, text_.size());
    }

    void take_byte(Token& token) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
            ++at_;
        } else if (text_[at_] == '\r' || text_[at_] == '\n') {
            ++at_;  // folding inside a quoted string is no part of it
            return;
        }
        token.text += text_[at_++];
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool malformed_ = false;
};

/// Words, '.', '@' in the order they stand, waiting for the token that says what they are: an address or a display
/// name.
class Phrase {
public:
    void add(const Token& token) {
        if (!has_any_) {
            begin_ = token.begin;
            has_any_ = true;
        }
        end_ = token.end;
        // "x y@example.net" needs quotes and has none.
        adjacent_words_ = adjacent_words_ || (token.is_word() && last_was_word_);
        last_was_word_ = token.is_word();
        text_ += token.text;
    }

    [[nodiscard]] bool empty() const { return !has_any_; }
    void clear() { *this = {}; }

    [[nodiscard]] std::optional<ListedAddress> address() const {
        if (adjacent_words_ || text_.empty() || text_[0] == '@' || text_.back() == '@' ||
            std::any_of(text_.begin(), text_.end(), base::is_control)) {
            return std::nullopt;
        }
        return ListedAddress{text_, begin_, end_};
    }

private:
    std::string text_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    bool has_any_ = false;
    bool last_was_word_ = false;
    bool adjacent_words_ = false;
};

class ListParser {
public:
    ListParser(std::string_view text, std::size_t count_max) : lexer_(text), count_max_(count_max) {}

    AddressList parse() {
        for (Token token = lexer_.next();; token = lexer_.next()) {
            if (token.kind == TokenKind::end || token.is(',') || token.is(';')) {
                take_phrase();
                after_angle_ = false;
            } else if (token.is(':')) {
                phrase_.clear();  // what came before is the name of a group
                after_angle_ = false;
            } else if (token.is('<')) {
                phrase_.clear();  // what came before is a display name
                after_angle_ = true;
                if (!parse_angle()) {
                    out_.is_well_formed = false;
                }
            } else if (token.is('>') || token.is(')') || token.is(']')) {
                out_.is_well_formed = false;
            } else {
                phrase_.add(token);
            }
            if (token.kind == TokenKind::end || !out_.is_complete) {
                break;
            }
        }
        out_.is_well_formed = out_.is_well_formed && !lexer_.is_malformed();
        return std::move(out_);
    }

private:
    /// Between '<' and '>'. "<>" alone names nobody and is no error.
    bool parse_angle() {
        Phrase spec;
        bool may_be_route = false;
        for (Token token = lexer_.next();; token = lexer_.next()) {
            if (token.is('>')) {
                return spec.empty() || take(spec.address());
            }
            if (token.kind == TokenKind::end || token.is('<') || token.is(';')) {
                return false;
            }
            if (spec.empty()) {
                may_be_route = token.is('@');
            }
            if (may_be_route && token.is(':')) {
                spec.clear();  // RFC 5322 §4.4 obs-route
            } else if (token.is(':') || (token.is(',') && !may_be_route)) {
                skip_angle();
                return false;
            } else {
                spec.add(token);
            }
        }
    }

    void skip_angle() {
        for (Token token = lexer_.next(); token.kind != TokenKind::end && !token.is('>'); token = lexer_.next()) {
        }
    }

    void take_phrase() {
        // "<a@example.org> foo" does not name the user foo.
        if (!phrase_.empty() && (after_angle_ || !take(phrase_.address()))) {
            out_.is_well_formed = false;
        }
        phrase_.clear();
    }

    bool take(std::optional<ListedAddress> address) {
        if (!address) {
            return false;
        }
        if (out_.addresses.size() >= count_max_) {
            out_.is_complete = false;
            return true;
        }
        out_.addresses.push_back(std::move(*address));
        return true;
    }

    Lexer lexer_;
    std::size_t count_max_;
    Phrase phrase_;
    bool after_angle_ = false;
    AddressList out_;
};

}  // namespace

std::vector<std::string> AddressList::texts() const {
    std::vector<std::string> out;
    out.reserve(addresses.size());
    for (const auto& entry : addresses) {
        out.push_back(entry.address);
    }
    return out;
}

AddressList parse_address_list(std::string_view value, std::size_t count_max) {
    return ListParser(value, count_max).parse();
}

}  // namespace posthouse::message
