#include "bounce/templates.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "bounce/template_text.hpp"
#include "config/main_cf.hpp"

namespace posthouse::bounce {

namespace {

constexpr std::string_view opening = "This is the mail system at host $myhostname.\n\n";
constexpr std::string_view closing = "\n                   The mail system\n";

NoticeTemplate made(std::string_view name, std::string subject, std::string postmaster_subject, std::string_view text) {
    NoticeTemplate out;
    out.name = name;
    out.subject = std::move(subject);
    out.postmaster_subject = std::move(postmaster_subject);
    out.text = std::string(opening).append(text).append(closing);
    return out;
}

NoticeTemplate* find(Templates& templates, std::string_view member) {
    for (NoticeTemplate* one : {&templates.failure, &templates.delay, &templates.success, &templates.verify}) {
        if (member == std::string(one->name) + "_template") {
            return one;
        }
    }
    return nullptr;
}

/// The lines of a file, counted.
struct Lines {
    std::string_view rest;
    int number = 0;

    std::optional<std::string_view> next() {
        if (rest.empty()) {
            return std::nullopt;
        }
        ++number;
        const std::size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        return line;
    }
};

// "<<EOF" and what follows up to the line "EOF".
base::Result<std::string> here_document(std::string_view marker, Lines& lines, const std::string& file, const Warn& warn) {
    if (marker.empty() || !base::is_alnum(marker.front())) {
        return base::fail(base::ErrorKind::invalid, base::format("{}, line {}: {} end marker after <<", file, lines.number, marker.empty() ? "missing" : "malformed"));
    }
    std::string text;
    while (const auto line = lines.next()) {
        if (*line == marker) {
            return text;
        }
        text.append(*line) += '\n';
    }
    warn(base::format("{}, line {}: missing \"{}\" end marker", file, lines.number, marker));
    return text;
}

}  // namespace

Templates built_in_templates() {
    static const Templates templates{
        .failure = made("failure", "Undelivered Mail Returned to Sender", "Postmaster Copy: Undelivered Mail",
                        "We are sorry: your message could not be delivered to the recipients listed\n"
                        "below, and no further attempt will be made. Your message, or its header, is\n"
                        "attached.\n"
                        "\n"
                        "If you need help, forward this report to your postmaster. You may remove\n"
                        "your own text from the attached message first.\n"),
        .delay = made("delay", "Delayed Mail (still being retried)", "Postmaster Warning: Delayed Mail",
                      "This is only a warning. You need not send your message again.\n"
                      "\n"
                      "Your message could not be delivered yet. Delivery will be tried until\n"
                      "$will_retry_until.\n"),
        .success = made("success", "Successful Mail Delivery Report", "",
                        "Your message was delivered, or passed on to a mail system that does not\n"
                        "report on deliveries, for the recipients listed below. You asked for this\n"
                        "report; its absence would not have meant a failure.\n"),
        .verify = made("verify", "Mail Delivery Status Report", "", "This is the report on deliveries that you asked for.\n"),
    };
    return templates;
}

base::Result<Templates> parse_templates(std::string_view text, const std::string& file, const Warn& warn) {
    Templates templates = built_in_templates();
    Lines lines{text};
    while (const auto line = lines.next()) {
        const std::string_view visible = base::trim(*line);
        if (visible.empty() || visible.front() == '#') {
            continue;
        }
        const config::NameValue split = config::split_name_value(*line);
        if (!split.error.empty()) {
            return base::fail(base::ErrorKind::invalid, base::format("{}, line {}: {}: \"{}\"", file, lines.number, split.error, base::printable(*line)));
        }
        std::string value(split.value);
        const int number = lines.number;
        if (split.value.starts_with("<<")) {
            auto document = here_document(base::trim(split.value.substr(2)), lines, file, warn);
            if (!document) {
                return std::unexpected(document.error());
            }
            value = std::move(*document);
        }
        if (NoticeTemplate* one = find(templates, split.name)) {
            *one = parse_template(value, *one, file, warn);
        } else {
            warn(base::format("{}, line {}: unknown template name: {} -- ignoring this template", file, number, base::printable(split.name)));
        }
    }
    return templates;
}

std::string template_file(const Templates& templates) {
    std::string out;
    for (const NoticeTemplate* one : {&templates.failure, &templates.delay, &templates.success, &templates.verify}) {
        base::append_format(out, "{}{}_template = <<EOF\nCharset: {}\nFrom: {}\nSubject: {}\n", out.empty() ? "" : "\n", one->name, one->charset, one->from, one->subject);
        if (!one->postmaster_subject.empty()) {
            base::append_format(out, "Postmaster-Subject: {}\n", one->postmaster_subject);
        }
        base::append_format(out, "\n{}EOF\n", one->text);
    }
    return out;
}

Templates templates_for(const config::View& view, const base::Result<std::string>& file_text, const Warn& warn) {
    const std::string file = view.text("bounce_template_file");
    base::Result<Templates> parsed = built_in_templates();
    if (!file.empty()) {
        parsed = file_text ? parse_templates(*file_text, file, warn) : std::unexpected(file_text.error());
        if (!parsed) {
            warn(base::format("bounce_template_file: {}; the built-in texts are used", parsed.error().text));
            parsed = built_in_templates();
        }
    }
    const Templates built_in = built_in_templates();
    const auto expand_one = [&](NoticeTemplate& one, const NoticeTemplate& ours) {
        auto text = expanded_text(one, file, view, warn);
        if (!text) {
            warn(base::format("{}; the built-in text is used", text.error().text));
            one = ours;
            text = expanded_text(ours, file, view, warn);
        }
        one.text = text.value_or(std::string());
    };
    expand_one(parsed->failure, built_in.failure);
    expand_one(parsed->delay, built_in.delay);
    expand_one(parsed->success, built_in.success);
    expand_one(parsed->verify, built_in.verify);
    return std::move(*parsed);
}

}  // namespace posthouse::bounce
