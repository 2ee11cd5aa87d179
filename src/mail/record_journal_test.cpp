#include "mail/record_journal.hpp"

#include <gtest/gtest.h>

#include "world/one_core_test.hpp"
#include "world/task_group.hpp"

namespace posthouse::mail {
namespace {

class RecordJournalTest : public ::testing::Test, protected world::memory::OneCore {
protected:
    RecordJournalTest() {
        RecordJournal::Doors doors{line, core, [this] { return all(); }, [this] { return cache.size(); }, [this](const base::Error& error) { complaints.push_back(error.text); }};
        journal = std::make_unique<RecordJournal>(std::make_shared<RecordFile>(files, "/x"), std::move(doors), 0);
        tasks.spawn(journal->keep_writing());
    }
    ~RecordJournalTest() override { stop(); }
    void stop() {
        tasks.cancel();
        line.run();
        if (journal) {
            stopping.spawn(journal->finish());
            line.run();
            EXPECT_EQ(stopping.size(), 0U);
            journal.reset();
        }
    }
    RecordJournal::All all() {
        const auto lines = std::make_shared<const std::vector<std::string>>(cache);
        return {lines->size(), [lines](std::size_t i) { return (*lines)[i]; }};
    }
    void learn(const std::string& what) {
        cache.push_back(what + "\n");
        journal->add(cache.back());
    }
    std::vector<std::string> in_file() {
        std::vector<std::string> out;
        for (std::string_view rest = files.files["/x"]; !rest.empty();) {
            const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
            if (end > 0) {
                out.emplace_back(rest.substr(0, end));
            }
            rest.remove_prefix(end + 1);
        }
        return out;
    }

    std::vector<std::string> cache, complaints;
    std::unique_ptr<RecordJournal> journal;
    world::TaskGroup tasks, stopping;
};

}  // namespace

TEST_F(RecordJournalTest, writes_lines_as_the_disk_has_time_for_them) {
    learn("one");
    learn("two");
    learn("three");
    EXPECT_EQ(line.waiting.size(), 1U);  // the first is under way, the others wait for its end
    line.run();
    EXPECT_EQ(in_file(), (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(RecordJournalTest, writes_what_is_left_when_it_stops) {
    learn("one");
    learn("two");
    stop();
    EXPECT_EQ(in_file(), (std::vector<std::string>{"one", "two"}));
}

TEST_F(RecordJournalTest, a_line_that_a_crash_cut_does_not_take_the_next_with_it) {
    files.files["/x"] = "cut by a cra";
    learn("one");
    line.run();
    EXPECT_EQ(in_file(), (std::vector<std::string>{"cut by a cra", "one"}));
}

TEST_F(RecordJournalTest, writes_the_cache_anew_when_most_lines_are_old) {
    for (int i = 0; i < 3000; ++i) {
        cache = {"now\n"};
        journal->add("now\n");
        line.run();
    }
    EXPECT_LT(in_file().size(), 1100U);
    EXPECT_FALSE(files.files.contains("/x.new"));
}

TEST_F(RecordJournalTest, writes_the_cache_anew_when_it_is_told_to) {
    learn("one");
    line.run();
    cache = {"other\n"};
    journal->rewrite();
    line.run();
    EXPECT_EQ(in_file(), std::vector<std::string>{"other"});
}

TEST_F(RecordJournalTest, a_disk_that_refuses_is_complained_of_once_until_it_works_again) {
    for (int round = 0; round < 2; ++round) {
        files.broken = true;
        learn("lost");
        line.run();
        learn("lost");
        line.run();
        EXPECT_EQ(complaints.size(), static_cast<std::size_t>(round + 1));
        files.broken = false;
        learn("kept");
        line.run();
    }
}

TEST_F(RecordJournalTest, what_waits_for_the_disk_is_bounded_and_made_up_for_by_the_whole_cache) {
    learn("first");  // is being written while the others come
    for (int i = 0; i < 3; ++i) {
        learn(std::string(600 * 1024, 'x'));
    }
    line.run();
    EXPECT_EQ(in_file().size(), 4U);
}

}  // namespace posthouse::mail
