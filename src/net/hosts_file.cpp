#include "net/hosts_file.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/text.hpp"

namespace posthouse::net {

namespace {

std::string_view without_final_dots(std::string_view name) {
    while (name.ends_with('.')) {
        name.remove_suffix(1);
    }
    return name;
}

}  // namespace

void HostsFile::add(const base::IpAddress& address, std::string_view name) {
    name = without_final_dots(name);
    auto& addresses = addresses_[base::lower(name)];
    if (std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
        addresses.push_back(address);
    }
    names_.try_emplace(address, name);
}

HostsFile HostsFile::parse(std::string_view text) {
    HostsFile hosts;
    for (std::string_view line : base::split_fields(text, '\n')) {
        line = line.substr(0, line.find('#'));
        const std::vector<std::string_view> words = base::split_words(line);
        const auto address = words.empty() ? std::nullopt : base::IpAddress::parse(words[0]);
        for (std::size_t i = 1; address && i < words.size(); ++i) {
            hosts.add(*address, words[i]);
        }
    }
    if (hosts.addresses("localhost").empty()) {
        hosts.add(*base::IpAddress::parse("127.0.0.1"), "localhost");
        hosts.add(*base::IpAddress::parse("::1"), "localhost");
    }
    return hosts;
}

HostsFile HostsFile::read(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return parse(text.str());
}

std::shared_ptr<const HostsFile> Hosts::now() {
    return state_.with([](State& state) {
        if (state.file.has_changed()) {
            state.text = std::make_shared<const HostsFile>(HostsFile::read(state.file.path()));
        }
        return state.text;
    });
}

std::vector<base::IpAddress> HostsFile::addresses(std::string_view name) const {
    const auto found = addresses_.find(base::lower(without_final_dots(name)));
    return found == addresses_.end() ? std::vector<base::IpAddress>{} : found->second;
}

std::string HostsFile::name(const base::IpAddress& address) const {
    const auto found = names_.find(address);
    return found == names_.end() ? std::string() : found->second;
}

}  // namespace posthouse::net
