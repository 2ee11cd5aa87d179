#include "receive/postmaster_notice.hpp"

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::receive {

std::string postmaster_notice(const NoticeFacts& facts) {
    std::string out = base::format("Received: by {} ({})\r\n\tid {}; {}\r\n", facts.myhostname, facts.mail_name, facts.queue_id.text(), facts.date);
    out += base::format("Date: {}\r\nFrom: Mail Delivery System <MAILER-DAEMON@{}>\r\nTo: Postmaster <{}>\r\n", facts.date, facts.myhostname, facts.recipient);
    out += base::format("Subject: {} SMTP server: errors from {}\r\n\r\n", facts.mail_name, facts.client);
    out += "Something went wrong in an SMTP session. This is what was said, commands as \"In\" and our replies as \"Out\".\r\n\r\n";
    std::string_view rest = facts.transcript;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        out += base::printable(rest.substr(0, end)) + "\r\n";
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (!facts.ended.empty()) {
        out += base::format("\r\nThe session ended early: {}.\r\n", facts.ended);
    }
    return out + "\r\nThe mail log has the details.\r\n";
}

}  // namespace posthouse::receive
