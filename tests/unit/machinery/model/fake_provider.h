// Providers that answer as a test told them, in virtual time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "machinery/base/clock.h"
#include "machinery/model/model_client.h"
#include "tests/unit/machinery/model/replies.h"

namespace noizy::model {

/// What one request meets: a reply or an error, after so long.
struct Scripted {
  Result<HttpReply> reply = HttpReply{};
  Duration after = std::chrono::milliseconds(10);
};

inline Scripted Says(const std::string& text) {
  return {Reply(200, R"({"model":"m","choices":[{"message":{"content":")" + text +
                         R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,)"
                         R"("completion_tokens":2}})")};
}

inline Scripted Fails(int code, std::string body = "{}", HttpHeaders headers = {}) {
  return {Reply(code, std::move(body), std::move(headers))};
}

inline Scripted Hangs() {
  return {Timeout("no answer"), std::chrono::hours(1)};
}

/// Providers by name, each with its script; past a script's end its last line is repeated.
class FakeProviders {
 public:
  explicit FakeProviders(FakeClock& clock) : clock_(clock) {}

  void Script(const std::string& name, std::deque<Scripted> lines) {
    scripts_[name] = std::move(lines);
  }
  Result<std::unique_ptr<HttpTransport>> Connect(const Provider& provider) {
    return std::unique_ptr<HttpTransport>(std::make_unique<Transport>(*this, provider.name));
  }
  /// The names of the providers that were asked, in order.
  const std::vector<std::string>& asked() const { return asked_; }

 private:
  class Transport final : public HttpTransport {
   public:
    Transport(FakeProviders& all, std::string name) : all_(all), name_(std::move(name)) {}
    Result<HttpReply> Do(const HttpRequest&, std::chrono::milliseconds timeout) override {
      return all_.Answer(name_, timeout);
    }
    Status Stream(const HttpRequest&, const StreamSink&) override { return Internal("unused"); }

   private:
    FakeProviders& all_;
    const std::string name_;
  };

  Result<HttpReply> Answer(const std::string& name, Duration timeout) {
    asked_.push_back(name);
    std::deque<Scripted>& lines = scripts_[name];
    const Scripted line = lines.front();
    if (lines.size() > 1) lines.pop_front();
    clock_.Advance(std::min(line.after, timeout));
    if (line.after > timeout) return Timeout("no complete answer in time");
    return line.reply;
  }

  FakeClock& clock_;
  std::map<std::string, std::deque<Scripted>> scripts_;
  std::vector<std::string> asked_;
};

}  // namespace noizy::model
