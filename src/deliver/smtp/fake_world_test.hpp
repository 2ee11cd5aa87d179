#pragma once
// For tests: a world of scripted SMTP servers in virtual time, with everything that one agent needs.
#include <map>

#include "deliver/smtp/agent.hpp"
#include "deliver/smtp/fake_server_test.hpp"
#include "dns/scripted_resolver_test.hpp"
#include "tables/table.hpp"

namespace posthouse::deliver::fake {

class Clock final : public world::Clock {
public:
    world::SteadyTime now() const override { return steady; }
    world::WallTime wall_now() const override { return wall; }
    world::Task<void> sleep_until(world::SteadyTime) override { co_await never.wait(); }

    world::SteadyTime steady{std::chrono::hours(1)};
    world::WallTime wall{std::chrono::hours(24 * 365 * 50)};
    world::Signal never;
};

class Random final : public world::Random {
public:
    std::uint64_t next() override { return 0; }
};

class Sink final : public observe::EventSink {
public:
    void on(observe::Speaker, const observe::Event& event) override {
        if (const auto* remark = std::get_if<observe::Remark>(&event)) {
            lines.emplace_back(remark->text);
        } else if (const auto* tls = std::get_if<observe::TlsEstablished>(&event)) {
            lines.emplace_back(tls->text);
        }
    }
    std::vector<std::string> lines;
};

class Network final : public world::Network {
public:
    explicit Network(Faults& faults) : faults_(faults) {}
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect(base::Endpoint peer, std::optional<base::IpAddress> bind_address, world::Deadline) override {
        ++connects;
        if (bind_address && *bind_address == foreign_address) {
            co_return base::fail(base::ErrorKind::invalid, "bind " + bind_address->text() + ": Cannot assign requested address");
        }
        const auto found = servers.find(peer.text());
        if (found == servers.end()) {
            co_return base::fail(base::ErrorKind::refused, "connect: Connection refused");
        }
        if (faults_.strikes()) {
            co_return base::fail(base::ErrorKind::timeout, "injected");
        }
        co_return std::make_unique<Stream>(found->second, faults_, peer);
    }
    world::Task<base::Result<std::unique_ptr<world::Stream>>> connect_unix(std::string, world::Deadline) override {
        co_return base::fail(base::ErrorKind::refused, "no");
    }
    base::Result<std::shared_ptr<world::ListenSocket>> listen(base::Endpoint) override {
        return base::fail(base::ErrorKind::refused, "no");
    }
    base::Result<std::shared_ptr<world::ListenSocket>> listen_unix(std::string, unsigned) override {
        return base::fail(base::ErrorKind::refused, "no");
    }
    base::Result<std::unique_ptr<world::Listener>> share(const std::shared_ptr<world::ListenSocket>&) override {
        return base::fail(base::ErrorKind::refused, "no");
    }

