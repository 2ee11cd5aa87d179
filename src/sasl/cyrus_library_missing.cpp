// In place of cyrus_library.cpp where libsasl2 is not there.
#include "sasl/cyrus_library.hpp"

namespace posthouse::sasl {

base::Result<std::vector<Mechanism>> cyrus_mechanisms(const std::shared_ptr<const CyrusSettings>&) {
    return base::fail(base::ErrorKind::unavailable, "smtpd_sasl_type = cyrus: this program was built without libsasl2; use dovecot or file");
}

std::unique_ptr<CyrusLogin> make_cyrus_login(std::shared_ptr<const CyrusSettings>) { return nullptr; }

}  // namespace posthouse::sasl
