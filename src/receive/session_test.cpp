#include "receive/session.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "receive/listener.hpp"

namespace posthouse::receive {
namespace {

using std::chrono::seconds;

class SessionClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return now_; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime(seconds(2'000)); }
    world::Task<void> sleep_until(world::SteadyTime time) override {
        now_ = std::max(now_, time);
        ++sleeps;
        co_return;
    }
    std::size_t sleeps = 0;

private:
    world::SteadyTime now_;
};

// What the client says and what becomes of it. Operations (reads and writes) are counted; number `fails_at` loses the connection.
struct Wire {
    std::deque<std::string> input;
    bool stays_open = false;  // after the input: silence instead of the end of the stream
    std::size_t operations = 0;
    std::size_t fails_at = ~std::size_t{0};
    std::string sent;
    std::string attempted;  // also what did not arrive
    world::Signal silence;
};

class WireStream final : public world::Stream {
public:
    explicit WireStream(Wire& wire) : wire_(wire) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline) override {
        co_await world::cancellation_point();
        if (wire_.operations++ >= wire_.fails_at) {
            co_return base::fail(base::ErrorKind::closed, "reset");
        }
        while (wire_.input.empty() && wire_.stays_open) {
            co_await wire_.silence.wait();
        }
        if (wire_.input.empty()) {
            co_return std::size_t{0};
        }
        std::string& next = wire_.input.front();
        const std::size_t count = next.copy(into.data(), into.size());
        next.erase(0, count);
        if (next.empty()) {
            wire_.input.pop_front();
        }
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        co_await world::cancellation_point();
        wire_.attempted += bytes;
        if (wire_.operations++ >= wire_.fails_at) {
            co_return base::fail(base::ErrorKind::closed, "reset");
        }
        wire_.sent += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no TLS");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no TLS");
    }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse("127.0.0.1"), 25}; }
    [[nodiscard]] base::Endpoint peer() const override { return {*base::IpAddress::parse("127.0.0.9"), 1025}; }
    [[nodiscard]] bool readable_now() const override { return false; }

private:
    Wire& wire_;
};

class GatedIntake final : public mail::Intake {
public:
    struct Taken {
        mail::Envelope envelope;
        std::string content;
    };
    std::vector<Taken> committed;
    std::optional<mail::IntakeRefusal> refusal;
    std::size_t open = 0;  // sessions that exist
    bool gated = false;    // a commit waits for the gate
    world::Signal gate;

    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource, world::Core&) override { return std::make_unique<Entry>(*this); }
    [[nodiscard]] bool has_room(base::Bytes) const override { return true; }

private:
    class Entry final : public mail::IntakeSession, mail::CommitAuthority {
    public:
        explicit Entry(GatedIntake& owner) : owner_(owner) { ++owner_.open; }
        ~Entry() override { --owner_.open; }
        [[nodiscard]] mail::QueueId queue_id() const override { return {0xABC}; }
        void set_envelope(mail::Envelope envelope) override { taken_.envelope = std::move(envelope); }
        world::Task<void> write(std::string_view bytes) override {
            taken_.content += bytes;
            co_return;
        }
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
            if (owner_.gated) {
                world::Task<void> waiting = wait(owner_.gate);
                co_await world::uncancellable(std::move(waiting));
            }
            if (owner_.refusal) {
                co_return std::unexpected(*owner_.refusal);
            }
            owner_.committed.push_back(taken_);
            co_return attest(queue_id());
        }

    private:
        static world::Task<void> wait(world::Signal& gate) { co_await gate.wait(); }
        GatedIntake& owner_;
        Taken taken_;
    };
};

class AnyRouter final : public mail::Router {
public:
    world::Task<mail::Route> resolve(std::string, mail::ReversePath) override { co_return mail::Route{}; }
    world::Task<mail::Validation> validate(std::string recipient) override {
        mail::Validation out;
        if (recipient.starts_with("unknown")) {
            out.state = mail::Validation::State::absent;
            out.address_class = mail::AddressClass::local;
            out.status = "5.1.1";
            out.reason = "User unknown in local recipient table";
        }
        co_return out;
    }
    world::Task<mail::Route> classify(std::string) override { co_return mail::Route{}; }
    [[nodiscard]] std::string rewrite(std::string address) const override { return address; }
};

