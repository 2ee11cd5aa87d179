#pragma once
// View: the parameter values one service sees, main.cf with the service's -o overrides on top. Immutable; a copy costs a
// reference count. Values are expanded once, when the view is made.
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "config/findings.hpp"
#include "config/main_cf.hpp"
#include "config/system_facts.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthouse::config {

struct ViewSource {
    MainCf main_cf;
    std::vector<Setting> overrides;  // of one master.cf row, later ones win
    SystemFacts facts;
    std::string directory = "/etc/postfix";  // default of config_directory
    std::string service_name;                // what $service_name says
    std::string process_name;                // what $process_name says
};

class View {
public:
    View();  // nothing set
    explicit View(ViewSource source);
    /// For tests: a main.cf written in place.
    [[nodiscard]] static View of(std::string_view main_cf_text, std::string_view hostname = "mail.example.test");

    /// The expanded value, the default's if it is not set. The name must be in the parameter table or be set.
    [[nodiscard]] std::string text(std::string_view name) const;
    /// The value before expansion.
    [[nodiscard]] std::string raw(std::string_view name) const;
    [[nodiscard]] bool is_set(std::string_view name) const;
    /// For names the table may lack (user-defined parameters, restriction classes): nullopt if neither set nor known.
    [[nodiscard]] std::optional<std::string> value(std::string_view name) const;
    /// Where the value comes from; nullptr if it is the default. Lives as long as the view.
    [[nodiscard]] const Setting* origin(std::string_view name) const;
    /// The default, expanded in this view.
    [[nodiscard]] std::string default_text(std::string_view name) const;

    // A text that is no such value gives the default's; check() has reported it by then.
    [[nodiscard]] bool boolean(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] std::chrono::seconds time(std::string_view name) const;
    [[nodiscard]] base::Bytes size(std::string_view name) const;
    /// Words between commas and white space; "{ … }" stays one word with its braces.
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;

    /// <transport>_<suffix>, e.g. ("relay", "destination_concurrency_limit"); if nobody set it, the value of the
    /// parameter that is the default of the family (default_destination_concurrency_limit).
    [[nodiscard]] std::string transport_value(std::string_view transport, std::string_view suffix) const;
    [[nodiscard]] std::int64_t transport_integer(std::string_view transport, std::string_view suffix) const;
    [[nodiscard]] std::chrono::seconds transport_time(std::string_view transport, std::string_view suffix) const;

    /// Any text with the macros of this view (for values that came from elsewhere), as far as they are well-formed.
    [[nodiscard]] std::string expanded(std::string_view text) const;
    /// The same; an error says which macro is malformed.
    [[nodiscard]] base::Result<std::string> try_expand(std::string_view text) const;
    /// Malformed macros, undefined names and values that do not parse, of what is set in this view.
    [[nodiscard]] Findings check_values() const;
    /// The same of one name.
    [[nodiscard]] Findings check_value(std::string_view name) const;
    /// Names set, in ASCII order.
    [[nodiscard]] std::vector<std::string> names_set() const;

private:
    struct Data;
    std::shared_ptr<const Data> data_;
};

/// The parameter whose value <transport>_<suffix> falls back to; nullopt if `suffix` is no family.
[[nodiscard]] std::optional<std::string> transport_default_name(std::string_view suffix);
/// "destination_recipient_limit" …: what stands behind a transport's name.
[[nodiscard]] std::vector<std::string_view> transport_suffixes();
/// For "relay_destination_concurrency_limit": {"relay", "destination_concurrency_limit"}; nullopt if it ends in no family.
[[nodiscard]] std::optional<std::pair<std::string_view, std::string_view>> split_transport_parameter(std::string_view name);

}  // namespace posthouse::config
