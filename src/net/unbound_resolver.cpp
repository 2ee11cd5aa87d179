#include "net/unbound_resolver.hpp"

#include <unbound.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/ascii_domain.hpp"
#include "base/text.hpp"
#include "net/dns_answer.hpp"
#include "net/system_error.hpp"

namespace posthouse::net {

namespace asio = boost::asio;
using world::DnsAnswer;

namespace {

constexpr std::size_t questions_max = 4096;

DnsAnswer unknown(std::string reason) {
    DnsAnswer answer;
    answer.reason = std::move(reason);
    return answer;
}

DnsAnswer to_answer(int error, const ub_result* result, world::RecordType type) {
    if (error != 0 || result == nullptr) {
        return unknown(ub_strerror(error));
    }
    DnsAnswer answer;
    answer.secure = result->secure != 0;
    answer.ttl_seconds = static_cast<std::uint32_t>(std::max(result->ttl, 0));
    answer.canonical_name = plain_name(result->canonname != nullptr ? result->canonname : result->qname);
    constexpr int servfail = 2;
    constexpr int nxdomain = 3;
    if (result->bogus != 0) {
        return unknown(base::printable(result->why_bogus != nullptr ? result->why_bogus : "DNSSEC validation failed"));
    }
    if (result->nxdomain != 0 || result->rcode == nxdomain) {
        answer.state = DnsAnswer::State::no_such_domain;
    } else if (result->rcode != 0) {
        return unknown(result->rcode == servfail ? "server failure" : "response code " + std::to_string(result->rcode));
    } else {
        for (std::size_t i = 0; result->havedata != 0 && result->data[i] != nullptr; ++i) {
            const std::string_view data(result->data[i], static_cast<std::size_t>(result->len[i]));
            if (auto record = parse_record_data(type, data)) {
                answer.records.push_back(std::move(*record));
            }
        }
        if (result->havedata != 0 && answer.records.empty()) {
            return unknown("malformed records");  // which is not to say that there are none
        }
        answer.state = answer.records.empty() ? DnsAnswer::State::no_data : DnsAnswer::State::found;
    }
    return answer;
}

class Asker;
class Waiter;

// Lives until libunbound has answered, even if nobody waits any more: the answer still fills its cache.
struct Question {
    Asker* asker;
    world::RecordType type;
    Waiter* waiter = nullptr;
    asio::steady_timer timer;
    DnsAnswer answer;
    bool answered = false;
};

class Waiter final : public world::Suspension {
public:
    explicit Waiter(std::shared_ptr<Question> question) : question_(std::move(question)) {}
    ~Waiter() { question_->waiter = nullptr; }

