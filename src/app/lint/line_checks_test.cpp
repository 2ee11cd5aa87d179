// header_checks(5) and its kin.
#include "app/lint/lint_fixture_test.hpp"

namespace posthouse::app::lint {
namespace {

Said found(std::string main_cf, std::string table) { return lint_with(line_checks, std::move(main_cf), "", {{"/c/checks", {.content = std::move(table)}}}); }

}  // namespace

TEST(lint_line_checks, an_indexed_table_matches_hardly_any_line) {
    EXPECT_EQ(found("header_checks = hash:/c/checks\n", "").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(found("smtp_body_checks = regexp:/c/checks, btree:/c/y\n", "").places, (Places{"main.cf:1: warning"}));
    EXPECT_EQ(found("header_checks = regexp:/c/checks, static:DUNNO\n", "/x/ REJECT\n").texts, "");
}

TEST(lint_line_checks, the_client_skips_what_is_about_the_message) {
    const Said said = found("smtp_header_checks = regexp:/c/checks\n", "# comment\n/^A/ IGNORE\nif /^B/\n/^B: (.*)/ REPLACE C: $1\n/^Bad/ REJECT no\nendif\n");
    EXPECT_EQ(said.places, (Places{"main.cf:1: warning"}));
    EXPECT_NE(said.texts.find("smtp_header_checks: regexp:/c/checks line 5: REJECT is skipped"), std::string::npos);
    EXPECT_NE(said.texts.find("write it into header_checks"), std::string::npos);
    EXPECT_EQ(found("header_checks = regexp:/c/checks\n", "/^Bad/ REJECT no\n/^B/ FILTER a:b\n").texts, "");
}

TEST(lint_line_checks, a_word_that_is_no_action) { EXPECT_EQ(found("body_checks = pcre:/c/checks\n", "/x/ REJECTED\n/y/ reject\n").places, (Places{"main.cf:1: warning"})); }

TEST(lint_line_checks, removed_traces_hide_loops) {
    EXPECT_EQ(found("smtp_header_checks = regexp:/c/checks\n", "/^Received: from (internal|localhost)/ IGNORE\n").places, (Places{"main.cf:1: note"}));
    EXPECT_EQ(found("header_checks = regexp:/c/checks\n", "/^received:/ STRIP hidden\n").places, (Places{"main.cf:1: note"}));
    EXPECT_EQ(found("header_checks = regexp:/c/checks\n", "/^Received:/ INFO\n/^X-Received:/ IGNORE\n!/^Received:/ IGNORE\n").texts, "");
}

}  // namespace posthouse::app::lint
