#include "receive/postscreen/client_cache.hpp"

#include "mail/record.hpp"

namespace posthouse::receive::postscreen {

std::string encode(const CachedClient& client) {
    mail::Record line("client");
    line.add("address", client.address.text()).add("stamps", encode(client.stamps));
    return mail::encode(line);
}

std::optional<CachedClient> decode_client(std::string_view line) {
    const auto record = mail::decode_record(line);
    if (!record || record->word != "client" || record->fields.size() < 2) {
        return std::nullopt;
    }
    const auto address = base::IpAddress::parse(record->get("address"));
    if (!address || record->get("stamps").empty()) {
        return std::nullopt;
    }
    return CachedClient{*address, decode_stamps(record->get("stamps"))};
}

std::optional<TestStamps> ClientCache::look_up(const base::IpAddress& client) {
    return state_.with([&](const State& state) {
        const auto found = state.by_address.find(client);
        return found == state.by_address.end() ? std::nullopt : std::optional(found->second->stamps);
    });
}

void ClientCache::update(const base::IpAddress& client, const TestStamps& stamps) {
    state_.with([&](State& state) {
        if (const auto found = state.by_address.find(client); found != state.by_address.end()) {
            found->second->stamps = stamps;
            state.order.splice(state.order.end(), state.order, found->second);
            return;
        }
        state.order.push_back({client, stamps});
        state.by_address.emplace(client, std::prev(state.order.end()));
        if (state.order.size() > clients_max_) {
            state.by_address.erase(state.order.front().address);
            state.order.pop_front();
        }
    });
}

ClientCache::Cleaning ClientCache::remove_expired(TestSet enabled, std::int64_t now, std::chrono::seconds retention) {
    return state_.with([&](State& state) {
        Cleaning out;
        for (auto at = state.order.begin(); at != state.order.end();) {
            const auto next = std::next(at);
            if (!at->stamps.due(enabled, now - retention.count()).empty()) {
                state.by_address.erase(at->address);
                state.order.erase(at);
                ++out.dropped;
            }
            at = next;
        }
        out.retained = state.order.size();
        return out;
    });
}

std::size_t ClientCache::size() {
    return state_.with([](const State& state) { return state.order.size(); });
}

std::vector<CachedClient> ClientCache::clients() {
    return state_.with([](const State& state) { return std::vector<CachedClient>(state.order.begin(), state.order.end()); });
}

}  // namespace posthouse::receive::postscreen
