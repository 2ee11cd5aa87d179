// Defects in what is written to the spool.
#include "sim/mutations/spool_defects.hpp"

namespace posthouse::sim {

namespace {

/// Changes the envelope before it is stored. The queue keeps the true one in memory, so it takes a deferral or a restart to see.
template <class Change>
class ChangesEnvelopes final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::unique_ptr<mail::SpoolWriter> create(Core& home) override { return std::make_unique<Writer>(real.create(home)); }

private:
    struct Writer final : PassThroughWriter {
        using PassThroughWriter::PassThroughWriter;
        Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<SpoolUpdate> along) override {
            Change{}(envelope);
            return real->commit_along(std::move(envelope), queue, std::move(along));
        }
    };
};

struct DropsRecipient {
    void operator()(mail::Envelope& envelope) const {
        if (envelope.recipients.size() > 1) {
            envelope.recipients.pop_back();
        }
    }
};

struct ForgetsNotify {
    void operator()(mail::Envelope& envelope) const {
        for (mail::Recipient& recipient : envelope.recipients) {
            recipient.notify = {};
        }
    }
};

struct NamesSender {
    void operator()(mail::Envelope& envelope) const {
        if (envelope.reverse_path.is_null()) {
            envelope.reverse_path = mail::ReversePath("bounces@client.example");
        }
    }
};

/// What is written goes through `Change`.
template <class Change>
class ChangesContent final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::unique_ptr<mail::SpoolWriter> create(Core& home) override { return std::make_unique<Writer>(real.create(home)); }

private:
    struct Writer final : PassThroughWriter {
        using PassThroughWriter::PassThroughWriter;
        Task<base::Result<void>> write(std::string_view bytes) override {
            std::string changed(bytes);
            Change{}(changed);
            co_return co_await real->write(changed);
        }
    };
};

struct BlanksSuccess {
    void operator()(std::string& bytes) const {
        for (const std::string_view action : {"Action: relayed", "Action: delivered"}) {
            if (const std::size_t at = bytes.find(action); at != std::string::npos) {
                bytes.replace(at, action.size(), "X-Action: none");
            }
        }
    }
};

struct StripsEighthBit {
    void operator()(std::string& bytes) const {
        for (char& byte : bytes) {
            byte = static_cast<char>(static_cast<unsigned char>(byte) & 0x7fU);
        }
    }
};

/// Of every third message nothing arrives behind the first write.
class LosesEnd final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::unique_ptr<mail::SpoolWriter> create(Core& home) override {
        return ++count_ % 3 == 0 ? std::make_unique<Writer>(real.create(home)) : real.create(home);
    }

private:
    struct Writer final : PassThroughWriter {
        using PassThroughWriter::PassThroughWriter;
        Task<base::Result<void>> write(std::string_view bytes) override {
            const std::string_view kept = bytes.substr(0, bytes.size() > 2'000 ? bytes.rfind('\n', 2'000) + 1 : bytes.size());
            return real->write(kept);
        }
    };
    std::uint64_t count_ = 0;
};

/// Every tenth message is stored once more, under an ID of its own.
class CommitsTwice final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::unique_ptr<mail::SpoolWriter> create(Core& home) override {
        return ++count_ % 10 == 0 ? std::make_unique<Writer>(real.create(home), real, home) : real.create(home);
    }

private:
    struct Writer final : PassThroughWriter {
        Writer(std::unique_ptr<mail::SpoolWriter> writer, mail::Spool& to, Core& core) : PassThroughWriter(std::move(writer)), spool(to), home(core) {}
        Task<base::Result<void>> write(std::string_view bytes) override {
            content += bytes;
            return real->write(bytes);
        }
        Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<SpoolUpdate> along) override {
            const auto copy = spool.create(home);
            const auto written = co_await copy->write(content);
            if (written) {
                const auto second = co_await copy->commit(envelope, queue);
                static_cast<void>(second);
            }
            auto first = co_await real->commit_along(std::move(envelope), queue, std::move(along));
            co_return std::move(first);
        }
        mail::Spool& spool;
        Core& home;
        std::string content;
    };
    std::uint64_t count_ = 0;
};

/// What is to be committed along with a message is committed right behind it.
class MarksApart final : public PassThroughSpool {
public:
    using PassThroughSpool::PassThroughSpool;
    std::unique_ptr<mail::SpoolWriter> create(Core& home) override { return std::make_unique<Writer>(real.create(home), real, home); }

private:
    struct Writer final : PassThroughWriter {
        Writer(std::unique_ptr<mail::SpoolWriter> writer, mail::Spool& to, Core& core) : PassThroughWriter(std::move(writer)), spool(to), home(core) {}
        Task<base::Result<mail::Committed>> commit_along(mail::Envelope envelope, mail::QueueName queue, std::optional<SpoolUpdate> along) override {
            auto committed = co_await real->commit(std::move(envelope), queue);
            if (committed && along) {
                const auto marked = co_await spool.update(std::move(*along), home);
                static_cast<void>(marked);
            }
            co_return std::move(committed);
        }
        mail::Spool& spool;
        Core& home;
    };
};

}  // namespace

std::unique_ptr<mail::Spool> drops_a_recipient(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesEnvelopes<DropsRecipient>>(spool); }
std::unique_ptr<mail::Spool> keeps_quiet_of_success(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesContent<BlanksSuccess>>(spool); }
std::unique_ptr<mail::Spool> strips_the_eighth_bit(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesContent<StripsEighthBit>>(spool); }
std::unique_ptr<mail::Spool> forgets_notify(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesEnvelopes<ForgetsNotify>>(spool); }
std::unique_ptr<mail::Spool> names_a_sender_of_bounces(mail::Spool& spool, Scheduler&) { return std::make_unique<ChangesEnvelopes<NamesSender>>(spool); }
std::unique_ptr<mail::Spool> loses_the_end(mail::Spool& spool, Scheduler&) { return std::make_unique<LosesEnd>(spool); }
std::unique_ptr<mail::Spool> marks_notices_apart(mail::Spool& spool, Scheduler&) { return std::make_unique<MarksApart>(spool); }
std::unique_ptr<mail::Spool> commits_twice(mail::Spool& spool, Scheduler&) { return std::make_unique<CommitsTwice>(spool); }

}  // namespace posthouse::sim
