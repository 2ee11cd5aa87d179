#pragma once
// The Router door: from an address to a transport and a nexthop, and whether a recipient exists.
#include <string>
#include <vector>

#include "mail/envelope.hpp"
#include "world/task.hpp"

namespace posthouse::mail {

enum class AddressClass : std::uint8_t { local, virtual_alias, virtual_mailbox, relay, default_class };

struct Route {
    enum class State : std::uint8_t {
        found,
        unknown,  // a table could not answer: defer
        error,    // mail for it cannot be routed: `reason` with its status
    } state = State::unknown;
    AddressClass address_class = AddressClass::default_class;
    std::string transport;  // a master.cf service name: "smtp", "error"
    std::string nexthop;    // "[127.0.0.1]:587", "example.net"; for error and discard: their text
    std::string recipient;  // the address to deliver to
    std::string status;     // for error and unknown: enhanced status code
    std::string reason;
};

/// Whether mail for a recipient would be accepted at all (reject_unlisted_recipient).
struct Validation {
    enum class State : std::uint8_t { known, absent, unknown } state = State::known;
    AddressClass address_class = AddressClass::default_class;
    std::string status;  // if absent: "5.1.1", or what an error: or retry: entry says
    std::string reason;  // "User unknown in local recipient table"
};

/// What a recipient stands for, virtual(5).
struct Expansion {
    enum class State : std::uint8_t {
        done,
        unknown,   // a table could not answer: `reason`
        too_much,  // virtual_alias_expansion_limit and its kin: `reason`
    } state = State::done;
    std::vector<std::string> addresses;  // if done: at least one
    std::string reason;
};

class Router {
public:
    virtual ~Router() = default;
    virtual world::Task<Route> resolve(std::string recipient, ReversePath reverse_path) = 0;
    /// resolve() for a probe of address verification, which may go other ways than mail (address_verify_…_transport).
    virtual world::Task<Route> resolve_probe(std::string recipient, ReversePath reverse_path) { return resolve(std::move(recipient), std::move(reverse_path)); }
    virtual world::Task<Validation> validate(std::string recipient) = 0;
    /// Whether there are aliases at all: without them nobody needs to ask.
    [[nodiscard]] virtual bool has_aliases() const { return false; }
    /// The addresses that a recipient stands for by virtual_alias_maps.
    virtual world::Task<Expansion> expand(std::string recipient) const {
        Expansion itself;
        itself.addresses.push_back(std::move(recipient));
        co_return itself;
    }
    /// trivial-rewrite(8) for an envelope address: completes, swaps bang paths, drops a trailing dot.
    [[nodiscard]] virtual std::string rewrite(std::string address) const = 0;
    /// Domain of ours or not, for reject_unauth_destination: local, virtual and relay domains are.
    virtual world::Task<Route> classify(std::string recipient) = 0;
};

}  // namespace posthouse::mail
