#pragma once
// Becoming mail_owner: a server that root started gives its folders to that user and keeps few of root's rights
// (docs/decisions/007-rights-kept-as-capabilities.md).
#include <optional>
#include <string>

#include "config/view.hpp"
#include "os/users.hpp"

namespace posthouse::app {

struct MailOwner {
    os::User user;
    std::uint32_t setgid_group = 0;  // owns maildrop
};

/// Who to become. nullopt: stay who we are, because root did not start us, or because neither the configuration nor the system
/// knows a mail_owner; `remark` says so then. An error: the account cannot be used (postconf(5), mail_owner, setgid_group).
base::Result<std::optional<MailOwner>> find_mail_owner(const config::View& view, std::string& remark);

/// The folders of queue_directory and data_directory become the owner's, as post-install(1) wants them. As root.
base::Result<void> give_folders(const config::View& view, const MailOwner& owner);

/// What a server does itself instead of asking its supervisor.
enum class OwnWork : std::uint8_t {
    all,           // there is no supervisor
    mailboxes,     // writes mailboxes as their users
    reading_only,  // reads tables and keys
};

/// For good, with the rights that the work needs. Before any thread is made.
base::Result<void> become(const MailOwner& owner, OwnWork work);

}  // namespace posthouse::app
