#include "start/supervisor_protocol.hpp"

#include <array>

namespace posthouse::app::supervisor_protocol {

void add_endpoint(mail::Record& record, const base::Endpoint& endpoint) {
    record.add("address", endpoint.address.text()).add("port", std::uint64_t{endpoint.port});
}

std::optional<base::Endpoint> endpoint_of(const mail::Record& record) {
    const auto address = base::IpAddress::parse(record.get("address"));
    const auto port = record.number("port");
    if (!address || !port || *port > 0xffff) {
        return std::nullopt;
    }
    return base::Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

mail::Record error_reply(const base::Error& error) {
    mail::Record reply("error");
    reply.add("kind", static_cast<std::uint64_t>(error.kind)).add("text", error.text);
    return reply;
}

base::Error error_of(const mail::Record& reply) {
    constexpr auto last = static_cast<std::uint64_t>(base::ErrorKind::io);
    const std::uint64_t kind = std::min(reply.number("kind").value_or(last), last);
    return {static_cast<base::ErrorKind>(kind), reply.get("text")};
}

}  // namespace posthouse::app::supervisor_protocol