class Quiet final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event&) override {}
};

class DeadNetwork final : public world::Network {
public:
    using StreamResult = base::Result<std::unique_ptr<world::Stream>>;
    world::Task<StreamResult> connect(base::Endpoint, std::optional<base::IpAddress>, world::Deadline) override { co_return none<std::unique_ptr<world::Stream>>(); }
    world::Task<StreamResult> connect_unix(std::string, world::Deadline) override { co_return none<std::unique_ptr<world::Stream>>(); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override { return none<std::shared_ptr<world::ListenSocket>>(); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override { return none<std::shared_ptr<world::ListenSocket>>(); }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override { return none<std::unique_ptr<world::Listener>>(); }

private:
    template <class T>
    static base::Result<T> none() {
        return base::fail(base::ErrorKind::refused, "no network");
    }
};
class DeadResolver final : public world::Resolver {
public:
    world::Task<world::DnsAnswer> query(std::string, world::RecordType, world::Deadline) override { co_return world::DnsAnswer{}; }
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view) const override { return {}; }
    [[nodiscard]] std::string hosts_name(const base::IpAddress&) const override { return {}; }
};
class Four final : public world::Random {
public:
    std::uint64_t next() override { return 4; }
};
class AtOnce final : public world::Executor {
public:
    void post(world::Work work) override { work(); }
};

class WireListener final : public world::Listener {
public:
    explicit WireListener(std::deque<Wire*>& clients, world::Signal& idle) : clients_(clients), idle_(idle) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> accept() override {
        while (clients_.empty()) {
            co_await idle_.wait();
        }
        std::unique_ptr<world::Stream> stream = std::make_unique<WireStream>(*clients_.front());
        clients_.pop_front();
        co_return std::move(stream);
    }
    [[nodiscard]] base::Endpoint local() const override { return {*base::IpAddress::parse("127.0.0.1"), 25}; }

private:
    std::deque<Wire*>& clients_;
    world::Signal& idle_;
};

class SessionTest : public ::testing::Test {
protected:
    SessionTest() {
        settings.myhostname = "mx.example.net";
        settings.mail_name = "Postfix";
        settings.smtpd_banner = "mx.example.net ESMTP";
        settings.smtpd_peername_lookup = false;
        settings.smtpd_client_connection_count_limit = 0;
    }
    std::shared_ptr<const SmtpdService> make_service() {
        auto service = std::make_shared<SmtpdService>();
        service->settings = std::make_shared<const SmtpdSettings>(settings);
        return service;
    }
    SessionDoors doors() { return {intake, router, events, limits, core}; }
    void start(Wire& wire) { tasks.spawn(serve(make_service(), doors(), wire)); }
    std::string talk(std::string_view input) {
        Wire wire;
        wire.input.emplace_back(input);
        start(wire);
        EXPECT_EQ(tasks.size(), 0U);
        EXPECT_EQ(intake.open, 0U);
        return wire.sent;
    }
    static world::Task<void> serve(std::shared_ptr<const SmtpdService> service, SessionDoors doors, Wire& wire) {
        Session session(std::move(service), doors, std::make_unique<WireStream>(wire));
        co_await session.run();
    }
    static std::vector<std::string> codes(const std::string& text) {
        std::vector<std::string> out;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            if (text[at + 3] == ' ') {
                out.push_back(text.substr(at, 3));
            }
        }
        return out;
    }
    using Codes = std::vector<std::string>;

    SmtpdSettings settings;
    GatedIntake intake;
    AnyRouter router;
    Quiet events;
    ClientLimits limits{seconds(60)};
    SessionClock clock;
    DeadNetwork network;
    DeadResolver resolver;
    Four random;
    AtOnce executor;
    world::Core core{0, executor, clock, network, resolver, random};
    world::TaskGroup tasks;
};

constexpr std::string_view envelope = "EHLO c.example\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n";

}  // namespace

