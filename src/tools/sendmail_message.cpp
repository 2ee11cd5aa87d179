#include "tools/sendmail_message.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "control/line_normalizer.hpp"
#include "message/address_list.hpp"
#include "message/header_scanner.hpp"
#include "smtp/address.hpp"

namespace posthouse::tools {
namespace {

bool is_mailbox_line(std::string_view line) { return line.starts_with("From ") || line.starts_with(">From "); }

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(names, [name](std::string_view other) { return base::iequals(name, other); });
}

void collect(const std::vector<message::HeaderField>& fields, std::initializer_list<std::string_view> names, std::vector<std::string>& into) {
    for (const message::HeaderField& field : fields) {
        if (is_one_of(field.name, names)) {
            for (std::string& address : message::parse_address_list(field.value()).texts()) {
                into.push_back(std::move(address));
            }
        }
    }
}

bool has_any(const std::vector<message::HeaderField>& fields, std::initializer_list<std::string_view> names) {
    return std::ranges::any_of(fields, [names](const message::HeaderField& field) { return is_one_of(field.name, names); });
}

}  // namespace

std::string message_lines(std::string_view input, DotLine dot) {
    std::string_view rest = input;
    std::size_t kept = 0;
    bool in_front = true;
    std::size_t begin = 0;
    while (!rest.empty()) {
        const std::size_t newline = rest.find('\n');
        const std::size_t length = newline == std::string_view::npos ? rest.size() : newline + 1;
        const std::string_view line = rest.substr(0, length);
        if (dot == DotLine::ends_message && (line == ".\n" || line == ".\r\n" || line == ".")) {
            break;
        }
        in_front = in_front && is_mailbox_line(line);
        kept += length;
        begin = in_front ? kept : begin;
        rest.remove_prefix(length);
    }
    control::LineNormalizer normalizer;
    std::string out = normalizer.feed(input.substr(begin, kept - begin));
    return out + normalizer.finish();
}

PreparedMessage prepare_message(std::string lines, RecipientSource source, const FromLine& from) {
    message::HeaderScanner::Options options;
    options.header_size_limit = {lines.size() + 1};  // nothing of a header is dropped here
    message::HeaderScanner scanner(options);
    std::vector<message::HeaderField> fields;
    const std::size_t used = scanner.feed(lines, fields);
    scanner.finish(fields);

    PreparedMessage out;
    const bool has_from = has_any(fields, {"From"});
    if (!has_from && !from.full_name.empty() && !from.address.empty()) {
        out.content += "From: " + from_value(from) + "\r\n";
    }
    if (source == RecipientSource::arguments) {
        if (!out.content.empty() && fields.empty() && !lines.starts_with("\r\n")) {
            out.content += "\r\n";  // there is no header: the first line of the body must not continue our field
        }
        out.content += lines;
        return out;
    }
    if (has_any(fields, {"Resent-To", "Resent-Cc", "Resent-Bcc"})) {
        collect(fields, {"Resent-To", "Resent-Cc", "Resent-Bcc"}, out.recipients);
    } else {
        collect(fields, {"To", "Cc", "Bcc"}, out.recipients);
    }
    for (const message::HeaderField& field : fields) {
        if (!is_one_of(field.name, {"Bcc", "Resent-Bcc"})) {
            out.content += field.text;
        }
    }
    out.content += "\r\n";
    out.content += scanner.take_body_start();
    out.content.append(lines, used);
    return out;
}

std::string from_value(const FromLine& from) {
    const auto is_plain = [](char c) { return base::is_alnum(c) || !base::is_ascii(c) || c == ' ' || c == '-' || c == '_'; };
    std::string name;
    if (std::ranges::all_of(from.full_name, is_plain)) {
        name = from.full_name;
    } else {
        name = "\"";
        for (const char c : from.full_name) {
            name += c == '"' || c == '\\' ? "\\" : "";
            name += base::is_control(c) ? ' ' : c;
        }
        name += '"';
    }
    return name + " <" + smtp::quote_address(from.address) + ">";
}

}  // namespace posthouse::tools
