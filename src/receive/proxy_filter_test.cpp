#include "receive/proxy_filter.hpp"

#include "receive/scripted_session_test.hpp"
#include "world/memory_world_test.hpp"

namespace posthouse::receive {

using scripted::Wire;

namespace {

const ForwardedClient known{.name = "spike.example", .address = "2001:db8::1", .port = "4711", .helo = "spike", .protocol = "ESMTP", .ident = {}, .local = false};

// A filter whose words are written down beforehand; each connection begins with the next script.
class ScriptedFilter final : public PolicyConnector {
public:
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline) override {
        ++connections;
        if (refuses) {
            co_return base::fail(base::ErrorKind::refused, "Connection refused");
        }
        co_return std::unique_ptr<world::Stream>(std::make_unique<scripted::WireStream>(wire));
    }
    Wire wire;
    bool refuses = false;
    std::size_t connections = 0;
};

class WorksAtOnce final : public world::BlockingPool {
public:
    void submit(world::Work work) override { work(); }
};

}  // namespace

TEST(XforwardCommands, say_what_is_understood_and_what_is_not_known) {
    EXPECT_EQ(xforward_commands(known, "NAME ADDR port HELO IDENT PROTO SOURCE"),
              (std::vector<std::string>{"XFORWARD NAME=spike.example ADDR=IPV6:2001:db8::1 PORT=4711 HELO=spike IDENT=[UNAVAILABLE] PROTO=ESMTP SOURCE=REMOTE"}));
    EXPECT_EQ(xforward_commands(known, "SOURCE FUTURE"), (std::vector<std::string>{"XFORWARD SOURCE=REMOTE"}));
    EXPECT_TRUE(xforward_commands(known, "").empty());
}

TEST(XforwardCommands, are_cut_to_lines_that_servers_take_and_quoted) {
    ForwardedClient odd = known;
    odd.name = std::string(300, 'n');
    odd.helo = "a+b c" + std::string(300, 'h');
    const auto commands = xforward_commands(odd, "NAME ADDR PORT HELO PROTO");
    EXPECT_GT(commands.size(), 1U);
    for (const std::string& command : commands) {
        EXPECT_TRUE(command.starts_with("XFORWARD ")) << command;
        EXPECT_LE(command.size(), 510U);
    }
    EXPECT_NE(commands.back().find("HELO=a+2Bb+20c"), std::string::npos);
}

class SessionProxyFilter : public scripted::ScriptedSession {
protected:
    std::string talk_through(std::string_view said_by_filter, std::string_view input) {
        filter->wire.input.emplace_back(said_by_filter);
        auto service = std::make_shared<SmtpdService>(*make_service());
        auto proxy = std::make_shared<ProxyFilterSettings>();
        proxy->connector = filter;
        proxy->name = "127.0.0.1:10025";
        proxy->smtpd_proxy_ehlo = "mx.example.net";
        if (speed_adjust) {
            proxy->speed_adjust.emplace(held, pool, "/spool");
        }
        proxy->message_size_limit = settings.message_size_limit;
        service->proxy_filter = proxy;
        client.input.emplace_back(input);
        tasks.spawn(serve(service, doors(), client));
        EXPECT_TRUE(intake.committed.empty()) << "nothing is queued here";
        return client.sent;
    }
    std::shared_ptr<ScriptedFilter> filter = std::make_shared<ScriptedFilter>();
    Wire client;
    bool speed_adjust = false;
    world::memory::MemoryFiles held;
    WorksAtOnce pool;
    const std::string hello = "220 filter\r\n250-filter\r\n250 8BITMIME\r\n";
    const std::string mail = "EHLO c\r\nMAIL FROM:<a@example.org> BODY=8BITMIME\r\nRCPT TO:<b@example.net>\r\nDATA\r\n.hello\r\n.\r\nQUIT\r\n";
};

