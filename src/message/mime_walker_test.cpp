#include "message/mime_walker.hpp"

#include <gtest/gtest.h>

namespace posthouse::message {

namespace {

using Options = MimeWalker::Options;

// "H Subject: a|" for a field of the header, M of a part, N of an attached message, B for a body line with its offset, "." for a passage.
std::string told(std::string_view content, Options options, std::size_t piece_size, std::string* raw = nullptr) {
    MimeWalker walker(options);
    std::string out;
    MimePiece piece;
    const auto tell = [&] {
        while (walker.next(piece)) {
            switch (piece.kind) {
                case MimePiece::Kind::header: out += "H " + piece.text + "|"; break;
                case MimePiece::Kind::mime_header: out += "M " + piece.text + "|"; break;
                case MimePiece::Kind::nested_header: out += "N " + piece.text + "|"; break;
                case MimePiece::Kind::body: out += "B" + std::to_string(piece.offset) + " " + piece.text + (piece.ends_line ? "|" : "..."); break;
                case MimePiece::Kind::passage: out += "."; break;
            }
            if (raw != nullptr) {
                *raw += piece.raw;
            }
        }
    };
    for (std::size_t at = 0; at < content.size(); at += piece_size) {
        walker.feed(content.substr(at, piece_size));
        tell();
    }
    walker.finish();
    tell();
    return out;
}

// Whatever the blocks are.
std::string walked(std::string_view content, Options options = {}) {
    std::string raw;
    const std::string out = told(content, options, content.size() + 1, &raw);
    EXPECT_EQ(raw, content);
    for (const std::size_t size : {1U, 2U, 3U, 7U, 16U}) {
        EXPECT_EQ(told(content, options, size), out) << "in blocks of " << size;
    }
    return out;
}

}  // namespace

TEST(mime_walker, fields_come_whole_and_bodies_line_by_line) {
    EXPECT_EQ(walked("Subject: a\r\n\tb\r\nX-A : 1\r\n\r\none\r\n\r\ntwo\r\n"), "H Subject: a\n\tb|H X-A: 1|B0 |B1 one|B5 |B6 two|");
}

TEST(mime_walker, fields_about_mime_are_told_apart_wherever_they_stand) {
    EXPECT_EQ(walked("MIME-Version: 1.0\r\nSubject: a\r\ncontent-id: x\r\n\r\n"), "M MIME-Version: 1.0|H Subject: a|M content-id: x|B0 |");
}

TEST(mime_walker, parts_have_headers_and_each_body_counts_anew) {
    EXPECT_EQ(walked("Content-Type: multipart/mixed; boundary=b\r\n\r\npro\r\n--b\r\nX-P: 1\r\n\r\nin\r\n--b  \r\n\r\nagain\r\n--b--\r\nepi\r\n"),
              "M Content-Type: multipart/mixed; boundary=b|B0 |B1 pro|B0 --b|M X-P: 1|B0 |B1 in|B0 --b  |B0 |B1 again|B0 --b--|B6 epi|");
}

TEST(mime_walker, attached_messages_have_headers_of_their_own) {
    EXPECT_EQ(walked("Content-Type: message/rfc822\r\n\r\nSubject: in\r\nContent-Type: text/plain\r\n\r\nbody\r\n"),
              "M Content-Type: message/rfc822|B0 |N Subject: in|M Content-Type: text/plain|B0 |B1 body|");
    EXPECT_EQ(walked("Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n"),
              "M Content-Type: multipart/digest; boundary=b|B0 |B0 --b|B0 |N Subject: in|B0 |B1 x|B0 --b--|");
}

TEST(mime_walker, an_outer_boundary_ends_the_inner_multipart) {
    EXPECT_EQ(walked("Content-Type: multipart/a; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/b; boundary=i\r\n\r\n--o\r\nX: 1\r\n\r\n--i\r\nX: 2\r\n"),
              "M Content-Type: multipart/a; boundary=o|B0 |B0 --o|M Content-Type: multipart/b; boundary=i|B0 |B0 --o|M X: 1|B0 |B1 --i|B5 X: 2|");
}

TEST(mime_walker, without_mime_all_behind_the_header_is_one_body) {
    EXPECT_EQ(walked("Content-Type: multipart/a; boundary=o\r\n\r\n--o\r\nX: 1\r\n", {.mime = MimeWalker::Mime::ignored}), "M Content-Type: multipart/a; boundary=o|B0 |B1 --o|B5 X: 1|");
}

TEST(mime_walker, what_is_no_field_begins_the_body) {
    EXPECT_EQ(walked("Subject: a\r\nno field\r\n"), "H Subject: a|B0 no field|");
    EXPECT_EQ(walked(" x\r\n"), "B0  x|");
    EXPECT_EQ(walked(": x\r\n"), "B0 : x|");
    EXPECT_EQ(walked("From a@b\r\n>From c\r\nSubject: a\r\nFrom d\r\n"), "..H Subject: a|B0 From d|");
    EXPECT_EQ(walked("Subject: unended"), "H Subject: unended|");
    EXPECT_EQ(walked("\r\nlast"), "B0 |B1 last...");
}

TEST(mime_walker, long_lines_come_in_pieces_and_only_their_start_is_a_boundary) {
    EXPECT_EQ(walked("\r\n12345678\r\n123456789\r\n", {.line_length_limit = 4}), "B0 |B1 1234...B6 5678|B11 1234...B16 5678...B21 9|");
    EXPECT_EQ(walked("\r\n1234\r\n12345\n", {.line_length_limit = 4}), "B0 |B1 1234|B6 1234...B11 5|");
    const std::string multipart = "Content-Type: multipart/a; boundary=b\r\n\r\n";
    EXPECT_EQ(walked(multipart + "xxxxxxxxx" + std::string(36, 'x') + "--b\r\nX: 1\r\n", {.line_length_limit = 45}).find("|M X: 1"), std::string::npos);
}

TEST(mime_walker, a_field_is_cut_at_the_limit_and_stays_one) {
    std::string raw;
    EXPECT_EQ(told("Subject: 0123456789\r\n\tmore\r\nX: 1\r\n\r\n", {.header_size_limit = base::Bytes{12}}, 5, &raw), "H Subject: 012|H X: 1|B0 |");
    EXPECT_EQ(raw, "Subject: 012\r\nX: 1\r\n\r\n");
}

TEST(mime_walker, boundaries_are_compared_as_far_as_they_may_be_long) {
    EXPECT_EQ(walked("Content-Type: multipart/a; boundary=abcdef\r\n\r\n--abcxyz\r\nX: 1\r\n", {.boundary_length_limit = 3}),
              "M Content-Type: multipart/a; boundary=abcdef|B0 |B0 --abcxyz|M X: 1|");
}

TEST(mime_walker, nesting_beyond_the_limit_is_told_and_not_followed) {
    std::string content;
    for (const char boundary : {'a', 'b', 'c'}) {
        content += std::string("Content-Type: multipart/x; boundary=") + boundary + "\r\n\r\n--" + boundary + "\r\n";
    }
    for (const std::size_t limit : {1U, 2U}) {
        MimeWalker walker({.nesting_limit = limit});
        walker.feed(content);
        MimePiece piece;
        while (walker.next(piece)) {
        }
        EXPECT_EQ(walker.too_deep().has_value(), limit == 1) << limit;
    }
}

TEST(mime_walker, bodies_that_nobody_wants_pass_in_one_piece_but_for_lines_like_boundaries) {
    const std::string content = "Content-Type: multipart/a; boundary=b\r\n\r\none\r\ntwo\r\n--b\r\nX: 1\r\n\r\nthree\r\nfour\r\n-five\r\nsix\r\n--b--\r\nend\r\nend\r\n";
    std::string raw;
    EXPECT_EQ(told(content, {.body_lines = MimeWalker::BodyLines::not_wanted}, content.size(), &raw),
              "M Content-Type: multipart/a; boundary=b|B0 |.B0 --b|M X: 1|B0 |.B1 -five|.B0 --b--|.");
    EXPECT_EQ(raw, content);
    raw.clear();
    static_cast<void>(told(content, {.body_lines = MimeWalker::BodyLines::not_wanted}, 3, &raw));
    EXPECT_EQ(raw, content);
}

}  // namespace posthouse::message
