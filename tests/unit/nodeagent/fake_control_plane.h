// The control plane as an agent sees it, in memory: answers Hello, acknowledges reports and logs,
// grants leases, and lets a test assign, cancel, keep silent and hang up.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "machinery/base/mutex.h"
#include "machinery/transport/agent_transport.h"
#include "tests/unit/nodeagent/fake_payload.h"

namespace noizy::nodeagent {

/// Thread-safe. What it answers, it answers at once, on the thread that sent.
class FakeControlPlane final : public AgentChannel {
 public:
  struct Manners {
    bool welcome = true;
    bool ack_reports = true;
    bool refuse_reports = false;
    bool ack_logs = true;
    bool grant_leases = true;
    std::int64_t lease_epoch = 1;
    /// Messages it pretends to have queued.
    std::size_t queued = 0;
    Status close_at_once;
  };

  std::shared_ptr<AgentSession> OpenSession(AgentSessionEvents events) override;
  std::shared_ptr<PayloadFetch> FetchPayload(const v1::PayloadRequest& request,
                                             PayloadEvents events) override {
    return payload.Fetch(request, std::move(events));
  }

  FakePayload payload;  // the test's own thread's

  void SetManners(const Manners& manners);
  void Send(v1::ServerMessage message);
  void Assign(const v1::Assignment& assignment);
  void Cancel(const v1::AttemptRef& ref, const std::string& reason);
  void AckReport(std::uint64_t sequence, bool refused = false);
  /// Ends the stream.
  void HangUp(Status why);

  int sessions() const {
    return Read([](const State& s) { return s.sessions; });
  }
  std::vector<v1::Hello> hellos() const {
    return Read([](const State& s) { return s.hellos; });
  }
  std::vector<v1::Offer> offers() const {
    return Read([](const State& s) { return s.offers; });
  }
  int suspends() const {
    return Read([](const State& s) { return s.suspends; });
  }
  std::vector<v1::Heartbeat> heartbeats() const {
    return Read([](const State& s) { return s.heartbeats; });
  }
  /// Every report received, repetitions too.
  std::vector<v1::TaskReport> reports() const {
    return Read([](const State& s) { return s.reports; });
  }
  std::vector<v1::LogChunk> chunks() const {
    return Read([](const State& s) { return s.chunks; });
  }
  /// The copy of an attempt's log.
  std::string Log(const std::string& uid, std::int64_t attempt = 1) const;
  bool LogEnded(const std::string& uid, std::int64_t attempt = 1) const;
  /// The Finished reports of an attempt, repetitions too.
  std::vector<v1::Finished> Ends(const std::string& uid, std::int64_t attempt = 1) const;
  /// Waits up to a minute until `holds`, looked at after each message.
  bool Await(const std::function<bool()>& holds) const;

 private:
  using AttemptKey = std::pair<std::string, std::int64_t>;
  struct Copy {
    std::string bytes;
    bool ended = false;
  };
  struct State {
    Manners manners;
    int sessions = 0;
    std::uint64_t messages = 0;
    int suspends = 0;
    std::vector<v1::Hello> hellos;
    std::vector<v1::Offer> offers;
    std::vector<v1::Heartbeat> heartbeats;
    std::vector<v1::TaskReport> reports;
    std::vector<v1::LogChunk> chunks;
    std::map<AttemptKey, Copy> logs;
    AgentSessionEvents events;  // of the open stream
  };
  class Stream;

  template <typename F>
  std::invoke_result_t<F, const State&> Read(F read) const {
    MutexLock lock(mutex_);
    return read(state_);
  }
  void Receive(int session, v1::AgentMessage message);
  std::vector<v1::ServerMessage> Answer(State& state, v1::AgentMessage message);
  static void TakeChunk(State& state, v1::LogChunk chunk, std::vector<v1::ServerMessage>& answers);
  static v1::ServerMessage LogAckOf(const State& state, const v1::AttemptRef& ref);

  mutable Mutex mutex_;
  mutable CondVar changed_;
  State state_ NOIZY_GUARDED_BY(mutex_);
};

class FakeControlPlane::Stream final : public AgentSession {
 public:
  Stream(FakeControlPlane& plane, int session) : plane_(plane), session_(session) {}
  void Send(v1::AgentMessage message) override { plane_.Receive(session_, std::move(message)); }
  std::size_t Queued() const override {
    return plane_.Read([](const State& s) { return s.manners.queued; });
  }
  void Close() override {
    MutexLock lock(plane_.mutex_);
    if (plane_.state_.sessions == session_) plane_.state_.events = {};
  }

