"""What keeps Tasks from each other's way: quotas, gangs, services that are asked whether they live, machines that sleep."""

import json
import signal
import unittest

import grid


def quota(**hard):
    return json.dumps({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "share"}, "spec": {"hard": hard}})


def milli(cpu):
    return int(cpu[:-1]) if cpu.endswith("m") else int(cpu) * 1000


class SharedGridTest(grid.GridTest):
    def test_a_quota_holds_back_and_says_so(self):
        namespace = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "small"}})
        self.grid.apply(namespace)
        self.grid.noizy("apply", "-n", "small", "-f", "-", stdin=quota(**{"requests.cpu": "100m", "tasks": "5"}))
        for name in ("one", "two"):
            manifest = grid.task(name, "sleep 600", resources={"requests": {"cpu": "60m"}})
            self.grid.noizy("apply", "-n", "small", "-f", "-", stdin=manifest)
            self.grid.noizy("wait", "-n", "small", "--for=create", "task/" + name)
        self.grid.noizy("wait", "-n", "small", "--for=jsonpath={.status.reason}=QuotaExceeded", "task/two", "--timeout=60s")
        self.assertIn('the quota of namespace "small" allows no more cpu at once', self.grid.noizy("why", "-n", "small", "task/two"))
        self.grid.noizy("wait", "-n", "small", "--for=jsonpath={.status.used.requests\\.cpu}=60m", "quota/share", "--timeout=60s")
        table = self.grid.kubectl("get", "quota", "-n", "small")
        self.assertRegex(table, r"NAME +REQUEST +LIMIT +AGE\nshare +requests.cpu: 60m/100m, tasks: 1/5")
        self.grid.noizy("delete", "-n", "small", "task/one")
        self.grid.noizy("wait", "-n", "small", "--for=jsonpath={.status.phase}=Running", "task/two", "--timeout=60s")

    def test_a_service_that_does_not_live_is_started_anew(self):
        script = "if test $NOIZY_ATTEMPT = 1; then sleep 600; fi; touch alive; sleep 600"
        liveness = {"exec": {"command": ["test", "-f", "alive"]}, "periodSeconds": 1, "failureThreshold": 2}
        backoff = {"initialSeconds": 0, "maxSeconds": 0}
        self.grid.apply(grid.task("service", script, restartPolicy="Always", liveness=liveness, retry={"backoff": backoff}))
        self.grid.wait("jsonpath={.status.attempt}=2", "task/service")
        self.grid.wait("jsonpath={.status.phase}=Running", "task/service")
        first = self.grid.get("task", "service")["status"]["attempts"][0]
        self.assertEqual(first["reason"], "Unhealthy")
        self.assertEqual(first["message"], "its liveness command failed 2 times in a row, last: exit code 1")

    def test_a_gang_is_bound_in_one_commit(self):
        template = {"spec": {"script": {"source": "true"}}}
        body = {"completions": 3, "gang": True, "template": template}
        self.grid.apply(json.dumps({"apiVersion": "noizy.dev/v1", "kind": "TaskSet", "metadata": {"name": "trio"}, "spec": body}))
        self.grid.wait("condition=Complete", "taskset/trio")
        self.assertIn('resource="none",verb="post"', self.grid.kubectl("get", "--raw", "/metrics"))

    def test_a_gang_with_room_for_part_of_it_starts_nobody(self):
        node = self.grid.get("nodes")["items"][0]
        share = int(milli(node["status"]["allocatable"]["cpu"]) * 0.3)  # two of the gang beside the holder, or all three alone
        needs = {"requests": {"cpu": f"{share}m"}}
        self.grid.apply(grid.task("holder", "sleep 600", resources=needs))
        self.grid.wait("jsonpath={.status.phase}=Running", "task/holder")
        template = {"spec": {"script": {"source": "true"}, "resources": needs}}
        body = {"completions": 3, "gang": True, "template": template}
        self.grid.apply(json.dumps({"apiVersion": "noizy.dev/v1", "kind": "TaskSet", "metadata": {"name": "wide"}, "spec": body}))
        members = [f"task/wide-{index}" for index in range(3)]
        for member in members:
            self.grid.noizy("wait", "--for=create", member)
            self.grid.wait("condition=Scheduled=False", member)
        self.assertIn("Not all 3 Tasks of gang", self.grid.noizy("why", members[0]))
        # Another Task for which there is room is bound meanwhile: the scheduler looked at them, and passed on.
        self.grid.apply(grid.task("passer-by", "true", resources=needs))
        self.grid.wait("jsonpath={.status.phase}=Succeeded", "task/passer-by")
        for member in members:
            self.assertNotIn("attempts", self.grid.get(*member.split("/"))["status"], member)
        self.grid.noizy("delete", "task/holder")
        self.grid.wait("condition=Complete", "taskset/wide")

    def test_a_template_is_refused_where_it_is_wrong(self):
        body = {"template": {"spec": {"script": {"source": "true"}, "priority": "high"}}}
        manifest = json.dumps({"apiVersion": "noizy.dev/v1", "kind": "TaskSet", "metadata": {"name": "bad"}, "spec": body})
        self.grid.noizy("apply", "-f", "-", stdin=manifest, code=1)
        self.assertIn("spec.template.spec.priority", self.grid.last.stderr)

    def test_a_machine_that_says_it_will_sleep_is_asleep(self):
        agent = self.grid.add_agent("laptop")
        agent.popen.send_signal(signal.SIGUSR1)
        self.grid.wait("jsonpath={.status.conditions[?(@.type==\"Ready\")].reason}=Asleep", "node/laptop")
        self.grid.kill_agent("laptop")


if __name__ == "__main__":
    unittest.main()
