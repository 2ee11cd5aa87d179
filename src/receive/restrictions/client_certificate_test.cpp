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

TEST_F(RestrictionTest, check_ccert_access_asks_for_the_certificate_then_for_its_key) {
    files.put("/certs", "AB:CD 550 5.7.0 lost laptop\n00:11 OK\n22:33 REJECT\n");
    Facts known = facts();
    EXPECT_EQ(evaluate("check_ccert_access texthash:/certs", known).kind, Kind::dunno);
    known.certificate_fingerprints = {"AB:CD", "00:11"};
    EXPECT_EQ(evaluate("check_ccert_access texthash:/certs", known).reply, "550 5.7.0 <client.example[127.0.0.9]>: Client certificate rejected: lost laptop");
    EXPECT_EQ(evaluate("check_ccert_access { texthash:/certs, { search_order = pubkey_fingerprint, cert_fingerprint } }", known).kind, Kind::permit);
    known.certificate_fingerprints = {"AB:CD", "99:99"};
    EXPECT_EQ(evaluate("check_ccert_access { texthash:/certs { search_order = pubkey_fingerprint } }", known).kind, Kind::dunno);
    known.certificate_fingerprints = {"99:99", "22:33"};
    EXPECT_EQ(evaluate("check_ccert_access texthash:/certs", known).reply, "554 5.7.1 <client.example[127.0.0.9]>: Client certificate rejected: Access denied");
    EXPECT_EQ(evaluate("check_ccert_access texthash:/missing", known).reply, "451 4.3.0 <client.example[127.0.0.9]>: Temporary lookup failure");
    for (const char* wrong : {"check_ccert_access { texthash:/certs { search_order = name } }", "check_ccert_access { texthash:/certs { search_order = } }",
                              "check_client_access { texthash:/certs { search_order = cert_fingerprint } }", "check_ccert_access certs", "check_ccert_access { texthash:/certs"}) {
        EXPECT_EQ(evaluate(wrong, known).reply, "451 4.3.5 Server configuration error") << wrong;
    }
}

}  // namespace posthouse::receive
