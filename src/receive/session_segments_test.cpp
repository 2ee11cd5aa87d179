// However the network cuts a client's bytes, the session ends the same way.
#include "receive/session_segments_test.hpp"

#include <gtest/gtest.h>

namespace posthouse::receive {

using scripted::Seen;
using scripted::SegmentedSession;
using Rule = SmtpdSettings::ForbidBareNewline;

namespace {

// Everything that has a length or an end of its own: lines, dots, chunks, over-long lines, line ends of all kinds.
std::string long_session() {
    std::string out =
        "EHLO c.example\r\nMAIL FROM:<a@example.org> SIZE=10\r\nRCPT TO:<b@example.net> ORCPT=rfc822;b+2Bx@example.net\r\nRCPT TO:<unknown@example.net>\r\n"
        "DATA\r\nSubject: one\r\n\r\n..dot\r\n.\nstill\n.\r\nin it\r.\r\n\r\n.\r\n"
        "MAIL FROM:<c@example.org>\r\nRCPT TO:<d@example.net>\r\nBDAT 7\r\nS: x\r\n\rBDAT 5 LAST\r\n\n.\r\nyNOOP\n"
        "VRFY x\x80y\r\nXCLIENT NAME=spike.example ADDR=192.0.2.7\r\nEHLO (spike)\r\nXFORWARD HELO=a+0Ab\r\nXFORWARD HELO=a)b\r\n";
    for (std::size_t length = 60; length < 70; ++length) {
        out += "NOOP " + std::string(length - 5, 'x') + "\r\n" + "NOOP " + std::string(length - 5, 'y') + "\n";
    }
    return out + "MAIL FROM:<" + std::string(300, 'z') + "@example.org>\r\nRSET\r\n\r\n\nQUIT\r\nNOOP\r\n";
}

}  // namespace

TEST(session_segments, one_split_anywhere_changes_nothing) {
    for (const Rule rule : {Rule::normalize, Rule::reject}) {
        const SegmentedSession session{rule, 2048, true};
        const std::string bytes = long_session().substr(0, 600);
        const Seen whole = session.play(bytes, {});
        EXPECT_EQ(whole.contents.size(), rule == Rule::reject ? 1U : 2U);
        for (std::size_t at = 1; at < bytes.size(); at += rule == Rule::reject ? 3 : 1) {
            // Segments have at most 256 bytes; one of them ends at `at`.
            std::string sizes(at / 256, '\xff');
            sizes += static_cast<char>(at % 256 == 0 ? 0 : at % 256 - 1);
            sizes += std::string(20, '\xff');
            const Seen cut = session.play(bytes, sizes);
            ASSERT_EQ(cut.replies, whole.replies) << at;
            ASSERT_EQ(cut.envelopes, whole.envelopes) << at;
            ASSERT_EQ(cut.contents, whole.contents) << at;
            ASSERT_EQ(cut.events, whole.events) << at;
        }
    }
}

TEST(session_segments, pieces_of_every_small_size_change_nothing) {
    for (const Rule rule : {Rule::no, Rule::normalize, Rule::note, Rule::reject}) {
        for (const std::size_t limit : {64U, 2048U}) {
            SegmentedSession session{rule, limit, true};
            const std::string bytes = long_session();
            const Seen whole = session.play(bytes, {});
            for (const int piece : {0, 1, 2, 6, 15, 62, 63, 64}) {
                EXPECT_EQ(session.play(bytes, std::string(1, static_cast<char>(piece))), whole) << piece + 1;
            }
        }
    }
}

TEST(session_segments, a_line_about_as_long_as_allowed_ends_the_same_way) {
    for (std::size_t length = 60; length < 70; ++length) {
        for (const std::string end : {"\n", "\r\n", "\r\r\n", "\r"}) {
            const SegmentedSession session{Rule::reject, 64, false};
            const std::string bytes = "NOOP " + std::string(length - 5, 'x') + end + "QUIT\r\n";
            const Seen whole = session.play(bytes, {});
            for (const int piece : {0, 1, 2, 20, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68}) {
                EXPECT_EQ(session.play(bytes, std::string(1, static_cast<char>(piece))), whole) << length << ' ' << piece + 1;
            }
        }
    }
}

}  // namespace posthouse::receive
