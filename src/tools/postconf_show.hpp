#pragma once
// How postconf(1) shows the parameters of main.cf.
#include "config/snapshot.hpp"
#include "tools/postconf.hpp"
#include "tools/postconf_options.hpp"

namespace posthouse::tools {

/// The names that are asked for, or all that -C, -d and -n let through, in ASCII order.
void show_parameters(const config::Configuration& configuration, const PostconfOptions& options, PostconfOutput& output);

/// -x came to a macro that is none: the last line of the output.
void malformed_macro(PostconfOutput& output, const config::Setting* place, std::string_view name, std::string_view why);

}  // namespace posthouse::tools
