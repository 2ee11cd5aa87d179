#include "app/certificate_watch.hpp"

#include <gtest/gtest.h>

#include "tables/fake_files.hpp"
#include "world/task_group.hpp"

namespace posthouse::app {

namespace {

// A clock whose sleepers wake when the test says so.
class StepClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return {}; }
    [[nodiscard]] world::WallTime wall_now() const override { return {}; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_await step_.wait(); }
    void step() { step_.notify_all(); }

private:
    world::Signal step_;
};

class Lines final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override { lines.emplace_back(std::get<observe::Remark>(event).text); }
    std::vector<std::string> lines;
};

class CertificateWatchTest : public ::testing::Test {
protected:
    CertificateWatchTest() {
        files.put("/cert.pem", "one", 9);
        watch.use(stamps());
        tasks.spawn(watch.run());
    }
    ~CertificateWatchTest() override { tasks.cancel(); }
    FileStamps stamps() { return look_again({{"/cert.pem", std::nullopt}}, files); }
    void look(int times = 1) {
        for (int i = 0; i < times; ++i) {
            clock.step();
        }
    }
    base::Result<void> read() {
        ++reads;
        if (!error.empty()) {
            return base::fail(base::ErrorKind::invalid, error);
        }
        watch.use(stamps());
        return {};
    }

    tables::FakeFiles files;
    StepClock clock;
    Lines log;
    int reads = 0;
    std::string error;
    CertificateWatch watch{{files, clock, log}, [this] { return read(); }};
    world::TaskGroup tasks;
};

}  // namespace

TEST_F(CertificateWatchTest, reads_what_has_changed_once_it_looks_the_same_twice) {
    look(3);
    EXPECT_EQ(reads, 0);
    files.put("/cert.pem", "half", 8);
    look();
    files.put("/cert.pem", "whole", 7);
    look();
    EXPECT_EQ(reads, 0);
    look(3);
    EXPECT_EQ(reads, 1);
    EXPECT_EQ(log.lines, std::vector<std::string>{"/cert.pem has changed and was read again"});
}

TEST_F(CertificateWatchTest, tries_a_broken_file_once_and_says_so_once) {
    error = "no private key";
    files.put("/cert.pem", "broken", 8);
    look(10);
    EXPECT_EQ(reads, 1);
    EXPECT_EQ(log.lines, std::vector<std::string>{"/cert.pem has changed and cannot be used, what was read before stays: no private key"});
    error.clear();
    look(3);
    EXPECT_EQ(reads, 1) << "it has not changed since";
    files.put("/cert.pem", "mended", 7);
    look(3);
    EXPECT_EQ(reads, 2);
    EXPECT_EQ(log.lines.back(), "/cert.pem has changed and was read again");
}

TEST_F(CertificateWatchTest, another_change_is_worth_another_try) {
    error = "no private key";
    files.put("/cert.pem", "broken", 8);
    look(3);
    files.put("/cert.pem", "broken again", 7);
    look(3);
    EXPECT_EQ(reads, 2);
    EXPECT_EQ(log.lines.size(), 2U);
}

}  // namespace posthouse::app
