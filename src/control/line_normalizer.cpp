#include "control/line_normalizer.hpp"

namespace posthouse::control {

std::string LineNormalizer::feed(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 32 + 2);
    for (const char c : bytes) {
        if (c == '\n') {
            out += "\r\n";
            pending_cr_ = false;
            in_line_ = false;
            continue;
        }
        if (pending_cr_) {
            out += ' ';
            pending_cr_ = false;
        }
        in_line_ = true;
        if (c == '\r') {
            pending_cr_ = true;
        } else {
            out += c;
        }
    }
    return out;
}

std::string LineNormalizer::finish() {
    const bool owed = in_line_;
    pending_cr_ = false;
    in_line_ = false;
    return owed ? "\r\n" : "";
}

}  // namespace posthouse::control
