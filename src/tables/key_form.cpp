#include "tables/key_form.hpp"

#include "base/case_fold.hpp"
#include "base/text.hpp"

namespace posthouse::tables {

std::optional<std::string> KeyForm::of(std::string_view key) const {
    const bool plain = text == KeyText::bytes || base::is_all_ascii(key);
    if (plain) {
        return letters == KeyCase::kept ? std::string(key) : base::lower(key);
    }
    return base::is_utf8(key) ? std::optional(of_text(key)) : std::nullopt;
}

std::string KeyForm::of_text(std::string_view given) const {
    if (letters == KeyCase::kept) {
        return std::string(given);
    }
    return text == KeyText::utf8 ? base::fold_case(given) : base::lower(given);
}

}  // namespace posthouse::tables
