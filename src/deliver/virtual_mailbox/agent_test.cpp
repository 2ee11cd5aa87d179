#include "deliver/virtual_mailbox/agent.hpp"

#include <gtest/gtest.h>

#include <set>

#include "deliver/smtp/fake_world_test.hpp"
#include "deliver/virtual_mailbox/maildir.hpp"

namespace posthouse::deliver {
namespace {

using Kind = mail::Outcome::Kind;

/// Files in memory; call number `fail_at` fails.
class MemoryFiles final : public world::Files {
public:
    std::map<std::string, std::string> files;
    std::set<std::string> directories;
    int calls = 0, fail_at = -1;
    bool has_root_rights = false, syncs_folders = true;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> users;  // that files were reached as

    struct OfUser;
    [[nodiscard]] bool acts_for_others() const override { return has_root_rights; }
    std::unique_ptr<world::Files> as_user(world::FileUser user) override;
    std::vector<std::string> journal;

    template <class T = void>
    base::Result<T> no(base::ErrorKind kind = base::ErrorKind::io) {
        return base::fail(kind, "injected");
    }
    bool strikes() { return calls++ == fail_at; }

    struct Writable final : world::WritableFile {
        Writable(MemoryFiles& owner, std::string where) : files(owner), path(std::move(where)) {}
        base::Result<void> write(std::string_view bytes) override {
            if (files.strikes()) {
                return files.no(base::ErrorKind::no_space);
            }
            files.files[path] += bytes;
            return {};
        }
        base::Result<void> sync() override {
            files.journal.push_back("sync");
            return files.strikes() ? files.no() : base::Result<void>{};
        }
        MemoryFiles& files;
        std::string path;
    };
    base::Result<std::string> read(const std::string&) override { return no<std::string>(); }
    base::Result<world::FileInfo> info(const std::string&) override { return no<world::FileInfo>(); }
    base::Result<std::vector<std::string>> list(const std::string&) override { return no<std::vector<std::string>>(); }
    base::Result<std::unique_ptr<world::WritableFile>> create(const std::string& path, unsigned) override {
        if (strikes()) {
            return no<std::unique_ptr<world::WritableFile>>();
        }
        if (!directories.contains(path.substr(0, path.rfind('/')))) {
            return no<std::unique_ptr<world::WritableFile>>(base::ErrorKind::not_found);
        }
        files[path];
        return std::make_unique<Writable>(*this, path);
    }
    base::Result<std::unique_ptr<world::WritableFile>> append(const std::string&, unsigned) override {
        return no<std::unique_ptr<world::WritableFile>>();
    }
    base::Result<void> rename(const std::string& from, const std::string& to) override {
        if (strikes()) {
            return no();
        }
        journal.push_back("rename");
        files[to] = files[from];
        files.erase(from);
        return {};
    }
    base::Result<void> remove(const std::string& path) override {
        files.erase(path);
        return {};
    }
    base::Result<void> make_directories(const std::string& path, unsigned) override {
        if (strikes()) {
            return no();
        }
        directories.insert(path);
        return {};
    }
    base::Result<void> sync_directory(const std::string&) override {
        journal.push_back("sync directory");
        return strikes() || !syncs_folders ? no() : base::Result<void>{};
    }
    base::Result<std::uint64_t> free_bytes(const std::string&) override { return std::uint64_t{0}; }
};

/// Passes on to the files of all.
struct MemoryFiles::OfUser final : world::Files {
    explicit OfUser(MemoryFiles& owner) : all(owner) {}
    base::Result<std::string> read(const std::string& path) override { return all.read(path); }
    base::Result<world::FileInfo> info(const std::string& path) override { return all.info(path); }
    base::Result<std::vector<std::string>> list(const std::string& path) override { return all.list(path); }
    base::Result<std::unique_ptr<world::WritableFile>> create(const std::string& path, unsigned mode) override { return all.create(path, mode); }
    base::Result<std::unique_ptr<world::WritableFile>> append(const std::string& path, unsigned mode) override { return all.append(path, mode); }
    base::Result<void> rename(const std::string& from, const std::string& to) override { return all.rename(from, to); }
    base::Result<void> remove(const std::string& path) override { return all.remove(path); }
    base::Result<void> make_directories(const std::string& path, unsigned mode) override { return all.make_directories(path, mode); }
    base::Result<void> sync_directory(const std::string& path) override { return all.sync_directory(path); }
    base::Result<std::uint64_t> free_bytes(const std::string& path) override { return all.free_bytes(path); }
    MemoryFiles& all;
};

std::unique_ptr<world::Files> MemoryFiles::as_user(world::FileUser user) {
    users.emplace_back(user.user_id, user.group_id);
    return std::make_unique<OfUser>(*this);
}

class Inline final : public world::BlockingPool, public world::Executor {
public:
    void submit(world::Work work) override { work(); }
    void post(world::Work work) override { work(); }
};

struct Fixture {
    MemoryFiles files;
    Inline inline_pool;
    fake::Faults faults;
    fake::Clock clock;
    fake::Network network{faults};
    dns::ScriptedResolver resolver;
    fake::Random random;
    fake::Sink sink;
    world::Core core{0, inline_pool, clock, network, resolver, random};
    VirtualMailboxSettings settings;
    std::map<std::string, std::string> users{{"joe@virt.example", "5000"}}, groups{{"joe@virt.example", "5001"}};
    std::map<std::string, std::string> mailboxes{{"joe@virt.example", "virt.example/joe/"}};

