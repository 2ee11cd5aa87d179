#pragma once
// For tests: a resolver that answers from a list of zone-like lines and counts the questions.
#include <map>

#include "world/resolver.hpp"

namespace posthouse::dns {

class ScriptedResolver final : public world::Resolver {
public:
    void add(std::string name, world::RecordType type, world::DnsRecord record) {
        world::DnsAnswer& answer = answers[{std::move(name), type}];
        answer.state = world::DnsAnswer::State::found;
        answer.records.push_back(std::move(record));
    }
    void a(std::string name, std::string_view address) {
        const auto parsed = base::IpAddress::parse(address).value();
        add(std::move(name), parsed.is_v4() ? world::RecordType::a : world::RecordType::aaaa, {0, {}, parsed});
    }
    void mx(std::string name, std::uint16_t preference, std::string host) {
        add(std::move(name), world::RecordType::mx, {preference, std::move(host), {}});
    }
    void ptr(std::string_view address, std::string name) {
        add(base::IpAddress::parse(address).value().reverse_name(), world::RecordType::ptr, {0, std::move(name), {}});
    }
    void fail(std::string name, world::RecordType type, world::DnsAnswer::State state) {
        answers[{std::move(name), type}].state = state;
    }

    world::Task<world::DnsAnswer> query(std::string name, world::RecordType type, world::Deadline) override {
        ++questions;
        const auto found = answers.find({name, type});
        if (found != answers.end()) {
            co_return found->second;
        }
        world::DnsAnswer answer;
        answer.state = world::DnsAnswer::State::no_such_domain;
        for (const auto& [key, other] : answers) {
            if (key.first == name && other.state == world::DnsAnswer::State::found) {
                answer.state = world::DnsAnswer::State::no_data;
            }
        }
        co_return answer;
    }
    std::vector<base::IpAddress> hosts_addresses(std::string_view name) const override {
        const auto found = hosts.find(std::string(name));
        return found == hosts.end() ? std::vector<base::IpAddress>{} : found->second;
    }
    std::string hosts_name(const base::IpAddress& address) const override {
        for (const auto& [name, addresses] : hosts) {
            for (const auto& candidate : addresses) {
                if (candidate == address) {
                    return name;
                }
            }
        }
        return {};
    }

    std::map<std::pair<std::string, world::RecordType>, world::DnsAnswer> answers;
    std::map<std::string, std::vector<base::IpAddress>> hosts;
    int questions = 0;
};

}  // namespace posthouse::dns