TEST_F(SessionProxyFilter, hears_what_the_client_said_and_has_the_last_word) {
    EXPECT_EQ(codes(talk_through(hello + "250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n", mail)), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
    EXPECT_NE(client.sent.find("250 2.0.0 taken\r\n"), std::string::npos);
    const std::string& heard = filter->wire.sent;
    EXPECT_TRUE(heard.starts_with("EHLO mx.example.net\r\nMAIL FROM:<a@example.org> BODY=8BITMIME\r\nRCPT TO:<b@example.net>\r\nDATA\r\nReceived: from c (")) << heard;
    EXPECT_TRUE(heard.ends_with("\r\nhello\r\n.\r\nQUIT\r\n")) << heard;
    EXPECT_TRUE(events.has("NOQUEUE: proxy-accept: END-OF-MESSAGE"));
}

TEST_F(SessionProxyFilter, a_refusal_reaches_the_client_word_for_word) {
    talk_through(hello + "250 ok\r\n250 ok\r\n354 go\r\n554-5.7.1 no\r\n554 5.7.1 never\r\n", mail);
    EXPECT_NE(client.sent.find("554-5.7.1 no\r\n554 5.7.1 never\r\n"), std::string::npos) << client.sent;
    EXPECT_TRUE(events.has("NOQUEUE: proxy-reject: END-OF-MESSAGE"));
}

TEST_F(SessionProxyFilter, a_filter_that_is_away_or_breaks_is_a_transient_refusal) {
    filter->refuses = true;
    EXPECT_NE(talk_through("", mail).find("451 4.3.0 Error: queue file write error"), std::string::npos);
    EXPECT_TRUE(events.has("connect to proxy filter 127.0.0.1:10025: Connection refused"));
}

TEST_F(SessionProxyFilter, a_filter_that_goes_away_in_the_middle_took_nothing) {
    EXPECT_EQ(codes(talk_through(hello + "250 ok\r\n250 ok\r\n354 go\r\n", mail)), (Codes{"220", "250", "250", "250", "354", "451", "221"}));
    EXPECT_TRUE(events.has("lost connection with proxy 127.0.0.1:10025"));
}

TEST_F(SessionProxyFilter, no_failure_of_the_filter_makes_a_positive_reply) {
    const std::string script = hello + "250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n";
    for (std::size_t at = 0; at < 12; ++at) {
        filter = std::make_shared<ScriptedFilter>();
        filter->wire.fails_at = at;
        client.input.clear();
        client.sent.clear();
        const std::string said = talk_through(script, mail);
        const bool whole = filter->wire.sent.find("\r\n.\r\n") != std::string::npos;
        EXPECT_TRUE(whole || said.find("taken") == std::string::npos) << at << said;
    }
}

TEST_F(SessionProxyFilter, with_speed_adjust_it_hears_nothing_of_a_message_that_never_ends) {
    speed_adjust = true;
    talk_through("", "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nhello\r\n");
    EXPECT_EQ(filter->connections, 0U);
}

TEST_F(SessionProxyFilter, with_speed_adjust_its_refusal_of_a_recipient_comes_at_the_end) {
    speed_adjust = true;
    EXPECT_EQ(codes(talk_through(hello + "250 ok\r\n550 5.1.1 not here\r\n", mail)), (Codes{"220", "250", "250", "250", "354", "550", "221"}));
}

TEST_F(SessionProxyFilter, with_speed_adjust_a_large_message_waits_in_files_and_leaves_none) {
    speed_adjust = true;
    const std::string line = std::string(70, 'x') + "\r\n";
    std::string content;
    while (content.size() < 3 * HeldContent::part_size) {
        content += line;
    }
    settings.message_size_limit = {content.size() + 1000};
    const std::string begin = "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n";
    talk_through("", begin + content);
    EXPECT_EQ(filter->connections, 0U);  // of a message without an end
    EXPECT_TRUE(held.files.empty());
    filter = std::make_shared<ScriptedFilter>();
    client.input.clear();
    client.sent.clear();
    const std::string said = talk_through(hello + "250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n", begin + content + ".\r\nQUIT\r\n");
    EXPECT_NE(said.find("250 2.0.0 taken"), std::string::npos) << said;
    EXPECT_NE(filter->wire.sent.find(content + ".\r\n"), std::string::npos);
    EXPECT_TRUE(held.files.empty());
}

TEST_F(SessionProxyFilter, with_speed_adjust_a_disk_that_refuses_is_a_transient_refusal_and_the_filter_hears_nothing) {
    speed_adjust = true;
    held.broken = true;
    std::string content;
    while (content.size() < HeldContent::part_size) {
        content += std::string(900, 'x') + "\r\n";
    }
    EXPECT_NE(talk_through("", "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n" + content + ".\r\nQUIT\r\n").find("451 4.3.0 Error: queue file write error"),
              std::string::npos);
    EXPECT_EQ(filter->connections, 0U);
    EXPECT_TRUE(events.has("before-queue content of a message for proxy 127.0.0.1:10025: open /spool/held-"));
}

TEST_F(SessionProxyFilter, too_much_is_told_and_never_ended) {
    settings.message_size_limit = {300};
    const std::string large(3000, 'x');
    const std::string said = talk_through(hello + "250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n",
                                          "EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n" + large + "\r\n.\r\nQUIT\r\n");
    EXPECT_NE(said.find("552 5.3.4 Error: message file too big"), std::string::npos);
    EXPECT_EQ(filter->wire.sent.find("\r\n.\r\n"), std::string::npos);
}

}  // namespace posthouse::receive