    std::map<std::string, Server> servers;  // by "127.0.0.1:25"
    std::optional<base::IpAddress> foreign_address;  // what nobody can bind to
    int connects = 0;

private:
    Faults& faults_;
};

class TlsEngine final : public world::TlsEngine {
public:
    struct Context final : world::TlsClientContext {};
    base::Result<std::shared_ptr<const world::TlsServerContext>> server_context(
        const world::TlsServerSettings&) override {
        return base::fail(base::ErrorKind::tls, "no");
    }
    base::Result<std::shared_ptr<const world::TlsClientContext>> client_context(
        const world::TlsClientSettings&) override {
        return std::make_shared<const Context>();
    }
};

class Table final : public tables::MemoryTable {
public:
    explicit Table(std::map<std::string, std::string> entries) : entries_(std::move(entries)) {}
    tables::Lookup look_up(std::string_view key) const override {
        const auto found = entries_.find(std::string(key));
        if (found == entries_.end()) {
            return tables::Lookup::absent();
        }
        return found->second == "?" ? tables::Lookup::unknown("the table is out")
                                    : tables::Lookup::found(found->second);
    }
    std::string name() const override { return "fake:table"; }

private:
    std::map<std::string, std::string> entries_;
};

inline tables::MapList maps(std::map<std::string, std::string> entries) {
    return tables::MapList({std::make_shared<Table>(std::move(entries))});
}

class Reader final : public mail::ContentReader {
public:
    explicit Reader(std::vector<std::string> blocks) : blocks_(std::move(blocks)) {}
    world::Task<base::Result<mail::Block>> next() override {
        if (at_ == blocks_.size()) {
            co_return mail::Block();
        }
        if (blocks_[at_] == "?") {
            co_return base::fail(base::ErrorKind::io, "disk");
        }
        co_return std::make_shared<const std::string>(blocks_[at_++]);
    }

private:
    std::vector<std::string> blocks_;
    std::size_t at_ = 0;
};

class Source final : public mail::ContentSource {
public:
    explicit Source(std::vector<std::string> content) : blocks(std::move(content)) {}
    world::Task<base::Result<std::unique_ptr<mail::ContentReader>>> open() override {
        co_return std::make_unique<Reader>(blocks);
    }
    std::vector<std::string> blocks;
};

inline mail::DeliveryRequest request(std::string nexthop, std::vector<std::string> recipients) {
    mail::DeliveryRequest out;
    mail::Envelope envelope;
    envelope.reverse_path = mail::ReversePath("a@example.org");
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        mail::Recipient recipient;
        recipient.address = recipients[i];
        envelope.recipients.push_back(recipient);
        out.recipients.push_back(static_cast<std::uint32_t>(i));
    }
    out.addresses = std::move(recipients);
    envelope.arrival = world::WallTime(std::chrono::hours(24 * 365 * 50));
    out.envelope = std::make_shared<const mail::Envelope>(std::move(envelope));
    out.nexthop = std::move(nexthop);
    out.content = std::make_shared<Source>(std::vector<std::string>{"Subject: t\r\n\r\nx\r\n", ".y\r\n"});
    return out;
}

/// Everything one agent needs; settings and tables may be changed until the first delivery.
struct World {
    World() { Stream::requests.clear(); }
    ~World() {
        if (agent) {
            group.spawn(agent->stop());
        }
    }
    Server& server(std::string_view endpoint) { return network.servers[std::string(endpoint)]; }
    std::vector<mail::Outcome> deliver(mail::DeliveryRequest wanted) {
        if (!agent) {
            agent = std::make_unique<SmtpAgent>(settings, make_tables(), clock, network,
                                                resolver, random, tls, sink, doors);
        }
        results.clear();
        group.spawn(store(*agent, std::move(wanted), results));
        return results;
    }
    SmtpTables make_tables() const {
        SmtpTables out{maps(policies), maps(passwords)};
        for (const auto& [entries, table] : {std::pair{&discarded, &out.smtp_discard_ehlo_keyword_address_maps},
                                             std::pair{&replies, &out.smtp_reply_filter}, std::pair{&records, &out.smtp_dns_reply_filter}}) {
            if (!entries->empty()) {
                *table = maps(*entries);
            }
        }
        out.smtp_connection_cache_destinations = kept;
        out.checks = checks;
        return out;
    }
    static world::Task<void> store(SmtpAgent& agent, mail::DeliveryRequest wanted, std::vector<mail::Outcome>& into) {
        into = co_await agent.deliver(std::move(wanted));
    }

    Faults faults;
    Clock clock;
    Network network{faults};
    dns::ScriptedResolver resolver;
    Random random;
    TlsEngine tls;
    Sink sink;
    SmtpSettings settings;
    std::map<std::string, std::string> policies, passwords, discarded, replies, records;
    NoticeDoors doors;
    checks::CheckSet checks;  // smtp_header_checks and its kin
    tables::MatchList kept;  // smtp_connection_cache_destinations
    std::unique_ptr<SmtpAgent> agent;
    std::vector<mail::Outcome> results;  // of the last delivery, once it has ended
    world::TaskGroup group;
};

}  // namespace posthouse::deliver::fake
