"""Inference Tasks end to end: a model server beside one of two agents, and the Task that runs where the model is."""

import json
import os
import queue
import subprocess
import threading
import unittest

import grid
import model_server


def inference(name, model, prompt="Say hello.", **spec):
    body = {"type": "ai_inference", "inference": {"model": model, "prompt": prompt}, **spec}
    return json.dumps({"apiVersion": "noizy.dev/v1", "kind": "Task", "metadata": {"name": name}, "spec": body})


class InferenceTest(grid.GridTest):
    UP_FLAGS = ("--no-agent",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = model_server.ModelServer(speak=lambda body: cls.speak(body), models=["tiny:1b", "second:latest"])
        cls.addClassCleanup(cls.server.close)
        cls.grid.env["NOIZY_MODEL_SERVER_KEY"] = "sk-node"
        cls.grid.add_agent("thinker", "--model-server", cls.server.url)
        cls.grid.add_agent("other", "--model-server", "none")
        cls.grid.noizy("wait", "--for=jsonpath={.status.capabilities[?(@==\"model/tiny:1b\")]}=model/tiny:1b", "node/thinker", f"--timeout={grid.STEP_SECONDS}s")

    def setUp(self):
        # What the model says, word by word; a test may hold it back.
        type(self).speak = staticmethod(lambda body: iter(["Hello", ", ", "wörld", "."]))
        self.server.questions.clear()

    def status(self, name):
        return self.grid.get("task", name)["status"]

    def await_reason(self, name, reason):
        self.grid.noizy("wait", f"--for=jsonpath={{.status.reason}}={reason}", "task/" + name, f"--timeout={grid.STEP_SECONDS}s")

    def test_a_node_offers_what_its_server_lists(self):
        offered = self.grid.get("node", "thinker")["status"]["capabilities"]
        for capability in ("ai_inference", "model/tiny:1b", "model/second:latest", "model/second"):
            self.assertIn(capability, offered)
        self.assertFalse([one for one in self.grid.get("node", "other")["status"]["capabilities"] if "model/" in one])

    def test_words_are_in_the_log_while_they_come_and_the_rest_in_the_status(self):
        words = queue.Queue()
        type(self).speak = staticmethod(lambda body: iter(words.get, None))
        self.grid.apply(inference("streamed", "tiny:1b", payload="world", failover="AtLeastOnce"))
        follower = subprocess.Popen([grid.BINARY, "logs", "-f", "task/streamed"], stdout=subprocess.PIPE, env=self.grid.env, bufsize=0)
        self.addCleanup(follower.stdout.close)
        words.put("Grü")
        self.assertEqual(self.read(follower, 4), "Grü")
        self.assertEqual(self.status("streamed")["phase"], "Running")
        for word in ("ße, ", "world!\nBye"):
            words.put(word)
        words.put(None)
        self.grid.wait("condition=Complete", "task/streamed")
        self.assertEqual(follower.wait(grid.STEP_SECONDS), 0)
        self.assertEqual(follower.stdout.read().decode(), "ße, world!\nBye")
        status = self.status("streamed")
        self.assertEqual((status["nodeName"], status["exitCode"], status["result"]), ("thinker", 0, "Grüße, world!\nBye"))
        self.assertEqual((status["usage"]["promptTokens"], status["usage"]["completionTokens"]), (7, 3))
        self.assertGreater(status["usage"]["tokensPerSecond"], 0)
        question = self.server.questions[0]
        self.assertEqual((question["path"], question["key"]), ("/v1/chat/completions", "Bearer sk-node"))
        self.assertEqual(question["body"]["messages"], [{"role": "user", "content": "Say hello.\n\nworld"}])
        self.assertNotIn("max_tokens", question["body"])

    def read(self, process, count):
        text = b""
        while len(text) < count:
            piece = os.read(process.stdout.fileno(), count - len(text))
            self.assertTrue(piece, text)
            text += piece
        return text.decode()

    def test_a_conversation_and_its_settings_reach_the_model(self):
        chat = {"messages": [{"role": "user", "content": "My name is Ada."}, {"role": "assistant", "content": "Hi Ada."}]}
        document = json.loads(inference("chat", "second", "What is my name?", payload=json.dumps(chat)))
        document["spec"]["inference"].update(system="Be brief.", maxTokens=9, temperature=0.5)
        self.grid.apply(json.dumps(document))
        self.grid.wait("condition=Complete", "task/chat")
        body = self.server.questions[0]["body"]
        self.assertEqual((body["model"], body["max_tokens"], body["temperature"]), ("second", 9, 0.5))
        self.assertEqual([message["role"] for message in body["messages"]], ["system", "user", "assistant", "user"])
        self.assertEqual(self.status("chat")["result"], "Hello, wörld.")

    def test_it_waits_where_no_node_has_the_model(self):
        self.grid.apply(inference("nowhere", "huge:400b"))
        self.await_reason("nowhere", "Unschedulable")
        self.assertIn('2 node(s) did not offer model "huge:400b"', self.status("nowhere")["message"])
        # The server loads it: nothing else is needed.
        self.server.models.append("huge:400b")
        self.grid.wait("condition=Complete", "task/nowhere")
        self.assertEqual(self.status("nowhere")["nodeName"], "thinker")

    def test_a_server_that_dies_within_the_answer_is_asked_again(self):
        def dies_once(body):
            yield "Half "
            if len(self.server.questions) == 1:
                raise model_server.Dies()
            yield "and whole."

        type(self).speak = staticmethod(dies_once)
        self.grid.apply(inference("flaky", "tiny:1b", retry={"limit": 2, "backoff": {"initialSeconds": 0.1}, "onExitCodes": [75]}))
        self.grid.wait("condition=Complete", "task/flaky")
        status = self.status("flaky")
        self.assertEqual((status["attempt"], status["result"]), (2, "Half and whole."))
        first = status["attempts"][0]
        self.assertEqual((first["exitCode"], first["reason"]), (75, "Unreachable"))
        self.assertIn(self.server.url, first["message"])

    def hold(self):
        """The model says one word and then nothing, until the test ends. Returns an event of its connection's end."""
        release, begun = threading.Event(), threading.Event()

        def held(body):
            yield "One"
            begun.set()
            release.wait(grid.STEP_SECONDS)
            raise model_server.Dies()

        type(self).speak = staticmethod(held)
        self.addCleanup(release.set)
        return begun

    def test_a_deleted_task_ends_at_once(self):
        begun = self.hold()
        self.grid.apply(inference("cancelled", "tiny:1b", failover="AtMostOnce"))
        self.assertTrue(begun.wait(grid.STEP_SECONDS))
        self.grid.wait("jsonpath={.status.phase}=Running", "task/cancelled")
        self.grid.noizy("delete", "task/cancelled", f"--timeout={grid.STEP_SECONDS}s")
        self.assertEqual(self.grid.noizy("get", "tasks", "-o", "name").count("cancelled"), 0)

    def test_an_agent_that_was_killed_finds_it_again(self):
        words = queue.Queue()
        type(self).speak = staticmethod(lambda body: iter(words.get, None))
        self.grid.apply(inference("orphaned", "tiny:1b", failover="AtLeastOnce"))
        words.put("Before ")
        self.grid.wait("jsonpath={.status.phase}=Running", "task/orphaned")
        self.grid.agents.pop("thinker").kill()
        self.grid.add_agent("thinker", "--model-server", self.server.url)
        for word in ("and after.", None):
            words.put(word)
        self.grid.wait("condition=Complete", "task/orphaned")
        status = self.status("orphaned")
        self.assertEqual((status["attempt"], status["result"], status["usage"]["completionTokens"]), (1, "Before and after.", 2))

    def test_its_time_is_its_time(self):
        self.hold()
        self.grid.apply(inference("late", "tiny:1b", timeoutSeconds=1))
        self.grid.wait("condition=Failed", "task/late")
        attempt = self.status("late")["attempts"][0]
        self.assertEqual((attempt["reason"], self.status("late")["result"]), ("TimedOut", "One"))

    def test_the_key_is_in_no_file_and_no_argument(self):
        begun = self.hold()
        self.grid.apply(inference("secret", "tiny:1b"))
        self.assertTrue(begun.wait(grid.STEP_SECONDS))
        folder = os.path.join(self.grid.folder, "agent-thinker")
        found = subprocess.run(["grep", "-r", "sk-node", folder], capture_output=True, text=True, check=False)
        self.assertEqual((found.returncode, found.stdout), (1, ""))
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    self.assertNotIn(b"sk-node", file.read())
            except OSError:
                continue
        self.grid.noizy("delete", "task/secret", f"--timeout={grid.STEP_SECONDS}s")


if __name__ == "__main__":
    unittest.main()
