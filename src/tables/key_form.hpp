#pragma once
// KeyForm: what becomes of a key before a table with fixed keys is asked, and before postmap writes it.
#include <optional>
#include <string>
#include <string_view>

namespace posthouse::tables {

/// `kept` is postmap's -f.
enum class KeyCase { folded, kept };

/// Whether keys are UTF-8 (smtputf8_enable, postmap's -u and -U) or bytes of which only ASCII letters have a case.
enum class KeyText { utf8, bytes };

struct KeyForm {
    KeyCase letters = KeyCase::folded;
    KeyText text = KeyText::utf8;

    /// nullopt: malformed UTF-8, which no table has an entry for.
    [[nodiscard]] std::optional<std::string> of(std::string_view key) const;
    /// The same for what is only compared: malformed text stays as it is.
    [[nodiscard]] std::string of_text(std::string_view text) const;
};

}  // namespace posthouse::tables
