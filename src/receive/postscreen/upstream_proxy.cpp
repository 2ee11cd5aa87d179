#include "receive/postscreen/upstream_proxy.hpp"

#include "receive/postscreen/resumed_stream.hpp"
#include "world/proxy_header.hpp"

namespace posthouse::receive::postscreen {

world::Task<base::Result<std::unique_ptr<world::Stream>>> behind_upstream_proxy(std::unique_ptr<world::Stream> stream, std::shared_ptr<const Screen> screen, world::Core& core) {
    world::Task<base::Result<world::ProxyHeader>> reading = world::read_proxy_header(*stream, core.clock, screen->settings->postscreen_upstream_proxy_timeout);
    const base::Result<world::ProxyHeader> header = co_await std::move(reading);
    if (!header) {
        // Best effort, as postscreen(8) does: nobody knows who hears it.
        const std::string reply = "421 4.3.2 No system resources\r\n";
        const base::Result<void> sent = co_await stream->write_all(reply, core.clock.deadline_in(std::chrono::milliseconds{200}));
        static_cast<void>(sent);
        co_return std::unexpected(header.error());
    }
    if (header->addresses) {
        stream = std::make_unique<ResumedStream>(std::move(stream), header->addresses->server, header->addresses->client);
    }
    co_return std::move(stream);
}

}  // namespace posthouse::receive::postscreen
