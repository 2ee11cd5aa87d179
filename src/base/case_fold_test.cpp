#include "base/case_fold.hpp"

#include <gtest/gtest.h>

namespace posthouse::base {

TEST(FoldCase, folds_all_of_unicode) {
    EXPECT_EQ(fold_case("Info@Example.ORG"), "info@example.org");
    EXPECT_EQ(fold_case("JÖRG@Пример.РФ"), "jörg@пример.рф");
    EXPECT_EQ(fold_case("Straße"), "strasse");
    EXPECT_EQ(fold_case("ΟΔΟΣ"), fold_case("οδος"));
    EXPECT_EQ(fold_case("οδος"), "οδοσ");
    EXPECT_EQ(fold_case("İ"), "i\xcc\x87");  // no language is asked: never the dotless i
    EXPECT_EQ(fold_case("漢字"), "漢字");
    EXPECT_EQ(fold_case(""), "");
}

TEST(FoldCase, leaves_bytes_that_are_not_utf8) {
    EXPECT_EQ(fold_case("J\xd6RG"), "j\xd6rg");
    EXPECT_FALSE(is_utf8("J\xd6RG"));
    EXPECT_FALSE(is_utf8("\xc0\x80"));
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
    EXPECT_TRUE(is_utf8("jörg"));
}

TEST(FoldCase, compares) {
    EXPECT_TRUE(equal_folded("STRASSE", "straße"));
    EXPECT_TRUE(equal_folded("A", "a"));
    EXPECT_FALSE(equal_folded("Ö", "o"));
}

}  // namespace posthouse::base