TEST_F(SessionTest, tells_the_postmaster_about_errors_of_the_kinds_in_notify_classes_only) {
    settings.notify_classes = ErrorClasses::parse({"protocol"});
    talk("EHLO c.example\r\nQUIT\r\n");
    EXPECT_TRUE(intake.committed.empty());
    talk("EHLO c.example\r\nBOGUS\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    const GatedIntake::Taken& notice = intake.committed[0];
    EXPECT_EQ(notice.envelope.reverse_path.address(), "double-bounce@mx.example.net");
    EXPECT_EQ(notice.envelope.recipients.at(0).address, "postmaster");
    EXPECT_NE(notice.content.find(" In:  BOGUS\r\n Out: 500 5.5.2 Error: command not recognized\r\n"), std::string::npos);
    settings.notify_classes = ErrorClasses::parse({"resource", "software"});
    talk("EHLO c.example\r\nBOGUS\r\nQUIT\r\n");
    EXPECT_EQ(intake.committed.size(), 1U);
}

TEST_F(SessionTest, a_long_session_is_reported_in_parts) {
    settings.notify_classes = ErrorClasses::parse({"protocol"});
    settings.smtpd_history_flush_threshold = 4;
    talk("EHLO c.example\r\nBOGUS\r\nMAIL FROM:<a@example.org>\r\nRSET\r\nRSET\r\nRSET\r\nQUIT\r\n");
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].content.find("RSET"), std::string::npos);
}

TEST_F(SessionTest, takes_a_message_and_says_so_only_after_the_commit) {
    const std::string said = talk(std::string(envelope) + "DATA\r\nSubject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "354", "250", "221"}));
    EXPECT_NE(said.find("250 2.0.0 Ok: queued as " + mail::QueueId{0xABC}.text() + "\r\n"), std::string::npos);
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.starts_with("Received: from c.example (unknown [127.0.0.9])"));
    EXPECT_TRUE(intake.committed[0].content.ends_with("Subject: x\r\n\r\n.dot\r\n"));
}

TEST_F(SessionTest, a_commit_that_fails_is_never_a_positive_reply) {
    using Reason = mail::IntakeRefusal::Reason;
    for (const auto& [reason, code] : {std::pair(Reason::spool_failure, "451"), std::pair(Reason::insufficient_storage, "452"), std::pair(Reason::message_too_big, "552"),
                                       std::pair(Reason::too_many_hops, "554")}) {
        intake.refusal = mail::IntakeRefusal{reason, {}};
        EXPECT_EQ(codes(talk(std::string(envelope) + "DATA\r\nx\r\n.\r\n")).back(), code);
        EXPECT_EQ(codes(talk(std::string(envelope) + "BDAT 1 LAST\r\nx")).back(), code);
    }
    EXPECT_TRUE(intake.committed.empty());
}

// Whatever the step at which the connection is lost: a message is in the spool if and only if its end was read, and the positive reply
// was attempted if and only if the message is in the spool.
TEST_F(SessionTest, a_connection_that_is_lost_at_any_step_leaves_all_or_nothing) {
    const std::vector<std::string> dot{"EHLO c.example\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n", "DATA\r\n", "Subject: x\r\n\r\n", "text\r\n.", "\r\n", "QUIT\r\n"};
    const std::vector<std::string> chunks{"EHLO c.example\r\n", "MAIL FROM:<a@example.org>\r\n", "RCPT TO:<b@example.net>\r\n", "BDAT 6\r\nx\r\n", "y\r\n", "BDAT 3 LAST\r\nz", "\r\n", "QUIT\r\n"};
    for (const auto* dialogue : {&dot, &chunks}) {
        for (std::size_t step = 0;; ++step) {
            intake.committed.clear();
            Wire wire;
            wire.input.assign(dialogue->begin(), dialogue->end());
            wire.fails_at = step;
            start(wire);
            ASSERT_EQ(tasks.size(), 0U) << step;
            EXPECT_EQ(intake.open, 0U) << step;
            const bool end_was_read = wire.input.size() <= 1;
            EXPECT_EQ(intake.committed.size(), end_was_read ? 1U : 0U) << step;
            EXPECT_EQ(wire.attempted.find("queued as") != std::string::npos, end_was_read) << step;
            if (wire.operations <= step) {
                EXPECT_NE(wire.sent.find("221 "), std::string::npos);
                break;  // nothing failed any more
            }
        }
    }
}

