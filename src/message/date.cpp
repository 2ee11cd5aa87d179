#include "message/date.hpp"

#include <array>
#include <cstdint>

#include "base/format.hpp"

namespace posthouse::message {
namespace {

constexpr std::array<const char*, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct LocalTime {
    const char* weekday;
    const char* month;
    unsigned day;
    int year;
    std::string clock;  // "03:45:38"
};

LocalTime local_time(std::chrono::system_clock::time_point when, const Zone& zone) {
    const auto local = std::chrono::floor<std::chrono::seconds>(when) + zone.utc_offset;
    const auto day = std::chrono::floor<std::chrono::days>(local);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{local - day};
    return {day_names[std::chrono::weekday{day}.c_encoding()], month_names[static_cast<unsigned>(date.month()) - 1],
            static_cast<unsigned>(date.day()), static_cast<int>(date.year()),
            base::format("{:02}:{:02}:{:02}", time.hours().count(), time.minutes().count(), time.seconds().count())};
}

std::string offset_text(std::chrono::minutes offset) {
    const auto minutes = offset.count() < 0 ? -offset.count() : offset.count();
    return base::format("{}{:02}{:02}", offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

}  // namespace

std::string mail_date(std::chrono::system_clock::time_point when, const Zone& zone) {
    const LocalTime t = local_time(when, zone);
    std::string out = base::format("{}, {:2} {} {:04} {} {}", t.weekday, t.day, t.month, t.year, t.clock,
                                   offset_text(zone.utc_offset));
    if (!zone.name.empty()) {
        out += " (" + zone.name + ')';
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
