#pragma once
// What postconf(1) says of the program and not of a configuration: table types, lock types, SASL, TLS; and notification texts.
#include "config/snapshot.hpp"
#include "tools/postconf.hpp"
#include "tools/postconf_options.hpp"

namespace posthouse::tools {

/// -m, -l, -a, -A, -T.
void show_built_in(const PostconfOptions& options, PostconfOutput& output);

/// -t: templates as bounce(5) writes them; -b: their texts with all $names expanded. Those of the file that the command line names,
/// else of bounce_template_file, else the built-in ones.
void show_templates(const config::View& view, const PostconfOptions& options, PostconfOutput& output);

}  // namespace posthouse::tools
