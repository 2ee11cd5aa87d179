#pragma once
// The client's side of CRAM-MD5, PLAIN and LOGIN for the SMTP client, without I/O. smtp_sasl_auth_enable, SASL_README.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "sasl/mechanism.hpp"

namespace posthouse::sasl {

struct ClientLogin {
    std::string user;
    std::string password;
    std::string authorization_id = {};  // whom to act as; empty: the user (RFC 4616). PLAIN only
};

class ClientExchange {
public:
    virtual ~ClientExchange() = default;
    [[nodiscard]] virtual std::string_view mechanism() const = 0;
    /// Base64 for the AUTH command itself; nullopt: the mechanism has none. If it is not sent (the command would be too
    /// long), respond() gives it for the server's empty challenge.
    [[nodiscard]] virtual std::optional<std::string> take_initial_response() = 0;
    /// Base64 in, base64 out. An error: the server asks for more than the mechanism has, or not in base64.
    [[nodiscard]] virtual base::Result<std::string> respond(std::string_view challenge) = 0;
};

/// "PLAIN LOGIN" of the EHLO reply. The strongest wins as with libsasl2: CRAM-MD5, PLAIN, LOGIN. The error text is
/// "no mechanism available" if none is known here or `options` forbid all.
[[nodiscard]] base::Result<std::unique_ptr<ClientExchange>> choose_client_mechanism(const std::vector<std::string>& offered, ClientLogin login,
                                                                                   const SecurityOptions& options);

/// smtp_sasl_mechanism_filter, as far as it is a list of names and "!names": what may be used of `offered`. An empty filter
/// lets all through; lists with tables are the caller's.
[[nodiscard]] std::vector<std::string> filter_mechanisms(const std::vector<std::string>& offered, std::string_view filter);

}  // namespace posthouse::sasl
