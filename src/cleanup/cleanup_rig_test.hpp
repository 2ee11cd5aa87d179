#pragma once
// For tests: cleanup between a spool in memory, a router with aliases, milters made of a function, and a notifier that remembers.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "checks/test_sink.hpp"
#include "cleanup/intake.hpp"
#include "tables/run_task.hpp"
#include "world/nobody_test.hpp"

namespace posthouse::cleanup::rig {

using tables::run_now;

/// A task that never waits.
inline void run(world::Task<void> task) {
    world::TaskGroup group;
    group.spawn(std::move(task));
    ASSERT_EQ(group.size(), 0U);
}

struct Stored {
    mail::Envelope envelope;
    mail::QueueName queue = mail::QueueName::active;
    std::string content;
    std::optional<mail::SpoolUpdate> along;
};

inline world::Task<base::Result<std::string>> read_all(std::unique_ptr<mail::ContentReader> reader) {
    std::string out;
    for (;;) {
        const auto block = co_await reader->next();
        if (!block) {
            co_return std::unexpected(block.error());
        }
        if (*block == nullptr) {
            co_return out;
        }
        out += **block;
    }
}

class MemorySpool final : public mail::Spool {
public:
    std::vector<Stored> stored;
    std::size_t discarded = 0;
    std::optional<base::Error> write_error, commit_error;

    std::unique_ptr<mail::SpoolWriter> create(world::Core&) override { return std::make_unique<Writer>(*this, mail::QueueId{++last_id_}); }
    std::shared_ptr<mail::ContentSource> content(mail::QueueId, world::Core&) override { return nullptr; }
    world::Task<base::Result<std::optional<mail::StoredMessage>>> load(mail::QueueId, world::Core&) override { co_return std::optional<mail::StoredMessage>(); }
    world::Task<base::Result<void>> update(mail::SpoolUpdate, world::Core&) override { co_return base::Result<void>{}; }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> active_after(mail::QueueId, std::size_t, mail::Share, world::Core&) override { co_return none(); }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> due(world::WallTime, mail::DuePosition, std::size_t, mail::Share, world::Core&) override { co_return none(); }
    world::Task<base::Result<std::optional<world::WallTime>>> next_due(mail::DuePosition, mail::Share, world::Core&) override { co_return std::optional<world::WallTime>(); }
    world::Task<base::Result<std::vector<mail::StoredMessage>>> list(mail::QueueId, std::size_t, world::Core&) override { co_return none(); }
    world::Task<base::Result<void>> make_all_due(world::WallTime, world::Core&) override { co_return base::Result<void>{}; }

private:
    static std::vector<mail::StoredMessage> none() { return {}; }

    class Writer final : public mail::SpoolWriter, mail::CommitAuthority {
    public:
        Writer(MemorySpool& spool, mail::QueueId id) : spool_(spool), id_(id) {}
        [[nodiscard]] mail::QueueId queue_id() const override { return id_; }
        world::Task<base::Result<void>> write(std::string_view bytes) override {
            if (spool_.write_error) {
                co_return std::unexpected(*spool_.write_error);
            }
            content_ += bytes;
            co_return base::Result<void>{};
        }
        void keep_readable() override {
            EXPECT_TRUE(content_.empty());
            readable_ = true;
        }
        world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> read_back() override {
            EXPECT_TRUE(readable_);
            std::unique_ptr<mail::ContentReader> reader = std::make_unique<Reader>(content_);
            co_return reader;
        }
        world::Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<mail::SpoolUpdate> along) override {
            if (spool_.commit_error) {
                co_return std::unexpected(*spool_.commit_error);
            }
            spool_.stored.push_back({std::move(envelope), queue, content_, std::move(along)});
            co_return attest(id_);
        }
        [[nodiscard]] mail::Committed discard() override {
            ++spool_.discarded;
            return attest(id_);
        }

    private:
        class Reader final : public mail::ContentReader {
        public:
            explicit Reader(std::string text) : text_(std::move(text)) {}
            world::Task<base::Result<mail::Block>> next() override {
                mail::Block block;
                if (!text_.empty()) {
                    block = std::make_shared<const std::string>(text_.substr(0, 7));
                    text_.erase(0, 7);
                }
                co_return block;
            }

        private:
            std::string text_;
        };
        MemorySpool& spool_;
        mail::QueueId id_;
        std::string content_;
        bool readable_ = false;
    };
    std::uint64_t last_id_ = 0xA0;
};

class AliasRouter final : public mail::Router {
public:
    std::map<std::string, std::vector<std::string>> aliases;
    world::Task<mail::Route> resolve(std::string, mail::ReversePath) override { co_return mail::Route{}; }
    world::Task<mail::Validation> validate(std::string) override { co_return mail::Validation{}; }
    world::Task<mail::Route> classify(std::string) override { co_return mail::Route{}; }
    [[nodiscard]] bool has_aliases() const override { return !aliases.empty(); }
    world::Task<mail::Expansion> expand(std::string recipient) const override {
        mail::Expansion out;
        const auto found = aliases.find(recipient);
        out.addresses = found == aliases.end() ? std::vector{recipient} : found->second;
        co_return out;
    }
    [[nodiscard]] std::string rewrite(std::string address) const override { return address.find('@') == std::string::npos ? address + "@origin.example" : address; }
};

