#pragma once
// A world that answers at once, for tests only.
#include <gtest/gtest.h>

#include <cstring>

#include "control/admin_server.hpp"

namespace posthouse::control::testing {

class FixedClock final : public world::Clock {
public:
    [[nodiscard]] world::SteadyTime now() const override { return world::SteadyTime{} + std::chrono::hours(1); }
    [[nodiscard]] world::WallTime wall_now() const override { return world::WallTime{} + std::chrono::seconds(1'700'000'000); }
    world::Task<void> sleep_until(world::SteadyTime) override { co_return; }
};

class NoNetwork final : public world::Network {
public:
    using StreamResult = base::Result<std::unique_ptr<world::Stream>>;
    world::Task<StreamResult> connect(base::Endpoint, std::optional<base::IpAddress>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no network");
    }
    world::Task<StreamResult> connect_unix(std::string, world::Deadline) override { co_return base::fail(base::ErrorKind::refused, "no network"); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override { return base::fail(base::ErrorKind::io, "no network"); }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override {
        return base::fail(base::ErrorKind::io, "no network");
    }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override {
        return base::fail(base::ErrorKind::io, "no network");
    }
};

class NoExecutor final : public world::Executor {
public:
    void post(world::Work work) override { work(); }
};

class NoResolver final : public world::Resolver {
public:
    world::Task<world::DnsAnswer> query(std::string, world::RecordType, world::Deadline) override { co_return world::DnsAnswer{}; }
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view) const override { return {}; }
    [[nodiscard]] std::string hosts_name(const base::IpAddress&) const override { return {}; }
};

class NoRandom final : public world::Random {
public:
    std::uint64_t next() override { return 4; }
};

/// The client's side is all there from the start; what the server says is gathered.
class ScriptedStream final : public world::Stream {
public:
    ScriptedStream(std::string input, std::string& output) : input_(std::move(input)), output_(output) {}
    world::Task<base::Result<std::size_t>> read_some(std::span<char> into, world::Deadline) override {
        const std::size_t count = std::min({into.size(), input_.size() - position_, std::size_t{7}});
        std::memcpy(into.data(), input_.data() + position_, count);
        position_ += count;
        co_return count;
    }
    world::Task<base::Result<void>> write_all(std::string_view bytes, world::Deadline) override {
        output_ += bytes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<world::TlsSession>> start_tls_server(std::shared_ptr<const world::TlsServerContext>, world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "none");
    }
    world::Task<base::Result<world::TlsSession>> start_tls_client(world::TlsClientRequest, world::Deadline) override {
        co_return base::fail(base::ErrorKind::tls, "none");
    }
    world::Task<void> shutdown(world::Deadline) override { co_return; }
    [[nodiscard]] base::Endpoint local() const override { return {}; }
    [[nodiscard]] base::Endpoint peer() const override { return {}; }
    [[nodiscard]] std::optional<std::uint32_t> peer_user() const override { return user; }
    [[nodiscard]] bool readable_now() const override { return position_ < input_.size(); }
    std::optional<std::uint32_t> user;

private:
    std::string input_;
    std::size_t position_ = 0;
    std::string& output_;
};

class TextContent final : public mail::ContentSource {
public:
    class Reader final : public mail::ContentReader {
    public:
        explicit Reader(std::string text) : text_(std::move(text)) {}
        world::Task<base::Result<mail::Block>> next() override {
            mail::Block block;
            if (!text_.empty()) {
                block = std::make_shared<const std::string>(std::exchange(text_, {}));
            }
            co_return block;
        }

    private:
        std::string text_;
    };
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override {
        std::unique_ptr<mail::ContentReader> reader = std::make_unique<Reader>("Subject: t\r\n\r\nx\r\n");
        co_return reader;
    }
};

/// A queue in a vector.
class ListQueue final : public mail::QueueAdmin {
public:
    std::vector<mail::ListedMessage> messages;
    int flushes = 0;

    mail::ListedMessage& add(std::uint64_t id, mail::QueueName queue, std::string recipient) {
        mail::ListedMessage listed;
        listed.queue = queue;
        listed.message.id = {id};
        listed.message.envelope.reverse_path = mail::ReversePath("a b@example.org");
        listed.message.envelope.size = {345};
        listed.message.envelope.arrival = world::WallTime{} + std::chrono::seconds(1000);
        listed.message.envelope.recipients.push_back({std::move(recipient), {}, {}, {}});
        listed.message.recipients.emplace_back();
        messages.push_back(std::move(listed));
        return messages.back();
    }
    world::Task<base::Result<std::vector<mail::ListedMessage>>> list(mail::QueueId after, std::size_t count, world::Core&) override {
        std::vector<mail::ListedMessage> page;
        for (const auto& listed : messages) {
            if (listed.message.id > after && page.size() < count) {
                page.push_back(listed);
            }
        }
        co_return page;
    }
    world::Task<base::Result<void>> flush(world::Core&) override {
        ++flushes;
        co_return base::Result<void>{};
    }
    world::Task<base::Result<bool>> flush_message(mail::QueueId id, world::Core&) override {
        ++flushes;
        co_return find(id) != messages.end();
    }
    world::Task<base::Result<bool>> expire(mail::QueueId id, world::Core&) override {
        const auto found = find(id);
        if (found == messages.end()) {
            co_return false;
        }
        found->message.force_expire = true;
        co_return true;
    }
    world::Task<base::Result<bool>> remove(mail::QueueId id, world::Core&) override {
        const auto found = find(id);
        const bool there = found != messages.end();
        if (there) {
            messages.erase(found);
        }
        co_return there;
    }
    world::Task<base::Result<bool>> hold(mail::QueueId id, world::Core&) override { co_return move(id, mail::QueueName::hold); }
    world::Task<base::Result<bool>> release(mail::QueueId id, world::Core&) override { co_return move(id, mail::QueueName::deferred); }
    std::shared_ptr<mail::ContentSource> content(mail::QueueId, world::Core&) override { return std::make_shared<TextContent>(); }

private:
    std::vector<mail::ListedMessage>::iterator find(mail::QueueId id) {
        return std::find_if(messages.begin(), messages.end(), [id](const auto& listed) { return listed.message.id == id; });
    }
    bool move(mail::QueueId id, mail::QueueName queue) {
        const auto found = find(id);
        if (found == messages.end()) {
            return false;
        }
        found->queue = queue;
        return true;
    }
};

/// Takes mail into strings.
class StringIntake final : public mail::Intake {
public:
    struct Taken {
        mail::Envelope envelope;
        std::string content;
        bool committed = false;
    };
    std::vector<std::shared_ptr<Taken>> taken;
    std::optional<mail::IntakeRefusal> refusal;
    bool room = true;

    std::unique_ptr<mail::IntakeSession> begin(mail::MailSource, world::Core&) override {
        taken.push_back(std::make_shared<Taken>());
        return std::make_unique<Session>(taken.back(), refusal);
    }
    [[nodiscard]] bool has_room(base::Bytes) const override { return room; }

private:
    class Session final : public mail::IntakeSession, mail::CommitAuthority {
    public:
        Session(std::shared_ptr<Taken> into, std::optional<mail::IntakeRefusal> refusal) : into_(std::move(into)), refusal_(std::move(refusal)) {}
        [[nodiscard]] mail::QueueId queue_id() const override { return {0xABCDEF123}; }
        void set_envelope(mail::Envelope envelope) override { into_->envelope = std::move(envelope); }
        world::Task<void> write(std::string_view bytes) override {
            into_->content += bytes;
            co_return;
        }
        world::Task<std::expected<mail::Committed, mail::IntakeRefusal>> finish() override {
            if (refusal_) {
                co_return std::unexpected(*refusal_);
            }
            into_->committed = true;
            co_return attest(queue_id());
        }

    private:
        std::shared_ptr<Taken> into_;
        std::optional<mail::IntakeRefusal> refusal_;
    };
};

class EventText final : public observe::EventSink {
public:
    std::string log;
    void on(observe::Speaker speaker, const observe::Event& event) override {
        log += speaker;
        if (const auto* removed = std::get_if<observe::MessageRemoved>(&event)) {
            log += ": " + std::string(removed->queue_id) + ": removed";
        } else if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            log += ": " + std::string(remark->queue_id) + ": " + std::string(remark->text);
        } else if (const auto* local = std::get_if<observe::LocalSubmission>(&event)) {
            log += ": " + std::string(local->queue_id) + ": uid=" + std::to_string(local->uid) + " from=<" + std::string(local->sender) + ">";
        }
        log += "\n";
    }
};

}  // namespace posthouse::control::testing
