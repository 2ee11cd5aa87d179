// The milters of a session, with a wire of scripted answers and a clock that stands still: what they are sent, and how long they may take.
#include "milter/chain.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "milter/local_mail.hpp"
#include "world/task_group.hpp"

using namespace std::string_literals;

namespace posthouse::milter {
namespace {

using std::chrono::seconds;
using Answer = mail::MilterAnswer::Kind;

class StillClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return world::SteadyTime(seconds(1000)); }
    [[nodiscard]] world::WallTime wall_now() const override { return {}; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

class Warnings final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override {
        if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            lines.emplace_back(remark->text);
        }
    }
    std::vector<std::string> lines;
};

// What the milter says, in pieces as they are read; then it is silent until the deadline, or gone.
struct Script {
    std::deque<std::string> says;
    bool silent = false, refuses = false;
    std::string heard;
    std::vector<seconds> waits;
};

class ScriptStream final : public world::Stream {
public:
    explicit ScriptStream(Script& script) : script_(script) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline deadline) override {
        script_.waits.push_back(std::chrono::duration_cast<seconds>(deadline.time() - world::SteadyTime(seconds(1000))));
        if (script_.says.empty()) {
            co_return script_.silent ? base::Result<std::size_t>(base::fail(base::ErrorKind::timeout, "timeout")) : base::Result<std::size_t>(0);
        }
        const std::size_t count = script_.says.front().copy(into.data(), into.size());
        script_.says.pop_front();
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        script_.heard += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override { co_return base::fail(base::ErrorKind::tls, "none"); }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override { co_return base::fail(base::ErrorKind::tls, "none"); }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {}; }
    [[nodiscard]] base::Endpoint peer() const override { return {}; }
    [[nodiscard]] bool readable_now() const override { return false; }

private:
    Script& script_;
};

class ScriptConnector final : public Connector {
public:
    explicit ScriptConnector(Script& script) : script_(script) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(world::Deadline deadline) override {
        script_.waits.push_back(std::chrono::duration_cast<seconds>(deadline.time() - world::SteadyTime(seconds(1000))));
        if (script_.refuses) {
            co_return base::fail(base::ErrorKind::refused, "Connection refused");
        }
        co_return std::make_unique<ScriptStream>(script_);
    }

private:
    Script& script_;
};

std::string packet(char code, const std::string& data = {}) {
    std::string out;
    append_packet(out, static_cast<Command>(code), data);
    return out;
}
const std::string agreed = packet('O', "\0\0\0\6\0\0\1\xff\0\0\0\0"s);

class FakeMessage final : public mail::MessageUnderReview {
public:
    [[nodiscard]] const mail::Envelope& envelope() const override { return envelope_; }
    [[nodiscard]] std::size_t field_count() const override { return 2; }
    [[nodiscard]] FieldView field(std::size_t number) const override { return number == 0 ? FieldView{"Received", "Received: us\r\n", true} : FieldView{"Subject", "Subject: a\r\n b\r\n", false}; }
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> body() override {
        struct Once final : mail::ContentReader {
            world::Task<base::Result<mail::Block>> next() override {
                mail::Block block = std::exchange(left, nullptr);
                co_return base::Result<mail::Block>(std::move(block));
            }
            mail::Block left = std::make_shared<const std::string>(70000, 'x');
        };
        co_return std::make_unique<Once>();
    }
    world::Task<void> add_field(std::string text) override {
        done += "add " + text + ";";
        decided = decided || decisive == text;
        co_return;
    }
    world::Task<void> insert_field(std::size_t position, std::string text) override {
        done += "insert " + std::to_string(position) + " " + text + ";";
        co_return;
    }
    world::Task<void> change_field(std::size_t number, std::string name, std::string text) override {
        done += "change " + std::to_string(number) + name + " " + text + ";";
        co_return;
    }
    void delete_field(std::size_t number, std::string_view name) override { done += "delete " + std::to_string(number) + std::string(name) + ";"; }
    void change_sender(std::string_view address, std::string_view) override { done += "from " + std::string(address) + ";"; }
    void add_recipient(std::string_view address, std::string_view) override { done += "to " + std::string(address) + ";"; }
    void delete_recipient(std::string_view address) override { done += "not " + std::string(address) + ";"; }
    void begin_body() override { done += "body:"; }
    world::Task<void> append_body(std::string bytes) override {
        failed = failed || body_size + bytes.size() > body_size_max;
        body_size += bytes.size();
        done += failed ? "" : bytes;
        co_return;
    }
    [[nodiscard]] bool has_failed() const override { return failed; }
    [[nodiscard]] bool is_decided() const override { return decided; }
    std::string done, decisive;
    std::size_t body_size = 0, body_size_max = ~std::size_t{0};
    bool failed = false;
    bool decided = false;