class RememberingNotifier final : public mail::Notifier {
public:
    struct Told {
        mail::Notification notification;
        std::string content;
    };
    std::vector<Told> told;
    bool refuses = false;
    world::Task<base::Result<void>> notify(mail::Notification notification, world::Core&) override {
        if (refuses) {
            co_return base::fail(base::ErrorKind::no_space, "disk full");
        }
        auto reader = co_await notification.content->open();
        world::Task<base::Result<std::string>> reading = read_all(std::move(*reader));
        const auto content = co_await std::move(reading);
        notification.content = nullptr;
        told.push_back({std::move(notification), *content});
        co_return base::Result<void>{};
    }
};

/// What cleanup says of messages: "reject: text", "warning: text", "to=<…> dsn status=… (text)".
class Lines final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override {
        if (const auto* said = std::get_if<observe::Rejected>(&event)) {
            lines.push_back(std::string(said->action) + ": " + std::string(said->text));
        } else if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            lines.push_back((remark->severity == observe::Severity::info ? "info: " : "warning: ") + std::string(remark->text));
        } else if (const auto* outcome = std::get_if<observe::DeliveryAttempted>(&event)) {
            lines.push_back("to=<" + std::string(outcome->recipient) + "> relay=" + std::string(outcome->relay) + " " + std::string(outcome->status_code) + " " + std::string(outcome->status) +
                            " (" + std::string(outcome->text) + ")");
        }
    }
    std::vector<std::string> lines;
};

class ScriptedMilters final : public mail::Milters {
public:
    std::function<mail::MilterAnswer(mail::MessageUnderReview&)> answer = [](mail::MessageUnderReview&) { return mail::MilterAnswer{}; };
    std::size_t asked = 0;
    world::Task<mail::MilterAnswer> inspect(mail::MessageUnderReview& message) override {
        ++asked;
        co_return answer(message);
    }
    static mail::MilterAnswer refuse(int code, std::string_view text) { return {mail::MilterAnswer::Kind::refuse, smtp::Reply::make(code, text)}; }
};

class FixedClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return {}; }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime{} + std::chrono::seconds(1234567); }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

struct AtOnce final : world::Executor {
    void post(world::Work work) override { work(); }
};

class CleanupTest : public ::testing::Test, mail::Admission {
protected:
    using Finished = std::expected<mail::Committed, mail::IntakeRefusal>;
    using Reason = mail::IntakeRefusal::Reason;

    CleanupTest() {
        envelope.reverse_path = mail::ReversePath("s@x.example");
        envelope.origin = {.client_name = "c", .client_address = "192.0.2.1", .helo_name = "h", .protocol = "ESMTP"};
        envelope.arrival = clock.wall_now();
        to("r@y.example");
    }
    void to(std::string address) {
        mail::Recipient recipient;
        recipient.address = std::move(address);
        envelope.recipients.push_back(std::move(recipient));
    }
    /// As a program on this host sends it.
    void make_local() {
        envelope.origin = {};
        source = mail::MailSource::pickup;
    }
    Finished send(const std::string& content = "Subject: s\r\nMessage-Id: <1@x>\r\n\r\nbody\r\n") {
        auto frozen = std::make_shared<const CleanupSettings>(settings);
        CleanupIntake intake(std::move(frozen), spool, *this, router, notifier, events, files, clock);
        const auto session = intake.begin(source, core);
        if (source == mail::MailSource::smtpd && asks_milters) {
            session->set_milters(milters);
        }
        session->set_envelope(envelope);
        if (along) {
            session->take_along(*along);
        }
        for (std::size_t at = 0; at < content.size(); at += 11) {
            const std::string_view block = std::string_view(content).substr(at, 11);
            run(session->write(block));
        }
        session->change(changes);
        return run_now(session->finish());
    }
    /// non_smtpd_milters.
    void ask_milters_of_local_mail() {
        struct Borrowed final : mail::Milters {
            explicit Borrowed(mail::Milters& milters) : real(milters) {}
            world::Task<mail::MilterAnswer> inspect(mail::MessageUnderReview& message) override { return real.inspect(message); }
            mail::Milters& real;
        };
        settings.local_milters = [this](world::Core&, std::string) { return std::make_unique<Borrowed>(milters); };
    }
    std::vector<std::string> recipients() const {
        std::vector<std::string> out;
        for (const mail::Recipient& recipient : spool.stored.at(0).envelope.recipients) {
            out.push_back(recipient.address);
        }
        return out;
    }
    void committed(mail::StoredMessage, world::Core&) override { ++admitted; }

    CleanupSettings settings;
    MemorySpool spool;
    AliasRouter router;
    RememberingNotifier notifier;
    Lines events;
    ScriptedMilters milters;
    tables::FakeFiles files;
    FixedClock clock;
    AtOnce executor;
    world::nobody::NoNetwork network;
    world::nobody::NoResolver resolver;
    world::nobody::Four random;
    world::Core core{0, executor, clock, network, resolver, random};
    mail::MailSource source = mail::MailSource::smtpd;
    mail::Envelope envelope;
    mail::MessageChanges changes;
    std::optional<mail::SpoolUpdate> along;
    bool asks_milters = false;
    std::size_t admitted = 0;
};

}  // namespace posthouse::cleanup::rig
