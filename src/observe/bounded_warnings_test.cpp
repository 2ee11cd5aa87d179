#include "observe/bounded_warnings.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace posthouse::observe {
namespace {

struct Lines final : EventSink {
    std::vector<std::string> all;
    void on(Speaker speaker, const Event& event) override { all.push_back(std::string(speaker) + ": " + std::string(std::get<Remark>(event).text)); }
};

TEST(bounded_warnings, each_is_logged_until_there_are_too_many_in_a_minute) {
    Lines lines;
    BoundedWarnings warnings(lines);
    world::SteadyTime now{std::chrono::hours(1)};
    for (std::size_t i = 0; i < BoundedWarnings::per_minute + 7; ++i) {
        warnings.warn("postfix/smtpd", "mysql:/x", "broken", now);
    }
    EXPECT_EQ(lines.all.size(), BoundedWarnings::per_minute);
    warnings.warn("postfix/smtpd", "ldap:/y", "broken, too", now);
    EXPECT_EQ(lines.all.back(), "postfix/smtpd: broken, too");
    now += std::chrono::minutes(1);
    lines.all.clear();
    warnings.warn("postfix/smtpd", "mysql:/x", "broken", now);
    warnings.warn("postfix/smtpd", "ldap:/y", "broken, too", now);
    EXPECT_EQ(lines.all, (std::vector<std::string>{"postfix/smtpd: mysql:/x: 7 more warnings were not logged", "postfix/smtpd: broken", "postfix/smtpd: broken, too"}));
}

TEST(bounded_warnings, kinds_without_number_take_no_memory_without_bound) {
    Lines lines;
    BoundedWarnings warnings(lines);
    for (int i = 0; i < 1100; ++i) {
        warnings.warn("s", std::to_string(i), "broken", {});
    }
    EXPECT_EQ(lines.all.size(), 1000 + BoundedWarnings::per_minute);
}

}  // namespace
}  // namespace posthouse::observe
