#include "smtp/dot_reader.hpp"

#include <gtest/gtest.h>

#include <random>

#include "smtp/dot_writer.hpp"

namespace posthouse::smtp {
namespace {

using namespace std::string_view_literals;

struct Read {
    std::string content;
    std::size_t consumed = 0;
    DotReader::Progress progress = DotReader::Progress::need_more;
    bool saw_bare_newline = false;
    std::uint64_t size = 0;
    friend bool operator==(const Read&, const Read&) = default;
};

Read read_in_pieces(std::string_view bytes, std::size_t piece, DotReader::Options options = {}) {
    DotReader reader(options);
    Read out;
    while (out.consumed < bytes.size() && out.progress == DotReader::Progress::need_more) {
        const auto fed = reader.feed(bytes.substr(out.consumed, piece), out.content);
        out.consumed += fed.consumed;
        out.progress = fed.progress;
    }
    if (options.framing == Framing::counted && out.progress == DotReader::Progress::need_more) {
        reader.finish(out.content);
    }
    out.saw_bare_newline = reader.saw_bare_newline();
    out.size = reader.content_size();
    return out;
}

std::string odd_text(std::mt19937& random, std::size_t length) {
    static constexpr std::string_view alphabet = "..\r\r\n\n\r\nab";
    std::string text;
    for (std::size_t i = 0; i < length; ++i) {
        text += alphabet[random() % alphabet.size()];
    }
    return text;
}

// The definition, one byte at a time and without speed: the line, how the line before it ended, and the rest.
std::pair<std::string, bool> reference(std::string_view bytes) {
    std::string content;
    std::string line;
    bool after_crlf = true;
    for (const char c : bytes) {
        line += c;
        if (c != '\n') {
            continue;
        }
        if (after_crlf && line == ".\r\n") {
            return {content, true};
        }
        const bool crlf = line.ends_with("\r\n");
        line.pop_back();
        while (line.ends_with('\r')) {
            line.pop_back();
        }
        if (line.starts_with('.')) {
            line.erase(0, 1);
        }
        for (char& byte : line) {
            byte = byte == '\r' ? ' ' : byte;
        }
        content += line + "\r\n";
        line.clear();
        after_crlf = crlf;
    }
    return {content, false};
}

}  // namespace

TEST(dot_reader, unstuffs_and_stops_at_the_end_of_data) {
    const auto read = read_in_pieces("Subject: x\r\n\r\n..dot\r\n...\r\n.\r\nQUIT\r\n", 1000);
    EXPECT_EQ(read.content, "Subject: x\r\n\r\n.dot\r\n..\r\n");
    EXPECT_EQ(read.progress, DotReader::Progress::done);
    EXPECT_EQ(read.consumed, 29U);
    EXPECT_EQ(read.size, read.content.size());
    EXPECT_EQ(read_in_pieces(".\r\n", 10).progress, DotReader::Progress::done);
    EXPECT_EQ(read_in_pieces(".\r\n", 10).content, "");
}

TEST(dot_reader, takes_nothing_else_for_the_end_of_data) {
    const std::vector<std::pair<std::string, std::string>> attacks{
        {"a\n.\nMAIL\r\n", "a\r\n\r\nMAIL\r\n"},
        {"a\n.\r\nMAIL\r\n", "a\r\n\r\nMAIL\r\n"},
        {"a\r\n.\nMAIL\r\n", "a\r\n\r\nMAIL\r\n"},
        {"a\r.\rMAIL\r\n", "a . MAIL\r\n"},
        {"a\r\n.\rMAIL\r\n", "a\r\n MAIL\r\n"},
        {"a\r\n.\r\r\nMAIL\r\n", "a\r\n\r\nMAIL\r\n"},
        {"a\r.\r\nMAIL\r\n", "a .\r\nMAIL\r\n"},
        {"a\r\n. \r\nMAIL\r\n", "a\r\n \r\nMAIL\r\n"},
        {std::string("a\r\n\0.\r\nMAIL\r\n", 13), std::string("a\r\n\0.\r\nMAIL\r\n", 13)},
    };
    for (const auto& [bytes, content] : attacks) {
        const auto read = read_in_pieces(bytes, 1000);
        EXPECT_EQ(read.progress, DotReader::Progress::need_more);
        EXPECT_EQ(read.content, content);
    }
}

// Long stretches of ordinary lines, which pass in large steps, with something odd here and there.
TEST(dot_reader, reads_what_is_odd_between_ordinary_lines_as_the_definition_says) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        std::string bytes;
        for (int part = 0; part < 4; ++part) {
            for (std::size_t i = random() % 12; i > 0; --i) {
                bytes += std::string(1 + random() % 80, 'x') + "\r\n";
            }
            bytes += odd_text(random, random() % 6);
        }
        bytes += "\r\nend\r\n";
        const auto [content, ended] = reference(bytes);
        for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100}, bytes.size()}) {
            const auto read = read_in_pieces(bytes, piece);
            EXPECT_EQ(read.content, content) << "seed " << seed << ", pieces of " << piece;
            EXPECT_EQ(read.progress == DotReader::Progress::done, ended) << seed;
        }
    }
}

