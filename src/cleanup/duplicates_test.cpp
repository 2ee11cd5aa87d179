#include "cleanup/duplicates.hpp"

#include <gtest/gtest.h>

namespace posthouse::cleanup {
namespace {

mail::Recipient recipient(std::string address, mail::DsnNotify notify = {}) {
    mail::Recipient out;
    out.address = address;
    out.original_address = std::move(address);
    out.notify = notify;
    return out;
}

std::vector<std::string> kept(std::vector<mail::Recipient> recipients, std::size_t limit = 1000) {
    drop_duplicates(recipients, limit);
    std::vector<std::string> out;
    for (const mail::Recipient& one : recipients) {
        out.push_back(one.address);
    }
    return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST(Duplicates, the_first_of_equal_recipients_is_kept_in_its_place) {
    EXPECT_EQ(kept({recipient("a@x"), recipient("b@x"), recipient("A@X"), recipient("c@x"), recipient("b@x")}), (Names{"a@x", "b@x", "c@x"}));
    EXPECT_EQ(kept({recipient("a@x")}), (Names{"a@x"}));
    EXPECT_EQ(kept({}), Names{});
}

TEST(Duplicates, who_asked_for_other_notifications_is_another_recipient) {
    EXPECT_EQ(kept({recipient("a@x"), recipient("a@x", {.never = true})}).size(), 2U);
}

TEST(Duplicates, who_came_by_another_address_is_another_recipient) {
    mail::Recipient other = recipient("a@x");
    other.original_address = "alias@x";
    EXPECT_EQ(kept({recipient("a@x"), other}).size(), 2U);
}

TEST(Duplicates, beyond_the_limit_nothing_new_is_remembered) {
    EXPECT_EQ(kept({recipient("a@x"), recipient("b@x"), recipient("b@x"), recipient("a@x")}, 1), (Names{"a@x", "b@x", "b@x"}));
    EXPECT_EQ(kept({recipient("a@x"), recipient("b@x"), recipient("b@x"), recipient("a@x")}, 0), (Names{"a@x", "b@x"}));
}

}  // namespace posthouse::cleanup
