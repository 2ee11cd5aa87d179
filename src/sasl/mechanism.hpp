#pragma once
// SASL mechanisms by their security properties, and which of them smtpd_sasl_security_options lets through. postconf(5).
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace posthouse::sasl {

/// What a mechanism is open to (the first four) or offers (the last two).
struct MechanismProperties {
    bool plaintext = false;
    bool active = false;
    bool dictionary = false;
    bool anonymous = false;
    bool forward_secrecy = false;
    bool mutual_auth = false;
};

struct Mechanism {
    std::string name;  // upper case
    MechanismProperties properties;
};

struct SecurityOptions {
    bool noplaintext = false;
    bool noactive = false;
    bool nodictionary = false;
    bool noanonymous = false;
    bool forward_secrecy = false;
    bool mutual_auth = false;
};

/// "noanonymous, noplaintext"; an unknown word is ErrorKind::invalid.
[[nodiscard]] base::Result<SecurityOptions> parse_security_options(std::string_view text);
[[nodiscard]] bool permits(const SecurityOptions& options, const MechanismProperties& properties);
[[nodiscard]] std::vector<Mechanism> permitted(std::vector<Mechanism> mechanisms, const SecurityOptions& options);
/// What is known of a mechanism by its name alone; one never heard of has no weakness and no strength.
[[nodiscard]] MechanismProperties properties_of(std::string_view name);

}  // namespace posthouse::sasl