    [[nodiscard]] bool await_ready() const { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        if (handle.promise().context->cancelled) {
            cancelled_ = true;
            return false;
        }
        suspend(handle);
        question_->waiter = this;
        return true;
    }
    void await_resume() const {
        if (cancelled_) {
            throw world::Cancelled{};
        }
    }
    void cancel() override {
        cancelled_ = true;
        wake(*question_);
    }
    static void wake(Question& question) {
        question.timer.cancel();
        if (Waiter* waiter = std::exchange(question.waiter, nullptr)) {
            waiter->resume();
        }
    }

private:
    std::shared_ptr<Question> question_;
    bool cancelled_ = false;
};

struct ContextDeleter {
    void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
using Context = std::unique_ptr<ub_ctx, ContextDeleter>;

// What all contexts share, libunbound sets up with the first of them, and not under its lock.
Context make_context() {
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    Context context(ub_ctx_create());
    if (context) {
        ub_ctx_debugout(context.get(), nullptr);
    }
    return context;
}

std::string unbound_address(const std::string& endpoint) {
    // "127.0.0.1:5353" and "[::1]:5353" to unbound's "address@port"
    const std::size_t colon = endpoint.rfind(':');
    if (base::IpAddress::parse(endpoint) || colon == std::string::npos) {
        return endpoint;
    }
    std::string address = endpoint.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) {
        address = address.substr(1, address.size() - 2);
    }
    return address + '@' + endpoint.substr(colon + 1);
}

void set_options(ub_ctx* context, const ResolverOptions& options) {
    const std::pair<const char*, const char*> settings[] = {
        {"do-not-query-localhost:", "no"},  // a resolver on this machine is the usual case
        {"unblock-lan-zones:", "yes"},      // reverse names of private networks come from the local server
        {"insecure-lan-zones:", "yes"},
        {"outgoing-range:", "512"},  // the library's defaults are those of a desktop program
        {"num-queries-per-thread:", "1024"},
        {"infra-host-ttl:", "10"},  // a name server that comes back is asked again soon
        {"cache-max-negative-ttl:", "300"},
    };
    for (const auto& [name, value] : settings) {
        ub_ctx_set_option(context, name, value);  // one that this version does not know is no loss
    }
    if (options.trust_anchor_file.empty()) {
        ub_ctx_set_option(context, "module-config:", "iterator");
    } else {
        ub_ctx_add_ta_file(context, options.trust_anchor_file.c_str());
    }
    if (options.forwarder.empty()) {
        ub_ctx_resolvconf(context, options.resolv_conf.c_str());
    } else {
        ub_ctx_set_fwd(context, unbound_address(options.forwarder).c_str());
    }
    // Names that unbound would answer with NXDOMAIN by itself belong to whoever runs the name server. This ends the
    // configuration phase of the context, so it comes last.
    for (const char* zone : {"test.", "invalid.", "127.in-addr.arpa."}) {
        ub_ctx_zone_add(context, zone, "transparent");
    }
}

// One context of the library with what was asked of it.
class Asker : public std::enable_shared_from_this<Asker> {
public:
    /// Null: there is no room for a context.
    static std::shared_ptr<Asker> make(asio::io_context& loop, const ResolverOptions& options);

    /// The answer comes to the question, in process(). Else: why not.
    [[nodiscard]] std::optional<std::string> ask(const std::shared_ptr<Question>& question, const std::string& name);
    [[nodiscard]] bool is_idle() const { return open_questions_.empty(); }

private:
    Asker(asio::io_context& loop, Context context) : context_(std::move(context)), pipe_(loop) {}
    static void answered(void* question, int error, ub_result* result);
    void watch();
    void process();

    Context context_;
    asio::posix::stream_descriptor pipe_;
    std::unordered_map<Question*, std::shared_ptr<Question>> open_questions_;
    std::vector<std::shared_ptr<Question>> finished_;
};

std::shared_ptr<Asker> Asker::make(asio::io_context& loop, const ResolverOptions& options) {
    Context context = make_context();
    if (!context) {
        return nullptr;
    }
    ub_ctx_async(context.get(), 1);
    set_options(context.get(), options);
    const int pipe = ::dup(ub_fd(context.get()));
    if (pipe < 0) {
        return nullptr;
    }
    std::shared_ptr<Asker> asker(new Asker(loop, std::move(context)));
    asker->pipe_.assign(pipe);
    asker->watch();
    return asker;
}

void Asker::watch() {
    // Who is woken may have us retired.
    pipe_.async_wait(asio::posix::descriptor_base::wait_read, [weak = weak_from_this()](const boost::system::error_code& error) {
        if (const auto self = weak.lock(); self && !error) {
            self->process();
            self->watch();
        }
    });
}

void Asker::process() {
    ub_process(context_.get());
    // The tasks run only now that libunbound has returned: they may ask the next question.
    std::vector<std::shared_ptr<Question>> finished;
    finished.swap(finished_);
    for (const std::shared_ptr<Question>& question : finished) {
        Waiter::wake(*question);
    }
}

void Asker::answered(void* data, int error, ub_result* result) {
    auto* question = static_cast<Question*>(data);
    question->answer = to_answer(error, result, question->type);
    question->answered = true;
    ub_resolve_free(result);
    Asker& self = *question->asker;
    const auto found = self.open_questions_.find(question);
    self.finished_.push_back(std::move(found->second));
    self.open_questions_.erase(found);
}

std::optional<std::string> Asker::ask(const std::shared_ptr<Question>& question, const std::string& name) {
    if (open_questions_.size() >= questions_max) {
        return "too many questions are open";
    }
    open_questions_.emplace(question.get(), question);
    const int error = ub_resolve_async(context_.get(), name.c_str(), static_cast<int>(question->type), 1, question.get(), &Asker::answered, nullptr);
    if (error != 0) {
        open_questions_.erase(question.get());
        return ub_strerror(error);
    }
    return std::nullopt;
}

class UnboundResolver final : public world::Resolver {
public:
    UnboundResolver(asio::io_context& loop, ResolverOptions options, std::shared_ptr<Hosts> hosts)
        : loop_(loop), options_(std::move(options)), hosts_(std::move(hosts)), resolv_conf_(options_.resolv_conf, options_.look_again) {}

