#include "receive/reject_footer.hpp"

#include "config/expansion.hpp"

namespace posthouse::receive {

namespace {

std::optional<std::string> value_of(std::string_view name, const FooterFacts& facts) {
    const std::pair<std::string_view, const std::string&> values[] = {
        {"client_address", facts.client_address}, {"client_port", facts.client_port}, {"localtime", facts.localtime}, {"server_name", facts.server_name}};
    for (const auto& [known, value] : values) {
        if (known == name) {
            return value;
        }
    }
    return std::nullopt;
}

}  // namespace

bool append_footer(smtp::Reply& reply, std::string_view footer, const FooterFacts& facts, const ExpansionFilter& filter) {
    const config::Lookup lookup = [&](std::string_view name) -> std::optional<std::string> {
        const auto value = value_of(name, facts);
        return value ? std::optional(filter.censored(*value)) : std::nullopt;
    };
    const bool continues = footer.starts_with("\\c");
    footer.remove_prefix(continues ? 2 : 0);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at <= footer.size();) {
        const std::size_t end = std::min(footer.find("\\n", at), footer.size());
        config::Expansion expanded = config::expand(footer.substr(at, end - at), lookup);
        if (expanded.error || !expanded.undefined.empty()) {
            return false;
        }
        lines.push_back(std::move(expanded.text));
        at = end + 2;
    }
    if (continues && !reply.lines.empty()) {
        reply.lines.back() += lines.front();
        lines.erase(lines.begin());
    }
    reply.lines.insert(reply.lines.end(), std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
    return true;
}

}  // namespace posthouse::receive
