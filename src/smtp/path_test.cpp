#include "smtp/path.hpp"

#include <gtest/gtest.h>

namespace posthouse::smtp {
namespace {

struct Case {
    std::string text;
    std::string address;  // internal form
    std::string rest;
};

std::string describe(const std::expected<ParsedPath, PathError>& parsed) {
    if (!parsed) {
        return parsed.error() == PathError::missing ? "missing" : "bad";
    }
    return "[" + parsed->path.address + "][" + std::string(parsed->rest) + "]";
}

}  // namespace

TEST(path, accepts_what_smtpd_accepts) {
    const std::vector<Case> cases{
        {"<a@example.org>", "a@example.org", ""},
        {" <a@example.org>  SIZE=10 BODY=7BIT ", "a@example.org", "SIZE=10 BODY=7BIT"},
        {"a@example.org", "a@example.org", ""},
        {"a@example.org SIZE=1", "a@example.org", "SIZE=1"},
        {"<>", "", ""},
        {"< >", "", ""},
        {"< a@example.org >", "a@example.org", ""},
        {"<\"x y\"@example.net>", "x y@example.net", ""},
        {"\"x y\"@example.net NOTIFY=NEVER", "x y@example.net", "NOTIFY=NEVER"},
        {"<\"a>b\\\"c\"@example.net>", "a>b\"c@example.net", ""},
        {"<a\\ b@example.net>", "a b@example.net", ""},
        {"<x@@example.net>", "x@@example.net", ""},
        {"<x@exa_mple.net>", "x@exa_mple.net", ""},
        {"<x@example.net.>", "x@example.net.", ""},
        {"<.x@example.net>", ".x@example.net", ""},
        {"<@mta.example.test:someone@example.net>", "someone@example.net", ""},
        {"<@a,@b:user@dom.example>", "user@dom.example", ""},
        {"<\"someone@example.net\"@mta.example.test>", "someone@example.net@mta.example.test", ""},
        {"<someone%example.net@mta.example.test>", "someone%example.net@mta.example.test", ""},
        {"<example.net!someone@mta.example.test>", "example.net!someone@mta.example.test", ""},
        {"<someone@[127.0.0.1]>", "someone@[127.0.0.1]", ""},
        {"<someone@[IPv6:::1]>", "someone@[IPv6:::1]", ""},
        {"<postmaster>", "postmaster", ""},
        {"<user@>", "user", ""},
        {"<x(a \\) comment)@example.net>", "x@example.net", ""},
        {"(comment)<x@example.net>", "x@example.net", ""},
        {"\"Display Name\"<x@example.net> SIZE=1", "x@example.net", "SIZE=1"},
        {"<j\xc3\xbcrgen@example.org>", "j\xc3\xbcrgen@example.org", ""},
    };
    for (const auto& test : cases) {
        EXPECT_EQ(describe(parse_path(test.text)), "[" + test.address + "][" + test.rest + "]") << test.text;
    }
}

TEST(path, refuses_bad_syntax) {
    for (const std::string text : {"<a@example.org",
                                   "<x y@example.net>",
                                   "<x@-example.net>",
                                   "<x@example..net>",
                                   "<x@.example.net>",
                                   "<a@b>c",
                                   "<a@b><c@d>",
                                   "a@b<c@d>e",
                                   "<a@b,c@d>",
                                   "<a:b@c>",
                                   "<@example.net>",
                                   "<@>",
                                   "<\"\">",
                                   "()",
                                   "<\"x@example.net>",
                                   "<(x@example.net>",
                                   "<<x@example.net>>",
                                   "<x@1.2.3.4>",
                                   "<x@[1.2.3]>",
                                   "<x@[::1]>",
                                   "<x@exam ple>",
                                   "<x@@>",
                                   "<\"x@\">",
                                   "<@a:@b@>",
                                   "<\"\"@b>",
                                   "<@a:@b>",
                                   "a\\",
                                   "<a\\",
                                   "\"a",
                                   "<x\ry@example.net>",
                                   "<\"a\rb\"@example.net>",
                                   "<x\x7f@example.net>",
                                   "<x@\xff.example>",
                                   "<a;b@example.net>"}) {
        EXPECT_EQ(describe(parse_path(text)), "bad") << text;
    }
    EXPECT_EQ(describe(parse_path(std::string_view("<a\0b@example.org>", 17))), "bad");
    EXPECT_EQ(describe(parse_path("<a\r\nRCPT>")), "bad");
}

TEST(path, obeys_its_options) {
    const PathOptions strict{.syntax = PathSyntax::strict};
    EXPECT_EQ(describe(parse_path("a@example.org", strict)), "bad");
    EXPECT_EQ(describe(parse_path("x<a@example.org>", strict)), "bad");
    EXPECT_EQ(describe(parse_path("(x)<a@example.org>", strict)), "bad");
    EXPECT_EQ(describe(parse_path("<a(x)@example.org>", strict)), "bad");
    EXPECT_EQ(describe(parse_path("<\"(x)\"@example.org>", strict)), "[(x)@example.org][]");
    EXPECT_EQ(describe(parse_path("<a@example.org>", strict)), "[a@example.org][]");
    EXPECT_EQ(describe(parse_path("<>", {.null_path = NullPath::refused})), "bad");
    EXPECT_EQ(describe(parse_path("<x@1.2.3.4>", {.bare_numeric_domain = BareNumericDomain::allowed})),
              "[x@1.2.3.4][]");
    EXPECT_EQ(describe(parse_path("<x@1.2.3.400>", {.bare_numeric_domain = BareNumericDomain::allowed})), "bad");
}

TEST(path, needs_its_keyword_and_something_after_it) {
    for (const auto text : {"", "FROM", "FROM:", "FROM: ", "FROM <a@b>", "TO:<a@b>", "<a@b>"}) {
        EXPECT_EQ(describe(parse_path_argument(text, "FROM:")), "missing") << text;
    }
    EXPECT_EQ(describe(parse_path_argument("from:<a@b> X", "FROM:")), "[a@b][X]");
    EXPECT_EQ(describe(parse_path_argument(" From: <a@b>", "FROM:")), "[a@b][]");
    EXPECT_EQ(describe(parse_path_argument("FROM:<a@b", "FROM:")), "bad");
}

TEST(address, divides_at_the_last_at_sign) {
    EXPECT_EQ(local_part("a@b@c"), "a@b");
    EXPECT_EQ(domain("a@b@c"), "c");
    EXPECT_EQ(local_part("a"), "a");
    EXPECT_EQ(domain("a"), "");
    EXPECT_FALSE(has_domain("a"));
    EXPECT_TRUE(has_domain("a@"));
}

TEST(address, is_quoted_where_the_wire_needs_it) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"a.b+c@example.net", "a.b+c@example.net"},
        {"x y@example.net", "\"x y\"@example.net"},
        {"x@@example.net", "\"x@\"@example.net"},
        {".x@example.net", "\".x\"@example.net"},
        {"x.@example.net", "\"x.\"@example.net"},
        {"x..y@example.net", "\"x..y\"@example.net"},
        {"a\"b\\c@example.net", "\"a\\\"b\\\\c\"@example.net"},
        {"@example.net", "\"\"@example.net"},
        {"j\xc3\xbc@example.net", "j\xc3\xbc@example.net"},
        {"a\r\nDATA@example.net", "\"a??DATA\"@example.net"},
        {"a@b\r\nDATA", "a@b??DATA"},
        {"", ""},
    };
    for (const auto& [internal, external] : cases) {
        EXPECT_EQ(quote_address(internal), external);
    }
}

TEST(path, survives_the_way_out_and_in_again) {
    for (const std::string address :
         {"x y@example.net", "a@b@example.net", ".x@example.net", "a\"\\<>@example.net", "postmaster", ""}) {
        const Path path{address};
        const auto again = parse_path(path.external());
        ASSERT_TRUE(again) << path.external();
        EXPECT_EQ(again->path, path);
    }
}

}  // namespace posthouse::smtp
