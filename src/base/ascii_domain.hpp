#pragma once
// Domain names as DNS and certificates have them.
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::base {

/// Labels beyond ASCII as A-labels (RFC 5891 §4, with the mapping of UTS #46, not transitional): "bücher.example" is
/// "xn--bcher-kva.example". What is ASCII stays as it is, underscores, case and a dot at its end included. nullopt: no name that
/// DNS could have, for lengths or empty labels (RFC 1035 §2.3.4) or because IDNA has no form of it.
[[nodiscard]] std::optional<std::string> ascii_domain(std::string_view name);

}  // namespace posthouse::base
