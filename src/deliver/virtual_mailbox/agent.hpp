#pragma once
// VirtualMailboxAgent: virtual(8), for Maildirs. Each is written with the rights of its user and group (virtual_uid_maps,
// virtual_gid_maps); by a server that root did not start, with the server's own.
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
    std::int64_t virtual_minimum_uid = 100;

    [[nodiscard]] static VirtualMailboxSettings from(const config::View& view);
};

struct VirtualMailboxTables {
    tables::MapList virtual_mailbox_maps, virtual_uid_maps, virtual_gid_maps;
};

class VirtualMailboxAgent final : public mail::DeliveryAgent {
public:
    VirtualMailboxAgent(VirtualMailboxSettings settings, VirtualMailboxTables tables, world::Core& home,
                        world::Files& files, world::BlockingPool& pool, observe::EventSink& events);

    world::Task<std::vector<mail::Outcome>> deliver(mail::DeliveryRequest request) override;
    /// As far as the mailbox and its owner are known.
    world::Task<std::vector<mail::Outcome>> verify(mail::DeliveryRequest request) override { return deliver(std::move(request)); }
    world::Task<void> stop() override { co_return; }

private:
    world::Task<std::vector<mail::Outcome>> deliver_all(const mail::DeliveryRequest& request);
    world::Task<mail::Outcome> deliver_one(const mail::DeliveryRequest& request, std::size_t recipient);
    world::Task<mail::Outcome> write_message(const mail::DeliveryRequest& request, std::size_t recipient,
                                             std::string directory, std::shared_ptr<world::Files> files);
    world::Task<base::Result<std::uint32_t>> find_number(const tables::MapList& maps, std::string_view parameter, std::string address, std::int64_t least);
    world::Task<base::Result<std::shared_ptr<world::Files>>> files_of_owner(std::string address);

    const VirtualMailboxSettings settings_;
    const VirtualMailboxTables tables_;
    world::Core& home_;
    world::Files& files_;
    world::BlockingPool& pool_;
    observe::EventSink& events_;
};

}  // namespace posthouse::deliver
