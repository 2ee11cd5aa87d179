#include "receive/client_limits.hpp"

#include "base/format.hpp"

namespace posthouse::receive {

std::size_t ClientLimits::Hash::operator()(const base::IpAddress& address) const {
    std::size_t hash = 0xcbf29ce484222325U;
    for (const std::uint8_t byte : address.bytes()) {
        hash = (hash ^ byte) * 0x100000001b3U;
    }
    return hash;
}

ClientLimits::Client& ClientLimits::touch(Clients& clients, const base::IpAddress& address, world::SteadyTime now) const {
    if (clients.size() >= clients_max && now - clients.swept >= std::chrono::seconds{1}) {  // not for every connection of a flood
        clients.swept = now;
        std::erase_if(clients, [&](const auto& entry) { return entry.second.connections == 0 && now - entry.second.unit_start >= unit_; });
    }
    Client& client = clients[address];
    if (clients.size() > clients.peaks.clients) {
        clients.peaks.clients = clients.size();
        clients.peaks.clients_when = now;
    }
    if (now - client.unit_start >= unit_) {
        client.unit_start = now;
        client.events = {};
        client.refusals = 0;
    }
    return client;
}

namespace {
void raise(ClientLimits::Peak& peak, std::size_t value, const base::IpAddress& client, world::SteadyTime now) {
    if (value > peak.value) {
        peak = {value, client, now};
    }
}
}  // namespace

std::size_t ClientLimits::add(Clients& clients, const base::IpAddress& address, Event event, world::SteadyTime now) const {
    const auto index = static_cast<std::size_t>(event);
    const std::size_t rate = ++touch(clients, address, now).events[index];
    raise(clients.peaks.rates[index], rate, address, now);
    return rate;
}

ClientLimits::Connection ClientLimits::connected(const base::IpAddress& address, world::SteadyTime now) {
    return clients_.with([&](Clients& clients) {
        Connection out;
        out.rate = add(clients, address, Event::connection, now);
        out.at_once = ++clients[address].connections;
        raise(clients.peaks.connections_at_once, out.at_once, address, now);
        return out;
    });
}

void ClientLimits::disconnected(const base::IpAddress& address) {
    clients_.with([&](Clients& clients) {
        const auto found = clients.find(address);
        if (found != clients.end()) {
            --found->second.connections;  // the entry stays for its rates; touch() sweeps
        }
    });
}

std::size_t ClientLimits::refused(const base::IpAddress& address, world::SteadyTime now) {
    return clients_.with([&](Clients& clients) { return ++touch(clients, address, now).refusals; });
}

std::size_t ClientLimits::count(const base::IpAddress& address, Event event, world::SteadyTime now) {
    return clients_.with([&](Clients& clients) { return add(clients, address, event, now); });
}

std::size_t ClientLimits::counted(const base::IpAddress& address, Event event, world::SteadyTime now) {
    return clients_.with([&](Clients& clients) {
        const auto found = clients.find(address);
        return found == clients.end() || now - found->second.unit_start >= unit_ ? 0 : found->second.events[static_cast<std::size_t>(event)];
    });
}

ClientLimits::Peaks ClientLimits::take_peaks() {
    return clients_.with([](Clients& clients) { return std::exchange(clients.peaks, {}); });
}

std::vector<std::string> peak_lines(const ClientLimits::Peaks& peaks, std::string_view service, std::chrono::seconds unit,
                                    const std::function<std::string(world::SteadyTime)>& stamp) {
    std::vector<std::string> out;
    static constexpr std::string_view names[] = {"connection", "message", "recipient", "auth", "newtls"};
    for (std::size_t i = 0; i < peaks.rates.size(); ++i) {
        if (const auto& peak = peaks.rates[i]; peak.value > 0) {
            out.push_back(base::format("statistics: max {} rate {}/{}s for ({}:{}) at {}", names[i], peak.value, unit.count(), service, peak.client.text(), stamp(peak.when)));
        }
    }
    if (const auto& peak = peaks.connections_at_once; peak.value > 0) {
        out.push_back(base::format("statistics: max connection count {} for ({}:{}) at {}", peak.value, service, peak.client.text(), stamp(peak.when)));
    }
    if (peaks.clients > 0) {
        out.push_back(base::format("statistics: max cache size {} at {}", peaks.clients, stamp(peaks.clients_when)));
    }
    return out;
}

}  // namespace posthouse::receive