TEST(dot_reader, makes_content_that_is_only_crlf_lines) {
    const auto read = read_in_pieces("Subject: bare\nX-Two: lf\n\nbody\0nul\nlone\rcr\n..dot\r\n.\r\n"sv, 1000);
    EXPECT_EQ(read.content, "Subject: bare\r\nX-Two: lf\r\n\r\nbody\0nul\r\nlone cr\r\n.dot\r\n"sv);
    EXPECT_TRUE(read.saw_bare_newline);
    EXPECT_EQ(read_in_pieces("a\r\r\r\nb\r\n.\r\n", 1000).content, "a\r\nb\r\n");
    EXPECT_FALSE(read_in_pieces("a\r\r\r\nb\r\n.\r\n", 1000).saw_bare_newline);
}

TEST(dot_reader, takes_any_line_end_around_the_final_dot_if_that_is_permitted) {
    const DotReader::Options options{.bare_newline = BareNewline::permitted};
    for (const std::string_view end : {"\n.\n"sv, "\r\n.\n"sv, "\n.\r\n"sv, "\r\n.\r\n"sv}) {
        const std::string bytes = "a" + std::string(end) + "QUIT\r\n";
        for (std::size_t piece = 1; piece < 12; ++piece) {
            const auto read = read_in_pieces(bytes, piece, options);
            EXPECT_EQ(read.progress, DotReader::Progress::done);
            EXPECT_EQ(read.content, "a\r\n");
            EXPECT_EQ(read.consumed, bytes.size() - 6);
        }
    }
    EXPECT_EQ(read_in_pieces("a\n..\n.b\n\r.\n.\n", 1000, options).content, "a\r\n.\r\nb\r\n .\r\n");
}

TEST(dot_reader, leaves_dots_alone_in_counted_data_and_completes_the_last_line) {
    const DotReader::Options options{.framing = Framing::counted};
    EXPECT_EQ(read_in_pieces(".\r\n..x\n.", 3, options).content, ".\r\n..x\r\n.\r\n");
    EXPECT_EQ(read_in_pieces("x\r", 3, options).content, "x\r\n");
    EXPECT_EQ(read_in_pieces("x\r\n", 3, options).content, "x\r\n");
    EXPECT_EQ(read_in_pieces("x\r\n", 3, options).size, 3U);
}

TEST(dot_reader, gives_the_same_for_every_segmentation) {
    std::mt19937 random(4711);
    for (int round = 0; round < 3000; ++round) {
        const std::string bytes = odd_text(random, 1 + random() % 40) + "\r\n.\r\nQUIT\r\n";
        const auto whole = read_in_pieces(bytes, bytes.size());
        const auto [content, ended] = reference(bytes);
        ASSERT_EQ(whole.content, content) << testing::PrintToString(bytes);
        ASSERT_EQ(whole.progress == DotReader::Progress::done, ended);
        for (std::size_t piece = 1; piece < 9; ++piece) {
            ASSERT_EQ(read_in_pieces(bytes, piece), whole) << testing::PrintToString(bytes) << piece;
        }
    }
}

TEST(dot_reader, bounds_what_it_holds_back) {
    const std::string crs(100'000, '\r');
    const auto whole = read_in_pieces(crs + "x\r\n", 200'000);
    EXPECT_EQ(whole.content.size(), crs.size() + 3);
    EXPECT_EQ(read_in_pieces(crs + "x\r\n", 777), whole);
}

TEST(dot_writer, stuffs_dots_at_line_starts_and_completes_the_last_line) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", ".\r\n"},
        {"x\r\n", "x\r\n.\r\n"},
        {".x\r\n.\r\na.b\r\n", "..x\r\n..\r\na.b\r\n.\r\n"},
        {"no newline", "no newline\r\n.\r\n"},
        {"half\r", "half\r\n.\r\n"},
        {"\n.\n", "\n..\n.\r\n"},
    };
    for (const auto& [content, wire] : cases) {
        for (std::size_t piece = 1; piece <= 12; ++piece) {
            DotWriter writer;
            std::string out;
            for (std::size_t at = 0; at < content.size(); at += piece) {
                writer.append(std::string_view(content).substr(at, piece), out);
            }
            writer.finish(out);
            EXPECT_EQ(out, wire) << piece;
        }
    }
}

TEST(dot_writer, sends_what_dot_reader_reads_back) {
    std::mt19937 random(42);
    for (int round = 0; round < 2000; ++round) {
        const auto first = read_in_pieces(odd_text(random, random() % 60) + "\r\n.\r\n", 1000);
        DotWriter writer;
        std::string wire;
        writer.append(first.content, wire);
        writer.finish(wire);
        const auto again = read_in_pieces(wire, 7);
        ASSERT_EQ(again.content, first.content);
        ASSERT_EQ(again.consumed, wire.size());
        ASSERT_EQ(again.progress, DotReader::Progress::done);
    }
}

}  // namespace posthouse::smtp
