#include "machinery/pki/keys.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "machinery/pki/memo.h"

namespace noizy {
namespace {

struct Curve {
  int size;
  int nid;
  const char* group;  // OpenSSL's name
};
constexpr std::array<Curve, 3> kCurves = {{{256, NID_X9_62_prime256v1, "prime256v1"},
                                           {384, NID_secp384r1, "secp384r1"},
                                           {521, NID_secp521r1, "secp521r1"}}};

// Below: NIST SP 800-57 calls it broken. Above: verifying costs a stranger's guest seconds of our
// CPU.
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

openssl::KeyContext NewContext(const char* algorithm) {
  openssl::KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  if (context && EVP_PKEY_keygen_init(context.get()) != 1) context.reset();
  return context;
}

Result<openssl::Key> Generate(openssl::KeyContext context) {
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_generate(context.get(), &key) != 1) {
    return openssl::ErrorFromQueue("could not generate a key");
  }
  return openssl::Key(key);
}

Result<openssl::Key> GenerateEcdsa(int size) {
  for (const Curve& curve : kCurves) {
    if (curve.size != size) continue;
    openssl::KeyContext context = NewContext("EC");
    if (context) EVP_PKEY_CTX_set_group_name(context.get(), curve.group);
    return Generate(std::move(context));
  }
  return BadRequest("ECDSA keys have 256, 384 or 521 bits, not " + std::to_string(size));
}

Result<openssl::Key> GenerateRsa(int size) {
  if (size != 2048 && size != 3072 && size != 4096) {
    return BadRequest("RSA keys have 2048, 3072 or 4096 bits, not " + std::to_string(size));
  }
  openssl::KeyContext context = NewContext("RSA");
  if (context) EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), size);
  return Generate(std::move(context));
}

Result<openssl::Key> GenerateBySpec(const KeySpec& spec) {
  switch (spec.algorithm) {
    case KeyAlgorithm::kEcdsa:
      return GenerateEcdsa(spec.size);
    case KeyAlgorithm::kRsa:
      return GenerateRsa(spec.size);
    case KeyAlgorithm::kEd25519:
      return Generate(NewContext("ED25519"));
  }
  return BadRequest("unknown key algorithm");
}

Result<KeySpec> EcdsaSpecOf(EVP_PKEY* key) {
  std::array<char, 80> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1) {
    const int nid = OBJ_txt2nid(group.data());
    for (const Curve& curve : kCurves) {
      if (curve.nid == nid) return KeySpec{KeyAlgorithm::kEcdsa, curve.size};
    }
  }
  return BadRequest("ECDSA keys must be on P-256, P-384 or P-521");
}

// What can be told of a private key.
struct KeyFacts {
  Result<KeySpec> spec;
  std::string public_key_der;
};

Result<KeyFacts> FactsOf(std::string_view private_key_pem) {
  static Memo<KeyFacts> known(kTextsRemembered);
  return known.Of(private_key_pem, [](std::string_view pem) -> Result<KeyFacts> {
    NOIZY_ASSIGN_OR_RETURN(const openssl::Key key, openssl::ReadPrivateKey(pem));
    NOIZY_ASSIGN_OR_RETURN(std::string public_key, openssl::PublicKeyDer(key.get()));
    return KeyFacts{KeySpecOf(key.get()), std::move(public_key)};
  });
}

}  // namespace

Result<KeySpec> KeySpecOf(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_EC:
      return EcdsaSpecOf(key);
    case EVP_PKEY_RSA:
      if (bits < kMinRsaBits || bits > kMaxRsaBits) {
        return BadRequest("RSA keys must have 2048 to 8192 bits, not " + std::to_string(bits));
      }
      return KeySpec{KeyAlgorithm::kRsa, bits};
    case EVP_PKEY_ED25519:
      return KeySpec{KeyAlgorithm::kEd25519, bits};
    default:
      return BadRequest("keys must be ECDSA, RSA or Ed25519");
  }
}

const EVP_MD* SigningDigest(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_ED25519:
      return nullptr;
    case EVP_PKEY_EC: {
      const int bits = EVP_PKEY_get_bits(key);
      if (bits > 384) return EVP_sha512();
      return bits > 256 ? EVP_sha384() : EVP_sha256();
    }
    default:
      return EVP_sha256();
  }
}

Result<std::string> PrivateKeyPem(EVP_PKEY* key) {
  const openssl::Bio bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl::ErrorFromQueue("could not write a private key");
  }
  return openssl::TextOf(bio.get());
}

Result<std::string> GenerateKey(const KeySpec& spec) {
  NOIZY_ASSIGN_OR_RETURN(const openssl::Key key, GenerateBySpec(spec));
  NOIZY_ASSIGN_OR_RETURN(std::string pem, PrivateKeyPem(key.get()));
  // Its own request and certificate come next.
  openssl::RememberPrivateKey(pem, key);
  return pem;
}

Result<KeySpec> KeySpecOfPem(std::string_view private_key_pem) {
  NOIZY_ASSIGN_OR_RETURN(const KeyFacts facts, FactsOf(private_key_pem));
  return facts.spec;
}

Result<std::string> PublicKeyOf(std::string_view private_key_pem) {
  NOIZY_ASSIGN_OR_RETURN(const KeyFacts facts, FactsOf(private_key_pem));
  return facts.public_key_der;
}

}  // namespace noizy
