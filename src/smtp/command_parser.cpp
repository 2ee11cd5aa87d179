#include "smtp/command_parser.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"

namespace posthouse::smtp {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 18> verbs{{
    {"MAIL", Verb::mail},
    {"RCPT", Verb::rcpt},
    {"DATA", Verb::data},
    {"BDAT", Verb::bdat},
    {"EHLO", Verb::ehlo},
    {"HELO", Verb::helo},
    {"LHLO", Verb::lhlo},
    {"QUIT", Verb::quit},
    {"RSET", Verb::rset},
    {"NOOP", Verb::noop},
    {"STARTTLS", Verb::starttls},
    {"AUTH", Verb::auth},
    {"VRFY", Verb::vrfy},
    {"EXPN", Verb::expn},
    {"ETRN", Verb::etrn},
    {"HELP", Verb::help},
    {"XCLIENT", Verb::xclient},
    {"XFORWARD", Verb::xforward},
}};

}  // namespace

Command parse_command(std::string_view line) {
    line = base::trim(line);
    std::size_t end = 0;
    while (end < line.size() && !base::is_space(line[end])) {
        ++end;
    }
    const std::string_view word = line.substr(0, end);
    Command command{Verb::unknown, std::string(word), std::string(base::trim_left(line.substr(end)))};
    for (const auto& [name, verb] : verbs) {
        if (base::iequals(word, name)) {
            command.verb = verb;
        }
    }
    return command;
}

std::string_view verb_name(Verb verb) {
    for (const auto& [name, known] : verbs) {
        if (known == verb) {
            return name;
        }
    }
    return "";
}

std::vector<EsmtpParameter> parse_esmtp_parameters(std::string_view rest) {
    std::vector<EsmtpParameter> parameters;
    for (const auto word : base::split_words(rest, " \t\r\n\v\f")) {
        const std::size_t equals = word.find('=');
        EsmtpParameter parameter{std::string(word), base::upper(word.substr(0, equals)), std::nullopt};
        if (equals != std::string_view::npos) {
            parameter.value = word.substr(equals + 1);
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

std::optional<BdatArguments> parse_bdat(std::string_view arguments) {
    const auto words = base::split_words(arguments);
    if (words.empty() || words.size() > 2 || (words.size() == 2 && !base::iequals(words[1], "LAST"))) {
        return std::nullopt;
    }
    const auto size = base::parse_number(words[0]);
    if (!size) {
        return std::nullopt;
    }
    return BdatArguments{*size, words.size() == 2 ? BdatLast::yes : BdatLast::no};
}

std::optional<std::uint64_t> parse_size_parameter(const std::optional<std::string>& value) {
    return value ? base::parse_number(*value) : std::nullopt;
}

std::optional<BodyType> parse_body_parameter(const std::optional<std::string>& value) {
    if (value && base::iequals(*value, "7BIT")) {
        return BodyType::seven_bit;
    }
    if (value && base::iequals(*value, "8BITMIME")) {
        return BodyType::eight_bit_mime;
    }
    return std::nullopt;
}

std::string_view body_type_name(BodyType body) {
    switch (body) {
        case BodyType::unspecified:
            return "";
        case BodyType::seven_bit:
            return "7BIT";
        case BodyType::eight_bit_mime:
            return "8BITMIME";
    }
    return "";
}

}  // namespace posthouse::smtp