 private:
  FakeControlPlane& plane_;
  const int session_;
};

inline std::shared_ptr<AgentSession> FakeControlPlane::OpenSession(AgentSessionEvents events) {
  Status close;
  int session = 0;
  {
    MutexLock lock(mutex_);
    session = ++state_.sessions;
    close = state_.manners.close_at_once;
    state_.events = close.ok() ? events : AgentSessionEvents{};
    changed_.NotifyAll();
  }
  if (!close.ok()) events.on_closed(close);
  return std::make_shared<Stream>(*this, session);
}

inline void FakeControlPlane::Receive(int session, v1::AgentMessage message) {
  std::vector<v1::ServerMessage> answers;
  AgentSessionEvents events;
  {
    MutexLock lock(mutex_);
    if (session != state_.sessions || !state_.events.on_message) return;
    answers = Answer(state_, std::move(message));
    events = state_.events;
    ++state_.messages;
    changed_.NotifyAll();
  }
  for (v1::ServerMessage& answer : answers) events.on_message(std::move(answer));
}

inline std::vector<v1::ServerMessage> FakeControlPlane::Answer(State& state,
                                                               v1::AgentMessage message) {
  std::vector<v1::ServerMessage> answers;
  if (message.has_hello()) {
    state.hellos.push_back(message.hello());
    if (!state.manners.welcome) return answers;
    v1::Welcome& welcome = *answers.emplace_back().mutable_welcome();
    welcome.set_node_name("n");
    welcome.set_heartbeat_interval_ms(500);
    for (const v1::AttemptRef& ref : message.hello().running()) {
      if (state.manners.ack_logs) answers.push_back(LogAckOf(state, ref));
    }
  } else if (message.has_heartbeat()) {
    state.heartbeats.push_back(message.heartbeat());
    if (!state.manners.grant_leases) return answers;
    v1::LeaseGrant& lease = *answers.emplace_back().mutable_lease();
    lease.set_sequence(message.heartbeat().sequence());
    lease.set_sent_monotonic_ns(message.heartbeat().sent_monotonic_ns());
    lease.set_lease_duration_ms(4000);
    lease.set_lease_epoch(state.manners.lease_epoch);
  } else if (message.has_suspending()) {
    ++state.suspends;
  } else if (message.has_offer()) {
    state.offers.push_back(message.offer());
  } else if (message.has_report()) {
    state.reports.push_back(message.report());
    if (!state.manners.ack_reports) return answers;
    v1::ReportAck& ack = *answers.emplace_back().mutable_report_ack();
    ack.set_sequence(message.report().sequence());
    ack.set_refused(state.manners.refuse_reports);
    if (state.manners.refuse_reports) ack.set_reason("Fenced");
  } else if (message.has_log()) {
    TakeChunk(state, std::move(*message.mutable_log()), answers);
  }
  return answers;
}

inline void FakeControlPlane::TakeChunk(State& state, v1::LogChunk chunk,
                                        std::vector<v1::ServerMessage>& answers) {
  Copy& copy = state.logs[{chunk.ref().uid(), chunk.ref().attempt()}];
  const auto size = static_cast<std::int64_t>(copy.bytes.size());
  // A gap is not taken; of an overlap only what is new.
  if (chunk.offset() <= size &&
      chunk.offset() + static_cast<std::int64_t>(chunk.data().size()) >= size) {
    copy.bytes += chunk.data().substr(static_cast<std::size_t>(size - chunk.offset()));
    copy.ended = copy.ended || chunk.end();
  }
  if (state.manners.ack_logs) answers.push_back(LogAckOf(state, chunk.ref()));
  state.chunks.push_back(std::move(chunk));
}

inline v1::ServerMessage FakeControlPlane::LogAckOf(const State& state, const v1::AttemptRef& ref) {
  const auto copy = state.logs.find({ref.uid(), ref.attempt()});
  v1::ServerMessage message;
  *message.mutable_log_ack()->mutable_ref() = ref;
  if (copy != state.logs.end()) {
    message.mutable_log_ack()->set_offset(static_cast<std::int64_t>(copy->second.bytes.size()));
  }
  return message;
}

inline void FakeControlPlane::SetManners(const Manners& manners) {
  MutexLock lock(mutex_);
  state_.manners = manners;
}

inline void FakeControlPlane::Send(v1::ServerMessage message) {
  const auto on_message = Read([](const State& s) { return s.events.on_message; });
  if (on_message) on_message(std::move(message));
}

inline void FakeControlPlane::Assign(const v1::Assignment& assignment) {
  v1::ServerMessage message;
  *message.mutable_assignment() = assignment;
  Send(std::move(message));
}

inline void FakeControlPlane::Cancel(const v1::AttemptRef& ref, const std::string& reason) {
  v1::ServerMessage message;
  *message.mutable_cancellation()->mutable_ref() = ref;
  message.mutable_cancellation()->set_reason(reason);
  message.mutable_cancellation()->set_grace_period_ms(30'000);
  Send(std::move(message));
}

inline void FakeControlPlane::AckReport(std::uint64_t sequence, bool refused) {
  v1::ServerMessage message;
  message.mutable_report_ack()->set_sequence(sequence);
  message.mutable_report_ack()->set_refused(refused);
  Send(std::move(message));
}

inline void FakeControlPlane::HangUp(Status why) {
  std::function<void(Status)> on_closed;
  {
    MutexLock lock(mutex_);
    on_closed = state_.events.on_closed;
    state_.events = {};
  }
  if (on_closed) on_closed(std::move(why));
}

inline std::string FakeControlPlane::Log(const std::string& uid, std::int64_t attempt) const {
  return Read([&](const State& s) {
    const auto copy = s.logs.find({uid, attempt});
    return copy == s.logs.end() ? "" : copy->second.bytes;
  });
}

inline bool FakeControlPlane::LogEnded(const std::string& uid, std::int64_t attempt) const {
  return Read([&](const State& s) {
    const auto copy = s.logs.find({uid, attempt});
    return copy != s.logs.end() && copy->second.ended;
  });
}

inline std::vector<v1::Finished> FakeControlPlane::Ends(const std::string& uid,
                                                        std::int64_t attempt) const {
  std::vector<v1::Finished> ends;
  for (const v1::TaskReport& report : reports()) {
    const bool matches = report.ref().uid() == uid && report.ref().attempt() == attempt;
    if (matches && report.has_finished()) ends.push_back(report.finished());
  }
  return ends;
}

inline bool FakeControlPlane::Await(const std::function<bool()>& holds) const {
  while (true) {
    const std::uint64_t seen = Read([](const State& s) { return s.messages; });
    if (holds()) return true;
    MutexLock lock(mutex_);
    while (state_.messages == seen) {
      if (!changed_.WaitFor(mutex_, std::chrono::minutes(1))) return false;
    }
  }
}

}  // namespace noizy::nodeagent
