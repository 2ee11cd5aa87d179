#include "net/tls_protocols.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

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

base::Result<std::string> cipher_list(std::string_view grade, std::string_view exclude, const world::TlsToolkitSettings& toolkit) {
    const std::pair<std::string_view, const std::string&> grades[] = {{"high", toolkit.high_cipherlist},
                                                                      {"medium", toolkit.medium_cipherlist},
                                                                      {"low", toolkit.low_cipherlist},
                                                                      {"export", toolkit.export_cipherlist},
                                                                      {"null", toolkit.null_cipherlist}};
    const auto found = std::find_if(std::begin(grades), std::end(grades), [&](const auto& one) { return base::iequals(one.first, grade); });
    if (found == std::end(grades)) {
        return base::fail(base::ErrorKind::invalid, "unknown TLS cipher grade: " + std::string(grade));
    }
    std::string list = found->second;
    for (const std::string_view word : base::split_words(exclude, ", \t\r\n:")) {
        list.append(":!").append(word);
    }
    return list;
}

namespace {

struct Option {
    std::string_view name;
    std::uint64_t bits;
};
constexpr Option features[] = {
    {"ENABLE_MIDDLEBOX_COMPAT", SSL_OP_ENABLE_MIDDLEBOX_COMPAT},
    {"LEGACY_SERVER_CONNECT", SSL_OP_LEGACY_SERVER_CONNECT},
    {"NO_TICKET", SSL_OP_NO_TICKET},
    {"NO_COMPRESSION", SSL_OP_NO_COMPRESSION},
    {"NO_RENEGOTIATION", SSL_OP_NO_RENEGOTIATION},
    {"NO_SESSION_RESUMPTION_ON_RENEGOTIATION", SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION},
    {"PRIORITIZE_CHACHA", SSL_OP_PRIORITIZE_CHACHA},
};
// Those without bits are no longer anything in the library, but are no mistake either.
constexpr Option workarounds[] = {
    {"CRYPTOPRO_TLSEXT_BUG", SSL_OP_CRYPTOPRO_TLSEXT_BUG},
    {"DONT_INSERT_EMPTY_FRAGMENTS", SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS},
    {"LEGACY_SERVER_CONNECT", SSL_OP_LEGACY_SERVER_CONNECT},
    {"TLSEXT_PADDING", SSL_OP_TLSEXT_PADDING},
    {"MICROSOFT_BIG_SSLV3_BUFFER", 0},
    {"MICROSOFT_SESS_ID_BUG", 0},
    {"MSIE_SSLV2_RSA_PADDING", 0},
    {"CVE-2005-2969", 0},
    {"NETSCAPE_CHALLENGE_BUG", 0},
    {"NETSCAPE_REUSE_CIPHER_CHANGE_BUG", 0},
    {"CVE-2010-4180", 0},
    {"SSLEAY_080_CLIENT_DH_BUG", 0},
    {"SSLREF2_REUSE_CERT_TYPE_BUG", 0},
    {"TLS_BLOCK_PADDING_BUG", 0},
    {"TLS_D5_BUG", 0},
    {"TLS_ROLLBACK_BUG", 0},
};

base::Result<std::uint64_t> option_bits(std::string_view parameter, const std::string& text, std::span<const Option> known) {
    if (base::istarts_with(text, "0x")) {
        std::uint64_t bits = 0;
        const auto end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + 2, end, bits, 16);
        if (error == std::errc() && stop == end) {
            return bits;
        }
        return base::fail(base::ErrorKind::invalid, std::string(parameter) + ": not a hexadecimal mask: " + text);
    }
    std::uint64_t bits = 0;
    for (const std::string_view word : base::split_words(text, ", \t\r\n")) {
        const auto found = std::find_if(known.begin(), known.end(), [&](const Option& one) { return base::iequals(one.name, word); });
        if (found == known.end()) {
            return base::fail(base::ErrorKind::invalid, std::string(parameter) + ": unknown name: " + std::string(word));
        }
        bits |= found->bits;
    }
    return bits;
}

}  // namespace

base::Result<std::uint64_t> library_options(const world::TlsToolkitSettings& toolkit) {
    constexpr std::uint64_t steered_elsewhere = SSL_OP_NO_SSL_MASK | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_ALL;
    const auto without = option_bits("tls_disable_workarounds", toolkit.disable_workarounds, workarounds);
    if (!without) {
        return without;
    }
    const auto with = option_bits("tls_ssl_options", toolkit.ssl_options, features);
    if (!with) {
        return with;
    }
    return (SSL_OP_ALL & ~*without) | (*with & ~steered_elsewhere);
}

}  // namespace posthouse::net
