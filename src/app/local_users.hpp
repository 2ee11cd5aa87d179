#pragma once
// LocalUsers: what users of this host may do with the tools: authorized_submit_users, authorized_flush_users, authorized_mailq_users,
// local_login_sender_maps, and for which sites mail may be flushed (fast_flush_domains). Who they are is what the kernel says of their connection. Made by a generation, shared by all cores.
#include <memory>
#include <string>

#include "app/world.hpp"
#include "config/view.hpp"
#include "control/admin_server.hpp"
#include "tables/map_list.hpp"
#include "tables/match_list.hpp"

namespace posthouse::app {

class LocalUsers {
public:
    /// `name_of`: the login name of a user ID, nullopt if it has none; blocks, called on `pool`.
    struct Doors {
        std::function<base::Result<std::optional<std::string>>(std::uint32_t)> name_of;
        world::BlockingPool& pool;
    };
    LocalUsers(const config::View& view, const tables::OpenContext& open, std::uint32_t owner, Doors doors);

    /// The error is for the user, as Postfix words it. Root and mail_owner may always look, flush and submit. Must outlive the task.
    [[nodiscard]] world::Task<base::Result<void>> judge(control::LocalRequest request, world::Executor& home) const;

private:
    [[nodiscard]] world::Task<base::Result<void>> judge_site(std::string site) const;
    [[nodiscard]] world::Task<base::Result<void>> judge_sender(std::string user, control::LocalRequest request) const;
    [[nodiscard]] const std::shared_ptr<const tables::MatchList>& list_for(control::LocalRight right) const;

    // null: anyone
    std::shared_ptr<const tables::MatchList> submit_, flush_, mailq_;
    std::shared_ptr<const tables::MapList> senders_;
    std::shared_ptr<const tables::MatchList> sites_;  // fast_flush_domains
    std::string empty_sender_key_, recipient_delimiter_;
    std::uint32_t owner_;
    Doors doors_;
};

/// Whether one of the patterns of local_login_sender_maps, "* <> @domain user@domain", allows `sender`; empty is the null sender,
/// which `empty_key` stands for. Pure.
[[nodiscard]] bool sender_pattern_allows(std::string_view patterns, std::string_view sender, std::string_view empty_key, std::string_view recipient_delimiter);

}  // namespace posthouse::app
