#include "receive/restrictions/restriction_fixture_test.hpp"

namespace posthouse::receive {

using Kind = Verdict::Kind;

TEST_F(RestrictionTest, a_client_certificate_that_is_listed_may_relay) {
    files.put("/certs", "AB:CD laptop\n");
    main_cf = "relay_clientcerts = texthash:/certs\n";
    Facts known = facts();
    EXPECT_EQ(evaluate("permit_tls_clientcerts", known).kind, Kind::dunno);
    known.certificate_fingerprints = {"00:11", "AB:CD"};
    EXPECT_EQ(evaluate("permit_tls_clientcerts", known).kind, Kind::permit);
    known.certificate_fingerprints = {"00:11"};
    EXPECT_EQ(evaluate("permit_tls_clientcerts", known).kind, Kind::dunno);
    EXPECT_EQ(evaluate("permit_tls_all_clientcerts", known).kind, Kind::dunno);
    known.certificate_trusted = true;
    EXPECT_EQ(evaluate("permit_tls_all_clientcerts", known).kind, Kind::permit);
    main_cf = "relay_clientcerts = texthash:/missing\n";
    EXPECT_EQ(evaluate("permit_tls_clientcerts", known).reply, "451 4.3.0 <r@example.net>: Temporary lookup failure");
}

}  // namespace posthouse::receive
