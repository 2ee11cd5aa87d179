#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "queue/settings.hpp"

namespace posthouse::queue {

double Feedback::at(double concurrency) const {
    switch (divisor) {
        case Divisor::none: return number;
        case Divisor::concurrency: return number / concurrency;
        case Divisor::sqrt_concurrency: return number / std::sqrt(concurrency);
    }
    return number;
}

std::optional<Feedback> Feedback::parse(std::string_view text) {
    Feedback out;
    const std::size_t slash = text.find('/');
    const std::string_view number = base::trim(text.substr(0, slash));
    const auto read = std::from_chars(number.data(), number.data() + number.size(), out.number);
    if (read.ec != std::errc() || read.ptr != number.data() + number.size() || !(out.number >= 0 && out.number <= 1)) {
        return std::nullopt;
    }
    if (slash != std::string_view::npos) {
        const std::string_view divisor = base::trim(text.substr(slash + 1));
        if (divisor != "concurrency" && divisor != "sqrt_concurrency") {
            return std::nullopt;
        }
        out.divisor = divisor == "concurrency" ? Divisor::concurrency : Divisor::sqrt_concurrency;
    }
    return out;
}

}  // namespace posthouse::queue
