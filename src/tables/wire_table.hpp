#pragma once
// WireTable: a table whose every lookup is one question to one server. No parts of keys are asked: socketmap_table(5), tcp_table(5).
#include "tables/wire_client.hpp"

namespace posthouse::tables {

class WireTable final : public Table {
public:
    WireTable(std::string name, ServerAddress server, std::unique_ptr<WireProtocol> protocol, Surroundings outside, WireLimits limits = {})
        : name_(name), client_(std::move(name), std::move(server), std::move(protocol), std::move(outside), limits) {}
    world::Task<Lookup> find(std::string key) const override { return client_.ask(std::move(key)); }
    std::string name() const override { return name_; }
    bool is_pattern() const override { return true; }

private:
    std::string name_;
    WireClient client_;
};

}  // namespace posthouse::tables
