#include "message/header_scanner.hpp"

#include <gtest/gtest.h>

#include <random>

namespace posthouse::message {
namespace {

struct Scanned {
    std::vector<HeaderField> fields;
    HeaderScanner::End end = HeaderScanner::End::none;
    std::string body;
    friend bool operator==(const Scanned&, const Scanned&) = default;
};

Scanned scan(std::string_view content, std::size_t piece = 100000, HeaderScanner::Options options = {}) {
    HeaderScanner scanner(options);
    Scanned out;
    std::size_t at = 0;
    while (at < content.size() && scanner.end() == HeaderScanner::End::none) {
        at += scanner.feed(content.substr(at, piece), out.fields);
    }
    if (scanner.end() == HeaderScanner::End::none) {
        scanner.finish(out.fields);
    }
    out.end = scanner.end();
    out.body = scanner.take_body_start() + std::string(content.substr(at));
    return out;
}

std::vector<std::string> texts(const Scanned& scanned) {
    std::vector<std::string> out;
    for (const auto& field : scanned.fields) {
        out.push_back(field.text);
    }
    return out;
}

using Texts = std::vector<std::string>;
using End = HeaderScanner::End;

}  // namespace

TEST(header_scanner, gives_whole_fields_with_their_folding) {
    const auto scanned = scan("Subject: a\r\n b\r\n\tc\r\nTo : x\r\nX-Empty:\r\n\r\nbody\r\n");
    EXPECT_EQ(texts(scanned), (Texts{"Subject: a\r\n b\r\n\tc\r\n", "To : x\r\n", "X-Empty:\r\n"}));
    EXPECT_EQ(scanned.fields[0].name, "Subject");
    EXPECT_EQ(scanned.fields[0].value(), "a b\tc");
    EXPECT_EQ(scanned.fields[1].name, "To");
    EXPECT_EQ(scanned.fields[2].value(), "");
    EXPECT_EQ(scanned.end, End::empty_line);
    EXPECT_EQ(scanned.body, "body\r\n");
}

TEST(header_scanner, lets_the_body_begin_at_the_first_line_that_is_no_field) {
    for (const std::string body :
         {"not a header line\r\nX-After: y\r\n", "a b: c\r\n", ": x\r\n", "\rx: y\r\n", "\xc3\xa4: x\r\n", "x\r\n"}) {
        const auto scanned = scan("A: b\r\n" + body);
        EXPECT_EQ(texts(scanned), Texts{"A: b\r\n"}) << body;
        EXPECT_EQ(scanned.end, End::no_header) << body;
        EXPECT_EQ(scanned.body, body);
    }
    EXPECT_EQ(scan(" leading white space: x\r\n").end, End::no_header);
}

TEST(header_scanner, ends_with_the_data) {
    EXPECT_EQ(scan("").end, End::end_of_data);
    EXPECT_EQ(scan("A: b\r\n").end, End::end_of_data);
    EXPECT_EQ(texts(scan("A: b")), Texts{"A: b\r\n"});
    EXPECT_EQ(scan("A: b\r\nword").body, "word");
    EXPECT_EQ(scan("\r\n").end, End::empty_line);
    EXPECT_EQ(scan("\r\n\r\n").body, "\r\n");
}

TEST(header_scanner, knows_mailbox_lines_only_in_front) {
    const std::string content = "From a@b Thu\r\n>>From c\r\nFrom: x\r\nA: b\r\nFrom y\r\n";
    EXPECT_EQ(texts(scan(content)),
              (Texts{"Mailbox-Line: From a@b Thu\r\n", "Mailbox-Line: >>From c\r\n", "From: x\r\n", "A: b\r\n"}));
    EXPECT_EQ(scan(content).body, "From y\r\n");
    EXPECT_EQ(texts(scan(content, 5, {.mailbox_line = MailboxLine::skip})), (Texts{"From: x\r\n", "A: b\r\n"}));
}

TEST(header_scanner, cuts_a_field_at_header_size_limit) {
    const HeaderScanner::Options options{.header_size_limit = base::Bytes{10}};
    for (std::size_t piece = 1; piece < 30; ++piece) {
        const auto scanned = scan("A: 34567890123\r\n more\r\nB: x\r\n\r\n", piece, options);
        EXPECT_EQ(texts(scanned), (Texts{"A: 3456789\r\n", "B: x\r\n"})) << piece;
        EXPECT_TRUE(scanned.fields[0].truncated);
        EXPECT_FALSE(scanned.fields[1].truncated);
    }
}

TEST(header_scanner, takes_an_endless_name_for_body) {
    const std::string content(10'000, 'x');
    EXPECT_EQ(scan(content, 100).end, End::no_header);
    EXPECT_EQ(scan(content, 100).body, content);
    EXPECT_EQ(scan(std::string(10'000, '>') + "From x", 100).body.size(), 10'006U);
}

TEST(header_scanner, gives_the_same_for_every_segmentation) {
    std::mt19937 random(815);
    const std::vector<std::string> parts{"A", ": ", "\r\n",           "\n",  " ", "x", "From ", ">", "\r",
                                         ":", "\t", "Subject: y\r\n", "\r\n"};
    for (int round = 0; round < 5000; ++round) {
        std::string content;
        for (std::size_t i = random() % 14; i > 0; --i) {
            content += parts[random() % parts.size()];
        }
        const auto whole = scan(content);
        for (std::size_t piece = 1; piece < 6; ++piece) {
            ASSERT_EQ(scan(content, piece), whole) << testing::PrintToString(content) << piece;
        }
    }
}

}  // namespace posthouse::message
