#include "receive/expansion_filter.hpp"

#include "base/text.hpp"

namespace posthouse::receive {

ExpansionFilter::ExpansionFilter(std::string_view set) {
    for (const char c : base::unescape(set)) {
        allowed_.set(static_cast<unsigned char>(c));
    }
}

std::string ExpansionFilter::censored(std::string_view text) const {
    std::string out(text);
    for (char& c : out) {
        if (!allowed_.test(static_cast<unsigned char>(c))) {
            c = '_';
        }
    }
    return out;
}

}  // namespace posthouse::receive
