#include "net/tls_ticket_cipher.hpp"

#include <gtest/gtest.h>

namespace posthouse::net {

using std::chrono::seconds;

TEST(ticket_key_ring, a_key_seals_for_one_lifetime_and_opens_for_another) {
    const std::chrono::steady_clock::time_point start{std::chrono::hours(1)};
    TicketKeyRing ring(seconds(100));
    const auto first = ring.to_seal(start)->name;
    EXPECT_EQ(ring.to_seal(start + seconds(99))->name, first);
    EXPECT_FALSE(ring.to_open(first.data(), start + seconds(99)).is_old);
    const auto second = ring.to_seal(start + seconds(100))->name;
    EXPECT_NE(second, first);
    EXPECT_TRUE(ring.to_open(first.data(), start + seconds(150)).is_old);
    EXPECT_NE(ring.to_open(second.data(), start + seconds(150)).keys, nullptr);
    EXPECT_NE(ring.to_seal(start + seconds(200))->name, second);
    EXPECT_EQ(ring.to_open(first.data(), start + seconds(200)).keys, nullptr);
    EXPECT_NE(ring.to_open(second.data(), start + seconds(200)).keys, nullptr);
}

TEST(ticket_key_ring, a_key_that_lay_idle_for_long_opens_nothing) {
    const std::chrono::steady_clock::time_point start{std::chrono::hours(1)};
    TicketKeyRing ring(seconds(100));
    const auto first = ring.to_seal(start)->name;
    EXPECT_EQ(ring.to_open(first.data(), start + seconds(500)).keys, nullptr);
}

TEST(ticket_cipher, what_is_no_cipher_of_tickets_is_refused) {
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    for (const char* wrong : {"", "rc4", "aes-256-gcm", "des-ede3-cbc", "none"}) {
        EXPECT_FALSE(use_ticket_cipher(context, wrong, seconds(1))) << wrong;
    }
    EXPECT_TRUE(use_ticket_cipher(context, "aes-128-cbc", seconds(1)));
    SSL_CTX_free(context);
}

}  // namespace posthouse::net