    mail::Envelope envelope_;
};

class MilterChain : public ::testing::Test {
protected:
    Chain& chain(std::vector<Script*> scripts, DefaultAction action = DefaultAction::tempfail) {
        auto settings = std::make_shared<Settings>();
        settings->offer = offer_of_version(6);
        settings->macros[static_cast<std::size_t>(MacroStage::mail)] = {"i", "{mail_addr}", "{none}"};
        milters_ = std::make_shared<Milters>();
        milters_->settings = settings;
        for (Script* script : scripts) {
            Server server;
            server.name = "inet:127.0.0.1:1";
            server.connect_timeout = seconds(7);
            server.default_action = action;
            milters_->places.push_back(std::make_shared<const Place>(Place{server, std::make_shared<ScriptConnector>(*script)}));
        }
        chain_ = std::make_unique<Chain>(*milters_, [](std::string_view name) { return name == "{mail_addr}" ? std::optional<std::string>("a@b") : std::nullopt; },
                                         Connection::Doors{clock_, warnings_});
        return *chain_;
    }
    mail::MilterAnswer run(world::Task<mail::MilterAnswer> task) {
        mail::MilterAnswer out;
        tasks_.spawn(keep(std::move(task), out));
        EXPECT_EQ(tasks_.size(), 0U);
        return out;
    }
    static world::Task<void> keep(world::Task<mail::MilterAnswer> task, mail::MilterAnswer& out) { out = co_await std::move(task); }
    mail::MilterAnswer hello() { return run(chain_->connect({"c.example", "127.0.0.9", 25})); }

    StillClock clock_;
    Warnings warnings_;
    std::shared_ptr<Milters> milters_;
    std::unique_ptr<Chain> chain_;
    world::TaskGroup tasks_;
};

TEST_F(MilterChain, waits_as_long_as_the_stage_may_take_and_progress_begins_anew) {
    Script script{{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('p'), packet('p'), packet('a')}};
    chain({&script});
    EXPECT_EQ(hello().kind, Answer::go_on);
    EXPECT_EQ(run(chain_->helo("c.example")).kind, Answer::go_on);
    EXPECT_EQ(script.waits, (std::vector<seconds>{seconds(7), seconds(30), seconds(30), seconds(30)}));
    script.waits.clear();
    script.says.push_front(packet('c'));
    EXPECT_EQ(run(chain_->mail({"<a@b>"})).kind, Answer::go_on);
    FakeMessage message;
    EXPECT_EQ(run(chain_->inspect(message)).kind, Answer::go_on);
    const std::vector<seconds> content(script.waits.begin() + 1, script.waits.end());
    EXPECT_EQ(content.size(), 7U);
    EXPECT_TRUE(std::all_of(content.begin(), content.end(), [](seconds wait) { return wait == seconds(300); }));
}

