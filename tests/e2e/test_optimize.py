"""Allocation advice end to end: Tasks that wait for full machines, a model over HTTP that plans them, and a scheduler that follows what was applied."""

import json
import os
import unittest

import grid
import model_server


def policy(name, url, **ai):
    provider = {"name": "local", "api": "openai", "baseURL": url, "model": "tiny"}
    return json.dumps({"apiVersion": "noizy.dev/v1", "kind": "RoutingPolicy", "metadata": {"name": name},
                       "spec": {"taskTypes": ["nothing"], "ai": {"providers": [provider], **ai}}})


def answer(choices):
    return json.dumps({**choices, "confidence": "high", "reason": "One machine stays free."})


class OptimizeTest(model_server.ServesModels, grid.GridTest):
    UP_FLAGS = ("--no-agent",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for node in ("left", "right"):
            cls.grid.add_agent(node)
        cls.cpu = cls.grid.get("node", "left")["status"]["allocatable"]["cpu"]

    def whole(self, name, script, **spec):
        """A Task that fills a machine."""
        self.grid.apply(grid.task(name, script, resources={"requests": {"cpu": self.cpu}}, **spec))
        self.addCleanup(self.grid.noizy, "delete", "task/" + name, code=None)

    def fill(self, node):
        """Keeps the machine busy; writing to the file that it returns ends that."""
        gate = os.path.join(self.grid.folder, f"gate-{node}-{self.id()}")
        os.mkfifo(gate)
        self.whole("fills-" + node, f"read line < '{gate}'", nodeName=node)
        self.grid.wait("jsonpath={.status.phase}=Running", "task/fills-" + node)
        return gate

    @staticmethod
    def release(gate):
        with open(gate, "w", encoding="ascii") as file:
            file.write("go\n")

    def use(self, choose, **ai):
        server = self.serve(choose)
        self.grid.apply(policy("planner", server.url, **ai))
        self.addCleanup(self.grid.noizy, "delete", "routingpolicy/planner")
        return server

    def wait_for_reason(self, name, reason):
        self.grid.wait("jsonpath={.status.reason}=" + reason, "task/" + name)

    def test_a_plan_is_shown_and_only_followed_once_it_is_applied(self):
        gates = {node: self.fill(node) for node in ("left", "right")}
        for name in ("alpha", "beta"):
            self.whole(name, "echo done")
            self.wait_for_reason(name, "Unschedulable")
        server = self.use(lambda document: answer({"t1": "c1", "t2": "c1"}))
        shown = self.grid.noizy("optimize")
        self.assertRegex(shown, r"default +alpha +<waits> +(left|right) +once it has room\n")
        self.assertIn("One machine stays free. (high confidence)\nSaid by local (tiny-1)", shown)
        prompt = json.dumps(server.questions[0]["body"])
        for word in ("alpha", "beta", "left", "right", "echo"):
            self.assertNotIn(word, prompt)
        annotations = self.grid.get("routingpolicy", "planner")["metadata"]["annotations"]
        self.assertNotIn("noizy.dev/applied-plan", annotations)
        self.assertNotIn("noizy.dev/optimize", annotations)
        # Applied, it holds both Tasks for the one machine, with the other one free.
        plan = json.loads(self.grid.noizy("optimize", "--apply", "-o", "json"))
        self.assertIn("applied to 2 tasks until ", self.grid.last.stderr)
        chosen = plan["tasks"][0]["node"]
        other = "left" if chosen == "right" else "right"
        self.release(gates[other])
        self.grid.wait("condition=Complete", "task/fills-" + other)
        for name in ("alpha", "beta"):
            self.wait_for_reason(name, "WaitingForPlannedNode")
        self.assertIn(f"Waits for node {chosen}, which the applied plan", self.grid.noizy("why", "task/alpha"))
        self.release(gates[chosen])
        for name in ("alpha", "beta"):
            self.grid.wait("condition=Complete", "task/" + name)
            status = self.grid.get("task", name)["status"]
            self.assertEqual(status["nodeName"], chosen)
            routing = status["routing"]
            self.assertEqual((routing["policy"], routing["strategy"], routing["decidedBy"], routing["model"]), ("planner", "AI", "local", "tiny-1"))
        why = self.grid.noizy("why", "task/alpha")
        self.assertRegex(why, r"AI \(policy planner\): as the applied plan of \S+ has it \(prompt " + plan["promptHash"][:12] + r"\): One machine stays free\.")

    def test_what_no_machine_could_do_is_dropped_and_said(self):
        gates = {node: self.fill(node) for node in ("left", "right")}
        self.whole("bound", "echo done", nodeName="left")
        self.whole("free", "echo done")
        for name in ("bound", "free"):
            self.wait_for_reason(name, "Unschedulable")

        def infeasible(document):
            tasks = document["tasks"]
            narrow = next(task for task in tasks if len(task["choices"]) == 1)
            wrong = next(node["id"] for node in document["nodes"] if node["id"] not in narrow["choices"])
            return answer({task["id"]: wrong for task in tasks})

        self.use(infeasible)
        shown = self.grid.noizy("optimize", "--apply")
        self.assertRegex(shown, r"default +bound +<waits> +- +dropped: node right could not run it\n")
        self.assertIn("applied to 1 tasks until ", self.grid.last.stderr)
        # A machine that is closed after all is not forced upon the scheduler.
        self.grid.noizy("cordon", "right")
        self.addCleanup(self.grid.noizy, "uncordon", "right")
        for gate in gates.values():
            self.release(gate)
        self.grid.wait("condition=Complete", "task/free")
        self.assertEqual(self.grid.get("task", "free")["status"]["nodeName"], "left")
        self.assertIn("rather than node right, which an applied plan gives it", self.grid.noizy("why", "task/free"))

    def refused(self, *flags):
        self.grid.noizy("optimize", "--apply", *flags, code=1)
        return self.grid.last.stderr

    def test_refusals_say_what_is_in_the_way(self):
        self.assertEqual(self.refused(), "error: no RoutingPolicy names a provider under spec.ai.providers\n")
        server = self.use(lambda document: 500, circuitBreaker={"failureThreshold": 1, "openSeconds": 3600})
        self.assertEqual(self.refused(), "error: no plan: no Task waits for a node that could be planned\n")
        self.grid.apply(grid.task("alone", "echo done", type="nobodys"))
        self.addCleanup(self.grid.noizy, "delete", "task/alone")
        self.wait_for_reason("alone", "Unschedulable")
        self.assertIn("no node could run any of the 1 Tasks that wait", self.refused())
        gates = [self.fill(node) for node in ("left", "right")]
        self.whole("waits", "echo done")
        self.wait_for_reason("waits", "Unschedulable")
        self.assertIn("error: no plan: ServerError", self.refused())
        self.assertIn("error: no plan: CircuitOpen", self.refused())
        server.choose = lambda document: "It is all the same."
        self.grid.noizy("delete", "routingpolicy/planner")
        self.grid.apply(policy("planner", server.url))
        self.assertIn("error: no plan: AnswerInvalid", self.refused())
        self.grid.noizy("delete", "routingpolicy/planner")
        self.grid.apply(policy("planner", server.url, budget={"tokensPerDay": 1}))
        self.assertIn("error: no plan: BudgetExhausted", self.refused())
        for gate in gates:
            self.release(gate)
        self.grid.wait("condition=Complete", "task/waits")


if __name__ == "__main__":
    unittest.main()
