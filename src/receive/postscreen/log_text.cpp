#include "receive/postscreen/log_text.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::receive::postscreen {

std::string escaped(std::string_view text, std::size_t bytes_max) {
    static constexpr std::pair<char, char> letters[] = {{'\a', 'a'}, {'\b', 'b'}, {'\f', 'f'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'\v', 'v'}, {'\\', '\\'}};
    std::string out;
    text = text.substr(0, bytes_max);
    for (const char c : text) {
        const auto* const found = std::find_if(std::begin(letters), std::end(letters), [c](const auto& one) { return one.first == c; });
        if (found != std::end(letters)) {
            out += {'\\', found->second};
        } else if (base::is_control(c) || !base::is_ascii(c)) {
            out += base::format("\\{:03o}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace posthouse::receive::postscreen
