#pragma once
// ServerLink: a server's side of the conversation with its supervisor. Callable from any thread; calls block, each for a moment.
#include <chrono>
#include <memory>
#include <mutex>

#include "mail/record.hpp"
#include "net/listen_source.hpp"
#include "os/channel.hpp"
#include "os/channel_watch.hpp"

namespace posthouse::app {

class ServerLink final : public net::ListenSource {
public:
    struct Reply {
        mail::Record record;
        std::vector<os::FileDescriptor> descriptors;
    };

    /// nullptr: no supervisor started this process.
    [[nodiscard]] static std::unique_ptr<ServerLink> inherited();
    explicit ServerLink(os::Channel channel);

    /// An answer other than ok is an error; ErrorKind::timeout after the patience of this link.
    base::Result<Reply> call(mail::Record request);
    base::Result<int> open(base::Endpoint local) override;
    void closed(base::Endpoint local) override;
    /// Returns when no other server uses the queue.
    base::Result<void> wait_for_spool();
    base::Result<void> ready();
    base::Result<void> reloaded();
    base::Result<void> stopping();

    /// While the watch lives `lost` is called, once and on a thread of its own, when the supervisor has died or does not answer.
    /// `tick` is called there every few seconds until then. The link outlives it.
    [[nodiscard]] std::unique_ptr<os::ChannelWatch> watch(std::function<void(const std::string&)> lost, std::function<void()> tick);

private:
    base::Result<Reply> call(mail::Record request, world::Deadline deadline);
    [[nodiscard]] world::Deadline soon() const;

    os::Channel channel_;
    std::chrono::milliseconds patience_;
    std::mutex mutex_;
    std::uint64_t last_id_ = 0;
};

}  // namespace posthouse::app
