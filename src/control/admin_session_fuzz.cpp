// Any bytes on the control socket, at the door of every local user and at the administrators': answers are lines of records,
// what is taken has no control bytes in its envelope and CRLF lines as content, and strangers change nothing.
#include "base/assert.hpp"
#include "base/text.hpp"
#include "control/fakes_for_test.hpp"
#include "mail/record.hpp"

using namespace posthouse;
namespace fakes = posthouse::control::testing;
using posthouse::control::AdminCallbacks;
using posthouse::control::AdminServer;
using posthouse::control::Door;

namespace {

struct Rig {
    fakes::NoExecutor executor;
    fakes::FixedClock clock;
    fakes::NoNetwork network;
    fakes::NoResolver resolver;
    fakes::NoRandom random;
    world::Core core{0, executor, clock, network, resolver, random};
    fakes::ListQueue queue;
    fakes::StringIntake intake;
    fakes::EventText events;
    AdminCallbacks callbacks;

    std::string talk(std::string input, Door door) {
        queue.add(0x1000000, mail::QueueName::deferred, "x@example.net");
        std::string output;
        AdminServer server({core, queue, intake, events, callbacks}, "/q");
        world::TaskGroup group;
        group.spawn(server.serve(std::make_unique<fakes::ScriptedStream>(std::move(input), output), door));
        PH_ASSERT(group.size() == 0);
        return output;
    }
};

bool has_control(std::string_view text) { return std::any_of(text.begin(), text.end(), base::is_control); }

void check_taken(const fakes::StringIntake::Taken& taken) {
    PH_ASSERT(!has_control(taken.envelope.reverse_path.address()) && !has_control(taken.envelope.envelope_id));
    for (const mail::Recipient& recipient : taken.envelope.recipients) {
        PH_ASSERT(!recipient.address.empty() && !has_control(recipient.address));
    }
    for (std::size_t i = 0; i < taken.content.size(); ++i) {
        PH_ASSERT(taken.content[i] != '\n' || (i > 0 && taken.content[i - 1] == '\r'));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    for (const Door door : {Door::everyone, Door::administrator}) {
        Rig rig;
        const std::string output = rig.talk(input, door);
        PH_ASSERT(output.empty() || output.ends_with('\n') || door == Door::administrator);
        for (const auto& taken : rig.intake.taken) {
            check_taken(*taken);
        }
        if (door == Door::everyone) {
            PH_ASSERT(rig.queue.messages.size() == 1 && rig.queue.messages[0].queue == mail::QueueName::deferred);
            for (const std::string_view line : base::split_fields(output, '\n')) {
                PH_ASSERT(line.empty() || mail::decode_record(line).has_value());
            }
        }
    }
    return 0;
}
