#include "route/aliases.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "tables/fake_files.hpp"
#include "tables/run_task.hpp"

namespace posthouse::route {
namespace {

using State = mail::Expansion::State;

class Aliases : public ::testing::Test {
protected:
    mail::Expansion expand(std::string recipient) {
        const config::View view = config::View::of("myorigin = origin.example\nrecipient_delimiter = +\n" + main_cf);
        const AliasSettings settings = AliasSettings::from(view);
        const auto maps = tables::MapList::open(table, tables::OpenContext{files});
        const tables::IsLocalDomain is_local = [](std::string domain) -> world::Task<tables::Match> {
            co_return tables::Match{domain == "here.example" ? tables::Match::State::match : tables::Match::State::no_match, {}, {}};
        };
        world::Task<mail::Expansion> expanding = expand_aliases(maps, settings, is_local, std::move(recipient));
        return tables::run_now(std::move(expanding));
    }
    std::string words(std::string recipient) {
        std::string out;
        for (const std::string& address : expand(std::move(recipient)).addresses) {
            out += (out.empty() ? "" : " ") + address;
        }
        return out;
    }
    std::string table, main_cf;
    tables::FakeFiles files;
};

TEST_F(Aliases, one_may_stand_for_many_and_those_for_others) {
    table = "inline:{{team@a.example=ann@x.example, bob@x.example}, {all@a.example=team@a.example, carol@x.example}, {short@a.example=dave}, {ann@here.example=a@x.example}, {bob=b@x.example}}";
    EXPECT_EQ(words("who@a.example"), "who@a.example");
    EXPECT_EQ(words("team@a.example"), "ann@x.example bob@x.example");
    EXPECT_EQ(words("ALL@a.example"), "ann@x.example carol@x.example bob@x.example");
    EXPECT_EQ(words("short@a.example"), "dave@origin.example");
    EXPECT_EQ(words("bob@here.example"), "b@x.example");
    EXPECT_EQ(words("bob@there.example"), "bob@there.example");
    table = "inline:{{team@a.example=ann@x.example bob@x.example}}";  // a missing comma is no fault in Postfix either
    EXPECT_EQ(words("team@a.example"), "ann@x.example bob@x.example");
}

TEST_F(Aliases, extensions_go_along_unless_they_are_not_to) {
    table = "inline:{{team@a.example=ann@x.example, bob@x.example}, {team+own@a.example=own@x.example}}";
    EXPECT_EQ(words("team+x@a.example"), "ann+x@x.example bob+x@x.example");
    EXPECT_EQ(words("team+own@a.example"), "own@x.example");
    main_cf = "propagate_unmatched_extensions = canonical\n";
    EXPECT_EQ(words("team+x@a.example"), "ann@x.example bob@x.example");
}

TEST_F(Aliases, a_domain_may_be_another_one) {
    table = "inline:{{@move.example=@moved.example}, {@catch.example=box@x.example}}";
    EXPECT_EQ(words("joe+x@move.example"), "joe+x@moved.example");
    EXPECT_EQ(words("any@catch.example"), "box@x.example");
}

TEST_F(Aliases, an_alias_that_names_itself_keeps_its_mail) {
    table = "inline:{{self@a.example=Self@a.example, eve@x.example}}";
    EXPECT_EQ(words("self@a.example"), "Self@a.example eve@x.example");
}

TEST_F(Aliases, circles_and_crowds_end_at_the_limits) {
    table = "inline:{{a@a.example=b@a.example}, {b@a.example=a@a.example}}";
    EXPECT_EQ(expand("a@a.example").state, State::too_much);
    table = "inline:{{a@a.example=a@b.example, a@c.example}, {@b.example=@a.example}}";
    EXPECT_EQ(expand("a@a.example").state, State::too_much);
    main_cf = "virtual_alias_expansion_limit = 2\n";
    table = "inline:{{a@a.example=b@x.example, c@x.example}, {b@a.example=b@x.example, c@x.example, d@x.example}}";
    EXPECT_EQ(expand("a@a.example").state, State::done);
    EXPECT_EQ(expand("b@a.example").state, State::too_much);
    main_cf = "virtual_alias_address_length_limit = 10\n";
    EXPECT_EQ(expand("a@a.example").state, State::too_much);
}

TEST_F(Aliases, a_table_without_an_answer_leaves_it_open) {
    table = "texthash:/nowhere";
    EXPECT_EQ(expand("a@a.example").state, State::unknown);
    table = "inline:{{a@a.example=b@x.example, <c@x.example, d@x.example}}";
    EXPECT_EQ(expand("a@a.example").state, State::unknown);  // who is meant by the rest must not miss his mail
    EXPECT_NE(expand("a@a.example").reason.find("<c@x.example"), std::string::npos);
}

}  // namespace
}  // namespace posthouse::route
