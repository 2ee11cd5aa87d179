#include "base/ascii_domain.hpp"

#include <gtest/gtest.h>

namespace posthouse::base {

using namespace std::string_literals;

TEST(ascii_domain, labels_beyond_ascii_get_their_form_in_dns) {
    EXPECT_EQ(ascii_domain("bücher.example"), "xn--bcher-kva.example");
    EXPECT_EQ(ascii_domain("BÜCHER.example"), "xn--bcher-kva.example");
    EXPECT_EQ(ascii_domain("bu\u0308cher.example"), "xn--bcher-kva.example");  // not composed
    EXPECT_EQ(ascii_domain("straße.example"), "xn--strae-oqa.example");        // not transitional: "strasse" is another domain
    EXPECT_EQ(ascii_domain("bücher。example"), "xn--bcher-kva.example");       // the full stop of other scripts
    EXPECT_EQ(ascii_domain("點看.例子"), "xn--c1yn36f.xn--fsqu00a");
}

TEST(ascii_domain, what_is_ascii_stays_as_it_is) {
    for (const std::string name : {"example.net", "Example.NET", "_dmarc.example.net", "xn--bcher-kva.example", "a.b.c.", "localhost", "-odd-.example", "1.0.0.127.in-addr.arpa"}) {
        EXPECT_EQ(ascii_domain(name), name);
    }
}

TEST(ascii_domain, what_dns_cannot_have_is_no_name) {
    const std::string label(63, 'a');
    EXPECT_TRUE(ascii_domain(label + ".example"));
    EXPECT_TRUE(ascii_domain(label + '.' + label + '.' + label + '.' + std::string(61, 'b')));
    for (const std::string& name : {""s, "."s, "example..com"s, ".example.com"s, "example.com.."s, label + "a.example", label + '.' + label + '.' + label + '.' + std::string(62, 'b'),
                                    "\xff\xfe.example"s, "b\u00fc\0cher.example"s, "a\u200b\u200d.example"s + "\u0301", "\u0301bc.example"s, std::string(60, 'u') + "\u00fc\u00fc\u00fc.example"}) {
        EXPECT_EQ(ascii_domain(name), std::nullopt) << name;
    }
}

}  // namespace posthouse::base
