#pragma once
// How the resolver of this program finds its servers, and what it believes.
#include "config/findings.hpp"
#include "config/view.hpp"
#include "net/resolver_options.hpp"

namespace posthouse::app {

constexpr const char* trust_anchors_parameter = "dnssec_trust_anchor_file";

/// POSTHOUSE_RESOLVER in the environment, else resolv.conf; no validation.
[[nodiscard]] net::ResolverOptions resolver_options();
/// The same with dnssec_trust_anchor_file.
[[nodiscard]] net::ResolverOptions resolver_options(const config::View& view);
/// An error for a file that the resolver cannot use: it would leave us without any answer of the DNS.
void check_trust_anchors(const config::View& view, config::Findings& findings);

}  // namespace posthouse::app
