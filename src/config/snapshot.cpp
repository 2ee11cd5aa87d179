#include "config/snapshot.hpp"

#include "config/expansion.hpp"

#include <algorithm>

namespace posthouse::config {

View Configuration::view(const Service& service) const {
    if (service.overrides.empty() && main_view_.text("service_name") == service.name) {
        return main_view_;
    }
    // A thousand values are worked out for a view, and every core and every look at the certificates asks for it.
    const bool ours = std::any_of(services_.begin(), services_.end(), [&service](const Service& s) { return &s == &service; });
    if (ours) {
        const auto made = views_.with([&service](const auto& views) {
            const auto found = views.find(&service);
            return found == views.end() ? std::nullopt : std::optional(found->second);
        });
        if (made) {
            return *made;
        }
    }
    View view({.main_cf = main_cf_,
               .overrides = service.overrides,
               .facts = request_.facts,
               .directory = request_.directory,
               .service_name = service.name,
               .process_name = service.command});
    if (ours) {
        views_.with([&](auto& views) { views.emplace(&service, view); });
    }
    return view;
}

bool Configuration::says_the_same(const Configuration& other) const {
    const auto same_setting = [](const auto& a, const auto& b) { return a.first == b.first && a.second.value == b.second.value; };
    const auto same_row = [](const Service& a, const Service& b) { return a.columns == b.columns && a.words == b.words; };
    const auto &mine = main_cf_.settings(), &theirs = other.main_cf_.settings();
    return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(), same_setting) &&
           std::equal(services_.begin(), services_.end(), other.services_.begin(), other.services_.end(), same_row);
}

const Service* Configuration::service(std::string_view name, ServiceType type) const {
    const auto found =
        std::find_if(services_.begin(), services_.end(), [&](const Service& s) { return s.name == name && s.type == type; });
    return found == services_.end() ? nullptr : &*found;
}

base::Result<std::shared_ptr<const Configuration>> load(LoadRequest request) {
    auto configuration = std::make_shared<Configuration>();
    while (request.directory.size() > 1 && request.directory.ends_with('/')) {
        request.directory.pop_back();
    }
    const std::string main_file = request.directory + "/main.cf";
    const std::string master_file = request.directory + "/master.cf";
    const base::Result<std::string> main_text = request.reader(main_file);
    if (!main_text) {
        return base::fail(main_text.error(), "read " + main_file);
    }
    const base::Result<std::string> master_text = request.reader(master_file);
    if (!master_text) {
        return base::fail(master_text.error(), "read " + master_file);
    }
    configuration->main_cf_ = MainCf::parse(*main_text, main_file, configuration->findings_);
    for (const auto& [name, value] : request.settings) {
        configuration->main_cf_.set(name, value);
    }
    configuration->services_ = parse_master_cf(*master_text, master_file, configuration->findings_);
    configuration->main_view_ = View({.main_cf = configuration->main_cf_,
                                      .overrides = {},
                                      .facts = request.facts,
                                      .directory = request.directory,
                                      .service_name = {},
                                      .process_name = request.process_name});
    // Only an explicit old level makes "-" in the chroot column mean yes.
    if (compare_levels(configuration->main_view_.text("compatibility_level"), "1") < 0) {
        for (Service& service : configuration->services_) {
            service.chroot = service.chroot || service.columns[4] == "-";
        }
    }
    configuration->request_ = std::move(request);
    return configuration;
}

}  // namespace posthouse::config