    world::Task<DnsAnswer> query(std::string name, world::RecordType type, world::Deadline deadline) override;
    [[nodiscard]] std::vector<base::IpAddress> hosts_addresses(std::string_view name) const override { return hosts_->now()->addresses(name); }
    [[nodiscard]] std::string hosts_name(const base::IpAddress& address) const override { return hosts_->now()->name(address); }

private:
    Asker* current();

    asio::io_context& loop_;
    ResolverOptions options_;
    std::shared_ptr<Hosts> hosts_;
    SystemFile resolv_conf_;
    std::shared_ptr<Asker> asker_;
    std::vector<std::shared_ptr<Asker>> retired_;  // whose servers were others; they still have to answer
};

// Made at the first question: a worker thread and caches are not needed by a core that never asks. Null: there is no room for one.
Asker* UnboundResolver::current() {
    std::erase_if(retired_, [](const std::shared_ptr<Asker>& asker) { return asker->is_idle(); });
    if (options_.forwarder.empty() && resolv_conf_.has_changed() && asker_ != nullptr) {
        retired_.push_back(std::move(asker_));
    }
    if (asker_ == nullptr) {
        asker_ = Asker::make(loop_, options_);
    }
    return asker_.get();
}

world::Task<DnsAnswer> UnboundResolver::query(std::string name, world::RecordType type, world::Deadline deadline) {
    const auto ascii = base::ascii_domain(name);
    if (!ascii) {
        DnsAnswer answer;
        answer.state = DnsAnswer::State::no_such_domain;  // nor will there ever be one
        co_return answer;
    }
    Asker* const asker = current();
    if (asker == nullptr) {
        co_return unknown("cannot start the resolver");
    }
    auto question = std::make_shared<Question>(asker, type, nullptr, asio::steady_timer(loop_), DnsAnswer{}, false);
    if (auto problem = asker->ask(question, *ascii)) {
        co_return unknown(std::move(*problem));
    }
    if (deadline.time() != world::SteadyTime::max()) {
        question->timer.expires_at(deadline.time());
        question->timer.async_wait([question](const boost::system::error_code& cancelled) {
            if (!cancelled) {
                Waiter::wake(*question);
            }
        });
    }
    Waiter waiter(question);
    co_await waiter;
    if (!question->answered) {
        co_return unknown("timeout");
    }
    co_return std::move(question->answer);
}

}  // namespace

base::Result<void> check_trust_anchors(const std::string& file) {
    if (file.empty()) {
        return {};
    }
    if (::access(file.c_str(), R_OK) != 0) {
        return fail_system(errno, file);
    }
    const Context context = make_context();
    if (!context) {
        return base::fail(base::ErrorKind::unavailable, "cannot start the resolver");
    }
    ub_ctx_add_ta_file(context.get(), file.c_str());
    // Ends the configuration phase of the context, in which the file is only a name.
    if (ub_ctx_zone_add(context.get(), "invalid.", "transparent") != 0) {
        return base::fail(base::ErrorKind::invalid, file + ": no DNSKEY or DS records that can be used");
    }
    return {};
}

std::unique_ptr<world::Resolver> make_unbound_resolver(asio::io_context& loop, const ResolverOptions& options,
                                                       std::shared_ptr<Hosts> hosts) {
    return std::make_unique<UnboundResolver>(loop, options, std::move(hosts));
}

}  // namespace posthouse::net
