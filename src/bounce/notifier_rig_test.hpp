#pragma once
// For tests: a notifier whose messages go into strings.
#include <gtest/gtest.h>

#include "bounce/dsn_message.hpp"
#include "bounce/notifier.hpp"
#include "world/task_group.hpp"

namespace posthouse::bounce::rig {

class FixedClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return {}; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime{} + std::chrono::seconds(1234567); }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

// Neither the executor nor the network, the resolver or randomness is used by a notifier.
struct Nothing final : world::Executor, world::Network, world::Resolver, world::Random {
    using StreamResult = base::Result<std::unique_ptr<world::Stream>>;
    void post(world::Work work) override { work(); }
    world::Task<StreamResult> connect(base::Endpoint, std::optional<base::IpAddress>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::io, "none");
    }
    world::Task<StreamResult> connect_unix(std::string, world::Deadline) override { co_return base::fail(base::ErrorKind::io, "none"); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override { return base::fail(base::ErrorKind::io, "none"); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override { return base::fail(base::ErrorKind::io, "none"); }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override {
        return base::fail(base::ErrorKind::io, "none");
    }
    world::Task<world::DnsAnswer> query(std::string, world::RecordType, world::Deadline) override { co_return world::DnsAnswer{}; }
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view) const override { return {}; }
    [[nodiscard]] std::string hosts_name(const base::IpAddress&) const override { return {}; }
    std::uint64_t next() override { return 4; }
};

struct Taken {
    mail::MailSource source{};
    mail::Envelope envelope;
    std::string content;
    bool committed = false;
    std::optional<mail::SpoolUpdate> along;
};

class StringIntake final : public mail::Intake {
public:
    std::vector<std::shared_ptr<Taken>> taken;
    int refusals = 0;       // of the first so many messages
    int accepted_first = 0;  // before those

    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource source, world::Core&) override {
        taken.push_back(std::make_shared<Taken>());
        taken.back()->source = source;
        const int number = static_cast<int>(taken.size());
        return std::make_unique<Session>(taken.back(), number > accepted_first && number <= accepted_first + refusals);
    }
    [[nodiscard]] bool has_room(base::Bytes) const override { return true; }

private:
    class Session final : public mail::IntakeSession, mail::CommitAuthority {
    public:
        Session(std::shared_ptr<Taken> into, bool refuses) : into_(std::move(into)), refuses_(refuses) {}
        [[nodiscard]] mail::QueueId queue_id() const override { return {0xFEED000}; }
        void set_envelope(mail::Envelope envelope) override { into_->envelope = std::move(envelope); }
        void take_along(mail::SpoolUpdate update) override { into_->along = std::move(update); }
        world::Task<void> write(std::string_view bytes) override {
            into_->content += bytes;
            co_return;
        }
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
            if (refuses_) {
                co_return std::unexpected(mail::IntakeRefusal{});
            }
            into_->committed = true;
            co_return attest(queue_id());
        }

    private:
        std::shared_ptr<Taken> into_;
        bool refuses_;
    };
};

// Hands content out in blocks of five bytes; may break off.
class Blocks final : public mail::ContentSource {
public:
    Blocks(std::string text, bool breaks, base::ErrorKind kind = base::ErrorKind::io) : text_(std::move(text)), breaks_(breaks), kind_(kind) {}
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override {
        std::unique_ptr<mail::ContentReader> reader = std::make_unique<Reader>(text_, breaks_, kind_);
        co_return reader;
    }

private:
    class Reader final : public mail::ContentReader {
    public:
        Reader(std::string text, bool breaks, base::ErrorKind kind) : text_(std::move(text)), breaks_(breaks), kind_(kind) {}
        world::Task<base::Result<mail::Block>> next() override {
            if (text_.empty() && breaks_) {
                co_return base::fail(kind_, "disk broken");
            }
            mail::Block block;
            if (!text_.empty()) {
                block = std::make_shared<const std::string>(text_.substr(0, 5));
                text_.erase(0, 5);
            }
            co_return block;
        }

    private:
        std::string text_;
        bool breaks_;
        base::ErrorKind kind_;
    };
    std::string text_;
    bool breaks_;
    base::ErrorKind kind_;
};

class EventText final : public observe::EventSink {
public:
    std::string log;
    void on(observe::Speaker speaker, const observe::Event& event) override {
        log += speaker;
        if (const auto* sent = std::get_if<observe::NotificationSent>(&event)) {
            log += ": " + std::string(sent->queue_id) + ": " + std::string(sent->kind) + ": " + std::string(sent->notification_id);
        } else if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            log += ": " + std::string(remark->queue_id) + ": " + std::string(remark->text);
        }
        log += "\n";
    }
};

class NotifierTest : public ::testing::Test {
protected:
    NotifierTest() {
        settings.myhostname = "mta.example.test";
        settings.myorigin = "example.test";
        settings.mail_name = "Mailtest";
        settings.templates = templates_for(config::View::of("myhostname = mta.example.test\n"), std::string(), [](const std::string&) {});
        envelope.reverse_path = mail::ReversePath("sender@back.example");
        envelope.arrival = world::WallTime{} + std::chrono::seconds(1000000);
        notification.id = {0xABCDEF01};
        notification.content = std::make_shared<Blocks>(content, false);
        add("gone@example.net", "550 5.1.1 no such user here");
    }
    void add(std::string address, std::string reply) {
        mail::Notification::Entry entry;
        entry.recipient.address = address;
        entry.recipient.original_recipient = "rfc822;" + address;
        entry.outcome = mail::Outcome::bounced("5.1.1", "host 127.0.0.1[127.0.0.1] said: " + reply + " (in reply to RCPT TO command)");
        entry.outcome.remote_mta = "127.0.0.1";
        entry.outcome.diagnostic = std::move(reply);
        notification.entries.push_back(std::move(entry));
    }
    base::Result<void> notify() {
        notification.envelope = std::make_shared<mail::Envelope>(envelope);
        const auto shared = std::make_shared<const BounceSettings>(settings);
        BounceNotifier notifier(intake, events, [shared] { return shared; });
        std::optional<base::Result<void>> result;
        world::TaskGroup group;
        group.spawn(keep(notifier, notification, core, result));
        EXPECT_TRUE(result.has_value());
        return result.value_or(base::fail(base::ErrorKind::timeout, "did not end"));
    }
    static world::Task<void> keep(BounceNotifier& notifier, mail::Notification notification, world::Core& core,
                                  std::optional<base::Result<void>>& into) {
        into = co_await notifier.notify(std::move(notification), core);
    }

    const std::string content = "Received: from app\r\n\tby here\r\nSubject: t\r\n\r\nbody text\r\n";
    FixedClock clock;
    Nothing nothing;
    world::Core core{0, nothing, clock, nothing, nothing, nothing};
    StringIntake intake;
    EventText events;
    BounceSettings settings;
    mail::Envelope envelope;
    mail::Notification notification;
};

}  // namespace posthouse::bounce::rig
