// The second loop: keeps the private key of the issuance under way in a Secret of its own, until
// the issuance is over.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "controllers/certificate/surroundings.h"
#include "machinery/client/client.h"
#include "machinery/controller/controller.h"
#include "machinery/controller/reconciler.h"

namespace noizy::certificate {

enum class KeyPlan : std::uint8_t { kNothing, kGenerate, kReuse, kDiscard };

/// Pure. `around.certificate` is there. With rotationPolicy Never, a key that is still of the kind
/// asked for is used again.
KeyPlan DecideNextKey(const Surroundings& around);

/// GenerateKey, or a test's.
using KeyMaker = std::function<Result<std::string>(const KeySpec&)>;

/// Writes and deletes Secrets named noizy-next-key-UID. The context outlives it; executor thread
/// only.
class NextKeyReconciler final : public Reconciler {
 public:
  NextKeyReconciler(const ControllerContext& context, KeyMaker make);
  std::string_view name() const override { return "certificate-key"; }
  Result<Requeue> Reconcile(const ObjectKey& key) override;

 private:
  Result<std::string> NextKey(const Surroundings& around, KeyPlan plan) const;

  const Client& client_;
  Gatherer gatherer_;
  KeyMaker make_;
};

}  // namespace noizy::certificate
