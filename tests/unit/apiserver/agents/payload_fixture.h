// A grid in memory with a folder of payloads.
#pragma once

#include "apiserver/payloads/payload_store.h"
#include "machinery/os/files.h"
#include "tests/unit/apiserver/agents/agents_fixture.h"

namespace noizy::apiserver {

class PayloadAgentsTest : public AgentsTest {
 protected:
  PayloadAgentsTest() { EXPECT_TRUE(payloads_.Open().ok()); }

  /// A Task whose payload is `bytes`, kept beside it.
  Task CreatePayloadTask(const std::string& name, const std::string& bytes) {
    const auto upload = Get(payloads_.Begin("ann"));
    EXPECT_TRUE(upload->Append(bytes).ok());
    const PayloadName payload = Get(upload->Finish());
    const Task task = CreateTask(name, [&](Task& made) {
      made.spec.payload_ref = TaskPayloadRef{payload.sha256, payload.size_bytes};
    });
    upload->Commit(task.metadata.uid);
    return task;
  }

  ScratchFolder scratch_;
  const std::string payload_folder_ = scratch_.path() + "/payloads";
  PayloadStore payloads_{payload_folder_, 1 << 20,
                         [](const std::string& path) { EXPECT_TRUE(RemoveTree(path).ok()); }};
};

}  // namespace noizy::apiserver
