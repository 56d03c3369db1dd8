#include "machinery/pki/openssl_handles.h"

#include <openssl/err.h>

#include "tests/unit/machinery/pki/pki_fixture.h"

namespace noizy {
namespace {

TEST(OpensslHandles, ErrorsAreTakenFromTheQueueWhichIsEmptiedThen) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_X509, X509_R_BAD_X509_FILETYPE);
  ERR_raise(ERR_LIB_X509, X509_R_CERT_ALREADY_IN_HASH_TABLE);
  const Status status = openssl::ErrorFromQueue("doing");
  EXPECT_EQ(status.reason(), StatusReason::kInternalError);
  EXPECT_EQ(status.message(), "doing: bad x509 filetype");
  EXPECT_EQ(ERR_peek_error(), 0U);
  EXPECT_EQ(openssl::InputErrorFromQueue("reading").message(), "reading: no reason given");
}

TEST(OpensslHandles, BiosGiveBackWhatWentIn) {
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  EXPECT_EQ(openssl::TextOf(bio.get()), "");
  BIO_write(bio.get(), "a\0b", 3);
  EXPECT_EQ(openssl::TextOf(bio.get()), std::string("a\0b", 3));
  EXPECT_NE(openssl::ReadBio({}), nullptr);
}

TEST(OpensslHandles, CertificatesKeepTheirOrderAmongOtherBlocks) {
  const CertificateAuthority a = NewAuthority("a"), b = NewAuthority("b");
  const auto read =
      Get(openssl::ReadCertificates(a.certificate_pem + a.private_key_pem + b.certificate_pem));
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(Get(openssl::CertificatePem(read[0].get())), a.certificate_pem);
  EXPECT_EQ(Get(openssl::CertificatePem(read[1].get())), b.certificate_pem);
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace noizy
