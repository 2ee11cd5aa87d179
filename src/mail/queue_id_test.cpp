#include "mail/queue_id.hpp"

#include <gtest/gtest.h>

#include "mail/content.hpp"
#include "mail/delivery_agent.hpp"
#include "mail/intake.hpp"
#include "mail/notifier.hpp"
#include "mail/queue_admin.hpp"
#include "mail/router.hpp"

namespace posthouse::mail {

TEST(queue_id, text_round_trips_and_sorts_by_arrival) {
    const QueueId early{0x65C1234567890};
    const QueueId late{0x65C1234567891};
    EXPECT_EQ(early.text(), "65C1234567890");
    EXPECT_EQ(QueueId{0}.text(), "0000000000000");
    EXPECT_EQ(QueueId{0xFEDCBA9876543210}.text(), "FEDCBA9876543210");
    EXPECT_EQ(QueueId::parse(early.text()), early);
    EXPECT_LT(early.text(), late.text());
    for (const auto bad : {"", "65C", "65C123456789Z", "65C1234567890123456"}) {
        EXPECT_FALSE(QueueId::parse(bad)) << bad;
    }
}

}  // namespace posthouse::mail
