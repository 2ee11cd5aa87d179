#include "message/date.hpp"

#include <array>
#include <cstdint>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::message {
namespace {

constexpr std::array<std::string_view, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct LocalTime {
    std::string_view weekday;
    std::string_view month;
    unsigned day;
    int year;
    std::string clock;  // "03:45:38"
};

// Dates stand in every message: no format strings here.
std::string two_digits(std::uint64_t number, char fill = '0') {
    return {number < 10 ? fill : static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
}

std::string clock_text(const std::chrono::hh_mm_ss<std::chrono::seconds>& time) {
    const auto part = [](auto duration) { return two_digits(static_cast<std::uint64_t>(duration.count())); };
    return part(time.hours()) + ':' + part(time.minutes()) + ':' + part(time.seconds());
}

LocalTime local_time(std::chrono::system_clock::time_point when, const Zone& zone) {
    const auto local = std::chrono::floor<std::chrono::seconds>(when) + zone.utc_offset;
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{local - day};
    return {day_names[std::chrono::weekday{day}.c_encoding()], month_names[static_cast<unsigned>(date.month()) - 1],
            static_cast<unsigned>(date.day()), static_cast<int>(date.year()),
            clock_text(time)};
}

std::string offset_text(std::chrono::minutes offset) {
    const auto minutes = static_cast<std::uint64_t>(offset.count() < 0 ? -offset.count() : offset.count());
    return (offset.count() < 0 ? '-' : '+') + two_digits(minutes / 60) + two_digits(minutes % 60);
}

}  // namespace

std::string mail_date(std::chrono::system_clock::time_point when, const Zone& zone) {
    const LocalTime t = local_time(when, zone);
    std::string out;
    out.reserve(48);
    base::append_all(out, {t.weekday, ", ", two_digits(t.day, ' '), " ", t.month, " "});
    base::append_number(out, static_cast<std::uint64_t>(t.year), 4);
    base::append_all(out, {" ", t.clock, " ", offset_text(zone.utc_offset)});
    if (!zone.name.empty()) {
        base::append_all(out, {" (", zone.name, ")"});
    }
    return out;
}

std::string log_stamp(std::chrono::system_clock::time_point when, const Zone& zone) {
    const LocalTime t = local_time(when, zone);
    return base::format("{} {:2} {}", t.month, t.day, t.clock);
}

std::string queue_list_date(std::chrono::system_clock::time_point when, const Zone& zone) {
    const LocalTime t = local_time(when, zone);
    return base::format("{} {} {:2} {}", t.weekday, t.month, t.day, t.clock);
}

}  // namespace posthouse::message
