#include "tools/manual.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

#include "base/format.hpp"
#include "base/text.hpp"
#include "config/view.hpp"
#include "tools/command_page.hpp"
#include "tools/parameter_words.hpp"

namespace posthouse::tools {

namespace {

/// Text as man(7) wants it.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (out.empty() && (c == '.' || c == '\'')) {
            out += "\\&";
        }
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : c == '~' ? "\\(ti" : c == '^' ? "\\(ha" : c == '`' ? "\\(ga" : std::string(1, c);
    }
    return out;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string title(std::string_view name, int section, std::string_view purpose) {
    return base::format(".\\\" Made by \"posthouse help\" from the program's own tables.\n.TH {} {} \"\" \"Posthouse\" \"Posthouse\"\n.ad l\n.SH NAME\n{} \\- {}\n",
                        plain(base::upper(name)), section, plain(name), plain(purpose));
}

std::string paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        out += (out.empty() ? "" : ".PP\n") + plain(text.substr(0, end)) + "\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    }
    return out;
}

std::string see_also(std::string_view without) {
    std::string out = ".SH SEE ALSO\n";
    for (const CommandPage& page : command_pages()) {
        out += page.name == without ? "" : bold(page.name) + "(1), ";
    }
    return out + (without == "posthouse" ? "" : bold("posthouse") + "(1), ") + bold("postconf") + "(5)\n";
}

std::string command_text(const CommandPage& page) {
    std::string out = title(page.name, 1, page.purpose);
    base::append_format(out, ".SH SYNOPSIS\n{} {}\n.SH DESCRIPTION\n{}.SH OPTIONS\n", bold(page.name), plain(page.synopsis), paragraphs(page.description));
    for (const CommandOption& option : page.options) {
        const std::string argument = option.argument.empty() ? std::string() : (option.letter.size() > 1 ? "" : " ") + italic(option.argument);
        base::append_format(out, ".TP\n{}{}\n{}\n", bold("-" + std::string(option.letter)), argument, plain(option.text));
    }
    base::append_format(out, ".SH EXIT STATUS\n{}\n.SH ENVIRONMENT\n.TP\n{}\nThe folder of main.cf and master.cf.\n", plain(page.status), bold("MAIL_CONFIG"));
    return out + see_also(page.name);
}

std::string server_text() {
    std::string out = title("posthouse", 1, "an SMTP relay that reads Postfix's configuration");
    base::append_format(out, ".SH SYNOPSIS\n{0} [{1} folder] [name=value ...]\n.br\n{0} help parameter ...\n.br\n{0} help {2} page\n.br\n{0} explain {3} address[=name] {4} address {5} address ...\n.br\n{0} command ...\n", bold("posthouse"), bold("-c"), bold("--man"), bold("--client"), bold("--sender"), bold("--recipient"));
    out += ".SH DESCRIPTION\n" +
           paragraphs("Serves in the foreground until SIGTERM, with the main.cf and master.cf of the folder. A name=value argument is a setting that wins over main.cf.\n\n"
                      "help explains a parameter; with --man it writes a page of this manual, with --man-pages FOLDER all of them. A command is one of the tools below, or of postfix(1).\n\n"
                      "explain evaluates the access lists of smtpd for a session that nobody has and prints each step and the reply: the client's address, its name unless the DNS is to say it, the "
                      "sender and the recipient; with --helo, --sasl USER, --service ROW and -c FOLDER. Nothing is delivered or written.\n\n"
                      "SIGHUP reads the configuration again, as postfix reload does.");
    return out + see_also("posthouse");
}

std::string parameter_entry(const config::Parameter& parameter) {
    std::string out = ".TP\n" + bold(parameter.name);
    if (parameter.origin != config::Origin::other) {
        out += " (default: " + (parameter.default_text.empty() ? "empty" : plain(parameter.default_text)) + ")";
    }
    base::append_format(out, "\n{}\n.br\n{}{}; {}.{}\n", plain(parameter.sentence), plain(type_text(parameter.type)), plain(unit_text(parameter.unit)), plain(status_text(parameter.status)),
                        parameter.origin == config::Origin::own ? " Not in Postfix." : parameter.origin == config::Origin::other ? " Of other releases of Postfix." : "");
    return out;
}

std::string parameters_text() {
    std::string out = title("postconf", 5, "parameters of main.cf");
    out += ".SH DESCRIPTION\n" +
           paragraphs("main.cf has lines \"name = value\". A line that begins with white space goes on with the one before; # begins a comment. $name, ${name}, ${name?text} and ${name:text} "
                      "stand for other values, $$ for a dollar sign. Of two lines with one name the last counts, with a warning.\n\n"
                      "Rows of master.cf set parameters for one service: -o name=value.\n\n"
                      "Each entry says what the parameter is for, its type, and whether this server does what it asks. A parameter that is not supported gives a warning when it is set, or "
                      "keeps the server from starting where ignoring it would be dangerous.");
    out += ".SH PARAMETERS\n";
    std::map<std::string_view, const config::Parameter*> sorted;
    for (const config::Parameter& parameter : config::all_parameters()) {
        sorted.emplace(parameter.name, &parameter);
    }
    for (const auto& [name, parameter] : sorted) {
        out += parameter_entry(*parameter);
    }
    out += ".SH PARAMETERS OF TRANSPORTS\n" + paragraphs("Each transport of master.cf has these, with its name and an underscore in front. Where one is not set, the parameter that is named here counts.");
    for (const std::string_view suffix : config::transport_suffixes()) {
        base::append_format(out, ".TP\n{}{}\n{}\n", italic("transport"), bold("_" + std::string(suffix)), plain("$" + config::transport_default_name(suffix).value_or("")));
    }
    return out + see_also("");
}

}  // namespace

std::vector<ManualPage> manual_pages() {
    std::vector<ManualPage> out{{"man1/posthouse.1", server_text()}, {"man5/postconf.5", parameters_text()}, {"man5/main.cf.5", ".so man5/postconf.5\n"}};
    for (const CommandPage& page : command_pages()) {
        out.push_back({base::format("man1/{}.1", page.name), command_text(page)});
        for (const std::string_view other : base::split_words(page.other_names)) {
            out.push_back({base::format("man1/{}.1", other), base::format(".so man1/{}.1\n", page.name)});
        }
    }
    return out;
}

int manual_main(std::string_view what, const std::string& argument) {
    const std::vector<ManualPage> pages = manual_pages();
    if (what == "--man") {
        for (const ManualPage& page : pages) {
            const std::string name = page.file.substr(5);
            if (name == argument || name.substr(0, name.rfind('.')) == argument) {
                std::cout << page.text;
                return 0;
            }
        }
        std::cerr << "posthouse: there is no manual page " << argument << '\n';
        return 1;
    }
    for (const ManualPage& page : pages) {
        const std::filesystem::path path = std::filesystem::path(argument) / page.file;
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file << page.text;
        file.close();
        if (!file) {
            std::cerr << "posthouse: cannot write " << path.string() << '\n';
            return 1;
        }
    }
    return 0;
}

}  // namespace posthouse::tools
