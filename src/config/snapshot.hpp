#pragma once
// Configuration: main.cf and master.cf of one directory, read once and never changed; a reload makes a new one.
#include "base/guarded.hpp"
#include "base/result.hpp"
#include "config/findings.hpp"
#include "config/main_cf.hpp"
#include "config/master_cf.hpp"
#include "config/system_facts.hpp"
#include "config/view.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthouse::config {

/// Reads a whole file; the real one is in os/.
using FileReader = std::function<base::Result<std::string>(const std::string& path)>;

struct LoadRequest {
    std::string directory = "/etc/postfix";
    FileReader reader;
    SystemFacts facts;
    std::vector<std::pair<std::string, std::string>> settings;  // of the command line; they win over main.cf
    std::string process_name = "posthouse";
};

class Configuration {
public:
    [[nodiscard]] const std::string& directory() const { return request_.directory; }
    [[nodiscard]] const MainCf& main_cf() const { return main_cf_; }
    [[nodiscard]] const std::vector<Service>& services() const { return services_; }
    /// What reading the two files found. check() finds more.
    [[nodiscard]] const Findings& findings() const { return findings_; }

    /// Whether both files say what those of `other` said.
    [[nodiscard]] bool says_the_same(const Configuration& other) const;

    /// main.cf alone.
    [[nodiscard]] const View& main() const { return main_view_; }
    /// main.cf with the service's overrides. Made once for each of our services; callable from every core.
    [[nodiscard]] View view(const Service& service) const;
    /// nullptr if master.cf has no such row.
    [[nodiscard]] const Service* service(std::string_view name, ServiceType type) const;
    /// The transport of this name (a unix row); nullptr if there is none.
    [[nodiscard]] const Service* transport(std::string_view name) const { return service(name, ServiceType::unix_stream); }

private:
    friend base::Result<std::shared_ptr<const Configuration>> load(LoadRequest request);

    LoadRequest request_;
    MainCf main_cf_;
    std::vector<Service> services_;
    Findings findings_;
    View main_view_;
    mutable base::Guarded<std::map<const Service*, View>> views_;  // of services_, made when first asked for
};

/// Fails only if a file cannot be read; bad lines are error findings, and whoever starts a server refuses to with those.
[[nodiscard]] base::Result<std::shared_ptr<const Configuration>> load(LoadRequest request);

}  // namespace posthouse::config
