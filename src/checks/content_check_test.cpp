#include "checks/content_check.hpp"

#include <gtest/gtest.h>

#include "checks/test_sink.hpp"

namespace posthouse::checks {

namespace {

using testing::Sink;
using testing::set_of;

struct Result {
    std::string content;
    std::vector<std::string> told;
    bool answered = true;
    std::size_t hops = 0;
};

Result run(std::string_view content, const CheckSet& set, std::size_t block_size) {
    Sink sink;
    ContentCheck check(set, sink);
    Result out;
    for (std::size_t at = 0; at < content.size() && out.answered; at += block_size) {
        out.answered = tables::run_now(check.feed(content.substr(at, block_size), out.content)).has_value();
    }
    out.answered = out.answered && tables::run_now(check.finish(out.content)).has_value();
    out.told = sink.told;
    out.hops = check.hops();
    return out;
}

// Whatever the blocks are.
Result checked(std::string_view content, const CheckSet& set) {
    Result out = run(content, set, content.size() + 1);
    for (const std::size_t size : {1U, 3U, 10U}) {
        const Result other = run(content, set, size);
        EXPECT_EQ(other.content, out.content) << "in blocks of " << size;
        EXPECT_EQ(other.told, out.told) << "in blocks of " << size;
    }
    return out;
}

using Told = std::vector<std::string>;

}  // namespace

TEST(content_check, actions_about_a_header_field) {
    const CheckSet set = set_of({.header = "/^Subject: (.*)$/ REPLACE Subject: [$1]\n/^X-Drop/ IGNORE\n/^X-Strip/ STRIP gone\n/^X-Pre/ PREPEND X-New: 1\n/^X-Warn/ WARN look\n/^X-Info/ INFO\n/^X-Ok/ OK\n"});
    const Result out = checked("Subject: a\r\nX-Drop: 1\r\n\tand more\r\nX-Strip: 1\r\nX-Pre: 1\r\nX-Warn: 1\r\nX-Info: 1\r\nX-Ok: 1\r\nX-Other: 1\r\n\r\nSubject: body\r\n", set);
    EXPECT_EQ(out.content, "Subject: [a]\r\nX-New: 1\r\nX-Pre: 1\r\nX-Warn: 1\r\nX-Info: 1\r\nX-Ok: 1\r\nX-Other: 1\r\n\r\nSubject: body\r\n");
    EXPECT_EQ(out.told, (Told{"replace: header Subject: a: Subject: [a]", "strip: header X-Strip: 1: gone", "prepend: header X-Pre: 1: X-New: 1", "warning: header X-Warn: 1: look",
                              "info: header X-Info: 1: "}));
}

TEST(content_check, actions_about_a_body_line) {
    const CheckSet set = set_of({.body = "/^secret/ IGNORE\n/^old (.*)/ REPLACE new $1\n/^strip/ STRIP\n/^pre/ PREPEND in front\n"});
    EXPECT_EQ(checked("Subject: old hat\r\n\r\nsecret\r\nold hat\r\n.\r\nstrip\r\npre\r\nlast", set).content, "Subject: old hat\r\n\r\nnew hat\r\n.\r\nin front\r\npre\r\nlast");
}

TEST(content_check, folded_lines_are_one_and_stay_folded_when_they_are_replaced) {
    const CheckSet set = set_of({.header = "/^Subject: a[^b]+b(.*)$/ REPLACE X-Was:$1\n"});
    EXPECT_EQ(checked("Subject: a\r\n  b c\r\n\td\r\n\r\n", set).content, "X-Was: c\r\n\td\r\n\r\n");
}

TEST(content_check, each_kind_of_header_has_its_list) {
    const CheckSet set = set_of({.header = "/^/ INFO top\n", .mime_header = "/^/ INFO mime\n", .nested_header = "/^/ INFO nested\n"});
    const Result out = checked("Content-Type: message/rfc822\r\nTo: x\r\n\r\nTo: y\r\nContent-Id: z\r\n\r\n", set);
    EXPECT_EQ(out.told, (Told{"info: header Content-Type: message/rfc822: mime", "info: header To: x: top", "info: header To: y: nested", "info: header Content-Id: z: mime"}));
}

TEST(content_check, without_a_match_nothing_changes) {
    const CheckSet set = set_of({.header = "/^never/ REJECT\n", .body = "/^never/ REJECT\n"});
    for (const std::string_view content : {"", "\r\n", "a", "Subject : odd\r\n \r\n\r\n\r\n.x\r\nno end", "From x\r\nA: b\r\n\r\n", "no header\r\n"}) {
        EXPECT_EQ(checked(content, set).content, content);
    }
}

TEST(content_check, an_action_about_the_message_is_the_sink_s_and_may_end_the_checks) {
    const CheckSet set = set_of({.header = "/^Hold/ HOLD it\n/^Reject/ REJECT no\n/^X/ IGNORE\n", .body = "/./ IGNORE\n"});
    const Result out = checked("X: 1\r\nHold: 1\r\nX: 2\r\nReject: 1\r\nX: 3\r\n\r\nbody\r\n", set);
    EXPECT_EQ(out.told, (Told{"hold: header Hold: 1: it", "reject: header Reject: 1: no"}));
    EXPECT_EQ(out.content, "Hold: 1\r\nReject: 1\r\nX: 3\r\n\r\nbody\r\n");
}

TEST(content_check, mistakes_in_a_table_are_warned_of_and_the_line_stays) {
    const CheckSet set = set_of({.header = "/^A/ REPLACE\n/^B/ REPLACE no field\n/^C/ PREPEND\n/^D/ PREPEND no field\n/^E/ NONSENSE here\n"});
    const std::string content = "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n\r\n";
    const Result out = checked(content, set);
    EXPECT_EQ(out.content, content);
    EXPECT_EQ(out.told, (Told{"REPLACE action without text in header_checks map", "bad REPLACE header text \"no field\" in header_checks map -- need \"headername: headervalue\"",
                              "PREPEND action without text in header_checks map", "bad PREPEND header text \"no field\" in header_checks map -- need \"headername: headervalue\"",
                              "strange command in header_checks map: NONSENSE here"}));
}

TEST(content_check, a_table_that_cannot_answer_ends_it) {
    CheckSet set = set_of({.header = "/^A/ IGNORE\n"});
    set.header = CheckList("header_checks", tables::MapList({tables::unavailable({.spec = "x:y", .type = "x", .path = "y"}, "it is away", {})}));
    Sink sink;
    ContentCheck check(set, sink);
    std::string out;
    const auto answered = tables::run_now(check.feed("A: 1\r\n\r\n", out));
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().list, "header_checks");
    EXPECT_NE(answered.error().reason.find("it is away"), std::string::npos);
}