TEST_F(SessionTest, a_stop_while_the_commit_is_under_way_still_tells_the_client) {
    intake.gated = true;
    Wire wire;
    wire.stays_open = true;
    wire.input.push_back(std::string(envelope) + "DATA\r\n");
    wire.input.push_back("x\r\n.\r\n");
    start(wire);
    tasks.cancel();
    ASSERT_EQ(tasks.size(), 1U);
    intake.gate.notify_all();
    EXPECT_EQ(tasks.size(), 0U);
    EXPECT_EQ(intake.committed.size(), 1U);
    const std::size_t queued = wire.sent.find("queued as " + mail::QueueId{0xABC}.text());
    ASSERT_NE(queued, std::string::npos) << "the client would send it again";
    EXPECT_NE(wire.sent.find("421 4.3.2", queued), std::string::npos);
}

TEST_F(SessionTest, a_stop_in_the_middle_of_the_data_is_a_421_and_no_message) {
    Wire wire;
    wire.stays_open = true;
    wire.input.push_back(std::string(envelope) + "DATA\r\n");
    wire.input.push_back("half\r\n");
    start(wire);
    ASSERT_EQ(intake.open, 1U);
    tasks.cancel();
    EXPECT_EQ(tasks.size(), 0U);
    EXPECT_EQ(intake.open, 0U);
    EXPECT_TRUE(intake.committed.empty());
    EXPECT_EQ(codes(wire.sent).back(), "421");
}

TEST_F(SessionTest, bdat_takes_a_message_in_chunks) {
    const std::string said = talk(std::string(envelope) + "BDAT 12\r\nSubject: a\r\nBDAT 3\r\n\r\nbBDAT 3 LAST\r\nc\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "250", "250", "250", "221"}));
    EXPECT_NE(said.find("Ok: 18 bytes queued as " + mail::QueueId{0xABC}.text()), std::string::npos);
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.ends_with("Subject: a\r\n\r\nbc\r\n"));
}

