#include "start/resolver_settings.hpp"

#include <cstdlib>

#include "base/format.hpp"

namespace posthouse::app {

net::ResolverOptions resolver_options() {
    net::ResolverOptions options;
    if (const char* forwarder = std::getenv("POSTHOUSE_RESOLVER"); forwarder != nullptr) {
        options.forwarder = forwarder;
    }
    return options;
}

net::ResolverOptions resolver_options(const config::View& view) {
    net::ResolverOptions options = resolver_options();
    options.trust_anchor_file = view.text(trust_anchors_parameter);
    return options;
}

void check_trust_anchors(const config::View& view, config::Findings& findings) {
    if (const auto usable = net::check_trust_anchors(view.text(trust_anchors_parameter)); !usable) {
        const config::Setting* set = view.origin(trust_anchors_parameter);
        findings.add(config::Severity::error, set != nullptr ? set->file : "", set != nullptr ? set->line : 0,
                     base::format("{}: {}", trust_anchors_parameter, usable.error().text));
    }
}

}  // namespace posthouse::app
