// The driver of inference tasks: it makes a command of each, and has the driver of processes run
// it; other tasks it hands on as they are.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nodeagent/drivers/driver.h"
#include "nodeagent/inference/model_catalog.h"

namespace noizy::nodeagent {

/// Offered where there is a model.
inline constexpr std::string_view kInferenceType = "ai_inference";
/// Before a model's name, as a capability.
inline constexpr std::string_view kModelPrefix = "model/";

class InferenceDriver final : public Driver {
 public:
  /// `processes` and `catalog` outlive the driver. `command` asks the model; the attempt's folder
  /// is appended.
  InferenceDriver(Driver& processes, ModelCatalog& catalog, std::vector<std::string> command)
      : processes_(processes), catalog_(catalog), command_(std::move(command)) {}

  DriverFingerprint Fingerprint() override;
  Result<std::shared_ptr<DriverTask>> Start(const TaskConfig& config, TaskEvents events) override;
  Result<std::shared_ptr<DriverTask>> Recover(const std::string& folder,
                                              TaskEvents events) override {
    return processes_.Recover(folder, std::move(events));
  }

 private:
  TaskConfig CommandFor(const TaskConfig& config, const ModelServer& server) const;

  Driver& processes_;
  ModelCatalog& catalog_;
  const std::vector<std::string> command_;
};

}  // namespace noizy::nodeagent
