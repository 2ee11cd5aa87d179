#pragma once
// For tests: a network and a resolver where nobody answers, and a die that always shows the same.
#include "world/network.hpp"
#include "world/random.hpp"
#include "world/resolver.hpp"

namespace posthouse::world::nobody {

class NoNetwork final : public Network {
public:
    using StreamResult = base::Result<std::unique_ptr<Stream>>;
    Task<StreamResult> connect(base::Endpoint, std::optional<base::IpAddress>, Deadline) override { co_return none<std::unique_ptr<Stream>>(); }
    Task<StreamResult> connect_unix(std::string, Deadline) override { co_return none<std::unique_ptr<Stream>>(); }
    base::Result<std::shared_ptr<ListenSocket>> listen(base::Endpoint) override { return none<std::shared_ptr<ListenSocket>>(); }
    base::Result<std::shared_ptr<ListenSocket>> listen_unix(std::string, unsigned) override { return none<std::shared_ptr<ListenSocket>>(); }
    base::Result<std::unique_ptr<Listener>> share(const std::shared_ptr<ListenSocket>&) override { return none<std::unique_ptr<Listener>>(); }

private:
    template <class T>
    static base::Result<T> none() {
        return base::fail(base::ErrorKind::refused, "no network");
    }
};

class NoResolver final : public Resolver {
public:
    Task<DnsAnswer> query(std::string, RecordType, Deadline) override { co_return DnsAnswer{}; }
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view) const override { return {}; }
    [[nodiscard]] std::string hosts_name(const base::IpAddress&) const override { return {}; }
};

class Four final : public Random {
public:
    std::uint64_t next() override { return 4; }
};

}  // namespace posthouse::world::nobody
