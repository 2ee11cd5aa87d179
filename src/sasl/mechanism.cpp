#include "sasl/mechanism.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace posthouse::sasl {

base::Result<SecurityOptions> parse_security_options(std::string_view text) {
    SecurityOptions options;
    for (const std::string_view word : base::split_words(text, ", \t\r\n")) {
        if (base::iequals(word, "noplaintext")) {
            options.noplaintext = true;
        } else if (base::iequals(word, "noactive")) {
            options.noactive = true;
        } else if (base::iequals(word, "nodictionary")) {
            options.nodictionary = true;
        } else if (base::iequals(word, "noanonymous")) {
            options.noanonymous = true;
        } else if (base::iequals(word, "forward_secrecy")) {
            options.forward_secrecy = true;
        } else if (base::iequals(word, "mutual_auth")) {
            options.mutual_auth = true;
        } else {
            return base::fail(base::ErrorKind::invalid, "unknown SASL security option: \"" + std::string(word) + '"');
        }
    }
    return options;
}

bool permits(const SecurityOptions& options, const MechanismProperties& properties) {
    return !(options.noplaintext && properties.plaintext) && !(options.noactive && properties.active) &&
           !(options.nodictionary && properties.dictionary) && !(options.noanonymous && properties.anonymous) &&
           (!options.forward_secrecy || properties.forward_secrecy) && (!options.mutual_auth || properties.mutual_auth);
}

std::vector<Mechanism> permitted(std::vector<Mechanism> mechanisms, const SecurityOptions& options) {
    std::erase_if(mechanisms, [&options](const Mechanism& mechanism) { return !permits(options, mechanism.properties); });
    return mechanisms;
}

MechanismProperties properties_of(std::string_view name) {
    if (base::iequals(name, "PLAIN") || base::iequals(name, "LOGIN")) {
        return {.plaintext = true, .active = true, .dictionary = true};
    }
    if (base::iequals(name, "ANONYMOUS")) {
        return {.plaintext = true, .active = true, .dictionary = true, .anonymous = true};
    }
    if (base::iequals(name, "CRAM-MD5") || base::iequals(name, "DIGEST-MD5")) {
        return {.active = true, .dictionary = true};
    }
    if (base::istarts_with(name, "SCRAM-")) {
        return {.dictionary = true, .mutual_auth = true};
    }
    if (base::iequals(name, "GSSAPI")) {
        return {.forward_secrecy = true, .mutual_auth = true};
    }
    return {};
}

}  // namespace posthouse::sasl
