#include "message/address_list.hpp"

#include <algorithm>
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

/// Words, '.', '@' in the order they stand, waiting for the token that says what they are: addresses or a display name.
class Phrase {
public:
    void add(const Token& token) {
        // As Postfix reads "x y@example.net": a comma is missing between them.
        if (parts_.empty() || (token.is_word() && last_was_word_)) {
            parts_.push_back({{}, token.begin, token.end});
        }
        parts_.back().end = token.end;
        parts_.back().address += token.text;
        last_was_word_ = token.is_word();
    }

    [[nodiscard]] bool empty() const { return parts_.empty(); }
    std::vector<ListedAddress> take() { return std::exchange(*this, {}).parts_; }

private:
    std::vector<ListedAddress> parts_;
    bool last_was_word_ = false;
};

bool names_somebody(const std::string& address) {
    return !address.empty() && address.front() != '@' && address.back() != '@' && std::none_of(address.begin(), address.end(), base::is_control);
}

class ListParser {
public:
    ListParser(std::string_view text, std::size_t count_max) : lexer_(text), count_max_(count_max) {}

    AddressList parse() {
        for (Token token = lexer_.next();; token = lexer_.next()) {
            if (token.kind == TokenKind::end || token.is(',') || token.is(';')) {
                take(phrase_.take());
            } else if (token.is(':')) {
                phrase_.take();  // what came before is the name of a group
            } else if (token.is('<')) {
                phrase_.take();  // what came before is a display name
                parse_angle();
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
    void parse_angle() {
        Phrase spec;
        bool may_be_route = false;
        for (Token token = lexer_.next();; token = lexer_.next()) {
            if (token.is('>')) {
                std::vector<ListedAddress> parts = spec.take();
                if (parts.size() <= 1) {
                    take(std::move(parts));
                    return;
                }
                break;
            }
            if (token.kind == TokenKind::end || token.is('<') || token.is(';')) {
                break;
            }
            if (spec.empty()) {
                may_be_route = token.is('@');
            }
            if (may_be_route && token.is(':')) {
                spec.take();  // RFC 5322 §4.4 obs-route
            } else if (token.is(':') || (token.is(',') && !may_be_route)) {
                skip_angle();
                break;
            } else {
                spec.add(token);
            }
        }
        out_.is_well_formed = false;
    }

    void skip_angle() {
        for (Token token = lexer_.next(); token.kind != TokenKind::end && !token.is('>'); token = lexer_.next()) {
        }
    }

    void take(std::vector<ListedAddress> found) {
        for (ListedAddress& one : found) {
            if (!names_somebody(one.address)) {
                out_.is_well_formed = false;
            } else if (out_.addresses.size() >= count_max_) {
                out_.is_complete = false;
            } else {
                out_.addresses.push_back(std::move(one));
            }
        }
    }

    Lexer lexer_;
    std::size_t count_max_;
    Phrase phrase_;
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
