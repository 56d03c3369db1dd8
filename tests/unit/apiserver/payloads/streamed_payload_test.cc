#include "apiserver/payloads/streamed_payload.h"

#include <gtest/gtest.h>

#include "machinery/pki/pki.h"

namespace noizy::apiserver {
namespace {

TEST(StreamedPayload, AProofIsReadBackAndNoOtherValueIs) {
  const std::string digest = Sha256Hex("bytes");
  const std::string proof = ProveStreamed(digest);
  EXPECT_EQ(ReadStreamed(proof).ValueOr("none"), digest);
  EXPECT_EQ(ReadStreamed("").ValueOr("none"), "");
  std::string other = proof;
  other.replace(0, digest.size(), Sha256Hex("other bytes"));
  for (const std::string& forged : {digest, digest + " ", other, proof + "0", std::string(" ")}) {
    EXPECT_EQ(ReadStreamed(forged).status().reason(), StatusReason::kForbidden) << forged;
  }
}

}  // namespace
}  // namespace noizy::apiserver
