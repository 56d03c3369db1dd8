#include "machinery/transport/http_server_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "tests/unit/machinery/transport/http_fixture.h"

namespace noizy {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Member final : public HttpLoopMember {
 public:
  explicit Member(std::shared_ptr<HttpServerLoop> loop) : loop_(std::move(loop)) {}
  void OnScheduled() override { ++scheduled; }
  void OnDeadline() override { ++deadlines; }
  void OnTrustChanged() override { ++rechecks; }
  void OnStop() override { ++stops; }
  void OnAbort() override {
    ++aborts;
    loop_->Remove(*this);
  }
  std::atomic<int> scheduled = 0, deadlines = 0, rechecks = 0, stops = 0, aborts = 0;

 private:
  const std::shared_ptr<HttpServerLoop> loop_;
};

TEST(HttpServerLoopTest, CallsItsMembers) {
  const auto loop = std::make_shared<HttpServerLoop>(milliseconds(5));
  loop->Start();
  EXPECT_FALSE(loop->InThread());
  std::vector<std::shared_ptr<Member>> members;
  for (int i = 0; i < 5; ++i) members.push_back(std::make_shared<Member>(loop));
  std::atomic<bool> in_thread = false;
  loop->Post([&] {
    in_thread = loop->InThread();
    for (const auto& member : members) loop->Add(member);
    loop->SetDeadline(*members[3], steady_clock::now());
  });
  for (int i = 0; i < 100; ++i) loop->Schedule(members[1], HttpHaste::kStream);
  EXPECT_TRUE(
      Eventually([&] { return members[3]->deadlines == 1 && members[1]->scheduled == 100; }));
  EXPECT_TRUE(in_thread);
  loop->RecheckMembers();
  loop->StopMembers();
  loop->Finish();
  for (const auto& member : members) {
    EXPECT_EQ(member->rechecks, 1);
    EXPECT_EQ(member->stops, 1);
    EXPECT_EQ(member->aborts, 1);
  }
  EXPECT_EQ(members[0]->deadlines, 0);
  EXPECT_EQ(members[3]->deadlines, 1);  // once, until it is set again
  loop->Post([] { FAIL() << "the loop has finished"; });
  loop->Schedule(members[0], HttpHaste::kAnswer);
  EXPECT_EQ(members[0]->scheduled, 0);
}

// Notes when it was called.
class NotingMember final : public HttpLoopMember {
 public:
  NotingMember(std::vector<std::string>& notes, std::string name)
      : notes_(notes), name_(std::move(name)) {}
  void OnScheduled() override { notes_.push_back(name_); }
  void OnDeadline() override {}
  void OnTrustChanged() override {}
  void OnStop() override {}
  void OnAbort() override {}

 private:
  std::vector<std::string>& notes_;
  const std::string name_;
};

TEST(HttpServerLoopTest, AnswersGoBeforeStreamsAndStreamsLeaveTurnsToOthers) {
  const auto loop = std::make_shared<HttpServerLoop>(milliseconds(5));
  std::vector<std::string> notes;
  std::atomic<bool> done = false;
  loop->Post([&] {
    for (int i = 0; i < 100; ++i)
      loop->Schedule(std::make_shared<NotingMember>(notes, "stream"), HttpHaste::kStream);
    loop->Schedule(std::make_shared<NotingMember>(notes, "answer"), HttpHaste::kAnswer);
    loop->Post([&] { notes.emplace_back("other"); });
    loop->Schedule(std::make_shared<NotingMember>(notes, "last"), HttpHaste::kStream);
    loop->Post([&] { done = true; });
  });
  loop->Start();
  EXPECT_TRUE(Eventually([&] { return done.load(); }));
  loop->Finish();
  ASSERT_EQ(notes.size(), 103U);
  EXPECT_EQ(notes.front(), "answer");
  EXPECT_EQ(notes.back(), "last");
  const auto other = std::ranges::find(notes, "other") - notes.begin();
  EXPECT_LT(other, 100) << "before all streams were served";
}

TEST(HttpServerLoopTest, KeepsSlotsStraightWhenMembersLeave) {
  const auto loop = std::make_shared<HttpServerLoop>(milliseconds(5));
  std::vector<std::shared_ptr<Member>> members;
  for (int i = 0; i < 4; ++i) {
    members.push_back(std::make_shared<Member>(loop));
    loop->Add(members.back());
  }
  loop->Remove(*members[0]);
  loop->SetDeadline(*members[3], steady_clock::now());  // the one that took the free slot
  loop->Remove(*members[1]);
  loop->Start();
  EXPECT_TRUE(Eventually([&] { return members[3]->deadlines == 1; }));
  loop->Finish();
  EXPECT_EQ(members[0]->aborts + members[1]->aborts, 0);
  EXPECT_EQ(members[2]->aborts + members[3]->aborts, 2);
}

std::size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t Threads() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++count;
  }
  return count;
}

// Both ends live in this process; the clients' half of the memory is OpenSSL's, as the server's.
TEST(HttpServerLoopTest, HoldsThousandsOfIdleWatches) {
  constexpr std::size_t kWatches = 2000;
  std::atomic<std::size_t> closed = 0;
  std::mutex mutex;
  std::vector<std::shared_ptr<HttpStream>> streams;
  const auto server = StartServer([&](const std::shared_ptr<HttpExchange>& exchange) {
    auto stream = exchange->Stream(200, {}, {.on_drained = {}, .on_closed = [&] { ++closed; }});
    const std::lock_guard lock(mutex);
    streams.push_back(std::move(stream));
  });
  const std::size_t threads = Threads();
  const std::size_t resident = ResidentBytes();
  std::vector<std::unique_ptr<RawClient>> clients;
  SSL_SESSION* session = nullptr;  // the first one's: whole handshakes would take most of the test
  for (std::size_t i = 0; i < kWatches; ++i) {
    clients.push_back(std::make_unique<RawClient>(server->port(), session));
    ASSERT_TRUE(clients.back()->Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    ASSERT_EQ(clients.back()->ReadHead().code, 200);
    if (i == 0) session = SSL_get1_session(clients.back()->ssl());
  }
  SSL_SESSION_free(session);
  EXPECT_EQ(Threads(), threads);
  const std::size_t per_watch = (ResidentBytes() - resident) / kWatches;
  RecordProperty("bytes_per_watch_both_ends", static_cast<int>(per_watch));
#ifndef NOIZY_SANITIZED
  EXPECT_LT(per_watch, 80U * 1024);
#endif
  for (const auto& stream : streams) stream->Write({SharedBytes::Static("event")});
  for (const auto& client : clients) ASSERT_EQ(client->ReadChunk(), "event");
  clients.clear();
  EXPECT_TRUE(Eventually([&] { return closed == kWatches; }));
}

}  // namespace
}  // namespace noizy
