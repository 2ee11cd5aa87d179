// smtp_header_checks(5) and its kin, in a delivery.
#include <gtest/gtest.h>

#include "checks/test_sink.hpp"
#include "deliver/smtp/fake_world_test.hpp"

namespace posthouse::deliver {
namespace {

using checks::testing::set_of;
using fake::request;
using fake::World;
using Kind = mail::Outcome::Kind;

mail::DeliveryRequest with_content(std::vector<std::string> blocks) {
    auto out = request("[127.0.0.1]", {"x@x"});
    out.content = std::make_shared<fake::Source>(std::move(blocks));
    return out;
}

constexpr std::string_view rules = "/^Received: from localhost/ IGNORE\n/^X-Old: (.*)/ REPLACE X-New: $1\n/^X-Pre:/ PREPEND X-Added: yes\n/^X-Strip/ STRIP\n/^X-Reject/ REJECT no\n";
const std::vector<std::string> content{"Received: from local", "host by us\r\nX-Old: 1\r\nX-Pre: 1\r\nX-Strip: 1\r\nX-Re", "ject: 1\r\n\r\nbody\r\nX-Old: body\r\n"};
constexpr std::string_view cleaned = "X-New: 1\r\nX-Added: yes\r\nX-Pre: 1\r\nX-Reject: 1\r\n\r\nbody\r\nX-Old: body\r\n";

}  // namespace

TEST(header_checks, clean_what_goes_out_with_data_and_with_bdat) {
    for (const std::string offered : {"PIPELINING", "CHUNKING"}) {
        World w;
        w.checks = set_of({.header = rules});
        auto& up = w.server("127.0.0.1:25");
        up.offers = {offered};
        EXPECT_EQ(w.deliver(with_content(content))[0].kind, Kind::delivered);
        ASSERT_EQ(up.messages.size(), 1U);
        EXPECT_EQ(up.messages[0].data, cleaned);
        EXPECT_EQ(w.sink.lines, (std::vector<std::string>{"replace: header X-Old: 1: X-New: 1", "prepend: header X-Pre: 1: X-Added: yes", "strip: header X-Strip: 1",
                                                          "unsupported command in header_checks map: REJECT no"}));
    }
}

TEST(header_checks, body_lines_too) {
    World w;
    w.checks = set_of({.body = "/^body/ REPLACE .other\n/^X-Old/ IGNORE\n"});
    auto& up = w.server("127.0.0.1:25");
    EXPECT_EQ(w.deliver(with_content(content))[0].kind, Kind::delivered);
    EXPECT_TRUE(up.messages.at(0).data.ends_with("\r\n\r\n..other\r\n"));
}

TEST(header_checks, a_chunk_that_grows_too_big_goes_by_data_and_is_told_once) {
    World w;
    w.checks = set_of({.header = "/^X: 1/ INFO seen\n", .body = "/^(x+)$/ REPLACE $1$1$1$1\n"});
    auto& up = w.server("127.0.0.1:25");
    up.offers = {"PIPELINING", "CHUNKING"};
    const std::string line(900, 'x');
    std::vector<std::string> blocks{"X: 1\r\n\r\n"};
    for (int i = 0; i < 30; ++i) {
        blocks.push_back(line + "\r\n");
    }
    w.settings.smtp_line_length_limit = 0;
    EXPECT_EQ(w.deliver(with_content(blocks))[0].kind, Kind::delivered);
    ASSERT_EQ(up.messages.size(), 1U);
    EXPECT_EQ(up.messages[0].data.size(), 8U + 30U * 3602U);
    EXPECT_EQ(std::count(w.sink.lines.begin(), w.sink.lines.end(), "info: header X: 1: seen"), 1);
    EXPECT_EQ(w.sink.lines.size(), 31U);
    EXPECT_EQ(std::count_if(up.commands.begin(), up.commands.end(), [](const std::string& command) { return command.starts_with("BDAT"); }), 0);
}

TEST(header_checks, a_table_that_cannot_answer_defers_and_ends_the_connection) {
    for (const std::string offered : {"PIPELINING", "CHUNKING"}) {
        World w;
        w.checks = set_of({.header = rules});
        w.checks.mime_header = checks::CheckList("smtp_mime_header_checks", fake::maps({{"MIME-Version: 1.0", "?"}}));
        auto& up = w.server("127.0.0.1:25");
        up.offers = {offered};
        const auto out = w.deliver(with_content({"MIME-Version: 1.0\r\n\r\nx\r\n"}));
        EXPECT_EQ(out[0].kind, Kind::deferred);
        EXPECT_EQ(out[0].status, "4.3.0");
        EXPECT_EQ(out[0].text, "local data error while talking to 127.0.0.1[127.0.0.1]");
        EXPECT_TRUE(up.messages.empty());
        EXPECT_EQ(w.sink.lines, (std::vector<std::string>{"smtp_mime_header_checks lookup error: the table is out"}));
    }
}

TEST(header_checks, see_what_a_server_without_8bitmime_gets) {
    World w;
    w.checks = set_of({.mime_header = "/^Content-Transfer-Encoding: quoted-printable/ INFO\n", .body = "/^gr=C3=BC=C3=9F$/ REPLACE ok\n"});
    auto& up = w.server("127.0.0.1:25");
    auto wanted = with_content({"Content-Transfer-Encoding: 8bit\r\n\r\ngr\xc3\xbc\xc3\x9f\r\n"});
    auto envelope = std::make_shared<mail::Envelope>(*wanted.envelope);
    envelope->body = mail::BodyType::eight_bit_mime;
    wanted.envelope = std::move(envelope);
    EXPECT_EQ(w.deliver(std::move(wanted))[0].kind, Kind::delivered);
    EXPECT_EQ(up.messages.at(0).data, "Content-Transfer-Encoding: quoted-printable\r\n\r\nok\r\n");
    EXPECT_EQ(w.sink.lines.size(), 2U);
}

}  // namespace posthouse::deliver
