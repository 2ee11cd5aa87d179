#include "receive/held_content.hpp"

#include <gtest/gtest.h>

#include "world/one_core_test.hpp"
#include "world/task_group.hpp"

namespace posthouse::receive {
namespace {

class HeldContentTest : public ::testing::Test, protected world::memory::OneCore {
protected:
    std::unique_ptr<HeldContent> make() { return std::make_unique<HeldContent>(HeldContent::Room{files, line, "/spool"}, core); }
    bool append(HeldContent& content, std::string bytes) {
        bool fine = false;
        struct Do {
            static world::Task<void> it(HeldContent& content, std::string bytes, bool& fine) {
                const auto done = co_await content.append(bytes);
                fine = done.has_value();
            }
        };
        tasks.spawn(Do::it(content, std::move(bytes), fine));
        line.run();
        return fine;
    }
    // All of it; nullopt: it could not be read.
    std::optional<std::string> read(HeldContent& content) {
        std::optional<std::string> out = "";
        struct Do {
            static world::Task<void> it(HeldContent& content, std::optional<std::string>& out) {
                for (;;) {
                    const auto part = co_await content.next();
                    if (!part) {
                        out.reset();
                        co_return;
                    }
                    if (!*part) {
                        co_return;
                    }
                    *out += **part;
                }
            }
        };
        tasks.spawn(Do::it(content, out));
        line.run();
        return out;
    }
    static std::string text(std::size_t size) {
        std::string out;
        for (std::size_t i = 0; out.size() < size; ++i) {
            out += std::to_string(i) + "\r\n";
        }
        out.resize(size);
        return out;
    }

    world::TaskGroup tasks;
};

}  // namespace

TEST_F(HeldContentTest, gives_back_what_it_got_whatever_its_size_and_however_it_came) {
    constexpr std::size_t part = HeldContent::part_size;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, part - 1, part, part + 1, 2 * part, 3 * part + 17}) {
        for (const std::size_t step : {std::size_t{1000}, part - 1, part, 5 * part}) {
            const auto content = make();
            const std::string all = text(size);
            for (std::size_t at = 0; at < size; at += step) {
                EXPECT_TRUE(append(*content, all.substr(at, step)));
            }
            EXPECT_EQ(files.files.size(), size / part) << size;
            EXPECT_EQ(read(*content), all);
            EXPECT_TRUE(files.files.empty());
        }
    }
}

TEST_F(HeldContentTest, takes_its_files_with_it) {
    {
        const auto content = make();
        EXPECT_TRUE(append(*content, text(3 * HeldContent::part_size)));
        EXPECT_EQ(files.files.size(), 3U);
    }
    line.run();
    EXPECT_TRUE(files.files.empty());
}

TEST_F(HeldContentTest, says_so_if_a_part_cannot_be_written_or_is_not_what_was_written) {
    const auto refused = make();
    files.broken = true;
    EXPECT_FALSE(append(*refused, text(HeldContent::part_size)));
    files.broken = false;
    const auto cut = make();
    EXPECT_TRUE(append(*cut, text(HeldContent::part_size)));
    files.files.begin()->second.pop_back();
    EXPECT_EQ(read(*cut), std::nullopt);
    const auto gone = make();
    EXPECT_TRUE(append(*gone, text(HeldContent::part_size)));
    files.files.clear();
    EXPECT_EQ(read(*gone), std::nullopt);
}

TEST_F(HeldContentTest, what_a_killed_server_left_is_removed_and_nothing_else) {
    files.files = {{"/spool/held-00ff.0", "x"}, {"/spool/spool.sqlite", "y"}, {"/elsewhere/held-1.0", "z"}};
    remove_held_content(files, "/spool");
    EXPECT_EQ(files.files, (std::map<std::string, std::string>{{"/spool/spool.sqlite", "y"}, {"/elsewhere/held-1.0", "z"}}));
}

}  // namespace posthouse::receive
