#include "message/mime_downgrade.hpp"

#include <gtest/gtest.h>

namespace posthouse::message {
namespace {

std::string downgraded(std::string_view content, std::size_t piece = 1000000) {
    MimeDowngrade downgrade;
    std::string out;
    for (std::size_t at = 0; at < content.size(); at += piece) {
        downgrade.feed(content.substr(at, piece), out);
    }
    downgrade.finish(out);
    return out;
}

constexpr std::string_view multipart =
    "Content-Type: multipart/mixed;\r\n\tboundary=\"b 1\"\r\nContent-Transfer-Encoding: 8bit\r\nSubject: x\r\n\r\n"
    "pr\xc3\xa4" "ambel\r\n--b 1\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbcn = 1 \r\n\r\n"
    "--b 1\r\nContent-Transfer-Encoding: base64\r\n\r\nQQ==\r\n"
    "--b 1\r\n\r\nplain = text\r\n--b 1--\r\nepilog = \r\n";

}  // namespace

TEST(MimeDowngrade, a_single_part_becomes_quoted_printable) {
    EXPECT_EQ(downgraded("Content-Transfer-Encoding: 8BIT\r\nSubject: x\r\n\r\ngr\xc3\xbcn = green\r\nFrom the start\r\n"),
              "Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BCn =3D green\r\nFrom the start\r\n");
}

TEST(MimeDowngrade, what_does_not_say_8bit_stays_as_it_is) {
    for (const char* same : {"Subject: x\r\n\r\ngr\xc3\xbcn\r\n", "Content-Transfer-Encoding: base64\r\n\r\nQQ==\r\n", "Subject: x\r\n", "\r\nbody\r\n", ""}) {
        EXPECT_EQ(downgraded(same), same);
    }
}

TEST(MimeDowngrade, parts_are_encoded_and_containers_are_not) {
    const std::string expected =
        "Content-Type: multipart/mixed;\r\n\tboundary=\"b 1\"\r\nSubject: x\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "pr\xc3\xa4" "ambel\r\n--b 1\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ngr=C3=BCn =3D 1=20\r\n\r\n"
        "--b 1\r\nContent-Transfer-Encoding: base64\r\n\r\nQQ==\r\n"
        "--b 1\r\n\r\nplain = text\r\n--b 1--\r\nepilog = \r\n";
    EXPECT_EQ(downgraded(multipart), expected);
    for (std::size_t piece = 1; piece < 40; ++piece) {
        EXPECT_EQ(downgraded(multipart, piece), expected) << piece;
    }
}

TEST(MimeDowngrade, a_container_that_is_passed_as_it_is_stays_labelled_as_what_it_is) {
    for (const std::string& boundary : {std::string(), std::string(1500, 'b')}) {
        const std::string same = "Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n--" + boundary + "\r\n\r\ngr\xc3\xbcn\r\n--" + boundary + "--\r\n";
        EXPECT_EQ(downgraded(same), same);
    }
}

TEST(MimeDowngrade, a_message_in_a_message_is_looked_into) {
    EXPECT_EQ(downgraded("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nContent-Transfer-Encoding: binary\r\n\r\n\xc3\xbc\r\n"),
              "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=BC\r\n");
}

TEST(MimeDowngrade, lines_of_any_length_are_broken_softly) {
    const std::string line(5000, '=');
    const std::string out = downgraded("Content-Transfer-Encoding: 8bit\r\n\r\n" + line + " \r\nend");
    std::string decoded;
    std::size_t start = out.find("\r\n\r\n") + 4;
    for (std::size_t end = out.find("\r\n", start); end != std::string::npos; start = end + 2, end = out.find("\r\n", start)) {
        std::string_view encoded = std::string_view(out).substr(start, end - start);
        ASSERT_LE(encoded.size(), 76U);
        decoded += encoded.ends_with('=') ? encoded.substr(0, encoded.size() - 1) : std::string(encoded) + "\n";
    }
    std::string expected;
    for (int i = 0; i < 5000; ++i) {
        expected += "=3D";
    }
    EXPECT_EQ(decoded, expected + "=20\nend\n");
}

TEST(MimeDowngrade, a_header_that_ends_without_an_empty_line_gets_one) {
    EXPECT_EQ(downgraded("Content-Transfer-Encoding: 8bit\r\nno field\r\n"), "Content-Transfer-Encoding: quoted-printable\r\n\r\nno field\r\n");
    EXPECT_EQ(downgraded("Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\n--b--\r\n"), "Content-Type: multipart/x; boundary=b\r\n\r\n--b\r\n--b--\r\n");
}

}  // namespace posthouse::message
