#include "machinery/pki/digested_file.h"

#include <openssl/evp.h>

#include <array>

#include "machinery/os/files.h"
#include "machinery/os/sync_file.h"
#include "machinery/pki/hex.h"
#include "machinery/pki/openssl_handles.h"
#include "machinery/pki/pki.h"

namespace noizy {

struct DigestedFile::Digest {
  std::unique_ptr<EVP_MD_CTX, openssl::Deleter<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
};

DigestedFile::DigestedFile(UniqueFd fd, std::unique_ptr<Digest> digest)
    : fd_(std::move(fd)), digest_(std::move(digest)) {}
DigestedFile::DigestedFile(DigestedFile&&) noexcept = default;
DigestedFile& DigestedFile::operator=(DigestedFile&&) noexcept = default;
DigestedFile::~DigestedFile() = default;

Result<DigestedFile> DigestedFile::Create(const std::string& path) {
  NOIZY_RETURN_IF_ERROR(RemoveTree(path));
  NOIZY_ASSIGN_OR_RETURN(UniqueFd fd, OpenToAppend(path));
  auto digest = std::make_unique<Digest>();
  if (EVP_DigestInit_ex(digest->context.get(), EVP_sha256(), nullptr) != 1)
    return openssl::ErrorFromQueue("cannot begin a SHA-256");
  return DigestedFile(std::move(fd), std::move(digest));
}

Status DigestedFile::Append(std::string_view bytes) {
  NOIZY_RETURN_IF_ERROR(WriteAll(fd_.get(), bytes));
  if (EVP_DigestUpdate(digest_->context.get(), bytes.data(), bytes.size()) != 1)
    return openssl::ErrorFromQueue("cannot take a SHA-256");
  size_ += static_cast<std::int64_t>(bytes.size());
  return Status::Ok();
}

Result<std::string> DigestedFile::Finish() {
  constexpr std::size_t kDigestBytes = 32;
  std::array<char, kDigestBytes> digest{};
  NOIZY_RETURN_IF_ERROR(SyncFile(fd_.get()));
  if (EVP_DigestFinal_ex(digest_->context.get(), reinterpret_cast<unsigned char*>(digest.data()),
                         nullptr) != 1)
    return openssl::ErrorFromQueue("cannot end a SHA-256");
  return Hex({digest.data(), digest.size()});
}

}  // namespace noizy
