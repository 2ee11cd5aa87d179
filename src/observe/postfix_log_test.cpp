#include "observe/postfix_log.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "observe/batched_log.hpp"

namespace posthouse::observe {
namespace {

using namespace std::chrono_literals;

struct Lines final : LogOutput {
    void write(std::string_view lines) override { text += lines; }
    std::string text;
};

struct Pool final : world::BlockingPool {
    void submit(world::Work work) override { submitted.push_back(std::move(work)); }
    void run() {
        while (!submitted.empty()) {
            world::Work work = std::move(submitted.front());
            submitted.pop_front();
            work();
        }
    }
    std::deque<world::Work> submitted;
};

struct Device final : LogDevice {
    std::size_t write(std::string_view lines) override {
        ++writes;
        const std::size_t taken = std::min(lines.size(), accepts);
        text += lines.substr(0, taken);
        return taken;
    }
    std::string text;
    int writes = 0;
    std::size_t accepts = std::string::npos;
};

}  // namespace

TEST(postfix_log, nothing_a_peer_says_is_an_order_to_a_terminal_or_a_second_line) {
    const std::pair<std::string, std::string> cases[] = {
        {"a\r\nNov 22 forged: line", "a??Nov 22 forged: line"},
        {"\x1b[2J\x07", "?[2J?"},
        {"\x9b" "2J \xc2\x9b" "2J", "?2J ??2J"},
        {"next\xc2\x85line \xe2\x80\xa8 \xe2\x80\xa9", "next??line ??? ???"},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"cut \xe2\x82", "cut ??"},
        {"overlong \xc0\x8a", "overlong ??"},
    };
    for (const auto& [said, written] : cases) {
        EXPECT_EQ(event_text(Remark{Severity::info, {}, said}), written);
    }
}

TEST(postfix_log, writes_each_event_in_postfix_grammar) {
    const std::pair<Event, std::string> cases[] = {
        {ClientConnected{"localhost[127.0.0.1]"}, "connect from localhost[127.0.0.1]"},
        {ClientDisconnected{"unknown[::1]", "ehlo=1 quit=1 commands=2"}, "disconnect from unknown[::1] ehlo=1 quit=1 commands=2"},
        {Rejected{"", "reject", "RCPT from a[1.2.3.4]: 554 5.7.1 <x>: Relay access denied; from=<> to=<x> proto=ESMTP helo=<y>"},
         "NOQUEUE: reject: RCPT from a[1.2.3.4]: 554 5.7.1 <x>: Relay access denied; from=<> to=<x> proto=ESMTP helo=<y>"},
        {MessageStarted{"65C", "localhost[127.0.0.1]", "PLAIN", "john"},
         "65C: client=localhost[127.0.0.1], sasl_method=PLAIN, sasl_username=john"},
        {MessageStarted{"65C", "localhost[127.0.0.1]", "", ""}, "65C: client=localhost[127.0.0.1]"},
        {MessageStarted{"65C", "localhost[127.0.0.1]", "", "", "4AB", "mx.example[192.0.2.1]"},
         "65C: client=localhost[127.0.0.1], orig_queue_id=4AB, orig_client=mx.example[192.0.2.1]"},
        {LocalSubmission{"65C", 0, "root"}, "65C: uid=0 from=<root>"},
        {MessageIdentified{"65C", "<a@b>"}, "65C: message-id=<a@b>"},
        {MessageIdentified{"65C", ""}, "65C: message-id=<>"},
        {MessageActive{"65C", "a@b", 321, 2}, "65C: from=<a@b>, size=321, nrcpt=2 (queue active)"},
        {DeliveryAttempted{"65C", "a@b", "c@d", "mx[1.2.3.4]:25", 0.1234, {0.012, 0.0001, 0.05, 0.06}, "2.0.0", "sent", "250 ok"},
         "65C: to=<a@b>, orig_to=<c@d>, relay=mx[1.2.3.4]:25, delay=0.12, delays=0.01/0/0.05/0.06, dsn=2.0.0, status=sent (250 ok)"},
        {DeliveryAttempted{"65C", "a@b", "", "mx[1.2.3.4]:25", 1, {0, 0, 0, 1}, "2.0.0", "sent", "250 ok", 3},
         "65C: to=<a@b>, relay=mx[1.2.3.4]:25, conn_use=3, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"},
        {DeliveryAttempted{"65C", "a@b", "a@b", "", 100, {100, 0, 0, 0}, "4.4.1", "deferred", "connect: Connection refused"},
         "65C: to=<a@b>, relay=none, delay=100, delays=100/0/0/0, dsn=4.4.1, status=deferred (connect: Connection refused)"},
        {NotificationSent{"65C", "sender non-delivery notification", "77D"}, "65C: sender non-delivery notification: 77D"},
        {MessageRemoved{"65C"}, "65C: removed"},
        {MessageExpired{"65C", "a@b"}, "65C: from=<a@b>, status=expired, returned to sender"},
        {Remark{Severity::warning, "", "x"}, "warning: x"},
        {Remark{Severity::fatal, "65C", "x"}, "fatal: 65C: x"},
        {Remark{Severity::info, "65C", "x"}, "65C: x"},
    };
    for (const auto& [event, text] : cases) {
        EXPECT_EQ(event_text(event), text);
    }
}

