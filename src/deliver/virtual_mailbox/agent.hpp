#pragma once
// VirtualMailboxAgent: virtual(8), for Maildirs. Files belong to the user that the server runs as: virtual_uid_maps and
// virtual_gid_maps are not applied.
#include "base/bytes.hpp"
#include "config/view.hpp"
#include "mail/delivery_agent.hpp"
#include "observe/event.hpp"
#include "tables/map_list.hpp"
#include "world/cores.hpp"
#include "world/files.hpp"

namespace posthouse::deliver {

struct VirtualMailboxSettings {
    std::string speaker = "postfix/virtual";
    std::string myhostname = "localhost";
    std::string virtual_mailbox_base;
    base::Bytes virtual_mailbox_limit{51'200'000};  // 0: no limit
    std::string recipient_delimiter;

    [[nodiscard]] static VirtualMailboxSettings from(const config::View& view);
};

class VirtualMailboxAgent final : public mail::DeliveryAgent {
public:
    VirtualMailboxAgent(VirtualMailboxSettings settings, tables::MapList virtual_mailbox_maps, world::Core& home,
                        world::Files& files, world::BlockingPool& pool, observe::EventSink& events);

    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override;
    world::Task<void> stop() override { co_return; }

private:
    world::Task<std::vector<mail::Outcome>> deliver_all(const mail::DeliveryRequest& request);
    world::Task<mail::Outcome> deliver_one(const mail::DeliveryRequest& request, std::size_t recipient);
    world::Task<mail::Outcome> write_message(const mail::DeliveryRequest& request, std::size_t recipient,
                                             std::string directory);

    const VirtualMailboxSettings settings_;
    const tables::MapList virtual_mailbox_maps_;
    world::Core& home_;
    world::Files& files_;
    world::BlockingPool& pool_;
    observe::EventSink& events_;
};

}  // namespace posthouse::deliver
