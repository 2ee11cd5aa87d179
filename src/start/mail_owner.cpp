#include "start/mail_owner.hpp"

#include "base/format.hpp"
#include "os/ownership.hpp"

namespace posthouse::app {

using base::Result;

namespace {

std::unexpected<base::Error> unusable(const config::View& view, std::string_view parameter, const std::string& what) {
    return base::fail(base::ErrorKind::invalid, base::format("file {}/main.cf: parameter {}: {}", view.text("config_directory"), parameter, what));
}

Result<std::optional<os::User>> find_owner(const config::View& view, std::string& remark) {
    const std::string name = view.text("mail_owner");
    const auto user = os::find_user(name);
    if (!user) {
        return std::unexpected(user.error());
    }
    if (!*user) {
        if (view.is_set("mail_owner")) {
            return unusable(view, "mail_owner", "unknown user name value: " + name);
        }
        remark = base::format("there is no user {}, so this server keeps all of root's rights: create the account, or set mail_owner", name);
        return std::nullopt;
    }
    if ((*user)->user_id == 0) {
        return unusable(view, "mail_owner", base::format("user {} has privileged user ID", name));
    }
    if ((*user)->group_id == 0) {
        return unusable(view, "mail_owner", base::format("user {} has privileged group ID", name));
    }
    const auto same = os::find_user((*user)->user_id);
    if (same && *same && (*same)->name != name) {
        return unusable(view, "mail_owner", base::format("user {} has same user ID as {}", name, (*same)->name));
    }
    return user;
}

// Without the group only the owner's own programs and root's can leave mail in maildrop while the server is down.
Result<std::uint32_t> find_maildrop_group(const config::View& view, const os::User& owner) {
    const std::string name = view.text("setgid_group");
    const auto group = os::find_group(name);
    if (!group) {
        return std::unexpected(group.error());
    }
    if (!*group) {
        return view.is_set("setgid_group") ? Result<std::uint32_t>(unusable(view, "setgid_group", "unknown group name: " + name)) : owner.group_id;
    }
    if (**group == 0) {
        return unusable(view, "setgid_group", base::format("group {} has privileged group ID", name));
    }
    return **group;
}

}  // namespace

Result<std::optional<MailOwner>> find_mail_owner(const config::View& view, std::string& remark) {
    if (os::current_user_id() != 0) {
        return std::nullopt;
    }
    auto user = find_owner(view, remark);
    if (!user || !*user) {
        return user ? Result<std::optional<MailOwner>>(std::nullopt) : std::unexpected(user.error());
    }
    const auto group = find_maildrop_group(view, **user);
    if (!group) {
        return std::unexpected(group.error());
    }
    return MailOwner{std::move(**user), *group};
}

Result<void> give_folders(const config::View& view, const MailOwner& owner) {
    const os::Owner root{0, 0};
    const os::Owner user{owner.user.user_id, owner.user.group_id};
    const std::string queue = view.text("queue_directory");
    struct Folder {
        std::string path;
        unsigned mode;
        os::Owner owner;
    };
    // queue_directory and pid stay root's: what the next start by root opens there must not be of the mail system's choosing.
    for (const Folder& folder : {Folder{queue, 0755, root}, Folder{queue + "/pid", 0755, root}, Folder{queue + "/spool", 0700, user},
                                 Folder{queue + "/private", 0700, user}, Folder{queue + "/corrupt", 0700, user}, Folder{queue + "/public", 0755, user},
                                 Folder{queue + "/maildrop", 0730, {user.user_id, owner.setgid_group}}, Folder{view.text("data_directory"), 0700, user}}) {
        if (auto given = os::give_folder(folder.path, folder.mode, folder.owner); !given) {
            return given;
        }
    }
    return os::give_files(queue + "/spool", user);
}

Result<void> become(const MailOwner& owner, OwnWork work) {
    using os::Capabilities;
    Capabilities in_use = Capabilities::read_all_files();
    Capabilities at_hand;
    if (work != OwnWork::reading_only) {
        at_hand = Capabilities::become_others();
    }
    if (work == OwnWork::all) {
        in_use = in_use | Capabilities::bind_low_ports();
        at_hand = at_hand | Capabilities::write_all_files();
    }
    return os::drop_privileges(owner.user, in_use, at_hand);
}

}  // namespace posthouse::app