TEST_F(MilterChain, sends_macros_that_have_a_value_and_content_in_bounded_pieces) {
    Script script{{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('c')}};
    chain({&script});
    hello();
    EXPECT_EQ(run(chain_->mail({"<a@b>", "SIZE=1"})).kind, Answer::go_on);
    EXPECT_NE(script.heard.find(packet('D', "M{mail_addr}\0a@b\0"s) + packet('M', "<a@b>\0SIZE=1\0"s)), std::string::npos);
    FakeMessage message;
    EXPECT_EQ(run(chain_->inspect(message)).kind, Answer::go_on);
    EXPECT_NE(script.heard.find(packet('L', "Subject\0a\n b\0"s) + packet('N')), std::string::npos);
    EXPECT_EQ(script.heard.find("Received"), std::string::npos);
    EXPECT_NE(script.heard.find(packet('B', std::string(65535, 'x')) + packet('B', std::string(70000 - 65535, 'x')) + packet('E')), std::string::npos);
}

TEST_F(MilterChain, changes_are_made_in_their_order_and_only_at_the_end) {
    Script script{{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c'),
                   packet('h', "X-A\0one\0"s) + packet('i', "\0\0\0\0X-B\0two\0"s) + packet('m', "\0\0\0\2Subject\0\0"s) + packet('m', "\0\0\0\1Subject\0new\0"s) + packet('e', "<n@b>\0"s) +
                       packet('+', "<r@b>\0"s) + packet('-', "<s@b>\0"s) + packet('b', "12") + packet('b', "34") + packet('q', "why\0"s) + packet('a')}};
    chain({&script});
    hello();
    FakeMessage message;
    EXPECT_EQ(run(chain_->inspect(message)).kind, Answer::hold);
    EXPECT_EQ(message.done, "add X-A: one;insert 0 X-B: two;delete 2Subject;change 1Subject Subject: new;from <n@b>;to <r@b>;not <s@b>;body:1234");
    Script early{{agreed, packet('c'), packet('h', "X-A\0one\0"s)}};
    chain({&early});
    hello();
    EXPECT_EQ(run(chain_->helo("c.example")).reply.text(), "451 4.7.1 Service unavailable - try again later");
    EXPECT_EQ(warnings_.lines, (std::vector<std::string>{"milter inet:127.0.0.1:1: unexpected change of the message in the reply to SMFIC_HELO"}));
}

