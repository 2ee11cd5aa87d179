#include "sasl/cyrus_library.hpp"

#include <sasl/sasl.h>

#include <algorithm>
#include <semaphore>

#include "base/format.hpp"
#include "base/text.hpp"

namespace posthouse::sasl {

namespace {

constexpr std::size_t remarks_max = 8;  // ours, per step
// Above it the library writes passwords down.
constexpr int log_level_max = SASL_LOG_TRACE;

// Callbacks have many shapes; the library casts back by their numbers.
template <class F>
int (*callback(F* function))() {
    return reinterpret_cast<int (*)()>(reinterpret_cast<void (*)()>(function));
}

extern "C" {

int posthouse_sasl_option(void* context, const char*, const char* option, const char** result, unsigned* length) {
    const auto& options = static_cast<const CyrusSettings*>(context)->config.options;
    const auto found = options.find(std::string_view(option));
    if (found == options.end()) {
        return SASL_FAIL;
    }
    *result = found->second.c_str();
    if (length != nullptr) {
        *length = static_cast<unsigned>(found->second.size());
    }
    return SASL_OK;
}

// The library reads no file of its own: what NAME.conf says comes through the callback above, for each service its own.
int posthouse_sasl_no_path(void*, const char** path) {
    *path = "/dev/null";
    return SASL_OK;
}

int posthouse_sasl_no_log(void*, int, const char*) { return SASL_OK; }

// The library guards its own tables with these.
using Guard = std::binary_semaphore;
void* posthouse_sasl_new_guard() { return new Guard(1); }
int posthouse_sasl_lock(void* guard) {
    static_cast<Guard*>(guard)->acquire();
    return SASL_OK;
}
int posthouse_sasl_unlock(void* guard) {
    static_cast<Guard*>(guard)->release();
    return SASL_OK;
}
void posthouse_sasl_free_guard(void* guard) { delete static_cast<Guard*>(guard); }

}  // extern "C"

// Once in a process: plug-ins are loaded and stay.
int start_library(const std::shared_ptr<const CyrusSettings>& settings) {
    static const std::shared_ptr<const CyrusSettings> first = settings;
    static const std::array<sasl_callback_t, 4> callbacks{{{SASL_CB_GETOPT, callback(posthouse_sasl_option), const_cast<CyrusSettings*>(first.get())},
                                                           {SASL_CB_GETCONFPATH, callback(posthouse_sasl_no_path), nullptr},
                                                           {SASL_CB_LOG, callback(posthouse_sasl_no_log), nullptr},
                                                           {SASL_CB_LIST_END, nullptr, nullptr}}};
    static const int status = [] {
        sasl_set_mutex(posthouse_sasl_new_guard, posthouse_sasl_lock, posthouse_sasl_unlock, posthouse_sasl_free_guard);
        return sasl_server_init(callbacks.data(), "posthouse");
    }();
    return status;
}

struct Dispose {
    void operator()(sasl_conn_t* connection) const { sasl_dispose(&connection); }
};
using Connection = std::unique_ptr<sasl_conn_t, Dispose>;

int log_remark(void* context, int level, const char* message) noexcept;

class Login final : public CyrusLogin {
public:
    explicit Login(std::shared_ptr<const CyrusSettings> settings)
        : settings_(std::move(settings)),
          verbosity_(static_cast<int>(std::clamp<std::int64_t>(base::parse_number(settings_->config.option("log_level", "0")).value_or(0), 0, log_level_max))),
          callbacks_{{{SASL_CB_GETOPT, callback(posthouse_sasl_option), const_cast<CyrusSettings*>(settings_.get())},
                      {SASL_CB_LOG, callback(log_remark), this},
                      {SASL_CB_LIST_END, nullptr, nullptr}}} {}

