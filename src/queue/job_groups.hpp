#pragma once
// Recipients of one message by transport and nexthop, in the order in which these came. A list of 100,000 recipients may have
// as many nexthops; most messages have one.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace posthouse::queue {

struct JobGroup {
    std::string transport;
    std::string nexthop;
    std::vector<std::uint32_t> recipients;
    std::vector<std::string> addresses;
};

class JobGroups {
public:
    [[nodiscard]] JobGroup& of(const std::string& transport, const std::string& nexthop) {
        if (groups_.empty() || !is(groups_[last_], transport, nexthop)) {
            last_ = find(transport, nexthop);
        }
        return groups_[last_];
    }
    [[nodiscard]] std::vector<JobGroup>& all() { return groups_; }

private:
    static constexpr std::size_t searched_max = 8;  // beyond it an index is worth its memory

    static bool is(const JobGroup& group, const std::string& transport, const std::string& nexthop) {
        return group.nexthop == nexthop && group.transport == transport;
    }
    std::size_t find(const std::string& transport, const std::string& nexthop) {
        if (groups_.size() < searched_max) {
            for (std::size_t i = 0; i < groups_.size(); ++i) {
                if (is(groups_[i], transport, nexthop)) {
                    return i;
                }
            }
        } else {
            for (std::size_t i = index_.empty() ? 0 : groups_.size(); i < groups_.size(); ++i) {
                index_.emplace(groups_[i].transport + '\0' + groups_[i].nexthop, i);
            }
            const auto [known, is_new] = index_.try_emplace(transport + '\0' + nexthop, groups_.size());
            if (!is_new) {
                return known->second;
            }
        }
        groups_.push_back({transport, nexthop, {}, {}});
        return groups_.size() - 1;
    }

    std::vector<JobGroup> groups_;
    std::unordered_map<std::string, std::size_t> index_;  // empty while there are few
    std::size_t last_ = 0;
};

}  // namespace posthouse::queue
