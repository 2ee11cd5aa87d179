#pragma once
// hosts(5): names and addresses of the machine's neighbourhood.
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.hpp"
#include "base/ip_address.hpp"
#include "net/system_file.hpp"

namespace posthouse::net {

class HostsFile {
public:
    /// Lines that are not understood are skipped, as the system's own resolver does. "localhost" is always there.
    [[nodiscard]] static HostsFile parse(std::string_view text);
    /// An unreadable file is an empty one.
    [[nodiscard]] static HostsFile read(const std::string& path);

    /// Without regard to case; empty if it is not listed.
    [[nodiscard]] std::vector<base::IpAddress> addresses(std::string_view name) const;
    /// The first name of the first line with this address.
    [[nodiscard]] std::string name(const base::IpAddress& address) const;

private:
    void add(const base::IpAddress& address, std::string_view name);

    std::map<std::string, std::vector<base::IpAddress>, std::less<>> addresses_;
    std::map<base::IpAddress, std::string> names_;
};

/// The file as it is now, for all cores.
class Hosts {
public:
    Hosts(std::string path, world::Duration look_again) : state_(State{SystemFile(std::move(path), look_again), nullptr}) {}
    [[nodiscard]] std::shared_ptr<const HostsFile> now();

private:
    struct State {
        SystemFile file;
        std::shared_ptr<const HostsFile> text;
    };
    base::Guarded<State> state_;
};

}  // namespace posthouse::net
