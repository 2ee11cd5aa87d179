#include "message/message_id.hpp"

#include "base/format.hpp"

namespace posthouse::message {

std::string make_message_id(const MessageIdParts& parts) {
    const auto second = std::chrono::floor<std::chrono::seconds>(parts.arrival);
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{second - day};
    return base::format("<{:04}{:02}{:02}{:02}{:02}{:02}.{}@{}>", static_cast<int>(date.year()),
                        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                        time.minutes().count(), time.seconds().count(), parts.queue_id, parts.myhostname);
}

}  // namespace posthouse::message