    int open(const std::string& service, const SecurityOptions& options) {
        sasl_conn_t* made = nullptr;
        const int status = sasl_server_new(service.c_str(), settings_->server_name.c_str(), settings_->realm.empty() ? nullptr : settings_->realm.c_str(), nullptr, nullptr,
                                           callbacks_.data(), 0, &made);
        connection_.reset(made);
        return status == SASL_OK ? restrict_to(flags(options)) : status;
    }
    int restrict_to(unsigned flags) {
        sasl_security_properties_t properties{};  // no security layer: that is TLS
        properties.security_flags = flags;
        return sasl_setprop(connection_.get(), SASL_SEC_PROPS, &properties);
    }
    base::Result<std::vector<std::string>> mechanisms() {
        const char* list = nullptr;
        unsigned length = 0;
        int count = 0;
        const int status = sasl_listmech(connection_.get(), nullptr, "", " ", "", &list, &length, &count);
        std::vector<std::string> names;
        if (status == SASL_OK && list != nullptr) {
            for (const std::string_view name : base::split_words(std::string_view(list, length))) {
                names.push_back(base::upper(name));
            }
        } else if (status != SASL_NOMECH) {
            return base::fail(base::ErrorKind::unavailable, base::format("libsasl2 lists no mechanisms: {}", sasl_errstring(status, nullptr, nullptr)));
        }
        return names;
    }

    Step start(const AuthRequest& request) override {
        std::optional<std::string> initial;
        if (request.initial_response) {
            initial = *request.initial_response == "=" ? std::string() : base::base64_decode(*request.initial_response);
            if (!initial) {
                return {Step::Kind::failure, std::string(invalid_initial_response), {}};
            }
        }
        if (const int status = open(request.service, request.security_options); status != SASL_OK) {
            return finish(status, {});
        }
        const char* out = nullptr;
        unsigned length = 0;
        const int status = sasl_server_start(connection_.get(), request.mechanism.c_str(), initial ? initial->data() : nullptr,
                                             initial ? static_cast<unsigned>(initial->size()) : 0, &out, &length);
        return finish(status, {out, out != nullptr ? length : 0});
    }

    Step step(std::string_view base64_line) override {
        const auto decoded = base::base64_decode(base64_line);
        if (!decoded || !connection_) {
            return {Step::Kind::failure, std::string(invalid_continued_response), {}};
        }
        const char* out = nullptr;
        unsigned length = 0;
        const int status = sasl_server_step(connection_.get(), decoded->data(), static_cast<unsigned>(decoded->size()), &out, &length);
        return finish(status, {out, out != nullptr ? length : 0});
    }

    void remark(int level, std::string_view message) {
        if (remarks_.size() >= remarks_max || level == SASL_LOG_NONE || level > std::max<int>(verbosity_, SASL_LOG_WARN)) {
            return;
        }
        const std::string_view kind = level == SASL_LOG_ERR || level == SASL_LOG_WARN ? "problem" : level == SASL_LOG_FAIL ? "failure" : "info";
        remarks_.push_back(base::format("SASL authentication {}: {}", kind, base::printable(message)));
    }

    static unsigned flags(const SecurityOptions& options) {
        return (options.noplaintext ? SASL_SEC_NOPLAINTEXT : 0U) | (options.noactive ? SASL_SEC_NOACTIVE : 0U) | (options.nodictionary ? SASL_SEC_NODICTIONARY : 0U) |
               (options.noanonymous ? SASL_SEC_NOANONYMOUS : 0U) | (options.forward_secrecy ? SASL_SEC_FORWARD_SECRECY : 0U) |
               (options.mutual_auth ? SASL_SEC_MUTUAL_AUTH : 0U);
    }

private:
    Step finish(int status, std::string_view out) {
        Step step = judged(status, out);
        step.remarks = std::exchange(remarks_, {});
        return step;
    }

    [[nodiscard]] std::string user() const {
        const void* name = nullptr;
        const bool known = connection_ && sasl_getprop(connection_.get(), SASL_USERNAME, &name) == SASL_OK && name != nullptr;
        return known ? base::printable(static_cast<const char*>(name)) : std::string();
    }

