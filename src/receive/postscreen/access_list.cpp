#include "receive/postscreen/access_list.hpp"

#include "base/format.hpp"
#include "base/text.hpp"
#include "tables/open.hpp"

namespace posthouse::receive::postscreen {

namespace {
constexpr std::string_view ignored = " -- ignoring the remainder of this access list";
}

AccessList::Word AccessList::read_word(std::string_view text) {
    static constexpr std::pair<std::string_view, Word> words[] = {
        {"permit_mynetworks", Word::permit_mynetworks}, {"permit", Word::permit}, {"reject", Word::reject}, {"dunno", Word::dunno}};
    for (const auto& [name, word] : words) {
        if (base::iequals(name, text)) {
            return word;
        }
    }
    return Word::unknown;
}

AccessList AccessList::parse(std::string_view text, std::shared_ptr<const tables::MatchList> mynetworks, const tables::OpenContext& context, const Warn& warn) {
    AccessList out;
    out.mynetworks_ = std::move(mynetworks);
    for (const std::string_view item : base::split_braced(text)) {
        if (item.find(':') != std::string_view::npos) {
            out.items_.emplace_back(tables::open_table(item, context));
            continue;
        }
        const Word word = read_word(item);
        if (word == Word::unknown) {
            warn(base::format("postscreen_access_list: unknown command: {}{}", item, ignored));
            break;
        }
        out.items_.emplace_back(word);
    }
    return out;
}

world::Task<Access> AccessList::judge(base::IpAddress client, const Warn& warn) const {
    for (const auto& item : items_) {
        if (const auto* table = std::get_if<std::shared_ptr<const tables::Table>>(&item)) {
            const tables::Lookup found = co_await (*table)->find(client.text());
            if (found.is_unknown()) {
                warn(base::format("postscreen_access_list: {}: lookup error: {}{}", (*table)->name(), found.reason, ignored));
                co_return Access::dunno;
            }
            if (found.is_found()) {
                world::Task<std::optional<Access>> judging = judge_result(found.value, (*table)->name(), client, warn);
                if (const auto access = co_await std::move(judging)) {
                    co_return *access;
                }
            }
            continue;
        }
        const Word word = std::get<Word>(item);
        if (word != Word::permit_mynetworks) {
            co_return word == Word::permit ? Access::permit : word == Word::reject ? Access::reject : Access::dunno;
        }
        bool failed = false;
        world::Task<bool> asking = is_mine(client, warn, failed);
        if (co_await std::move(asking)) {
            co_return Access::permit;
        }
        if (failed) {
            co_return Access::dunno;
        }
    }
    co_return Access::dunno;
}

world::Task<bool> AccessList::is_mine(base::IpAddress client, const Warn& warn, bool& failed) const {
    if (!mynetworks_) {
        co_return false;
    }
    const tables::Match match = co_await mynetworks_->match_client("", client);
    failed = match.is_unknown();
    if (failed) {
        warn(base::format("postscreen_access_list: permit_mynetworks: {}{}", match.reason, ignored));
    }
    co_return match.is_match();
}

world::Task<std::optional<Access>> AccessList::judge_result(std::string result, std::string table, base::IpAddress client, const Warn& warn) const {
    bool failed = false;
    for (const std::string_view item : base::split_words(result, ", \t\r\n")) {
        switch (read_word(item)) {
            case Word::permit: co_return Access::permit;
            case Word::reject: co_return Access::reject;
            case Word::dunno: co_return std::nullopt;
            case Word::permit_mynetworks: {
                world::Task<bool> asking = is_mine(client, warn, failed);
                if (co_await std::move(asking)) {
                    co_return Access::permit;
                }
                if (failed) {
                    co_return Access::dunno;
                }
                break;
            }
            case Word::unknown:
                warn(base::format("postscreen_access_list: {}: unknown command: {}{}", table, base::printable(item), ignored));
                co_return Access::dunno;
        }
    }
    co_return std::nullopt;
}

}  // namespace posthouse::receive::postscreen
