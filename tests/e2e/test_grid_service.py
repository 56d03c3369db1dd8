"""The Grid service over gRPC, as a program of somebody else's would use it: Debian's grpcio, stubs made from the .proto file, nothing of noizy's own."""

import base64
import hashlib
import importlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
import unittest

import grpc

import grid as grid_module

STUBS = ("noizy", "v1")
SECONDS = grid_module.STEP_SECONDS


def make_stubs(folder):
    """Python's modules of the services, into `folder`."""
    protos = os.path.join(grid_module.SOURCE, "proto")
    plugin = subprocess.run(["which", "grpc_python_plugin"], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["protoc", f"-I{protos}", f"--python_out={folder}", f"--grpc_out={folder}", f"--plugin=protoc-gen-grpc={plugin}",
                    *(os.path.join(protos, *STUBS, name + ".proto") for name in ("grid", "agent"))], check=True)
    sys.path.insert(0, folder)
    return [importlib.import_module("noizy.v1." + name) for name in ("grid_pb2", "grid_pb2_grpc", "agent_pb2", "agent_pb2_grpc")]


class GridServiceTest(grid_module.GridTest):
    UP_FLAGS = ("--max-payload-size", "64Mi")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        stubs = os.path.join(cls.grid.folder, "stubs")
        os.mkdir(stubs)
        cls.pb, cls.rpc, cls.agent_pb, cls.agent_rpc = make_stubs(stubs)
        cls.channel = cls.open_channel("/users/0/user")
        cls.stub = cls.rpc.GridStub(cls.channel)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        super().tearDownClass()

    @classmethod
    def kubeconfig_bytes(cls, path):
        expression = "{." + path + "}"
        text = cls.grid.kubectl("config", "view", "--raw", "-o", f"jsonpath={expression}")
        return base64.b64decode(text)

    @classmethod
    def open_channel(cls, _user, key=None, certificate=None):
        root = cls.kubeconfig_bytes("clusters[0].cluster.certificate-authority-data")
        key = key or cls.kubeconfig_bytes("users[0].user.client-key-data")
        certificate = certificate or cls.kubeconfig_bytes("users[0].user.client-certificate-data")
        credentials = grpc.ssl_channel_credentials(root, key, certificate)
        return grpc.secure_channel("127.0.0.1:" + cls.grid.ports[1], credentials)

    def task(self, source, **fields):
        return self.pb.TaskRequest(script=self.pb.TaskScript(source=source), **fields)

    def refused(self, code, call, *arguments, **options):
        with self.assertRaises(grpc.RpcError) as raised:
            call(*arguments, timeout=SECONDS, **options)
        self.assertEqual(raised.exception.code(), code, raised.exception.details())
        return raised.exception.details()

    def test_a_task_is_run_and_its_result_comes_back(self):
        request = self.pb.ExecuteTaskRequest(task=self.task("read words; echo \"$words from $WHERE\"", name="whole", payload="hello\n", env={"WHERE": "here"}))
        answer = self.stub.ExecuteTask(request, timeout=SECONDS)
        self.assertTrue(answer.success)
        self.assertEqual((answer.name, answer.phase, answer.exit_code, answer.result), ("whole", "Succeeded", 0, "hello from here\n"))
        self.assertEqual(answer.node_name, self.grid.get("task", "whole")["status"]["nodeName"])
        self.assertGreater(answer.execution_time_ms, 0)

    def test_a_failure_is_an_answer(self):
        answer = self.stub.ExecuteTask(self.pb.ExecuteTaskRequest(task=self.task("exit 7")), timeout=SECONDS)
        self.assertFalse(answer.success)
        self.assertEqual((answer.phase, answer.exit_code), ("Failed", 7))

    def test_status_and_output_come_as_they_happen(self):
        gate = os.path.join(self.grid.folder, "gate")
        os.mkfifo(gate)
        made = self.stub.SubmitTask(self.pb.SubmitTaskRequest(task=self.task(f"echo one; cat {gate}; exit 3", name="watched")), timeout=SECONDS)
        self.assertEqual(made.name, "watched")
        seen, phases = b"", []
        for event in self.stub.WatchTask(self.pb.WatchTaskRequest(name="watched"), timeout=SECONDS):
            if event.WhichOneof("event") == "status":
                phases.append(event.status.phase)
                continue
            seen += event.output.data
            if seen == b"one\n":  # while it runs: it goes on when this has been read
                with open(gate, "w", encoding="utf-8") as file:
                    file.write("two\n")
        self.assertEqual(seen, b"one\ntwo\n")
        self.assertIn("Running", phases)
        self.assertEqual((event.status.phase, event.status.exit_code, event.status.result), ("Failed", 3, "one\ntwo\n"))

    def test_a_payload_comes_in_pieces(self):
        pieces = [b"a" * 300_000, "ü".encode()[:1], "ü".encode()[1:], b"\n"]

        def stream(*chunks):
            yield self.pb.PayloadChunk(task=self.task("wc -c", name="pieces"))
            for chunk in chunks:
                yield self.pb.PayloadChunk(data=chunk)

        made = self.stub.StreamPayload(stream(*pieces), timeout=SECONDS)
        self.assertEqual((made.name, made.payload_bytes), ("pieces", 300_003))
        self.grid.wait("condition=Complete", "task/pieces")
        self.assertEqual(self.grid.get("task", "pieces")["status"]["result"].strip(), "300003")
        self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.stub.StreamPayload, iter([self.pb.PayloadChunk(data=b"no task")]))

    def stream(self, task, chunks):
        yield self.pb.PayloadChunk(task=task)
        for chunk in chunks:
            yield self.pb.PayloadChunk(data=chunk)

    def payloads(self):
        return os.listdir(os.path.join(self.grid.data_dir, "payloads"))

    def until(self, holds):
        """Asks again, at the pace of calls to the server."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            self.assertLess(time.monotonic(), deadline, "it did not come to that")
            self.stub.HealthCheck(self.pb.HealthCheckRequest(), timeout=SECONDS, wait_for_ready=True)

    def fetch(self, identity, ref):
        """What a node, whose identity is in that folder, is given of a Task's payload."""
        def read(name):
            with open(os.path.join(identity, name), "rb") as file:
                return file.read()
        credentials = grpc.ssl_channel_credentials(read("ca.crt"), read("node.key"), read("node.crt"))
        with grpc.secure_channel("127.0.0.1:" + self.grid.ports[1], credentials) as channel:
            request = self.agent_pb.PayloadRequest(ref=ref)
            return b"".join(piece.data for piece in self.agent_rpc.NodeAgentStub(channel).FetchPayload(request, timeout=SECONDS))

    def test_a_payload_larger_than_a_task_is_kept_beside_it(self):
        """Streamed, kept over a restart, given to its node and no other, gone with its Task."""
        payload = os.urandom(32 << 20)
        digest = hashlib.sha256(payload).hexdigest()
        chunks = [payload[at:at + 1_000_000] for at in range(0, len(payload), 1_000_000)]
        gate = os.path.join(self.grid.folder, "large-gate")
        os.mkfifo(gate)
        here = next(node["metadata"]["name"] for node in self.grid.get("nodes")["items"])
        task = self.task(f'sha256sum; sha256sum < "$NOIZY_PAYLOAD_FILE"; cat {gate}', name="large", node_name=here, manifest="{spec: {suspend: true}}")
        made = self.stub.StreamPayload(self.stream(task, chunks), timeout=SECONDS)
        self.assertEqual(made.payload_bytes, len(payload))
        self.assertEqual(self.grid.get("task", "large")["spec"]["payloadRef"], {"sha256": digest, "sizeBytes": len(payload)})
        self.assertEqual(self.payloads(), [digest])
        self.assertEqual(os.stat(os.path.join(self.grid.data_dir, "payloads", digest)).st_mode & 0o777, 0o600)

        self.assertEqual(self.grid.plane.stop(), 0)
        self.grid.start()
        self.assertEqual(self.payloads(), [digest])
        self.grid.kubectl("patch", "task", "large", "--type=merge", "-p", '{"spec":{"suspend":false}}')
        self.grid.wait("jsonpath={.status.phase}=Running", "task/large")

        now = self.grid.get("task", "large")
        ref = self.agent_pb.AttemptRef(namespace="default", name="large", uid=now["metadata"]["uid"], attempt=now["status"]["attempt"])
        self.assertEqual(self.fetch(os.path.join(self.grid.data_dir, "agent", "identity"), ref), payload)
        self.grid.add_agent("other")
        self.refused(grpc.StatusCode.PERMISSION_DENIED, lambda timeout: self.fetch(os.path.join(self.grid.folder, "agent-other", "identity"), ref))
        self.grid.agents.pop("other").stop()
        self.grid.noizy("delete", "node", "other")

        with open(gate, "w", encoding="utf-8"):
            pass
        self.grid.wait("condition=Complete", "task/large")
        finished = self.grid.get("task", "large")
        self.assertEqual(finished["status"]["result"].split(), [digest, "-"] * 2)
        for field in ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"):
            finished["metadata"].pop(field, None)
        finished["metadata"]["name"] = "copied"
        self.grid.run(grid_module.KUBECTL, "create", "-f", "-", stdin=json.dumps(finished), code=1)
        self.assertIn("spec.payloadRef: Forbidden", self.grid.last.stderr)
        self.grid.noizy("delete", "task", "large")
        self.until(lambda: not self.payloads())

    def test_a_payload_that_is_lost_ends_its_task_with_its_name(self):
        made = self.stub.StreamPayload(self.stream(self.task("cat", name="lost", manifest="{spec: {suspend: true}}"), [os.urandom(2 << 20)]), timeout=SECONDS)
        self.assertEqual(made.name, "lost")
        digest = self.grid.get("task", "lost")["spec"]["payloadRef"]["sha256"]
        os.remove(os.path.join(self.grid.data_dir, "payloads", digest))
        self.assertIn("default/lost", self.grid.noizy("doctor", "--data-dir", self.grid.data_dir, code=None))
        self.grid.kubectl("patch", "task", "lost", "--type=merge", "-p", '{"spec":{"suspend":false}}')
        self.grid.wait("condition=Failed", "task/lost")
        attempt = self.grid.get("task", "lost")["status"]["attempts"][-1]
        self.assertEqual(attempt["reason"], "StartFailed")
        self.assertIn(digest, attempt["message"])
        self.grid.noizy("delete", "task", "lost")

    def test_a_broken_or_endless_payload_leaves_nothing(self):
        before = sorted(self.payloads())
        seen = threading.Event()

        def broken():
            yield from self.stream(self.task("cat", name="broken"), [b"a" * 1_000_000] * 4)
            seen.wait(SECONDS)

        call = self.stub.StreamPayload.future(broken(), timeout=SECONDS)
        self.until(lambda: any(name.startswith("upload-") for name in self.payloads()))
        call.cancel()
        seen.set()
        self.until(lambda: sorted(self.payloads()) == before)
        endless = self.stream(self.task("cat", name="endless"), itertools.repeat(b"a" * 1_000_000))
        self.assertIn("67108864 bytes", self.refused(grpc.StatusCode.RESOURCE_EXHAUSTED, self.stub.StreamPayload, endless))
        self.until(lambda: sorted(self.payloads()) == before)
        for name in ("broken", "endless"):
            self.grid.noizy("get", "task", name, code=1)

    def test_a_deadline_leaves_the_task_or_ends_it(self):
        for name, with_call in (("left", False), ("ended", True)):
            request = self.pb.ExecuteTaskRequest(task=self.task("sleep 600", name=name), cancel_with_call=with_call)
            with self.assertRaises(grpc.RpcError) as raised:
                self.stub.ExecuteTask(request, timeout=2)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.grid.wait("delete", "task/ended")
        self.assertNotIn("deletionTimestamp", self.grid.get("task", "left")["metadata"])
        self.grid.noizy("delete", "task", "left")

    def test_errors_are_grpcs_own(self):
        self.refused(grpc.StatusCode.NOT_FOUND, lambda *a, **o: list(self.stub.WatchTask(*a, **o)), self.pb.WatchTaskRequest(name="none"))
        details = self.refused(grpc.StatusCode.INVALID_ARGUMENT, self.stub.SubmitTask, self.pb.SubmitTaskRequest(task=self.task("true", failover="Sometimes")))
        self.assertIn("spec.failover", details)
        self.stub.SubmitTask(self.pb.SubmitTaskRequest(task=self.task("true", name="twice")), timeout=SECONDS)
        self.refused(grpc.StatusCode.ALREADY_EXISTS, self.stub.SubmitTask, self.pb.SubmitTaskRequest(task=self.task("true", name="twice")))

    def test_the_callers_roles_count(self):
        """Somebody with a certificate and no roles may ask for the health, and no more."""
        key, request = os.path.join(self.grid.folder, "jane.key"), os.path.join(self.grid.folder, "jane.csr")
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=jane"],
                       check=True, capture_output=True)
        with open(request, "rb") as file:
            body = base64.b64encode(file.read()).decode()
        self.grid.apply("{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: jane}, spec: {request: " + body
                        + ", signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}}")
        self.grid.kubectl("certificate", "approve", "jane")
        self.grid.noizy("wait", "--for=jsonpath={.status.certificate}", "csr/jane", f"--timeout={SECONDS}s")
        certificate = base64.b64decode(self.grid.get("csr", "jane")["status"]["certificate"])
        with open(key, "rb") as file:
            channel = self.open_channel("jane", file.read(), certificate)
        with channel:
            stub = self.rpc.GridStub(channel)
            self.assertEqual(stub.HealthCheck(self.pb.HealthCheckRequest(), timeout=SECONDS).nodes, 0)
            details = self.refused(grpc.StatusCode.PERMISSION_DENIED, stub.SubmitTask, self.pb.SubmitTaskRequest(task=self.task("true")))
            self.assertIn("jane", details)

    def test_nobody_comes_without_a_certificate(self):
        root = self.kubeconfig_bytes("clusters[0].cluster.certificate-authority-data")
        with grpc.secure_channel("127.0.0.1:" + self.grid.ports[1], grpc.ssl_channel_credentials(root)) as channel:
            self.refused(grpc.StatusCode.UNAUTHENTICATED, self.rpc.GridStub(channel).HealthCheck, self.pb.HealthCheckRequest())

    def test_health_and_large_answers(self):
        self.grid.wait("condition=Ready", "node", "--all")
        health = self.stub.HealthCheck(self.pb.HealthCheckRequest(), timeout=SECONDS)
        self.assertTrue(health.healthy)
        self.assertEqual((health.nodes, health.ready_nodes), (1, 1))
        self.assertIn("noizy", health.version)
        request = self.pb.ExecuteTaskRequest(task=self.task("seq 9000 | tail -c 40000"))
        answer = self.stub.ExecuteTask(request, timeout=SECONDS, compression=grpc.Compression.Gzip)
        self.assertEqual(len(answer.result), 40000)


if __name__ == "__main__":
    unittest.main()
