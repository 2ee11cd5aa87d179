#include <gtest/gtest.h>

#include "tools/postcat_text.hpp"

namespace posthouse::tools {
namespace {

std::string pass(PostcatParts parts) {
    PostcatContent content(parts);
    std::string out;
    for (const char c : std::string_view("A: b\r\nC: d\r\n\r\nbody\r\n\r\nend\r\n")) {
        out += content.feed({&c, 1});
    }
    return out;
}

TEST(postcat, shows_header_or_body_or_both) {
    EXPECT_EQ(pass({.header = true}), "A: b\nC: d\n");
    EXPECT_EQ(pass({.body = true}), "body\n\nend\n");
    EXPECT_EQ(pass({.header = true, .body = true}), "A: b\nC: d\n\nbody\n\nend\n");
    EXPECT_EQ(pass({.envelope = true}), "");
}

TEST(postcat, shows_the_envelope) {
    mail::Record message("message");
    message.add("id", "ABC").add("queue", "hold").add("size", 345).add("arrival", 0).add("sender", "a\x1b@x");
    EXPECT_EQ(postcat_marker("ENVELOPE RECORDS", message), "*** ENVELOPE RECORDS hold/ABC ***\n");
    const std::string text = postcat_envelope(message);
    EXPECT_TRUE(text.starts_with("message_size:             345\n")) << text;
    EXPECT_TRUE(text.ends_with("\nsender: a?@x\n")) << text;
    EXPECT_EQ(postcat_recipient(mail::Record("recipient").add("address", "x@y").add("original", "o@y")), "original_recipient: o@y\nrecipient: x@y\n");
    EXPECT_EQ(postcat_recipient(mail::Record("recipient").add("address", "x@y").add("done", "yes")), "done_recipient: x@y\n");
}

}  // namespace
}  // namespace posthouse::tools
