#include "tools/manual.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/parameter.hpp"
#include "tools/command_page.hpp"
#include "tools/postconf_options.hpp"
#include "tools/sendmail_options.hpp"

namespace posthouse::tools {
namespace {

std::string page(std::string_view file) {
    for (const ManualPage& one : manual_pages()) {
        if (one.file == file) {
            return one.text;
        }
    }
    return {};
}

void expect_well_formed(const ManualPage& made) {
    constexpr std::array<std::string_view, 8> macros{".TH", ".ad", ".SH", ".TP", ".PP", ".br", ".so", ".\\\""};
    EXPECT_TRUE(made.text.ends_with('\n')) << made.file;
    std::string_view macro;
    for (const std::string_view line : base::split_fields(std::string_view(made.text).substr(0, made.text.size() - 1), '\n')) {
        ASSERT_FALSE(line.empty()) << made.file;
        EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return base::is_ascii(c) && !base::is_control(c); })) << made.file << ": " << line;
        EXPECT_NE(line.front(), '\'') << made.file << ": " << line;
        EXPECT_FALSE(line.ends_with('\\')) << made.file << ": " << line;
        const std::string_view before = macro;
        macro = line.front() == '.' ? line.substr(0, 3) : std::string_view();
        if (!macro.empty()) {
            EXPECT_NE(std::find(macros.begin(), macros.end(), macro), macros.end()) << made.file << ": " << line;
        }
        EXPECT_FALSE((before == ".TP" || before == ".PP") && !macro.empty()) << made.file << ": a paragraph without text before " << line;
        const std::size_t set = static_cast<std::size_t>(std::count(line.begin(), line.end(), '\\'));
        EXPECT_TRUE(line.find("\\f") == std::string_view::npos || set >= 2) << made.file << ": " << line;
    }
}

}  // namespace

TEST(manual, pages_are_well_formed) {
    for (const ManualPage& made : manual_pages()) {
        expect_well_formed(made);
        EXPECT_TRUE(made.text.starts_with(".so ") || made.text.find("\n.SH NAME\n") != std::string::npos) << made.file;
        if (made.text.starts_with(".so ")) {
            EXPECT_NE(page(base::trim(std::string_view(made.text).substr(4))), "") << made.file;
        }
    }
}

TEST(manual, has_every_parameter_with_its_default) {
    const std::string text = page("man5/postconf.5");
    for (const config::Parameter& parameter : config::all_parameters()) {
        EXPECT_NE(text.find("\n\\fB" + std::string(parameter.name) + "\\fR"), std::string::npos) << parameter.name;
    }
    EXPECT_NE(text.find(".TP\n\\fBanvil_rate_time_unit\\fR (default: 60s)\nLength of the interval over which client rates are counted.\n.br\ntime: a number and s, m, h, d or w; "
                        "seconds without a letter; supported.\n"), std::string::npos);
    EXPECT_NE(text.find("\\fItransport\\fR\\fB_destination_rate_delay\\fR\n$default_destination_rate_delay\n"), std::string::npos);
}

TEST(manual, has_a_page_for_each_tool) {
    for (const std::string_view name : {"posthouse", "postcat", "postconf", "postfix", "postlog", "postmap", "postalias", "postqueue", "mailq", "postsuper", "sendmail", "newaliases"}) {
        EXPECT_NE(page("man1/" + std::string(name) + ".1"), "") << name;
    }
    EXPECT_NE(page("man1/postcat.1").find(".TP\n\\fB\\-s\\fR \\fIoffset\\fR\nLeave out"), std::string::npos);
    EXPECT_EQ(option_letters("postqueue"), "+c:fi:jps:v");
    EXPECT_EQ(usage_text("postqueue"), "usage: postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site");
}

TEST(manual, options_that_it_names_are_taken) {
    for (const CommandOption& option : command_page("postconf").options) {
        const std::string value = option.letter == "o" ? "a=b" : option.letter == "C" ? "user" : "x";
        const auto parsed = parse_postconf_options({"-" + std::string(option.letter) + (option.argument.empty() ? "" : value), "x=y"}, "/x");
        EXPECT_TRUE(parsed || parsed.error().kind != base::ErrorKind::not_found) << option.letter;
    }
    for (const CommandOption& option : command_page("sendmail").options) {
        EXPECT_TRUE(parse_sendmail_options({"-" + std::string(option.letter) + (option.argument.empty() ? "" : option.letter == "B" ? "7BIT" : "x"), "x@y"})) << option.letter;
    }
}

}  // namespace posthouse::tools
