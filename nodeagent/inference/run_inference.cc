#include "nodeagent/inference/run_inference.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "machinery/model/chat_stream.h"
#include "machinery/os/fd.h"
#include "nodeagent/drivers/task_state.h"
#include "nodeagent/inference/inference_request.h"

namespace noizy::nodeagent {
namespace {

constexpr int kUsage = 2;
constexpr int kStandardOutput = 1;
// As the schema has it.
constexpr std::size_t kMaxPayloadBytes = std::size_t{1} << 20;

Result<std::string> ReadPayload() {
  std::string payload;
  std::array<char, 65536> buffer{};
  while (payload.size() <= kMaxPayloadBytes) {
    NOIZY_ASSIGN_OR_RETURN(const std::size_t got, ReadSome(kStandardInput, buffer));
    if (got == 0) return payload;
    payload.append(buffer.data(), got);
  }
  return BadRequest("the payload is larger than 1 MiB");
}

Result<InferenceRequest> Prepare(const std::string& folder) {
  NOIZY_ASSIGN_OR_RETURN(InferenceRequest request, ReadInferenceRequest(folder));
  NOIZY_ASSIGN_OR_RETURN(const std::string payload, ReadPayload());
  NOIZY_RETURN_IF_ERROR(AddPayload(payload, request.chat));
  return request;
}

model::Provider ProviderOf(const InferenceRequest& request) {
  model::Provider provider;
  provider.name = "model server";
  provider.api = "openai";
  provider.base_url = request.server_url;
  provider.model = request.model;
  const char* key = std::getenv(std::string(kModelServerKey).c_str());
  if (key != nullptr) provider.api_key = key;
  return provider;
}

std::optional<ModelUsage> UsageOf(const model::TokenUsage& counted, Duration took) {
  if (counted == model::TokenUsage{}) return std::nullopt;
  const double seconds = std::chrono::duration<double>(took).count();
  return ModelUsage{counted.input, counted.output,
                    seconds > 0 ? static_cast<double>(counted.output) / seconds : 0};
}

// Ends with the answer or a fault. Whoever supervises keeps the time: it kills this process.
model::StreamedChat Ask(HttpTransport& transport, const InferenceRequest& request) {
  Status written;
  model::StreamOptions options;
  options.on_text = [&](std::string_view text) {
    if (written.ok()) written = WriteAll(kStandardOutput, text);
  };
  options.cancelled = [&] { return !written.ok(); };
  return model::StreamChat(transport, ProviderOf(request), request.chat, options,
                           RealClock::Instance());
}

int Fail(const std::string& folder, TaskOutcome outcome, int code) {
  std::fprintf(stderr, "[noizy: %s: %s]\n", outcome.reason.c_str(), outcome.message.c_str());
  (void)WriteTaskOutcome(folder, outcome);
  return code;
}

int Conclude(const std::string& folder, const InferenceRequest& request,
             const model::StreamedChat& chat, Duration took) {
  TaskOutcome outcome;
  outcome.usage = UsageOf(chat.answer.usage, took);
  // What was asked for, no more: the text stands.
  const bool cut = chat.error && chat.error->fault == model::Fault::kTruncated;
  if (cut) std::fputs("[noizy: the answer ended at its token limit]\n", stderr);
  if (!chat.error || cut) {
    (void)WriteTaskOutcome(folder, outcome);
    return 0;
  }
  const model::FaultRule& rule = model::RuleOf(chat.error->fault);
  outcome.reason = rule.name;
  outcome.message = "model server " + request.server_url + ": " + chat.error->ToString();
  const bool passes =
      chat.error->may_retry.value_or(rule.may_retry) || chat.error->fault == model::Fault::kTimeout;
  return Fail(folder, std::move(outcome), passes ? kMayPass : kWillNotPass);
}

}  // namespace

int RunInference(int argc, char** argv) {
  if (argc != 2) return kUsage;
  const std::string folder = argv[1];
  const Result<InferenceRequest> request = Prepare(folder);
  if (!request.ok())
    return Fail(folder, {"RequestRefused", request.status().message(), {}}, kWillNotPass);
  const auto transport = model::ConnectTo(ProviderOf(*request));
  if (!transport.ok())
    return Fail(folder, {"RequestRefused", transport.status().message(), {}}, kWillNotPass);
  const MonotonicTime began = RealClock::Instance().Monotonic();
  const model::StreamedChat chat = Ask(**transport, *request);
  return Conclude(folder, *request, chat, RealClock::Instance().Monotonic() - began);
}

}  // namespace noizy::nodeagent
