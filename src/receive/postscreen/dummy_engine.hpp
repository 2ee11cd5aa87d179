#pragma once
// DummyEngine: the SMTP server behind the screen that takes no mail. Clients that failed a test hear a refusal at RCPT, so that sender
// and recipient are in the log; others are looked at more closely and told to come back (POSTSCREEN_README, "Tests after the 220 SMTP
// server greeting"). Lives on the client's core.
#include "receive/postscreen/conversation.hpp"
#include "receive/postscreen/engine_command.hpp"
#include "receive/postscreen/test_results.hpp"

namespace posthouse::receive::postscreen {

class DummyEngine {
public:
    /// `results` say who the client is so far, and hear what comes out.
    DummyEngine(std::shared_ptr<const Screen> screen, world::Core& core, observe::EventSink& events, Conversation& talk, TestResults& results)
        : screen_(std::move(screen)), settings_(*screen_->settings), core_(core), events_(events), talk_(talk), results_(results), client_(talk.client()) {}

    /// Until the client has hung up, or is to hear results.last_reply and no more.
    world::Task<void> run();

private:
    enum class Next : std::uint8_t { go_on, stop };

    // dummy_engine.cpp
    world::Task<void> converse();
    /// nullopt: the session is over.
    world::Task<std::optional<EngineLine>> next_line();
    world::Task<Next> filter(std::string& line);
    world::Task<Next> obey(std::string line);
    world::Task<Next> answer(EngineCommand command);
    Next stop(smtp::Reply reply);
    Next hung_up();
    [[nodiscard]] smtp::Reply try_later() const;
    void log(std::string_view text) const { events_.info(settings_.label, text); }

    // deep_tests.cpp: each looks at one thing the client did
    Next look_at_line_end(const EngineLine& line);
    world::Task<Next> look_at_command(const EngineCommand& command);
    Next look_for_pipelining(const EngineCommand& command);
    Next failed(Test test, smtp::Reply drop_reply);
    /// The client has come as far as RCPT without a mistake.
    void pass_deep_tests();

    // engine_replies.cpp
    world::Task<Next> ehlo(std::string name);
    world::Task<smtp::EhloKeywords> hidden_keywords();
    world::Task<Next> starttls(std::string arguments);
    world::Task<Next> say(smtp::Reply reply);
    smtp::Reply helo(const std::string& arguments);
    smtp::Reply mail(const std::string& arguments);
    smtp::Reply rcpt(const std::string& arguments);
    [[nodiscard]] smtp::Reply data(const EngineCommand& command) const;
    [[nodiscard]] smtp::Reply vrfy(const std::string& arguments) const;
    [[nodiscard]] smtp::Reply etrn(const std::string& arguments) const;

    [[nodiscard]] std::int64_t wall_seconds() const;
    [[nodiscard]] std::chrono::seconds command_time_limit() const;

    const std::shared_ptr<const Screen> screen_;
    const ScreenSettings& settings_;
    world::Core& core_;
    observe::EventSink& events_;
    Conversation& talk_;
    TestResults& results_;
    const std::string client_;
    world::SteadyTime began_{};
    std::string helo_name_;
    std::optional<std::string> sender_;
    std::string_view protocol_ = "SMTP";
    std::string where_ = "CONNECT";        // the command before the current one
    smtp::EhloKeywords hidden_;
    std::size_t commands_ = 0;
    bool tls_ = false;
};

}  // namespace posthouse::receive::postscreen
