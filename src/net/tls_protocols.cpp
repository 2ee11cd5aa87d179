#include "net/tls_protocols.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.hpp"

namespace posthouse::net {

namespace {

struct Protocol {
    std::string_view name;
    int version;
    std::uint64_t without;
};
constexpr std::array<Protocol, 6> protocols{{
    {"SSLv2", SSL2_VERSION, 0},  // OpenSSL has forgotten it: never on
    {"SSLv3", SSL3_VERSION, SSL_OP_NO_SSLv3},
    {"TLSv1", TLS1_VERSION, SSL_OP_NO_TLSv1},
    {"TLSv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1},
    {"TLSv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2},
    {"TLSv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3},
}};

const Protocol* find(std::string_view name) {
    for (const Protocol& protocol : protocols) {
        if (base::iequals(protocol.name, name) || (name == "TLSv1.0" && protocol.version == TLS1_VERSION)) {
            return &protocol;
        }
    }
    return nullptr;
}

}  // namespace

base::Result<ProtocolLimits> parse_protocols(std::string_view list) {
    ProtocolLimits limits;
    std::uint64_t included = 0;
    bool any_included = false;
    for (const std::string_view word : base::split_words(list, ", \t\r\n:")) {
        std::string_view name = word;
        const bool lower_bound = name.starts_with(">=");
        const bool upper_bound = name.starts_with("<=");
        const bool excluded = name.starts_with('!');
        name.remove_prefix(lower_bound || upper_bound ? 2 : excluded ? 1 : 0);
        const Protocol* protocol = find(name);
        if (protocol == nullptr && (lower_bound || upper_bound) && name == "0") {
            continue;  // no bound
        }
        if (protocol == nullptr) {
            return base::fail(base::ErrorKind::invalid, "unknown TLS protocol: " + std::string(word));
        }
        if (lower_bound) {
            limits.minimum = protocol->version == SSL2_VERSION ? 0 : protocol->version;
        } else if (upper_bound) {
            limits.maximum = protocol->version;
        } else if (excluded) {
            limits.without |= protocol->without;
        } else {
            included |= protocol->without;
            any_included = true;
        }
    }
    for (const Protocol& protocol : protocols) {
        if (any_included && (included & protocol.without) == 0) {
            limits.without |= protocol.without;
        }
    }
    return limits;
}

base::Result<std::string> cipher_list(std::string_view grade, std::string_view exclude) {
    std::string list;
    if (base::iequals(grade, "high")) {
        list = "aNULL:-aNULL:HIGH:@STRENGTH";
    } else if (base::iequals(grade, "medium")) {
        list = "aNULL:-aNULL:HIGH:MEDIUM:+RC4:@STRENGTH";
    } else if (base::iequals(grade, "low") || base::iequals(grade, "export")) {
        list = "aNULL:-aNULL:HIGH:MEDIUM:LOW:+RC4:@STRENGTH";  // export ciphers are gone from OpenSSL
    } else if (base::iequals(grade, "null")) {
        list = "eNULL:!aNULL";
    } else {
        return base::fail(base::ErrorKind::invalid, "unknown TLS cipher grade: " + std::string(grade));
    }
    for (const std::string_view word : base::split_words(exclude, ", \t\r\n:")) {
        list.append(":!").append(word);
    }
    return list;
}

}  // namespace posthouse::net