    static world::Task<void> store(VirtualMailboxAgent& agent, mail::DeliveryRequest request,
                                   std::vector<mail::Outcome>& into) {
        into = co_await agent.deliver(std::move(request));
    }
    mail::Outcome deliver(mail::DeliveryRequest request) {
        settings.virtual_mailbox_base = "/vmail";
        settings.recipient_delimiter = "+";
        VirtualMailboxAgent agent(settings, {fake::maps(mailboxes), fake::maps(users), fake::maps(groups)}, core, files, inline_pool, sink);
        std::vector<mail::Outcome> out;
        world::TaskGroup group;
        group.spawn(store(agent, std::move(request), out));
        return out.at(0);
    }
    mail::Outcome deliver_to(std::string address) { return deliver(fake::request("", {std::move(address)})); }
    [[nodiscard]] std::vector<std::string> delivered() const {
        std::vector<std::string> out;
        for (const auto& [path, text] : files.files) {
            if (path.find("/new/") != std::string::npos) {
                out.push_back(text);
            }
        }
        return out;
    }
};

}  // namespace

TEST(virtual_mailbox, delivers_into_a_maildir) {
    Fixture f;
    const auto out = f.deliver_to("joe+tag@virt.example");
    EXPECT_EQ(out.kind, Kind::delivered);
    EXPECT_EQ(out.text, "delivered to maildir");
    EXPECT_EQ(out.relay, "virtual");
    ASSERT_EQ(f.delivered().size(), 1U);
    EXPECT_EQ(f.delivered()[0],
              "Return-Path: <a@example.org>\nX-Original-To: joe+tag@virt.example\nDelivered-To: "
              "joe+tag@virt.example\nSubject: t\n\nx\n.y\n");
    EXPECT_EQ(f.files.files.begin()->first.substr(0, 27), "/vmail/virt.example/joe/new");
    EXPECT_EQ(f.files.journal, (std::vector<std::string>{"sync", "rename", "sync directory"}));
}

TEST(virtual_mailbox, a_question_leaves_nothing_behind) {
    Fixture f;
    const auto ask = [&f](std::string address) {
        mail::DeliveryRequest request = fake::request("", {std::move(address)});
        auto envelope = std::make_shared<mail::Envelope>(*request.envelope);
        envelope->purpose = mail::Envelope::Purpose::ask;
        request.envelope = std::move(envelope);
        request.content = nullptr;
        return f.deliver(std::move(request));
    };
    const auto out = ask("joe@virt.example");
    EXPECT_EQ(out.kind, Kind::delivered);
    EXPECT_EQ(out.text, "delivers to maildir");
    EXPECT_EQ(ask("nobody@virt.example").kind, Kind::bounced);
    EXPECT_TRUE(f.files.files.empty());
    EXPECT_TRUE(f.files.directories.empty());
}

TEST(virtual_mailbox, unknown_users_bounce_and_unanswered_lookups_wait) {
    Fixture f;
    f.mailboxes["odd@virt.example"] = "?";
    f.mailboxes["mbox@virt.example"] = "virt.example/mbox";
    f.mailboxes["up@virt.example"] = "../../etc/";
    EXPECT_EQ(f.deliver_to("ghost@virt.example").text, "unknown user: \"ghost@virt.example\"");
    EXPECT_EQ(f.deliver_to("ghost@virt.example").status, "5.1.1");
    for (const std::string name : {"odd", "mbox", "up"}) {
        EXPECT_EQ(f.deliver_to(name + "@virt.example").kind, Kind::deferred) << name;
    }
    EXPECT_TRUE(f.files.files.empty());
}

TEST(virtual_mailbox, too_big_a_message_and_a_loop_bounce) {
    Fixture f;
    auto request = fake::request("", {"joe@virt.example"});
    auto envelope = *request.envelope;
    envelope.size = {60'000'000};
    request.envelope = std::make_shared<const mail::Envelope>(envelope);
    EXPECT_EQ(f.deliver(request).status, "5.2.2");
    request = fake::request("", {"joe@virt.example"});
    request.content = std::make_shared<fake::Source>(
        std::vector<std::string>{"Delivered-To: Joe@virt.example\r\nSubject: t\r\n", "\r\nx\r\n"});
    EXPECT_EQ(f.deliver(request).status, "5.4.6");
    EXPECT_TRUE(f.files.files.empty());
}

TEST(virtual_mailbox, a_message_is_in_new_if_and_only_if_it_was_delivered_whatever_call_fails) {
    for (int step = 0;; ++step) {
        Fixture f;
        f.files.fail_at = step;
        const auto out = f.deliver_to("joe@virt.example");
        if (out.kind == Kind::delivered) {
            EXPECT_EQ(f.delivered().size(), 1U) << "step " << step;
        } else {
            EXPECT_EQ(out.kind, Kind::deferred);
            EXPECT_TRUE(f.files.files.empty()) << "step " << step;
        }
        if (f.files.calls <= step) {
            EXPECT_EQ(out.kind, Kind::delivered);
            break;  // every call has failed once
        }
        ASSERT_LT(step, 50);
    }
}

// It may have been read already; another try would be another copy.
TEST(virtual_mailbox, a_folder_that_cannot_be_synced_is_warned_about_and_the_message_is_delivered) {
    Fixture f;
    f.files.syncs_folders = false;
    EXPECT_EQ(f.deliver_to("joe@virt.example").kind, Kind::delivered);
    EXPECT_EQ(f.delivered().size(), 1U);
    EXPECT_EQ(f.sink.lines, std::vector<std::string>{"delivered to the maildir of joe@virt.example, but a crash may undo it: injected"});
}

TEST(virtual_mailbox, a_maildir_is_written_with_the_rights_of_its_user_and_group) {
    Fixture f;
    f.files.has_root_rights = true;
    EXPECT_EQ(f.deliver_to("joe+tag@virt.example").kind, Kind::delivered);
    EXPECT_EQ(f.files.users, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{5000, 5001}}));
}

