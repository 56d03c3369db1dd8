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

TEST(OpensslHandles, WhatWasReadOfLateIsShared) {
  const CertificateAuthority a = NewAuthority("a"), b = NewAuthority("b");
  const auto first = Get(openssl::ReadCertificates(a.certificate_pem));
  const auto again = Get(openssl::ReadCertificates(b.certificate_pem + a.certificate_pem));
  EXPECT_EQ(first[0].get(), again[1].get());
  EXPECT_NE(first[0].get(), again[0].get());
  const openssl::Key key = Get(openssl::ReadPrivateKey(a.private_key_pem));
  EXPECT_EQ(key.get(), Get(openssl::ReadPrivateKey(a.private_key_pem)).get());
  EXPECT_NE(key.get(), Get(openssl::ReadPrivateKey(b.private_key_pem)).get());
}

TEST(OpensslHandles, BrokenBlocksAreRefusedEachTime) {
  std::string broken = NewAuthority("a").certificate_pem;
  broken.erase(broken.find("MI") + 40, 160);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(openssl::ReadCertificates(broken).status().reason(), StatusReason::kBadRequest);
    EXPECT_EQ(openssl::ReadPrivateKey(broken).status().reason(), StatusReason::kBadRequest);
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

}  // namespace
}  // namespace noizy
