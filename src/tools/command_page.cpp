#include "tools/command_page.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "tools/postconf_options.hpp"

namespace posthouse::tools {

namespace {

constexpr CommandOption directory{"c", "folder", "The configuration is in this folder. Without it: $MAIL_CONFIG, else /etc/postfix."};
constexpr CommandOption verbose{"v", "", "Read and ignored: there is no more to be said."};
constexpr std::string_view queue_ids = "A queue ID, or - to read queue IDs from standard input, one a line, or ALL for all messages of the named queues.";

constexpr std::array postcat{
    CommandOption{"b", "", "Show the body, from the first line that is no header line."}, directory,
    CommandOption{"d", "", "Show the type of each record, the decimal number of Postfix's letter."},
    CommandOption{"e", "", "Show the envelope."},
    CommandOption{"h", "", "Show the header."},
    CommandOption{"o", "", "Show the offset of each record: where it would be in a queue file of Postfix."},
    CommandOption{"q", "", "Names are queue IDs and not files."},
    CommandOption{"r", "", "Read and ignored: there are no pointer records to follow."},
    CommandOption{"s", "offset", "Leave out the records before this offset."},
    CommandOption{"v", "", "Name the records of the content, too."}};

constexpr std::array postconf{
    CommandOption{"a", "", "List the kinds of SASL server plug-ins."},
    CommandOption{"A", "", "List the kinds of SASL client plug-ins."},
    CommandOption{"b", "", "Show the texts of notifications with all $names expanded: those of the file that is named, else of bounce_template_file, else the built-in ones."},
    directory,
    CommandOption{"C", "class", "Show only parameters of this class: builtin, service, user or all; more than one with commas."},
    CommandOption{"d", "", "Show defaults instead of what is set."},
    CommandOption{"e", "", "Change main.cf, or with -M, -F and -P master.cf: name=value. A first argument with = implies -e."},
    CommandOption{"f", "", "Fold long lines."},
    CommandOption{"F", "", "Show the columns of master.cf, service/type/column."},
    CommandOption{"h", "", "Show values without names."},
    CommandOption{"H", "", "Show names without values."},
    CommandOption{"l", "", "List the ways to lock mailboxes."},
    CommandOption{"m", "", "List the types of lookup tables."},
    CommandOption{"M", "", "Show the rows of master.cf, service/type."},
    CommandOption{"n", "", "Show only what main.cf sets, and warn of what nothing reads."},
    CommandOption{"o", "name=value", "A setting that wins over main.cf."},
    CommandOption{"p", "", "Show parameters of main.cf. This is the default."},
    CommandOption{"P", "", "Show the -o settings of master.cf, service/type/parameter."},
    CommandOption{"t", "", "Show the templates of notifications as bounce_template_file has them."},
    CommandOption{"T", "mode", "Show the version of OpenSSL that was compiled in (compile-version) or is in use (run-version), or the kinds of certificates (public-key-algorithms)."},
    verbose,
    CommandOption{"x", "", "Expand $names in values."},
    CommandOption{"X", "", "Remove parameters, with -M rows, with -P settings of rows."},
    CommandOption{"#", "", "Put # in front of parameters, with -M of rows."}};

constexpr std::array postfix{
    directory,
    CommandOption{"D", "", "Read and ignored, with a warning: there are no daemon processes to run under a debugger."},
    verbose};

constexpr std::array postlog{
    directory,
    CommandOption{"i", "", "Read and ignored: the process ID is always there."},
    CommandOption{"p", "priority", "info (the default), warn, error, fatal or panic."},
    CommandOption{"t", "tag", "The name at the beginning of the line instead of $syslog_name/postlog."},
    verbose};

constexpr std::array postmap{
    CommandOption{"b", "", "With -q -: standard input is a message; ask for each line of its body."}, directory,
    CommandOption{"d", "key", "Remove a key; - reads keys from standard input."},
    CommandOption{"f", "", "Do not fold keys to lower case."},
    CommandOption{"F", "", "Values are names of files, whose contents are stored as base64."},
    CommandOption{"h", "", "With -q -: standard input is a message; ask for each field of its header."},
    CommandOption{"i", "", "Add entries from standard input to what is there."},
    CommandOption{"m", "", "With -b or -h: read MIME; fields of parts are header fields, too."},
    CommandOption{"n", "", "Keys and values do not end in a NUL byte."},
    CommandOption{"N", "", "Keys and values end in a NUL byte. This is the default."},
    CommandOption{"o", "", "Stay root although somebody else owns the source file."},
    CommandOption{"p", "", "Do not give the new file the permissions of its source."},
    CommandOption{"q", "key", "Ask for a key; - reads keys from standard input."},
    CommandOption{"r", "", "Of two entries with one key the later counts, without a warning."},
    CommandOption{"s", "", "List all keys and values."},
    CommandOption{"u", "", "Keys are bytes: only ASCII letters have a case."},
    CommandOption{"U", "", "Keys are UTF-8, whatever smtputf8_enable says."},
    verbose,
    CommandOption{"w", "", "Of two entries with one key the earlier counts, without a warning."}};

constexpr std::array postalias{
    directory, CommandOption{"d", "key", "Remove a name; - reads names from standard input."},
    CommandOption{"f", "", "Do not fold names to lower case."},
    CommandOption{"i", "", "Add aliases from standard input to what is there."},
    CommandOption{"n", "", "Keys and values do not end in a NUL byte."},
    CommandOption{"N", "", "Keys and values end in a NUL byte. This is the default."},
    CommandOption{"o", "", "Stay root although somebody else owns the source file."},
    CommandOption{"p", "", "Do not give the new file the permissions of its source."},
    CommandOption{"q", "key", "Ask for a name; - reads names from standard input."},
    CommandOption{"r", "", "Of two aliases with one name the later counts, without a warning."},
    CommandOption{"s", "", "List all names and values."},
    CommandOption{"u", "", "Names are bytes: only ASCII letters have a case."},
    verbose,
    CommandOption{"w", "", "Of two aliases with one name the earlier counts, without a warning."},
    CommandOption{"W", "", "Read and ignored."}};

constexpr std::array postqueue{
    directory, CommandOption{"f", "", "Try all deferred mail now."},
    CommandOption{"i", "queue_id", "Try this deferred message now."},
    CommandOption{"j", "", "List the queue, one JSON object a line: queue_name, queue_id, arrival_time, message_size, forced_expire, sender, recipients with address and delay_reason."},
    CommandOption{"p", "", "List the queue for people. Behind a queue ID: * is being delivered, ! on hold, # expires at the next failure."},
    CommandOption{"s", "site", "Try all mail for this domain or [address] now."},
    verbose};

constexpr std::array postsuper{
    directory, CommandOption{"d", "queue_id", queue_ids},
    CommandOption{"e", "queue_id", "Expire: what the next attempt does not deliver goes back to its sender."},
    CommandOption{"f", "queue_id", "Expire, and release from hold."},
    CommandOption{"h", "queue_id", "Put on hold: not tried until it is released."},
    CommandOption{"H", "queue_id", "Release from hold."},
    CommandOption{"p", "", "Remove unfinished files in maildrop that are a week old."},
    CommandOption{"r", "queue_id", "Requeue: release and try now."},
    CommandOption{"s", "", "Read and ignored: the queue has no structure that could need repair."},
    CommandOption{"S", "", "As -s."},
    verbose};

constexpr std::array sendmail{
    CommandOption{"B", "type", "7BIT or 8BITMIME: what the body is."},
    CommandOption{"bd", "", "Start the mail system, as postfix start does. Also -bl."},
    CommandOption{"bi", "", "Make the alias databases, as newaliases does. Also -I."},
    CommandOption{"bm", "", "Read a message from standard input. This is the default."},
    CommandOption{"bp", "", "List the queue, as mailq does."},
    CommandOption{"bs", "", "Speak SMTP on standard input and output."},
    CommandOption{"bv", "", "Deliver nothing: ask what would become of mail for the recipients, and mail a report."},
    CommandOption{"C", "folder", "The configuration is in this folder, or this is its main.cf."},
    CommandOption{"F", "name", "The sender's full name, for a From field if there is none."},
    CommandOption{"f", "address", "The sender: where bounces go. Also -r."},
    CommandOption{"G", "", "The message comes from another system: its header is not completed."},
    CommandOption{"i", "", "A line with a single dot does not end the message. Also -oi."},
    CommandOption{"N", "when", "Notifications: never, or a list of success, failure, delay."},
    CommandOption{"oA", "database", "With -bi: the alias database to make."},
    CommandOption{"q", "", "Try all deferred mail now. With digits behind it: ignored."},
    CommandOption{"qI", "queue_id", "Try this deferred message now."},
    CommandOption{"qR", "site", "Try all mail for this site now."},
    CommandOption{"R", "what", "full or hdrs: what a bounce returns of the message."},
    CommandOption{"t", "", "Recipients are in the fields To, Cc and Bcc, besides those of the command line."},
    CommandOption{"v", "", "Mail a report of the first attempt."},
    CommandOption{"V", "id", "The envelope ID for notifications."},
    CommandOption{"XV", "", "Each recipient gets the message from a sender that names it. Two characters behind it stand in for default_verp_delimiters."}};

constexpr std::array pages{
    CommandPage{"postcat", "show a message of the queue", "[-bdehoqrv] [-c folder] [-s offset] [file or queue ID ...]",
                "postcat [-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] [-q (access queue)] [-v] [file(s)...]",
                "Prints messages as the records that a queue file of Postfix would have: envelope, content, what comes after it. Without -b, -e or -h all of it is shown.\n\n"
                "Mail that waits in maildrop is a file and can be named by its path; all other mail is in the queue's database and has its queue ID for a name, which may be the "
                "last part of a path. Without a name a maildrop file is read from standard input.",
                postcat, "1 if a message could not be shown.", ""},
    CommandPage{"postconf", "show and change main.cf and master.cf", "[options] [name ...] | [-MFPX#e] name=value ...", "",
                "Without names all parameters are shown. posthouse(1) help explains one, postconf(5) all of them.\n\n"
                "An edit keeps comments and order. A file is replaced in one step.",
                postconf, "1 after a fatal message, or an error in a configuration file.", ""},
    CommandPage{"postfix", "start, stop and look after the mail system", "[-Dv] [-c folder] command", "",
                "start runs the server in the background and returns when it serves. start-fg becomes the server. stop ends it: sessions are told, deliveries have five seconds. abort "
                "ends it at once; what was accepted is on disk. reload reads the configuration again; one with errors is refused. check reads the configuration and says what is wrong "
                "with it. status tells whether the server runs, where it listens and how it is guarded. upgrade lets the installed program take over from the one that runs: nobody who connects is refused. flush tries all deferred mail. logrotate renames maillog_file and begins a new one.\n\n"
                "set-permissions and upgrade-configuration have nothing to do: the server gives its folders their owners when it starts, and needs no rows that an older configuration "
                "lacks. Their name=value arguments change main.cf. There is no postfix tls.",
                postfix, "0; 1 if the command failed, and for status if the server does not run.", ""},
    CommandPage{"postlog", "write to the mail log", "[-iv] [-c folder] [-p priority] [-t tag] [text ...]", "postlog [-c config_dir] [-i] [-p priority] [-t tag] [-v] [text]",
                "Writes the text as one line to the log that the server writes. Without a text each line of standard input is one. On a terminal it is shown, too.", postlog,
                "1 after a fatal message.", ""},
    CommandPage{"postmap", "make and ask lookup tables", "[options] [type:]file ...", "postmap [-bfFhimnNoprsuUvw] [-c config_dir] [-d key] [-q key] [map_type:]file...",
                "Makes file.db or file.lmdb from file, in one step: readers see the old one or the new one. A line is a key, white space, a value; one that begins with white space "
                "goes on with the line before it; # begins a comment. Without a type default_database_type is meant.\n\nTypes that are files as they are can only be asked.",
                postmap, "1 if a key of -q or -d is not there, or after a fatal message.", ""},
    CommandPage{"postalias", "make and ask alias databases", "[options] [type:]file ...", "postalias [-Nfinoprsuvw] [-c config_dir] [-d key] [-q key] [map_type:]file...",
                "As postmap(1), for files of the form \"name: value, value\".", postalias, "1 if a key of -q or -d is not there, or after a fatal message.", ""},
    CommandPage{"postqueue", "list the queue and try deferred mail", "[-v] [-c folder] -f | -i queue_id | -j | -p | -s site",
                "postqueue -f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site",
                "For everybody. While the server is down only root sees the queue.", postqueue, "69 after a fatal message.", ""},
    CommandPage{"postsuper", "delete, hold, release, expire and requeue mail", "[-psSv] [-c folder] [-d|-e|-f|-h|-H|-r queue_id] ... [queue ...]",
                "postsuper [-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] [-H queue_id (un-hold)] "
                "[-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] [-S (redundant structure fix)][-v (verbose)] [queue...]",
                "For root. Works through the server, and on the queue itself while the server is down. Queues are active (or incoming), deferred, hold and maildrop; without one all are "
                "meant. What -d says about queue IDs holds for the other options.",
                postsuper, "1 after a fatal message; 0 also if there was no such message.", ""},
    CommandPage{"sendmail", "hand in a message", "[options] [recipient ...]", "",
                "Reads a message from standard input up to its end or a line with a single dot. The server takes it; while it is down the message waits in maildrop.\n\n"
                "Options of other sendmail programs that have no meaning here are read and ignored: -A, -h, -L, -m, -n, -O, -o, -U.",
                sendmail, "75 after a fatal message, whatever it is, so that a program keeps the message and tries again; else what postqueue(1) or postalias(1) say.", "mailq newaliases"},
};

}  // namespace

std::span<const CommandPage> command_pages() { return pages; }

const CommandPage& command_page(std::string_view name) {
    const auto found = std::find_if(pages.begin(), pages.end(), [name](const CommandPage& page) { return page.name == name; });
    PH_ASSERT(found != pages.end());
    return *found;
}

std::string option_letters(std::string_view name) {
    std::string out = "+";
    for (const CommandOption& option : command_page(name).options) {
        out.append(option.letter).append(option.argument.empty() ? "" : ":");
    }
    return out;
}

std::string usage_text(std::string_view name) { return "usage: " + std::string(command_page(name).usage); }

}  // namespace posthouse::tools
