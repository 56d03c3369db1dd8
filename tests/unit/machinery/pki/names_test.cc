#include "machinery/pki/names.h"

#include <openssl/x509v3.h>

#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

// The subject after its alternative names went through the extension.
CertificateSubject RoundTrip(const CertificateSubject& subject) {
  const auto extension = Get(WriteAlternativeNames(subject));
  const openssl::GeneralNamesHandle names(
      static_cast<GENERAL_NAMES*>(X509V3_EXT_d2i(extension.get())));
  CertificateSubject read;
  ReadAlternativeNames(names.get(), read);
  return read;
}

TEST(Names, AddressesComeBackInTheirCanonicalForm) {
  CertificateSubject subject;
  subject.ip_addresses = {"10.0.0.255", "0.0.0.0",         "::1",
                          "::",         "2001:0DB8::0001", "2001:db8:0:1:0:0:0:1",
                          "fe80::",     "1:2:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"};
  EXPECT_EQ(RoundTrip(subject).ip_addresses,
            (std::vector<std::string>{"10.0.0.255", "0.0.0.0", "::1", "::", "2001:db8::1",
                                      "2001:db8:0:1::1", "fe80::", "1:2:3:4:5:6:7:8",
                                      "1:0:3:4:5:6:7:8"}));
}

TEST(Names, TheExtensionIsCriticalOnlyWithoutASubject) {
  CertificateSubject subject;
  subject.dns_names = {"a"};
  EXPECT_EQ(X509_EXTENSION_get_critical(Get(WriteAlternativeNames(subject)).get()), 1);
  subject.organizations = {"x"};
  EXPECT_EQ(X509_EXTENSION_get_critical(Get(WriteAlternativeNames(subject)).get()), 0);
}

TEST(Names, NothingToSayIsNoExtension) {
  EXPECT_EQ(Get(WriteAlternativeNames(CertificateSubject{})), nullptr);
}

TEST(Names, TheLastCommonNameCounts) {
  const std::unique_ptr<X509_NAME, openssl::Deleter<X509_NAME_free>> name(X509_NAME_new());
  CertificateSubject subject;
  subject.common_name = "first";
  ASSERT_TRUE(WriteSubject(subject, name.get()).ok());
  subject.common_name = "last";
  ASSERT_TRUE(WriteSubject(subject, name.get()).ok());
  CertificateSubject read;
  ReadSubject(name.get(), read);
  EXPECT_EQ(read.common_name, "last");
}

}  // namespace
}  // namespace noizy
