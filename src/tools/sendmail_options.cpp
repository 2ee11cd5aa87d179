#include "tools/sendmail_options.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "message/address_list.hpp"
#include "smtp/dsn_parameters.hpp"

namespace posthouse::tools {
namespace {

// Options that take a value, in the same word or the next; the value of those in `optional_value` is in the same word only.
constexpr std::string_view with_value = "ABCFLNORVXfhopr";
constexpr std::string_view optional_value = "bdeq";  // "-b" alone takes the next word, too
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
    } else if (value == "h" || value == "H") {
        options.mode = SendmailMode::nothing;  // there is no host status to show
    } else {
        return usage("unsupported: -b" + value);
    }
    return {};
}

base::Result<void> set_queue_run(SendmailOptions& options, const std::string& value) {
    if (!value.empty() && base::is_digit(value.front())) {
        // An interval: the server has its own. "-bd -q30m" starts it.
        options.mode = options.mode == SendmailMode::daemon ? SendmailMode::daemon : SendmailMode::nothing;
        return {};
    }
    if (value.starts_with('S')) {
        return usage("-qS is not implemented");
    }
    options.mode = SendmailMode::flush_queue;
    if (value.starts_with('I') || value.starts_with('R')) {
        options.mode = value[0] == 'I' ? SendmailMode::flush_message : SendmailMode::flush_site;
        options.flush_argument = value.substr(1);
        if (options.flush_argument.empty()) {
            return usage(value[0] == 'I' ? "specify: -qIqueueid" : "specify: -qRsitename");
        }
    }
    return {};
}

void set_notify(SendmailOptions& options, const std::string& value) {
    const auto parsed = smtp::DsnNotify::parse(base::upper(value));
    if (!parsed) {
        options.warnings.emplace_back("bad -N option value -- ignored");
        return;
    }
    options.notify = {.never = parsed->has(smtp::DsnNotify::never), .success = parsed->has(smtp::DsnNotify::success),
                      .failure = parsed->has(smtp::DsnNotify::failure), .delay = parsed->has(smtp::DsnNotify::delay)};
}

base::Result<void> set_body(SendmailOptions& options, const std::string& value) {
    if (base::iequals(value, "8BITMIME")) {
        options.body = mail::BodyType::eight_bit_mime;
    } else if (base::iequals(value, "7BIT")) {
        options.body = mail::BodyType::seven_bit;
    } else {
        return usage("-B option needs 8BITMIME or 7BIT");
    }
    return {};
}

void set_return(SendmailOptions& options, const std::string& value) {
    if (base::iequals(value, "full")) {
        options.ret = mail::DsnRet::full;
    } else if (base::iequals(value, "hdrs")) {
        options.ret = mail::DsnRet::hdrs;
    } else {
        options.warnings.emplace_back("bad -R option value -- ignored");
    }
}

void set_envelope_id(SendmailOptions& options, const std::string& value) {
    constexpr std::size_t length_max = 100;
    const auto is_text = [](char c) { return c == '\t' || !base::is_control(c); };
    if (value.size() > length_max) {
        options.warnings.emplace_back("too long -V option value -- ignored");
    } else if (!std::all_of(value.begin(), value.end(), is_text)) {
        options.warnings.emplace_back("bad syntax in -V option value -- ignored");
    } else {
        options.envelope_id = value;
    }
}

base::Result<void> apply(SendmailOptions& options, char option, const std::string& value) {
    switch (option) {
        case 'B': return set_body(options, value);
        case 'N': set_notify(options, value); break;
        case 'R': set_return(options, value); break;
        case 'b': return set_mode(options, value);
        case 'C': options.config_option = config_directory(value); break;
        case 'F': options.full_name = value; break;
        case 'I': options.mode = SendmailMode::new_aliases; break;
        case 'V': set_envelope_id(options, value); break;
        case 'f':
        case 'r':
            options.sender = sender_address(value);
            options.has_sender = true;
            break;
        case 'i': options.dot = DotLine::is_content; break;
        case 'o':
            if (value == "i" || value == "IgnoreDots") {
                options.dot = DotLine::is_content;
            } else if (value.starts_with('A')) {
                options.alias_database = value.substr(1);
            } else if (value == "7") {
                options.body = mail::BodyType::seven_bit;
            } else if (value == "8") {
                options.body = mail::BodyType::eight_bit_mime;
            }
            break;
        case 'q': return set_queue_run(options, value);
        case 'G': options.is_gateway = true; break;
        case 'X':
            if (!value.starts_with('V')) {
                return usage("unsupported: -X" + value.substr(0, 1));
            }
            options.verp = value.substr(1);
            break;
        case 'v': ++options.verbose; break;
        case 't': options.recipient_source = RecipientSource::header; break;
        default: break;  // known, and without a meaning here
    }
    return {};
}

// -V and -Vxy asked for VERP before -V meant an envelope ID: what they mean today, nullopt if this is no such word. -XV takes no value from
// the next word.
std::optional<std::string> verp_word(SendmailOptions& options, const std::vector<std::string>& arguments, std::size_t index) {
    const std::string& word = arguments[index];
    if (word == "-XV") {
        return std::string();
    }
    if (word == "-V" && index + 1 < arguments.size() && arguments[index + 1].size() == 2) {
        options.warnings.emplace_back("option -V is deprecated with Postfix 2.3; specify -XV instead");
        return std::string();
    }
    if (word.starts_with("-V") && word.size() == 4) {
        options.warnings.push_back("option " + word + " is deprecated with Postfix 2.3; specify -X" + word.substr(1) + " instead");
        return word.substr(2);
    }
    return std::nullopt;
}

// One word of options, "-it" or "-fvalue"; a value that is the next word is taken from there.
base::Result<void> apply_word(SendmailOptions& options, const std::vector<std::string>& arguments, std::size_t& index) {
    const std::string& word = arguments[index];
    if (auto delimiters = verp_word(options, arguments, index)) {
        options.verp = std::move(delimiters);
        return {};
    }
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
            return base::fail(base::ErrorKind::not_found, std::string("invalid option -- '") + option + "'");
        }
        std::string value = word.substr(at + 1);
        if (value.empty() && (needs_value || option == 'b')) {
            if (index + 1 >= arguments.size()) {
                return base::fail(base::ErrorKind::not_found, std::string("option requires an argument -- '") + option + "'");
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
