#include "mail/verp.hpp"

#include <gtest/gtest.h>

#include "smtp/address.hpp"
#include "smtp/path.hpp"

namespace posthouse::mail {
namespace {

Envelope list_mail(std::string sender = "owner-list@example.org", std::string delimiters = "+=") {
    Envelope envelope;
    envelope.reverse_path = ReversePath(std::move(sender));
    envelope.verp_delimiters = std::move(delimiters);
    return envelope;
}

std::string personal(const Envelope& envelope, std::string address, std::string original = {}) {
    return sender_for(envelope, {.address = std::move(address), .original_address = std::move(original), .original_recipient = {}, .notify = {}}).address();
}

// What a list makes of a bounce's recipient: who it is about. The last delimiter divides, because no domain contains it.
std::string reader(const std::string& sender, std::string_view owner, std::string_view delimiters) {
    const std::string local(smtp::local_part(sender));
    EXPECT_TRUE(local.starts_with(std::string(owner) + delimiters[0])) << sender;
    std::string about = local.substr(std::min(local.size(), owner.size() + 1));
    const std::size_t cut = about.rfind(delimiters[1]);
    EXPECT_NE(cut, std::string::npos) << sender;
    about[cut] = '@';
    return about;
}

}  // namespace

TEST(verp, puts_the_recipient_into_the_sender) {
    EXPECT_EQ(personal(list_mail(), "user@example.net"), "owner-list+user=example.net@example.org");
    EXPECT_EQ(personal(list_mail("owner@example.org", "-="), "user+ext@example.net"), "owner-user+ext=example.net@example.org");
    EXPECT_EQ(personal(list_mail(), "\"a@b\"@example.net"), "owner-list+\"a@b\"=example.net@example.org");
}

TEST(verp, takes_the_recipient_as_the_list_knows_it) {
    EXPECT_EQ(personal(list_mail(), "moved@elsewhere.example", "user@example.net"), "owner-list+user=example.net@example.org");
}

TEST(verp, leaves_out_a_domain_that_is_not_there) {
    EXPECT_EQ(personal(list_mail(), "user"), "owner-list+user@example.org");
    EXPECT_EQ(personal(list_mail("owner"), "user@example.net"), "owner+user=example.net");
    EXPECT_EQ(personal(list_mail("owner@"), "user@"), "owner+user");
}

TEST(verp, without_a_request_or_a_sender_nothing_changes) {
    EXPECT_EQ(personal(list_mail("owner@example.org", ""), "user@example.net"), "owner@example.org");
    EXPECT_EQ(personal(list_mail("", "+="), "user@example.net"), "");
}

TEST(verp, delimiters_are_two_characters_of_the_filter) {
    EXPECT_TRUE(are_verp_delimiters("+=", "-=+"));
    EXPECT_TRUE(are_verp_delimiters("--", "-=+"));
    for (const std::string_view wrong : {"", "+", "+=-", "+%", "@=", "ab"}) {
        EXPECT_FALSE(are_verp_delimiters(wrong, "-=+")) << wrong;
    }
    EXPECT_FALSE(are_verp_delimiters("+=", ""));
}

TEST(verp, every_local_part_is_found_again_also_after_a_walk_over_the_wire) {
    const std::string_view owner = "owner-list";
    for (const std::string& delimiters : {std::string("+="), std::string("-="), std::string("=+"), std::string("==")}) {
        const Envelope envelope = list_mail("owner-list@example.org", delimiters);
        for (int byte = 0x20; byte < 0x100; ++byte) {
            if (byte == 0x7f) {
                continue;  // no control bytes in addresses
            }
            const char c = static_cast<char>(byte);
            for (const std::string& local : {std::string(1, c), std::string("a") + c, c + std::string("a"), std::string("a") + c + "b", std::string(2, c), c + std::string("=") + c}) {
                const std::string address = local + "@example.net";
                const std::string sender = personal(envelope, address);
                EXPECT_EQ(reader(sender, owner, delimiters), address);
                const auto path = smtp::parse_path_argument("FROM:<" + smtp::quote_address(sender) + ">", "FROM:", {});
                ASSERT_TRUE(path) << sender;
                EXPECT_EQ(path->path.address, sender);
            }
        }
    }
}

TEST(verp, the_message_for_one_recipient_has_nobody_else_in_it) {
    Envelope envelope = list_mail();
    envelope.recipients.resize(2);
    envelope.recipients[0].address = "a@example.net";
    envelope.recipients[1].address = "b@example.net";
    envelope.recipients[1].notify.failure = true;
    envelope.envelope_id = "id";
    envelope.ret = DsnRet::hdrs;
    envelope.body = BodyType::eight_bit_mime;
    envelope.smtputf8 = true;
    envelope.content_filter = "scan:there";
    envelope.purpose = Envelope::Purpose::deliver_and_report;
    envelope.origin.helo_name = "h";
    envelope.arrival = world::WallTime(std::chrono::seconds(7));
    envelope.size = base::Bytes{9};
    const Envelope one = envelope_for(envelope, envelope.recipients[1]);
    Envelope expected = envelope;
    expected.reverse_path = ReversePath("owner-list+b=example.net@example.org");
    expected.recipients = {envelope.recipients[1]};
    expected.verp_delimiters.clear();
    EXPECT_EQ(one, expected);
}

}  // namespace posthouse::mail
