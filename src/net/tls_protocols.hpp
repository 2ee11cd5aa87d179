#pragma once
// The lists of TLS protocols and ciphers of postconf(5) in OpenSSL's terms.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "world/tls.hpp"

namespace posthouse::net {

struct ProtocolLimits {
    int minimum = 0;            // a version number of OpenSSL; 0: the lowest it has
    int maximum = 0;            // 0: the highest
    std::uint64_t without = 0;  // SSL_OP_NO_…
};

/// smtpd_tls_protocols: ">=TLSv1.2", "<=TLSv1.3", "!SSLv2, !SSLv3", "TLSv1.2 TLSv1.3"; names without regard to case.
[[nodiscard]] base::Result<ProtocolLimits> parse_protocols(std::string_view list);

/// The cipher list of a grade (tls_high_cipherlist and its brothers) without what is excluded.
[[nodiscard]] base::Result<std::string> cipher_list(std::string_view grade, std::string_view exclude, const world::TlsToolkitSettings& toolkit = {});

/// SSL_OP_…: all workarounds for bugs of others but those in tls_disable_workarounds, and what tls_ssl_options adds. What other
/// parameters steer (protocols, whose cipher order counts) cannot be set here.
[[nodiscard]] base::Result<std::uint64_t> library_options(const world::TlsToolkitSettings& toolkit);

}  // namespace posthouse::net
