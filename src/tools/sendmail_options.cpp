#include "tools/sendmail_options.hpp"

#include <string_view>

#include "base/text.hpp"
#include "message/address_list.hpp"
#include "smtp/dsn_parameters.hpp"

namespace posthouse::tools {
namespace {

// Options that take a value, in the same word or the next; the value of those in `optional_value` is in the same word only.
constexpr std::string_view with_value = "ABCFLNORVXfhopr";
constexpr std::string_view optional_value = "bdeq";
constexpr std::string_view flags = "GIUacimnstvx";

base::Result<void> usage(std::string text) { return base::fail(base::ErrorKind::invalid, std::move(text)); }

std::string sender_address(const std::string& text) {
    const message::AddressList list = message::parse_address_list(text);
    return list.addresses.empty() ? "" : list.addresses.front().address;
}

std::string config_directory(const std::string& value) {
    // -C may name main.cf itself, or sendmail's own file, which is none of ours.
    if (value.ends_with("/main.cf")) {
        return value.substr(0, value.size() - 8);
    }
    return value.ends_with(".cf") ? "" : value;
}

base::Result<void> set_mode(SendmailOptions& options, const std::string& value) {
    if (value == "m") {
        options.mode = SendmailMode::deliver;
    } else if (value == "v") {
        options.mode = SendmailMode::verify;
    } else if (value == "s") {
        options.mode = SendmailMode::smtp;
    } else if (value == "p") {
        options.mode = SendmailMode::list_queue;
    } else if (value == "i") {
        options.mode = SendmailMode::new_aliases;
    } else if (value == "d" || value == "l" || value == "D") {
        options.mode = SendmailMode::daemon;
    } else {
        return usage("unsupported: -b" + value);
    }
    return {};
}

void set_queue_run(SendmailOptions& options, const std::string& value) {
    options.mode = SendmailMode::flush_queue;
    if (value.starts_with('I') || value.starts_with('R')) {
        options.mode = value[0] == 'I' ? SendmailMode::flush_message : SendmailMode::flush_site;
        options.flush_argument = value.substr(1);
    }
}

base::Result<void> set_notify(SendmailOptions& options, const std::string& value) {
    const auto parsed = smtp::DsnNotify::parse(base::upper(value));
    if (!parsed) {
        return usage("bad -N option value: " + value);
    }
    options.notify = {.never = parsed->has(smtp::DsnNotify::never), .success = parsed->has(smtp::DsnNotify::success),
                      .failure = parsed->has(smtp::DsnNotify::failure), .delay = parsed->has(smtp::DsnNotify::delay)};
    return {};
}

base::Result<void> set_body(SendmailOptions& options, const std::string& value) {
    if (base::iequals(value, "8BITMIME")) {
        options.body = mail::BodyType::eight_bit_mime;
    } else if (base::iequals(value, "7BIT")) {
        options.body = mail::BodyType::seven_bit;
    } else {
        return usage("bad -B option value: " + value);
    }
    return {};
}

base::Result<void> set_return(SendmailOptions& options, const std::string& value) {
    if (base::iequals(value, "full")) {
        options.ret = mail::DsnRet::full;
    } else if (base::iequals(value, "hdrs")) {
        options.ret = mail::DsnRet::hdrs;
    }  // anything else: an ancient "-R route", ignored
    return {};
}

base::Result<void> apply(SendmailOptions& options, char option, const std::string& value) {
    switch (option) {
        case 'B': return set_body(options, value);
        case 'N': return set_notify(options, value);
        case 'R': return set_return(options, value);
        case 'b': return set_mode(options, value);
        case 'C': options.config_option = config_directory(value); break;
        case 'F': options.full_name = value; break;
        case 'I': options.mode = SendmailMode::new_aliases; break;
        case 'V': options.envelope_id = base::printable(value); break;
        case 'f':
        case 'r':
            options.sender = sender_address(value);
            options.has_sender = true;
            break;
        case 'i': options.dot = DotLine::is_content; break;
        case 'o':
            if (value == "i" || value == "IgnoreDots") {
                options.dot = DotLine::is_content;
            } else if (value == "7") {
                options.body = mail::BodyType::seven_bit;
            } else if (value == "8") {
                options.body = mail::BodyType::eight_bit_mime;
            }
            break;
        case 'q': set_queue_run(options, value); break;
        case 'v': ++options.verbose; break;
        case 't': options.recipient_source = RecipientSource::header; break;
        default: break;  // known, and without a meaning here
    }
    return {};
}

// One word of options, "-it" or "-fvalue"; a value that is the next word is taken from there.
base::Result<void> apply_word(SendmailOptions& options, const std::vector<std::string>& arguments, std::size_t& index) {
    const std::string word = arguments[index];
    for (std::size_t at = 1; at < word.size(); ++at) {
        const char option = word[at];
        if (flags.find(option) != std::string_view::npos) {
            const auto applied = apply(options, option, {});
            if (!applied) {
                return applied;
            }
            continue;
        }
        const bool needs_value = with_value.find(option) != std::string_view::npos;
        if (!needs_value && optional_value.find(option) == std::string_view::npos) {
            return usage(std::string("invalid option -- '") + option + "'");
        }
        std::string value = word.substr(at + 1);
        if (value.empty() && (needs_value || option == 'b')) {
            if (index + 1 >= arguments.size()) {
                return usage(std::string("option requires an argument -- '") + option + "'");
            }
            value = arguments[++index];
        }
        return apply(options, option, value);
    }
    return {};
}

}  // namespace

base::Result<SendmailOptions> parse_sendmail_options(const std::vector<std::string>& arguments) {
    SendmailOptions options;
    bool options_ended = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (!options_ended && word == "--") {
            options_ended = true;
        } else if (!options_ended && word.size() > 1 && word[0] == '-') {
            const auto applied = apply_word(options, arguments, i);
            if (!applied) {
                return std::unexpected(applied.error());
            }
        } else {
            const message::AddressList list = message::parse_address_list(word);
            if (!list.is_well_formed || list.addresses.empty()) {  // to leave one out silently would be worse
                return base::fail(base::ErrorKind::invalid, "bad recipient address: " + base::printable(word));
            }
            for (std::string& address : list.texts()) {
                options.recipients.push_back(std::move(address));
            }
        }
    }
    return options;
}

}  // namespace posthouse::tools
