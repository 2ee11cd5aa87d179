#pragma once
// ClientCache: which tests the clients of the last days passed. Shared by all cores. Bounded: who was heard of longest ago goes first.
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.hpp"
#include "base/ip_address.hpp"
#include "receive/client_limits.hpp"
#include "receive/postscreen/test_stamps.hpp"

namespace posthouse::receive::postscreen {

struct CachedClient {
    base::IpAddress address;
    TestStamps stamps;
};

/// A line with its end, and back. nullopt: damaged, or of another make.
[[nodiscard]] std::string encode(const CachedClient& client);
[[nodiscard]] std::optional<CachedClient> decode_client(std::string_view line);

class ClientCache {
public:
    /// Ours: some 40 MB.
    static constexpr std::size_t clients_max = 200'000;

    explicit ClientCache(std::size_t clients_count_max = clients_max) : clients_max_(clients_count_max) {}

    [[nodiscard]] std::optional<TestStamps> look_up(const base::IpAddress& client);
    void update(const base::IpAddress& client, const TestStamps& stamps);
    struct Cleaning {
        std::size_t retained = 0, dropped = 0;
    };
    /// Forgets the clients that, `retention` ago, would already have had a test to do.
    Cleaning remove_expired(TestSet enabled, std::int64_t now, std::chrono::seconds retention);
    [[nodiscard]] std::size_t size();
    /// In the order in which they were heard of.
    [[nodiscard]] std::vector<CachedClient> clients();

private:
    struct State {
        std::list<CachedClient> order;  // oldest first
        std::unordered_map<base::IpAddress, std::list<CachedClient>::iterator, ClientLimits::Hash> by_address;
    };
    std::size_t clients_max_;
    base::Guarded<State> state_;
};

}  // namespace posthouse::receive::postscreen
