#include "receive/transcript.hpp"

#include "base/text.hpp"

namespace posthouse::receive {

void Transcript::heard(std::string_view line, smtp::Verb verb) {
    ++count_;
    if (verb != smtp::Verb::auth) {
        add(" In:  ", line);
        return;
    }
    const auto words = base::split_words(line);
    add(" In:  ", words.size() < 2 ? line : line.substr(0, static_cast<std::size_t>(words[1].end() - line.begin())));
}

void Transcript::said(std::string_view wire) {
    ++count_;
    while (!wire.empty()) {
        const std::size_t end = std::min(wire.find("\r\n"), wire.size());
        add(" Out: ", wire.substr(0, end));
        wire.remove_prefix(std::min(end + 2, wire.size()));
    }
}

void Transcript::clear() {
    text_.clear();
    count_ = 0;
}

void Transcript::add(std::string_view mark, std::string_view line) {
    if (text_.size() + mark.size() + line.size() < size_max) {
        text_.append(mark).append(line).push_back('\n');
    }
}

}  // namespace posthouse::receive
