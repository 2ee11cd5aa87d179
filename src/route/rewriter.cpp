#include "route/rewriter.hpp"

#include "smtp/address.hpp"

namespace posthouse::route {

RewriteSettings RewriteSettings::from(const config::View& view) {
    RewriteSettings out;
    out.myorigin = view.text("myorigin");
    out.mydomain = view.text("mydomain");
    out.recipient_delimiter = view.text("recipient_delimiter");
    out.append_at_myorigin = view.boolean("append_at_myorigin");
    out.append_dot_mydomain = view.boolean("append_dot_mydomain");
    out.swap_bangpath = view.boolean("swap_bangpath");
    out.allow_percent_hack = view.boolean("allow_percent_hack");
    return out;
}

std::string rewrite_address(std::string address, const RewriteSettings& settings) {
    if (address.empty()) {
        return address;
    }
    if (!smtp::has_domain(address)) {
        if (const std::size_t bang = address.find('!'); settings.swap_bangpath && bang != std::string::npos && bang > 0) {
            address = address.substr(bang + 1) + '@' + address.substr(0, bang);
        } else if (const std::size_t percent = address.rfind('%'); settings.allow_percent_hack && percent != std::string::npos && percent > 0) {
            address[percent] = '@';
        } else if (settings.append_at_myorigin) {
            address += '@' + settings.myorigin;
        }
    }
    std::string domain{smtp::domain(address)};
    const std::string local{smtp::local_part(address)};
    if (domain.empty() || domain.starts_with('[')) {
        return address;
    }
    if (settings.append_dot_mydomain && domain.find('.') == std::string::npos) {
        domain += '.' + settings.mydomain;
    }
    if (domain.size() > 1 && domain.ends_with('.')) {
        domain.pop_back();
    }
    return local + '@' + domain;
}

}  // namespace posthouse::route
