#include "tables/address_keys.hpp"

#include "base/text.hpp"

namespace posthouse::tables {

namespace {

struct Parts {
    std::string local;
    std::optional<std::string> domain;
};

Parts split_address(std::string_view address) {
    const std::size_t at = address.rfind('@');
    if (at == std::string_view::npos) {
        return {std::string(address), std::nullopt};
    }
    return {std::string(address.substr(0, at)), std::string(address.substr(at + 1))};
}

void append(Keys& keys, Keys more) { std::move(more.begin(), more.end(), std::back_inserter(keys)); }

}  // namespace

std::optional<std::pair<std::string, std::string>> split_extension(std::string_view local_part, std::string_view delimiters) {
    if (delimiters.empty() || base::iequals(local_part, "mailer-daemon") || base::iequals(local_part, "double-bounce")) {
        return std::nullopt;
    }
    if (delimiters.find('-') != std::string_view::npos) {
        constexpr std::string_view request = "-request";
        const bool request_name = local_part.size() > request.size() && base::iequals(local_part.substr(local_part.size() - request.size()), request);
        if (base::istarts_with(local_part, "owner-") || request_name) {
            return std::nullopt;
        }
    }
    const std::size_t at = local_part.find_first_of(delimiters);
    if (at == std::string_view::npos || at == 0) {
        return std::nullopt;
    }
    return std::pair{std::string(local_part.substr(0, at)), std::string(local_part.substr(at))};
}

Keys mail_address_keys(std::string_view address, std::string_view delimiters) {
    Keys keys{{.text = std::string(address), .scope = KeyScope::whole}};
    const Parts parts = split_address(address);
    if (auto split = split_extension(parts.local, delimiters)) {
        keys.push_back({.text = split->first + (parts.domain ? '@' + *parts.domain : std::string()), .unmatched_extension = split->second});
    }
    return keys;
}

Keys local_part_keys(std::string_view address, std::string_view delimiters) {
    Keys keys;
    const Parts parts = split_address(address);
    if (!parts.domain || parts.local.empty()) {
        return keys;
    }
    keys.push_back({.text = parts.local});
    if (auto split = split_extension(parts.local, delimiters)) {
        keys.push_back({.text = split->first, .unmatched_extension = split->second});
    }
    return keys;
}

Keys at_domain_keys(std::string_view address, std::string_view delimiters) {
    const Parts parts = split_address(address);
    if (!parts.domain) {
        return {};
    }
    auto split = split_extension(parts.local, delimiters);
    return {{.text = '@' + *parts.domain, .unmatched_extension = split ? split->second : std::string()}};
}

Keys domain_keys(std::string_view domain, ParentDomains parents, KeyScope first) {
    Keys keys;
    if (domain.empty()) {
        return keys;
    }
    keys.push_back({.text = std::string(domain), .scope = first});
    if (base::IpAddress::parse(domain)) {
        return keys;  // a numerical name has no parent domains
    }
    for (std::size_t dot = domain.find('.', 1); dot != std::string_view::npos; dot = domain.find('.', dot + 1)) {
        const std::string_view parent = domain.substr(parents == ParentDomains::match_subdomains ? dot + 1 : dot);
        if (!parent.empty() && parent != ".") {
            keys.push_back({.text = std::string(parent)});
        }
    }
    return keys;
}

Keys access_address_keys(std::string_view address, std::string_view delimiters, ParentDomains parents, std::string_view null_key) {
    if (address.empty()) {
        return {{.text = std::string(null_key), .scope = KeyScope::whole}};
    }
    Keys keys = mail_address_keys(address, delimiters);
    const Parts parts = split_address(address);
    if (parts.domain) {
        append(keys, domain_keys(*parts.domain, parents, KeyScope::part));
    }
    keys.push_back({.text = parts.local + '@'});
    if (const auto split = split_extension(parts.local, delimiters)) {
        keys.push_back({.text = split->first + '@', .unmatched_extension = split->second});
    }
    return keys;
}

Keys client_address_keys(const base::IpAddress& address) {
    std::string text = address.text();
    const char separator = address.is_v4() ? '.' : ':';
    Keys keys{{.text = text, .scope = KeyScope::whole}};
    for (std::size_t at = text.rfind(separator); at != std::string::npos && at > 0; at = text.rfind(separator)) {
        text.resize(at);
        keys.push_back({.text = text});
    }
    return keys;
}

Keys transport_keys(std::string_view address, std::string_view delimiters, ParentDomains parents) {
    Keys keys = mail_address_keys(address, delimiters);
    const Parts parts = split_address(address);
    if (parts.domain) {
        append(keys, domain_keys(*parts.domain, parents, KeyScope::part));
    }
    keys.push_back({.text = "*"});
    return keys;
}

}  // namespace posthouse::tables
