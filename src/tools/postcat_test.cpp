#include <gtest/gtest.h>

#include "tools/postcat_text.hpp"

namespace posthouse::tools {
namespace {

mail::Record message(std::string queue) {
    mail::Record record("message");
    record.add("id", "ABC").add("queue", std::move(queue)).add("size", 30).add("arrival", 1795344791).add("sender", "a\x1b@x");
    return record.add("envelope-id", "e1").add("client-name", "host.example");
}

std::string pass(PostcatOptions options, std::string queue, std::size_t cut) {
    std::string out;
    PostcatPrinter printer(options, [&out](std::string_view text) { out += text; });
    printer.message(message(std::move(queue)), {});
    printer.recipient(mail::Record("recipient").add("address", "x@y").add("original", "o@y").add("orcpt", "rfc822;o@y").add("notify", 2));
    printer.recipient(mail::Record("recipient").add("address", "z@y").add("done", "yes"));
    for (std::string_view rest = "A: b\r\n c\r\n\r\nbody\r\n\r\nend\r\n"; !rest.empty(); rest.remove_prefix(std::min(cut, rest.size()))) {
        printer.content(rest.substr(0, cut));
    }
    printer.end();
    return out;
}

}  // namespace

TEST(postcat, shows_header_or_body_or_both_however_the_content_is_cut) {
    for (const std::size_t cut : {1U, 5U, 1000U}) {
        EXPECT_EQ(pass({.parts = {.header = true}}, "hold", cut), "A: b\n c\n");
        EXPECT_EQ(pass({.parts = {.body = true}}, "hold", cut), "\nbody\n\nend\n");
        EXPECT_EQ(pass({.parts = {.header = true, .body = true}}, "hold", cut), "A: b\n c\n\nbody\n\nend\n");
    }
}

TEST(postcat, shows_the_envelope) {
    const std::string text = pass({.parts = {.envelope = true}}, "hold", 9);
    EXPECT_TRUE(text.starts_with("*** ENVELOPE RECORDS hold/ABC ***\n"
                                 "message_size:              30             227               2               0              30               0\n"
                                 "message_arrival_time: ")) << text;
    EXPECT_TRUE(text.ends_with("\nnamed_attribute: envelope_id=e1\nsender: a?@x\nnamed_attribute: log_client_name=host.example\n"
                               "named_attribute: dsn_orig_rcpt=rfc822;o@y\nnamed_attribute: notify_flags=2\noriginal_recipient: o@y\nrecipient: x@y\n"
                               "done_recipient: z@y\n*** MESSAGE CONTENTS hold/ABC ***\n*** HEADER EXTRACTED hold/ABC ***\n*** MESSAGE FILE END hold/ABC ***\n")) << text;
}

TEST(postcat, shows_the_delimiters_of_variable_return_paths_behind_the_sender) {
    std::string out;
    PostcatPrinter printer({.parts = {.envelope = true}}, [&out](std::string_view text) { out += text; });
    printer.message(message("hold").add("verp", "+="), {});
    printer.recipient(mail::Record("recipient").add("address", "x@y"));
    printer.end();
    EXPECT_NE(out.find("\nsender: a?@x\nnamed_attribute: log_client_name=host.example\nverp_delimiters: +=\nrecipient: x@y\n"), std::string::npos) << out;
}

TEST(postcat, shows_types_and_offsets_of_records) {
    const std::string text = pass({.parts = {true, true, true}, .offsets = true, .types = true, .verbose = true}, "maildrop", 9);
    EXPECT_NE(text.find("\n       19  65 named_attribute: envelope_id=e1\n       35  83 sender: a?@x\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\n      128  77 *** MESSAGE CONTENTS maildrop/ABC ***\n      130  78 regular_text: A: b\n      136  78 regular_text:  c\n"
                        "      140  78 regular_text: \n      142  78 regular_text: body\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("message_size"), std::string::npos);
    EXPECT_EQ(pass({.parts = {true, true, true}, .offsets = true, .skip = 140}, "maildrop", 9),
              "      140 \n      142 body\n      148 \n      150 end\n      155 *** HEADER EXTRACTED maildrop/ABC ***\n      157 *** MESSAGE FILE END maildrop/ABC ***\n");
}

TEST(postcat, shows_a_message_without_a_body_to_its_end) {
    std::string out;
    PostcatPrinter printer({.parts = {.header = true, .body = true}}, [&out](std::string_view text) { out += text; });
    printer.message(message("hold"), {});
    printer.content("A: b\r\nC: d");
    printer.end();
    EXPECT_EQ(out, "A: b\nC: d\n");
}

}  // namespace posthouse::tools
