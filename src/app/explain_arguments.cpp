#include "app/explain_arguments.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "smtp/path.hpp"

namespace posthouse::app {

namespace {

std::unexpected<base::Error> wrong(std::string text) { return base::fail(base::ErrorKind::invalid, std::move(text)); }

// With or without <>, as MAIL and RCPT have it.
base::Result<std::string> parse_address(std::string_view option, const std::string& text) {
    const std::string path = text.starts_with('<') ? text : "<" + text + ">";
    const auto parsed = smtp::parse_path_argument("TO:" + path, "TO:", {});
    if (!parsed || !parsed->rest.empty()) {
        return wrong(base::format("{}: not an address: {}", option, base::printable(text)));
    }
    return parsed->path.address;
}

base::Result<void> take_client(PretendSession& session, const std::string& value) {
    const std::size_t equals = value.find('=');
    const auto address = base::IpAddress::parse(value.substr(0, equals));
    if (!address) {
        return wrong(base::format("--client: not an IP address: {}", base::printable(value.substr(0, equals))));
    }
    session.client_address = *address;
    session.client_name = equals == std::string::npos ? "" : value.substr(equals + 1);
    return {};
}

}  // namespace

base::Result<ExplainArguments> parse_explain_arguments(const std::vector<std::string>& words) {
    ExplainArguments out;
    PretendSession& session = out.session;
    const std::pair<std::string_view, std::string*> options[] = {{"-c", &out.directory}, {"--helo", &session.helo_name}, {"--sasl", &session.sasl_username}, {"--service", &session.service}};
    bool has_client = false, has_sender = false, has_recipient = false;
    for (std::size_t i = 0; i < words.size(); i += 2) {
        const std::string& word = words[i];
        if (i + 1 == words.size()) {
            return wrong(base::format("{} needs a value", base::printable(word)));
        }
        const std::string& value = words[i + 1];
        const auto option = std::find_if(std::begin(options), std::end(options), [&](const auto& one) { return one.first == word; });
        if (option != std::end(options)) {
            *option->second = value;
        } else if (word == "--client") {
            if (const auto taken = take_client(session, value); !taken) {
                return std::unexpected(taken.error());
            }
            has_client = true;
        } else if (word == "--sender" || word == "--recipient") {
            auto address = parse_address(word, value);
            if (!address) {
                return std::unexpected(address.error());
            }
            (word == "--sender" ? session.sender : session.recipient) = std::move(*address);
            (word == "--sender" ? has_sender : has_recipient) = true;
        } else {
            return wrong(base::format("unknown option {}", base::printable(word)));
        }
    }
    if (!has_client || !has_sender || !has_recipient || session.recipient.empty()) {
        return wrong("--client, --sender and --recipient are needed");
    }
    return out;
}

}  // namespace posthouse::app
