#include "config/expansion.hpp"

#include <gtest/gtest.h>

#include <map>

namespace posthouse::config {

namespace {

Expansion run(std::string_view text) {
    static const std::map<std::string, std::string, std::less<>> values{
        {"host", "mail.example.org"}, {"twice", "$host,$host"}, {"empty", ""}, {"level", "3.6"}, {"two", "2"}, {"ten", "10"},
        {"loop", "$pool"},            {"pool", "x${loop}"},     {"word", "dane"}, {"bad", "a$"}};
    return expand(text, [](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    });
}

}  // namespace

TEST(Expansion, all_macro_forms) {
    const std::map<std::string, std::string> cases{
        {"plain", "plain"},
        {"$host", "mail.example.org"},
        {"$(host)", "mail.example.org"},
        {"${host}", "mail.example.org"},
        {"a${host}b", "amail.example.orgb"},
        {"$host.x", "mail.example.org.x"},
        {"$twice", "mail.example.org,mail.example.org"},
        {"$$host", "$host"},
        {"a$$b$$", "a$b$"},
        {"${host?set}", "set"},
        {"${host? $two }", " 2 "},
        {"${empty?set}", ""},
        {"${missing?set}", ""},
        {"${host:other}", ""},
        {"${empty:other}", "other"},
        {"${missing:$two}", "2"},
        {"${host?{ set }}", " set "},
        {"${missing:{ other }}", " other "},
        {"${host?{yes}:{no}}", "yes"},
        {"${empty?{yes}:{no}}", "no"},
        {"${host ? {yes} : {no}}", "yes"},
        {"$(host?yes)", "yes"},
        {"${missing?{$x}:{${two?{nested $ten}:{y}}}}", "nested 10"},
        {"${stress?{10}:{300}}s", "300s"},
        {"${{$two} == {2} ? {x} : {y}}", "x"},
        {"${{$two}=={3}?{x}:{y}}", "y"},
        {"${{a} != {b} ? {x} : {y}}", "x"},
        {"${{$two} < {$ten} ? {number} : {text}}", "number"},
        {"${{2x} < {10x} ? {number} : {text}}", "text"},
        {"${{10} >= {10} ? {x} : {y}}", "x"},
        {"${{10} <= {9} ? {x} : {y}}", "y"},
        {"${{10} > {9} ? {x} : {y}}", "x"},
        {"${{b} > {a} ? {x}}", "x"},
        {"${{a} > {b} ? {x}}", ""},
        {"${{$word} == {dane} ? {dane} : {may}}", "dane"},
        {"${{$level} <level {3.6} ? {md5} : {sha256}}", "sha256"},
        {"${{$level} >=level {3.10} ? {new} : {old}}", "old"},
        {"${{a} == {a} ? {} : {b}}", ""},
        {"${{ 10 } > { 9 } ? {number} : {text}}", "text"},
        {"${{ a } == {a} ? {same} : {blanks count}}", "blanks count"},
        {"${host?{ y }}", " y "},
    };
    for (const auto& [text, wanted] : cases) {
        const Expansion result = run(text);
        EXPECT_EQ(result.text, wanted) << text;
        EXPECT_FALSE(result.error) << text << ": " << *result.error;
    }
}

TEST(Expansion, names_without_a_value_expand_to_nothing_and_are_told) {
    const Expansion result = run("a $missing b ${missing} $other ${third?x}");
    EXPECT_EQ(result.text, "a  b   ");
    EXPECT_EQ(result.undefined, (std::vector<std::string>{"missing", "other"}));
    EXPECT_FALSE(result.error);
}

TEST(Expansion, malformed_macros_are_errors) {
    for (const std::string text : {"$", "a $ b", "${", "${host", "$(host", "${}", "${host!}", "${host?{a}b}", "${host?{a}:b}", "${host?{a}:{b}c}",
                                   "${{a}}", "${{a} == b}", "${{a} =! {b} ? {c}}", "$bad", "$/", "${host?{a}", "${{3.x} <level {4} ? {a}}", "${{3} <level {4 } ? {a}}", "${{1.2.3.4} <level {4} ? {a}}"}) {
        EXPECT_TRUE(run(text).error) << text;
    }
}

TEST(Expansion, a_loop_is_an_error) {
    const Expansion result = run("$loop");
    ASSERT_TRUE(result.error);
    EXPECT_NE(result.error->find("possible macro recursion"), std::string::npos);
}

TEST(Expansion, growth_is_bounded) {
    // Each name doubles the next: 2^40 copies if nobody stopped it.
    const Expansion result = expand("$n0", [](std::string_view name) -> std::optional<std::string> {
        const int n = std::stoi(std::string(name.substr(1)));
        return n == 40 ? std::string("x") : "$n" + std::to_string(n + 1) + "$n" + std::to_string(n + 1);
    });
    EXPECT_TRUE(result.error);
}

TEST(Expansion, names_used_looks_into_every_branch) {
    EXPECT_EQ(names_used("$a ${b?{$c}:{$d}} ${{$e} == {$f} ? {$g} : {$a}} $$h ${i:$j}"),
              (std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g", "i", "j"}));
    EXPECT_EQ(names_used("$a ${b $c"), (std::vector<std::string>{"a"})) << "nothing is expanded behind what is no macro";
}

TEST(Expansion, levels_compare_by_their_parts) {
    EXPECT_LT(compare_levels("3.6", "3.10"), 0);
    EXPECT_EQ(compare_levels("3", "3.0.0"), 0);
    EXPECT_GT(compare_levels("3.6.1", "3.6"), 0);
}

}  // namespace posthouse::config
