#include "milter/wire.hpp"

#include <gtest/gtest.h>

using namespace std::string_literals;

namespace posthouse::milter {
namespace {

using Kind = Response::Kind;

TEST(MilterWire, a_packet_is_taken_when_it_is_whole) {
    const std::string bytes = "\0\0\0\3cab\0\0\0\1a"s;
    for (std::size_t size = 0; size < 7; ++size) {
        const auto none = next_packet(std::string_view(bytes).substr(0, size));
        ASSERT_TRUE(none);
        EXPECT_FALSE(*none);
    }
    const auto first = next_packet(bytes);
    ASSERT_TRUE(first && *first);
    EXPECT_EQ((*first)->code, 'c');
    EXPECT_EQ((*first)->data, "ab");
    EXPECT_EQ((*first)->size, 7U);
}

TEST(MilterWire, a_length_that_no_packet_has_is_an_error_at_once) {
    EXPECT_FALSE(next_packet("\0\0\0\0"s));
    EXPECT_FALSE(next_packet("\xff\0\0\0"s));
    EXPECT_FALSE(next_packet("220 mail.example ESMTP"));
}

TEST(MilterWire, reply_codes_are_4_or_5_and_agree) {
    const auto parsed = [](const std::string& text) { return parse_response('y', text + '\0'); };
    EXPECT_EQ(parsed("550 5.7.1 100%% no")->reply.text(), "550 5.7.1 100% no");
    EXPECT_EQ(parsed("451-4.7.1 one\r\n451 4.7.1 two\r\n")->reply.wire(), "451-4.7.1 one\r\n451 4.7.1 two\r\n");
    EXPECT_EQ(parsed("554")->reply.code, 554);
    for (const char* bad : {"", "250 2.0.0 fine", "55 no", "5x0 no", "550no", "550-5.7.1 one\r\n451 4.7.1 two", "999 no"}) {
        EXPECT_FALSE(parsed(bad)) << bad;
    }
    EXPECT_FALSE(parse_response('y', "550 5.7.1 without an end"));
}

TEST(MilterWire, changes_are_taken_apart) {
    const auto changed = parse_response('m', "\0\0\1\2Subject\0new\0"s);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->kind, Kind::change_header);
    EXPECT_EQ(changed->index, 258U);
    EXPECT_EQ(changed->name, "Subject");
    EXPECT_EQ(changed->text, "new");
    EXPECT_EQ(parse_response('e', "<a@b>\0RET=HDRS\0"s)->text, "RET=HDRS");
    EXPECT_EQ(parse_response('e', "<a@b>\0"s)->text, "");
    EXPECT_EQ(parse_response('b', "a\0b"s)->text, "a\0b"s);
    EXPECT_FALSE(parse_response('h', "X-Only-A-Name\0"s));
    EXPECT_FALSE(parse_response('i', "\0\0"s));
    EXPECT_FALSE(parse_response('?', ""));
}

TEST(MilterWire, an_agreement_may_have_lists_of_macros) {
    const auto agreement = parse_agreement("\0\0\0\6\0\0\1\xff\0\0\0\x80\0\0\0\5i {mail_addr}\0\0\0\0\x63nobody\0"s);
    ASSERT_TRUE(agreement);
    EXPECT_EQ(agreement->version, 6U);
    EXPECT_EQ(agreement->steps, steps::silent_header);
    EXPECT_EQ(agreement->macros[5], (std::vector<std::string>{"i", "{mail_addr}"}));
    EXPECT_FALSE(agreement->macros[0]);
    EXPECT_FALSE(parse_agreement("\0\0\0\6\0\0\1\xff"s));
    EXPECT_FALSE(parse_agreement("\0\0\0\6\0\0\1\xff\0\0\0\0\0\0\0\5i"s));
}

TEST(MilterWire, a_client_is_told_with_its_address_family) {
    EXPECT_EQ(encode_connect("localhost", "127.0.0.1", 258), "localhost\0004\1\002127.0.0.1\0"s);
    EXPECT_EQ(encode_connect("unknown", "::1", 25), "unknown\0006\0\x19::1\0"s);
    EXPECT_EQ(encode_connect("unknown", "", 0), "unknown\0U"s);
}

TEST(MilterWire, each_version_offers_what_it_knows) {
    EXPECT_EQ(offer_of_version(2).steps, 0x7fU);
    EXPECT_EQ(offer_of_version(3).steps, 0x17fU);
    EXPECT_EQ(offer_of_version(4).steps, 0x37fU);
    EXPECT_EQ(offer_of_version(6).steps, 0x1fffffU);
    EXPECT_EQ(offer_of_version(6).actions, 0x1ffU);
}

}  // namespace
}  // namespace posthouse::milter