TEST_F(SessionTest, after_a_refused_chunk_every_chunk_is_dropped_until_the_last) {
    const std::string said = talk("EHLO c\r\nBDAT 6\r\nQUIT\r\nMAIL FROM:<a@b.example>\r\nBDAT 3\r\nabcBDAT 6 LAST\r\nQUIT\r\nMAIL FROM:<a@b.example>\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "503", "503", "551", "551", "250", "221"}));
    EXPECT_TRUE(intake.committed.empty());
}

TEST_F(SessionTest, rset_forgets_chunks_and_recipients) {
    const std::string said = talk(std::string(envelope) + "BDAT 3\r\na\r\nRSET\r\nDATA\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@example.net>\r\nBDAT 3 LAST\r\nd\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "250", "250", "503", "250", "250", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.recipients.size(), 1U);
    EXPECT_TRUE(intake.committed[0].content.ends_with("\r\nd\r\n"));
}

TEST_F(SessionTest, chunks_and_data_do_not_mix) {
    const std::string said = talk(std::string(envelope) + "BDAT 3\r\na\r\nDATA\r\nRCPT TO:<c@example.net>\r\nMAIL FROM:<x@example.net>\r\nBDAT 0 LAST\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "250", "503", "503", "503", "250", "221"}));
    EXPECT_EQ(intake.committed.size(), 1U);
}

TEST_F(SessionTest, a_refused_recipient_leaves_the_others) {
    const std::string said = talk(std::string(envelope) + "RCPT TO:<unknown@example.net>\r\nRCPT TO:<c@example.net>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "550", "250", "354", "250", "221"}));
    ASSERT_EQ(intake.committed.size(), 1U);
    EXPECT_EQ(intake.committed[0].envelope.recipients.size(), 2U);
}

TEST_F(SessionTest, data_needs_a_recipient) {
    EXPECT_EQ(codes(talk("EHLO c\r\nDATA\r\nMAIL FROM:<a@b.example>\r\nDATA\r\nRCPT TO:<unknown@example.net>\r\nDATA\r\nQUIT\r\n")),
              (Codes{"220", "250", "503", "250", "503", "550", "554", "221"}));
}

TEST_F(SessionTest, an_unknown_command_too_many_ends_the_session) {
    settings.smtpd_hard_error_limit = 3;
    EXPECT_EQ(codes(talk("FOO\r\nFOO\r\nFOO\r\nFOO\r\n")), (Codes{"220", "500", "500", "500", "421"}));
}

TEST_F(SessionTest, errors_count_from_the_last_delivery) {
    settings.smtpd_hard_error_limit = 3;
    const std::string mail = "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nx\r\n.\r\n";
    const std::string said = talk("EHLO c\r\nFOO\r\nFOO\r\n" + mail + "FOO\r\nFOO\r\n" + mail + "QUIT\r\n");
    EXPECT_EQ(codes(said).back(), "221");
    EXPECT_EQ(intake.committed.size(), 2U);
}

TEST_F(SessionTest, recipients_past_the_limit_are_errors_only_past_the_overshoot_limit) {
    settings.smtpd_recipient_limit = 1;
    settings.smtpd_recipient_overshoot_limit = 2;
    settings.smtpd_hard_error_limit = 1;
    const std::string said = talk(std::string(envelope) + "RCPT TO:<c@d.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<c@d.example>\r\n");
    EXPECT_EQ(codes(said), (Codes{"220", "250", "250", "250", "452", "452", "452", "421"}));
}

TEST_F(SessionTest, soft_bounce_makes_every_refusal_temporary) {
    settings.soft_bounce = true;
    const std::string said = talk(std::string(envelope) + "RCPT TO:<unknown@example.net>\r\nQUIT\r\n");
    EXPECT_NE(said.find("450 4.1.1 <unknown@example.net>"), std::string::npos) << said;
}

TEST_F(SessionTest, what_looks_like_a_browser_is_shown_the_door) {
    settings.smtpd_forbidden_commands = {"get"};
    EXPECT_EQ(codes(talk("GET / HTTP/1.0\r\nMAIL FROM:<a@b.example>\r\n")), (Codes{"220", "221"}));
    EXPECT_EQ(codes(talk("Subject: x\r\nMAIL FROM:<a@b.example>\r\n")), (Codes{"220", "221"}));
}

TEST_F(SessionTest, a_bare_newline_that_is_refused_ends_the_session_without_a_message) {
    settings.smtpd_forbid_bare_newline_reject = true;
    EXPECT_EQ(codes(talk(std::string(envelope) + "DATA\r\nx\n.\r\nMAIL FROM:<a@b.example>\r\n")).back(), "521");
    EXPECT_TRUE(intake.committed.empty());
}

TEST_F(SessionTest, every_connection_is_given_back_to_the_limits) {
    settings.smtpd_client_connection_count_limit = 1;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(codes(talk("QUIT\r\n")), (Codes{"220", "221"}));
    }
    Wire first;
    first.stays_open = true;
    start(first);
    EXPECT_EQ(codes(first.sent), (Codes{"220"}));
    Wire second;
    start(second);
    EXPECT_EQ(codes(second.sent), (Codes{"421"}));
    tasks.cancel();
}

TEST_F(SessionTest, a_listener_that_was_full_accepts_again_when_a_session_ends) {
    Wire first;
    first.input.emplace_back("NOOP\r\n");
    first.stays_open = true;
    Wire second;
    second.input.emplace_back("QUIT\r\n");
    std::deque<Wire*> clients{&first, &second};
    world::Signal idle;
    const auto service = make_service();
    SmtpdListener listener(std::make_unique<WireListener>(clients, idle), [service] { return service; }, doors(), 1);
    listener.start();
    EXPECT_EQ(listener.sessions(), 1U);
    EXPECT_TRUE(second.sent.empty());
    first.stays_open = false;
    first.silence.notify_all();
    EXPECT_EQ(codes(second.sent), (Codes{"220", "221"}));
    tasks.spawn(listener.stop());
    EXPECT_EQ(tasks.size(), 0U);
}

}  // namespace posthouse::receive