TEST_F(MilterChain, who_never_ends_a_change_that_cannot_be_made_is_not_heard_out) {
    for (const DefaultAction action : {DefaultAction::tempfail, DefaultAction::accept}) {
        warnings_.lines.clear();
        Script script{{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c')}};
        for (int i = 0; i < 1000; ++i) {
            script.says.push_back(packet('b', "1234"));
        }
        Script second{{agreed, packet('c')}};
        chain({&script, &second}, action);
        hello();
        const std::string told = second.heard;
        FakeMessage message;
        message.body_size_max = 10;
        EXPECT_EQ(run(chain_->inspect(message)).reply.text(), "451 4.7.1 Service unavailable - try again later");
        EXPECT_EQ(message.done, "body:12341234");
        EXPECT_EQ(script.says.size(), 997U);
        EXPECT_EQ(second.heard, told);
        EXPECT_EQ(warnings_.lines, std::vector<std::string>{"milter inet:127.0.0.1:1: a change of the message cannot be made: connection closed"});
    }
}

TEST_F(MilterChain, a_header_that_would_be_two_is_refused_with_its_milter) {
    Script script{{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('h', "X-A: b\nX-C\0one\0"s)}};
    chain({&script});
    hello();
    FakeMessage message;
    EXPECT_EQ(run(chain_->inspect(message)).kind, Answer::refuse);
    EXPECT_EQ(message.done, "");
}

TEST_F(MilterChain, nobody_is_asked_about_a_message_that_is_decided) {
    Script first{{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('h', "X-A\0one\0"s), packet('c')}};
    Script second{{agreed, packet('c')}};
    chain({&first, &second});
    hello();
    const std::string told = second.heard;
    FakeMessage message;
    message.decisive = "X-A: one";
    EXPECT_EQ(run(chain_->inspect(message)).kind, Answer::go_on);
    EXPECT_EQ(second.heard, told);
}

TEST_F(MilterChain, every_default_action_stands_for_the_session) {
    const std::pair<DefaultAction, std::string> cases[] = {{DefaultAction::reject, "550 5.5.0 Service unavailable"},
                                                           {DefaultAction::tempfail, "451 4.7.1 Service unavailable - try again later"},
                                                           {DefaultAction::unrecognized, "451 4.3.5 Server configuration problem - try again later"}};
    for (const auto& [action, text] : cases) {
        Script script{.refuses = true};
        chain({&script}, action);
        EXPECT_EQ(hello().reply.text(), text);
        EXPECT_EQ(run(chain_->mail({"<a@b>"})).reply.text(), text);
        EXPECT_EQ(chain_->standing_answer().reply.text(), text);
        EXPECT_EQ(script.waits.size(), 1U);  // it was not asked again
    }
    Script held{.refuses = true};
    chain({&held}, DefaultAction::quarantine);
    EXPECT_EQ(hello().kind, Answer::hold);
    warnings_.lines.clear();
    Script passed{.refuses = true};
    chain({&passed}, DefaultAction::accept);
    EXPECT_EQ(hello().kind, Answer::go_on);
    EXPECT_EQ(run(chain_->mail({"<a@b>"})).kind, Answer::go_on);
    EXPECT_EQ(warnings_.lines, (std::vector<std::string>{"connect to Milter service inet:127.0.0.1:1: Connection refused",
                                                         "milter inet:127.0.0.1:1: mail goes on without it: the default action is \"accept\""}));
}

TEST_F(MilterChain, silence_at_any_point_is_the_default_action) {
    const std::vector<std::string> all{agreed, packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('c'), packet('c')};
    for (std::size_t said = 0; said < all.size(); ++said) {
        for (const bool silent : {true, false}) {
            Script script{.says = {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(said)}, .silent = silent};
            chain({&script});
            mail::MilterAnswer answer = hello();
            answer = answer.kind == Answer::go_on ? run(chain_->mail({"<a@b>"})) : answer;
            FakeMessage message;
            answer = answer.kind == Answer::go_on ? run(chain_->inspect(message)) : answer;
            EXPECT_EQ(answer.kind, Answer::refuse) << said;
            EXPECT_EQ(answer.reply.code, 451);
            EXPECT_EQ(message.done, "");
        }
    }
}

TEST_F(MilterChain, the_first_that_refuses_has_said_it_for_all) {
    Script one{{agreed, packet('c'), packet('r')}};
    Script two{{agreed, packet('c')}};
    chain({&one, &two});
    EXPECT_EQ(hello().kind, Answer::go_on);
    EXPECT_EQ(run(chain_->mail({"<a@b>"})).reply.text(), "550 5.7.1 Command rejected");
    EXPECT_EQ(two.heard.find("<a@b>"), std::string::npos);
}

TEST_F(MilterChain, only_a_transaction_is_aborted_and_an_end_is_said) {
    Script script{{agreed, packet('c'), packet('c'), packet('c')}};
    chain({&script});
    hello();
    chain_->abort();
    run(chain_->mail({"<a@b>"}));
    chain_->abort();
    chain_->abort();
    run(chain_->mail({"<c@b>"}));
    EXPECT_NE(script.heard.find(packet('A') + packet('D', "M{mail_addr}\0a@b\0"s) + packet('M', "<c@b>\0"s)), std::string::npos);
    EXPECT_EQ(script.heard.find(packet('A')), script.heard.rfind(packet('A')));
    tasks_.spawn(chain_->quit(clock_.deadline_in(seconds(1))));
    EXPECT_TRUE(script.heard.ends_with(packet('Q')));
}

}  // namespace
}  // namespace posthouse::milter
