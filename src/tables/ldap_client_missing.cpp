// Of builds without libldap.
#include "tables/ldap.hpp"

namespace posthouse::tables {

base::Result<BlockingClients::Make> make_ldap_clients(std::shared_ptr<const QueryRules> rules, LdapSettings) {
    return base::fail(base::ErrorKind::invalid, rules->table + ": this program was built without libldap");
}

}  // namespace posthouse::tables