    [[nodiscard]] Step judged(int status, std::string_view out) {
        switch (status) {
            case SASL_CONTINUE:
                return {Step::Kind::challenge, base::base64_encode(out), {}};
            case SASL_OK: {
                std::string name = user();
                // A login without a name would own nothing and everything.
                return name.empty() ? Step{Step::Kind::temporary_failure, "libsasl2 gave no user name", {}} : Step{Step::Kind::success, {}, std::move(name)};
            }
            case SASL_NOUSER:  // who tries names must not learn which of them there are
                status = SASL_BADAUTH;
                break;
            default:
                break;
        }
        return {is_doubt(status) ? Step::Kind::temporary_failure : Step::Kind::failure, sasl_errstring(status, nullptr, nullptr), user()};
    }

    // Nothing is known of the password then. SASL_FAIL is what a saslauthd gives that does not run.
    static bool is_doubt(int status) {
        constexpr std::array doubts{SASL_FAIL, SASL_NOMEM, SASL_TRYAGAIN, SASL_UNAVAIL, SASL_NOTINIT, SASL_CONFIGERR, SASL_BADVERS};
        return std::find(doubts.begin(), doubts.end(), status) != doubts.end();
    }

    std::shared_ptr<const CyrusSettings> settings_;
    int verbosity_;
    std::array<sasl_callback_t, 3> callbacks_;
    std::vector<std::string> remarks_;
    Connection connection_;  // last: its end may still log
};

int log_remark(void* context, int level, const char* message) noexcept {
    if (message != nullptr) {
        static_cast<Login*>(context)->remark(level, message);
    }
    return SASL_OK;
}

}  // namespace

base::Result<std::vector<Mechanism>> cyrus_mechanisms(const std::shared_ptr<const CyrusSettings>& settings) {
    const auto failed = [](int status) { return base::fail(base::ErrorKind::unavailable, base::format("libsasl2: {}", sasl_errstring(status, nullptr, nullptr))); };
    if (const int status = start_library(settings); status != SASL_OK) {
        return failed(status);
    }
    Login login(settings);
    if (const int status = login.open(settings->service, {}); status != SASL_OK) {
        return failed(status);
    }
    const auto names = login.mechanisms();
    if (!names) {
        return std::unexpected(names.error());
    }
    std::vector<Mechanism> all;
    for (const std::string& name : *names) {
        all.push_back({name, {}});
    }
    // The library knows its plug-ins' properties, but tells only who is left under a rule.
    const auto note = [&](unsigned rule, bool MechanismProperties::*property, bool if_left) -> base::Result<void> {
        if (const int status = login.restrict_to(rule); status != SASL_OK) {
            return failed(status);
        }
        const auto left = login.mechanisms();
        if (!left) {
            return std::unexpected(left.error());
        }
        for (Mechanism& mechanism : all) {
            mechanism.properties.*property = (std::find(left->begin(), left->end(), mechanism.name) != left->end()) == if_left;
        }
        return {};
    };
    using Properties = MechanismProperties;
    struct Rule {
        unsigned flag;
        bool Properties::*property;
        bool if_left;
    };
    for (const Rule& rule : {Rule{SASL_SEC_NOPLAINTEXT, &Properties::plaintext, false}, Rule{SASL_SEC_NOACTIVE, &Properties::active, false},
                             Rule{SASL_SEC_NODICTIONARY, &Properties::dictionary, false}, Rule{SASL_SEC_NOANONYMOUS, &Properties::anonymous, false},
                             Rule{SASL_SEC_FORWARD_SECRECY, &Properties::forward_secrecy, true}, Rule{SASL_SEC_MUTUAL_AUTH, &Properties::mutual_auth, true}}) {
        if (const auto noted = note(rule.flag, rule.property, rule.if_left); !noted) {
            return std::unexpected(noted.error());
        }
    }
    return all;
}

std::unique_ptr<CyrusLogin> make_cyrus_login(std::shared_ptr<const CyrusSettings> settings) { return std::make_unique<Login>(std::move(settings)); }

}  // namespace posthouse::sasl
