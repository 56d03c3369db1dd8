#include "machinery/transport/grid_calls.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "tests/unit/machinery/transport/grpc_fixture.h"

namespace noizy {
namespace {

class Cancelled final : public GridCall {
 public:
  explicit Cancelled(Inbox<int>& inbox) : inbox_(inbox) {}
  void Cancel() override { inbox_.Put(1); }

 private:
  Inbox<int>& inbox_;
};

/// Answers with what it was asked.
class EchoGrid final : public GridService {
 public:
  std::shared_ptr<GridCall> ExecuteTask(const GridCaller& caller,
                                        const v1::ExecuteTaskRequest& request,
                                        GridDone<v1::ExecuteTaskResponse> done) override {
    callers.Put(caller);
    if (request.task().name() == "waits") return std::make_shared<Cancelled>(cancelled);
    if (request.task().name() == "busy") {
      done(Status(StatusReason::kTooManyRequests, "wait"));
      return nullptr;
    }
    v1::ExecuteTaskResponse response;
    response.set_result(std::string(100'000, 'a'));
    done(response);
    return nullptr;
  }
  /// Gathers a payload and is done with it at its end.
  class Intake final : public PayloadIntake {
   public:
    explicit Intake(EchoGrid& grid) : grid_(grid) {}
    void Take(v1::PayloadChunk chunk, std::function<void(Status)> taken) override {
      if (chunk.data() == "too much") return taken(BadRequest("it is"));
      if (chunk.has_task()) name_ = chunk.task().name();
      payload_ += chunk.has_task() ? chunk.task().payload() : chunk.data();
      taken(Status::Ok());
    }
    void Finish(GridDone<v1::SubmitTaskResponse> done) override {
      grid_.payloads.Put(payload_);
      v1::SubmitTaskResponse response;
      response.set_name(name_);
      response.set_payload_bytes(static_cast<std::int64_t>(payload_.size()));
      done(response);
    }

   private:
    EchoGrid& grid_;
    std::string name_;
    std::string payload_;
  };
  std::shared_ptr<PayloadIntake> StreamPayload(const GridCaller&) override {
    return std::make_shared<Intake>(*this);
  }
  void SubmitTask(const GridCaller&, const v1::TaskRequest& task,
                  GridDone<v1::SubmitTaskResponse> done) override {
    payloads.Put(task.payload());
    v1::SubmitTaskResponse response;
    response.set_name(task.name());
    done(response);
  }
  std::shared_ptr<GridCall> WatchTask(const GridCaller&, const v1::WatchTaskRequest& request,
                                      std::shared_ptr<GridEventSink> events) override {
    for (int i = 0; i < 100; ++i) {
      v1::TaskEvent event;
      event.mutable_status()->set_attempt(i);
      events->Send(std::move(event));
    }
    if (request.name() == "goes on") return std::make_shared<Cancelled>(cancelled);
    events->Close(NotFound("tasks", request.name()));
    return nullptr;
  }
  void HealthCheck(const GridCaller&, GridDone<v1::HealthCheckResponse> done) override {
    done(v1::HealthCheckResponse());
  }

  Inbox<GridCaller> callers;
  Inbox<std::string> payloads;
  Inbox<int> cancelled;
};

class GridCallsTest : public testing::Test {
 protected:
  GridCallsTest()
      : server_(StartServer(service_, grid_.ServerIdentity(),
                            [this](GrpcServerOptions& options) {
                              options.grid = &echo_;
                              options.check_peer = [this](const PeerIdentity& peer) {
                                return peer.common_name == taken_back_ ? Unauthorized("gone")
                                                                       : Status::Ok();
                              };
                            })),
        stub_(v1::Grid::NewStub(Channel(grid_.NodeIdentity("a")))) {}

  std::shared_ptr<grpc::Channel> Channel(const TlsIdentity& tls) const {
    return grpc::CreateChannel(
        "localhost:" + std::to_string(server_->port()),
        grpc::SslCredentials({tls.ca_pem, tls.private_key_pem, tls.certificate_pem}));
  }
  static void SetPatience(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
  }
  static v1::ExecuteTaskRequest Named(const std::string& name) {
    v1::ExecuteTaskRequest request;
    request.mutable_task()->set_name(name);
    return request;
  }
  /// Streams the chunks; how the call ended.
  grpc::Status Stream(const std::vector<v1::PayloadChunk>& chunks) {
    grpc::ClientContext context;
    SetPatience(context);
    const auto writer = stub_->StreamPayload(&context, &submitted_);
    for (const v1::PayloadChunk& chunk : chunks) writer->Write(chunk);
    writer->WritesDone();
    return writer->Finish();
  }
  static v1::PayloadChunk TaskChunk(const std::string& name) {
    v1::PayloadChunk chunk;
    chunk.mutable_task()->set_name(name);
    return chunk;
  }
  static v1::PayloadChunk DataChunk(const std::string& data) {
    v1::PayloadChunk chunk;
    chunk.set_data(data);
    return chunk;
  }

  /// Begins a watch that would go on for ever, and waits for its first event.
  std::unique_ptr<grpc::ClientReader<v1::TaskEvent>> Watch(grpc::ClientContext& context) {
    SetPatience(context);
    v1::WatchTaskRequest request;
    request.set_name("goes on");
    auto reader = stub_->WatchTask(&context, request);
    v1::TaskEvent event;
    EXPECT_TRUE(reader->Read(&event));
    return reader;
  }
  /// How it ends, after the events that were on their way.
  static grpc::StatusCode EndOf(grpc::ClientReader<v1::TaskEvent>& reader) {
    v1::TaskEvent event;
    while (reader.Read(&event)) continue;
    return reader.Finish().error_code();
  }

  TestGrid grid_;
  std::string taken_back_;  // changed while nobody asks
  EchoService service_;
  EchoGrid echo_;
  std::unique_ptr<GrpcServer> server_;
  std::unique_ptr<v1::Grid::Stub> stub_;
  v1::SubmitTaskResponse submitted_;
};

TEST_F(GridCallsTest, ACallerIsWhoItsCertificateSays) {
  grpc::ClientContext context;
  SetPatience(context);
  v1::ExecuteTaskResponse response;
  ASSERT_TRUE(stub_->ExecuteTask(&context, Named("a"), &response).ok());
  EXPECT_EQ(response.result().size(), 100'000U);
  EXPECT_EQ(echo_.callers.Take().peer.common_name, "system:node:a");
}

TEST_F(GridCallsTest, TooMuchIsResourceExhausted) {
  grpc::ClientContext context;
  SetPatience(context);
  v1::ExecuteTaskResponse response;
  EXPECT_EQ(stub_->ExecuteTask(&context, Named("busy"), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(GridCallsTest, AClientThatGoesIsNoticed) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  v1::ExecuteTaskResponse response;
  EXPECT_EQ(stub_->ExecuteTask(&context, Named("waits"), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(echo_.cancelled.Take(), 1);
}

TEST_F(GridCallsTest, EventsComeInOrderThenTheEnd) {
  grpc::ClientContext context;
  SetPatience(context);
  v1::WatchTaskRequest request;
  request.set_name("a");
  const auto reader = stub_->WatchTask(&context, request);
  v1::TaskEvent event;
  std::int64_t next = 0;
  while (reader->Read(&event)) EXPECT_EQ(event.status().attempt(), next++);
  EXPECT_EQ(next, 100);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(GridCallsTest, AWatcherThatGoesIsNoticed) {
  grpc::ClientContext context;
  SetPatience(context);
  v1::WatchTaskRequest request;
  request.set_name("goes on");
  const auto reader = stub_->WatchTask(&context, request);
  v1::TaskEvent event;
  ASSERT_TRUE(reader->Read(&event));
  context.TryCancel();
  EXPECT_EQ(echo_.cancelled.Take(), 1);
}

TEST_F(GridCallsTest, CallsOfADroppedCaEnd) {
  grpc::ClientContext watching;
  const auto reader = Watch(watching);
  grpc::Status executed;
  std::thread executing([&] {
    grpc::ClientContext context;
    SetPatience(context);
    v1::ExecuteTaskResponse response;
    executed = stub_->ExecuteTask(&context, Named("waits"), &response);
  });
  echo_.callers.Take();
  server_->RecheckPeers();
  TlsIdentity same = grid_.ServerIdentity();
  ASSERT_TRUE(server_->SetTls(same).ok());
  EXPECT_EQ(echo_.cancelled.size(), 0U);
  same.ca_pem = TestGrid("new-ca").ca_pem();
  ASSERT_TRUE(server_->SetTls(same).ok());
  EXPECT_EQ(EndOf(*reader), grpc::StatusCode::UNAUTHENTICATED);
  executing.join();
  EXPECT_EQ(executed.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(echo_.cancelled.Take() + echo_.cancelled.Take(), 2);
}

TEST_F(GridCallsTest, CallsOfWhoIsTakenBackEnd) {
  grpc::ClientContext watching;
  const auto reader = Watch(watching);
  grpc::ClientContext paying;
  SetPatience(paying);
  const auto writer = stub_->StreamPayload(&paying, &submitted_);
  writer->Write(TaskChunk("a"));
  taken_back_ = "system:node:a";
  server_->RecheckPeers();
  EXPECT_EQ(EndOf(*reader), grpc::StatusCode::UNAUTHENTICATED);
  writer->WritesDone();
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(echo_.payloads.size(), 0U);
}

TEST_F(GridCallsTest, APayloadIsJoined) {
  ASSERT_TRUE(Stream({TaskChunk("a"), DataChunk("one "), DataChunk("two")}).ok());
  EXPECT_EQ(echo_.payloads.Take(), "one two");
  EXPECT_EQ(submitted_.name(), "a");
  EXPECT_EQ(submitted_.payload_bytes(), 7);
}

// A Task of half a payload would be worse than none.
TEST_F(GridCallsTest, APayloadThatBreaksOffLeavesNothing) {
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    SetPatience(context);
    const auto writer = stub_->StreamPayload(&context, &submitted_);
    writer->Write(TaskChunk("half"));
    // More than fits the wire's window: when the last has been sent, the first have been read.
    for (int k = 0; k < 3; ++k) ASSERT_TRUE(writer->Write(DataChunk(std::string(300'000, 'a'))));
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  ASSERT_TRUE(Stream({TaskChunk("whole"), DataChunk("whole")}).ok());
  server_.reset();  // all calls are over
  EXPECT_EQ(echo_.payloads.size(), 1U);
  EXPECT_EQ(echo_.payloads.Take(), "whole");
}

TEST_F(GridCallsTest, WhatTheServiceRefusesOfAPayloadEndsTheCall) {
  EXPECT_EQ(Stream({TaskChunk("a"), DataChunk("too much"), DataChunk("b")}).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(echo_.payloads.size(), 0U);
}

TEST_F(GridCallsTest, WithoutAServiceEveryCallIsRefused) {
  server_ = StartServer(service_, grid_.ServerIdentity(), nullptr);
  const auto stub = v1::Grid::NewStub(Channel(grid_.NodeIdentity("a")));
  grpc::ClientContext context;
  SetPatience(context);
  v1::HealthCheckResponse response;
  EXPECT_FALSE(stub->HealthCheck(&context, {}, &response).ok());
}

}  // namespace
}  // namespace noizy
