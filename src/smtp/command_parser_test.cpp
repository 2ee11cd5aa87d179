#include "smtp/command_parser.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {

TEST(command_parser, knows_verbs_in_any_case_and_tolerates_white_space) {
    const auto command = parse_command(" \tmAiL   FROM:<a@example.org>  SIZE=1 ");
    EXPECT_EQ(command.verb, Verb::mail);
    EXPECT_EQ(command.verb_text, "mAiL");
    EXPECT_EQ(command.arguments, "FROM:<a@example.org>  SIZE=1");
    EXPECT_EQ(parse_command("ehlo x").verb, Verb::ehlo);
    EXPECT_EQ(parse_command("QUIT").arguments, "");
    EXPECT_EQ(parse_command("BLAH x").verb, Verb::unknown);
    EXPECT_EQ(parse_command("DATAx").verb, Verb::unknown);
    EXPECT_EQ(parse_command("").verb_text, "");
    EXPECT_EQ(parse_command(std::string_view("NOOP a\0b", 8)).arguments, std::string("a\0b", 3));
}

TEST(command_parser, names_every_verb_it_knows) {
    for (int v = 0; v < static_cast<int>(Verb::unknown); ++v) {
        const auto verb = static_cast<Verb>(v);
        EXPECT_FALSE(verb_name(verb).empty());
        EXPECT_EQ(parse_command(verb_name(verb)).verb, verb);
    }
    EXPECT_EQ(verb_name(Verb::unknown), "");
}

TEST(command_parser, splits_esmtp_parameters) {
    const auto parameters = parse_esmtp_parameters(" size=10 \tSMTPUTF8 X= FOO=a=b");
    ASSERT_EQ(parameters.size(), 4U);
    EXPECT_EQ(parameters[0].keyword, "SIZE");
    EXPECT_EQ(parameters[0].value, "10");
    EXPECT_EQ(parameters[0].text, "size=10");
    EXPECT_EQ(parameters[1].value, std::nullopt);
    EXPECT_EQ(parameters[2].value, "");
    EXPECT_EQ(parameters[3].value, "a=b");
}

TEST(command_parser, reads_bdat) {
    EXPECT_EQ(parse_bdat("12")->size, 12U);
    EXPECT_EQ(parse_bdat("12")->last, BdatLast::no);
    EXPECT_EQ(parse_bdat(" 0  last ")->last, BdatLast::yes);
    for (const auto bad : {"", "x", "-1", "1 FIRST", "1 LAST x", "LAST", "18446744073709551616", "1x"}) {
        EXPECT_FALSE(parse_bdat(bad)) << bad;
    }
}

TEST(command_parser, reads_size_and_body) {
    EXPECT_EQ(parse_size_parameter("100"), 100U);
    for (const auto bad : {"", "abc", "-1", "1 ", "99999999999999999999"}) {
        EXPECT_FALSE(parse_size_parameter(bad)) << bad;
    }
    EXPECT_FALSE(parse_size_parameter(std::nullopt));
    EXPECT_EQ(parse_body_parameter("8bitmime"), BodyType::eight_bit_mime);
    EXPECT_EQ(parse_body_parameter("7BIT"), BodyType::seven_bit);
    EXPECT_FALSE(parse_body_parameter("9BIT"));
    EXPECT_FALSE(parse_body_parameter(std::nullopt));
}

}  // namespace posthouse::smtp