TEST(content_check, a_body_is_looked_at_as_far_as_the_limit) {
    CheckSet set = set_of({.body = "/^x/ IGNORE\n"});
    set.body_checks_size_limit = 5;
    EXPECT_EQ(checked("\r\nx1\r\nx2\r\nx3\r\n", set).content, "\r\nx3\r\n");
    EXPECT_EQ(checked("Content-Type: multipart/a; boundary=b\r\n\r\n--b\r\n\r\nx1\r\nx2\r\nx3\r\n--b\r\n\r\nx4\r\n", set).content,
              "Content-Type: multipart/a; boundary=b\r\n\r\n--b\r\n\r\nx3\r\n--b\r\n\r\n");
}

TEST(content_check, a_line_that_loses_its_end_does_not_run_into_the_next) {
    CheckSet set = set_of({.body = "/^b/ IGNORE\n/^c/ REPLACE C\n"});
    set.walk.line_length_limit = 3;
    EXPECT_EQ(checked("\r\naaabbb\r\nnext\r\naaaccc\r\nbbbaaa\r\n", set).content, "\r\naaa\r\nnext\r\naaaC\r\naaa\r\n");
}

TEST(content_check, hops_count_although_their_trace_is_removed) {
    const CheckSet set = set_of({.header = "/^Received:/ IGNORE\n"});
    const Result out = checked("Received: 1\r\nReceived: 2\r\nSubject: a\r\n\r\nReceived: body\r\n", set);
    EXPECT_EQ(out.hops, 2U);
    EXPECT_EQ(out.content, "Subject: a\r\n\r\nReceived: body\r\n");
}

TEST(check_line, one_field_for_milters) {
    const CheckSet set = set_of({.header = "/^X-Spam: (.*)/ REPLACE X-Was: $1\n/^X-Bad/ REJECT bad\n"});
    Sink sink;
    const auto replaced = tables::run_now(check_line(set.header, Part::header, "X-Spam: yes", sink));
    ASSERT_TRUE(replaced.has_value());
    EXPECT_EQ(replaced->line, Judgement::Line::replace);
    EXPECT_EQ(replaced->replacement, "X-Was: yes");
    const auto rejected = tables::run_now(check_line(set.header, Part::header, "X-Bad: yes", sink));
    EXPECT_TRUE(rejected.has_value() && rejected->ends_checks);
    EXPECT_EQ(sink.told.back(), "reject: header X-Bad: yes: bad");
}

}  // namespace posthouse::checks
