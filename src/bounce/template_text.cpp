#include "bounce/template_text.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/expansion.hpp"

namespace posthouse::bounce {

namespace {

bool is_ascii(std::string_view text) { return std::all_of(text.begin(), text.end(), base::is_ascii); }

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

struct HeaderLine {
    std::string_view label;
    std::string_view value;
};

std::optional<HeaderLine> header_line(std::string_view line) {
    const auto parts = base::split_once(line, ':');
    if (!parts) {
        return std::nullopt;
    }
    const std::string_view label = base::trim_right(parts->first);
    const bool is_label = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) { return c > ' ' && c < 0x7f; });
    return is_label ? std::optional(HeaderLine{label, base::trim_left(parts->second)}) : std::nullopt;
}

/// Why the line cannot be used; empty: it is in `out`.
std::string_view apply(const HeaderLine& header, NoticeTemplate& out) {
    if (header.value.empty()) {
        return "empty";
    }
    if (!is_ascii(header.value)) {
        return "non-ASCII";
    }
    if (base::iequals(header.label, "postmaster-subject") && out.postmaster_subject.empty()) {
        return "inapplicable";
    }
    struct Label {
        std::string_view name;
        std::string NoticeTemplate::* member;
    };
    constexpr std::array labels{Label{"charset", &NoticeTemplate::charset}, Label{"from", &NoticeTemplate::from},
                                Label{"subject", &NoticeTemplate::subject}, Label{"postmaster-subject", &NoticeTemplate::postmaster_subject}};
    for (const Label& label : labels) {
        if (base::iequals(header.label, label.name)) {
            out.*label.member = std::string(header.value);
            return {};
        }
    }
    return "unknown";
}

struct TimeUnit {
    std::string_view name;
    std::int64_t seconds;
};
constexpr std::array units{TimeUnit{"seconds", 1}, TimeUnit{"minutes", 60}, TimeUnit{"hours", 3600}, TimeUnit{"days", 86400}, TimeUnit{"weeks", 604800}};

// "_hours" and its like behind these two.
constexpr std::array<std::string_view, 2> times{"delay_warning_time_", "maximal_queue_lifetime_"};

class TextExpander {
public:
    TextExpander(const NoticeTemplate& shape, const std::string& file, const config::View& view, const Warn& warn)
        : shape_(shape), file_(shape.is_built_in ? "[built-in]" : file), view_(view), warn_(warn) {}

    base::Result<std::string> run() {
        std::string out;
        for (std::string_view rest = shape_.text; !rest.empty();) {
            const std::string_view line = take_line(rest);
            const config::Expansion expansion = config::expand(line, [this](std::string_view name) { return look_up(name); });
            if (!problem_.empty()) {
                return base::fail(base::ErrorKind::invalid, problem_);
            }
            if (expansion.error || !expansion.undefined.empty()) {
                const std::string_view what = expansion.error ? "bad $name syntax" : "undefined $name";
                return base::fail(base::ErrorKind::invalid, base::format("{}: {} in {} template: {}", file_, what, shape_.name, line));
            }
            out += expansion.text + '\n';
        }
        return out;
    }

private:
    std::optional<std::string> look_up(std::string_view name) {
        if (name == "will_retry_until") {
            return "$$will_retry_until";
        }
        for (const std::string_view prefix : times) {
            if (name.starts_with(prefix)) {
                return in_unit(name, prefix);
            }
        }
        return view_.value(name) ? std::optional(view_.raw(name)) : std::nullopt;
    }

    std::string in_unit(std::string_view name, std::string_view prefix) {
        const std::string_view suffix = name.substr(prefix.size());
        const auto unit = std::find_if(units.begin(), units.end(), [suffix](const TimeUnit& one) { return one.name == suffix; });
        if (unit == units.end()) {
            problem_ = base::format("{}: unrecognized suffix \"{}\" in parameter \"{}\"", file_, suffix, name);
            return {};
        }
        const std::int64_t time = view_.time(prefix.substr(0, prefix.size() - 1)).count();
        const std::int64_t count = time / unit->seconds;
        const bool excessive = count > 999 && unit->seconds < 86400;
        if (excessive || (count == 0 && time > 0)) {
            warn_(base::format("{}: {} in {} template conversion of parameter \"{}\"; {} the time unit \"{}\"", file_,
                               excessive ? base::format("excessive result \"{}\"", count) : "zero result", shape_.name, name, excessive ? "increase" : "reduce", suffix));
        }
        return std::to_string(count);
    }

    const NoticeTemplate& shape_;
    std::string file_;
    const config::View& view_;
    const Warn& warn_;
    std::string problem_;
};

}  // namespace

NoticeTemplate parse_template(std::string_view text, const NoticeTemplate& ours, const std::string& file, const Warn& warn) {
    NoticeTemplate out = ours;
    out.is_built_in = false;
    std::string_view rest = text;
    for (std::string_view after = rest; !rest.empty(); rest = after) {
        const std::optional<HeaderLine> header = header_line(take_line(after));
        if (!header) {
            break;
        }
        if (const std::string_view why = apply(*header, out); !why.empty()) {
            warn(base::format("{}: {} \"{}\" header {} in {} template -- ignoring this template", file, why, header->label,
                              why == "empty" || why == "non-ASCII" ? "value" : "label", ours.name));
            return ours;
        }
    }
    for (std::string_view after = rest; !rest.empty() && base::trim(take_line(after)).empty();) {
        rest = after;
    }
    if (rest.empty()) {
        warn(base::format("{}: missing message text in {} template -- ignoring this template", file, ours.name));
        return ours;
    }
    out.text = rest;
    if (!out.text.ends_with('\n')) {
        out.text += '\n';
    }
    if (!is_ascii(out.text) && base::iequals(out.charset, "us-ascii")) {
        warn(base::format("{}: 8-bit message text in {} template; please specify a charset value other than us-ascii -- ignoring this template for now", file, ours.name));
        return ours;
    }
    return out;
}

base::Result<std::string> expanded_text(const NoticeTemplate& shape, const std::string& file, const config::View& view, const Warn& warn) {
    return TextExpander(shape, file, view, warn).run();
}

}  // namespace posthouse::bounce