TEST(virtual_mailbox, without_a_user_or_group_that_may_own_it_mail_waits) {
    for (const auto& [user, group] : std::vector<std::pair<std::string, std::string>>{{"", "1"}, {"99", "1"}, {"0", "1"}, {"joe", "1"}, {"5000", ""}, {"5000", "0"}, {"4294967295", "1"}}) {
        Fixture f;
        f.files.has_root_rights = true;
        f.users = user.empty() ? std::map<std::string, std::string>{} : std::map<std::string, std::string>{{"joe@virt.example", user}};
        f.groups = group.empty() ? std::map<std::string, std::string>{} : std::map<std::string, std::string>{{"joe@virt.example", group}};
        const auto out = f.deliver_to("joe@virt.example");
        EXPECT_EQ(out.kind, Kind::deferred) << user << ':' << group;
        EXPECT_EQ(out.status, "4.3.5");
        EXPECT_TRUE(f.files.files.empty());
        EXPECT_TRUE(f.files.users.empty());
    }
}

TEST(virtual_mailbox, line_ends_are_converted_across_blocks) {
    for (std::size_t cut = 1; cut < 12; ++cut) {
        const std::string text = "a\r\nb\rc\r\r\nd\r";
        LineEndConverter converter;
        std::string out;
        for (std::size_t at = 0; at < text.size(); at += cut) {
            converter.append(std::string_view(text).substr(at, cut), out);
        }
        converter.finish(out);
        EXPECT_EQ(out, "a\nb\rc\r\nd\r") << cut;
    }
}

TEST(virtual_mailbox, file_names_are_unique_and_safe) {
    const world::WallTime now(std::chrono::microseconds(1'700'000'000'000'042));
    EXPECT_EQ(maildir_file_name(now, "ABC", 255, "a/b:c"), "1700000000.M42QABCR00000000000000ff.a\\057b\\072c");
}

}  // namespace posthouse::deliver