TEST(postfix_log, hostile_text_stays_on_its_line) {
    EXPECT_EQ(event_text(MessageIdentified{"65C", "<a\r\nNov 22 forged\x7f\x1b[0m>"}), "65C: message-id=<a??Nov 22 forged??[0m>");
    EXPECT_LE(event_text(Remark{Severity::info, {}, std::string(100'000, 'x')}).size(), 8100U);
}

TEST(postfix_log, delays_have_two_significant_digits) {
    const std::pair<double, std::string> cases[] = {
        {0, "0"},       {-1, "0"},   {0.004, "0"},   {0.0123, "0.01"}, {0.1, "0.1"},   {0.456, "0.46"},
        {0.999, "1"},   {1.04, "1"}, {5.34, "5.3"},  {9.98, "10"},     {12.3, "12"},   {99.6, "100"},
        {123.4, "123"}, {86400, "86400"},
    };
    for (const auto& [seconds, text] : cases) {
        EXPECT_EQ(delay_text(seconds), text) << seconds;
    }
    EXPECT_EQ(delay_text(0.004567, 6), "0.0046");
}

TEST(postfix_log, stamps_lines_with_local_time_host_and_process) {
    Lines lines;
    // 2024-03-09 22:45:38 UTC
    world::WallTime now = world::WallTime(std::chrono::seconds(1710024338));
    PostfixLog log({.hostname = "relay.example.com",
                    .process_id = 17,
                    .now = [&] { return now; },
                    .zone_offset = [](world::WallTime) { return 120min; }},
                   lines);
    log.on("postfix/smtpd", ClientConnected{"a[1.2.3.4]"});
    EXPECT_EQ(lines.text, "Mar 10 00:45:38 relay postfix/smtpd[17]: connect from a[1.2.3.4]\n");
    lines.text.clear();
    now -= 24h;
    log.warn("postfix/master", "x");
    EXPECT_EQ(lines.text, "Mar  9 00:45:38 relay postfix/master[17]: warning: x\n");
}

TEST(batched_log, gathers_lines_into_one_write) {
    Pool pool;
    const auto device = std::make_shared<Device>();
    BatchedLog log(pool, device);
    log.write("a\n");
    log.write("b\n");
    EXPECT_EQ(pool.submitted.size(), 1U);
    EXPECT_EQ(device->text, "");
    pool.run();
    EXPECT_EQ(device->text, "a\nb\n");
    EXPECT_EQ(device->writes, 1);
    log.write("c\n");
    log.flush();
    EXPECT_EQ(device->text, "a\nb\nc\n");
}

TEST(batched_log, keeps_what_the_device_refused_and_tries_again) {
    Pool pool;
    const auto device = std::make_shared<Device>();
    BatchedLog log(pool, device);
    device->accepts = 3;
    log.write("first\n");
    pool.run();
    EXPECT_EQ(log.failures(), 1U);
    device->accepts = 0;
    log.write(std::string(BatchedLog::waiting_max, 'x'));
    EXPECT_EQ(log.lost(), 1U);
    device->accepts = std::string::npos;
    log.write("second\n");
    pool.run();
    EXPECT_EQ(device->text, "first\nsecond\n");
}

}  // namespace posthouse::observe
