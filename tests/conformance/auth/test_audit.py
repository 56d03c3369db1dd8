"""The audit log: who did what, and never what a Secret holds."""

import json
import os
import tempfile

import conformance
import grid

FOLDER = tempfile.mkdtemp(prefix="noizy-audit-")
LOG = os.path.join(FOLDER, "audit.log")
POLICY = os.path.join(FOLDER, "policy.yaml")
with open(POLICY, "w", encoding="utf-8") as policy:
    policy.write("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: RequestResponse}]}")


class AuditTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers", "--audit-log-path", LOG, "--audit-policy-file", POLICY)

    def events(self, audit_id, stage="ResponseComplete"):
        """The log is written apart from the requests: follows it until the event is there."""
        with open(LOG, encoding="utf-8") as log:
            found = grid.read_line(log.buffer, '.*"auditID":"' + audit_id + '","stage":"' + stage + '".*')
        return json.loads(found.group(0))

    def test_a_request_is_there_with_its_bodies(self):
        made = self.request("POST", self.path("configmaps"), conformance.config_map("c", k="open"), {"Audit-Id": "made-c"}, code=201)
        self.assertEqual(made.headers["Audit-Id"], "made-c")
        event = self.events("made-c")
        self.assertEqual((event["kind"], event["stage"], event["verb"]), ("Event", "ResponseComplete", "create"))
        self.assertEqual(event["user"]["username"], "noizy-admin")
        self.assertEqual(event["objectRef"]["resource"], "configmaps")
        self.assertEqual(event["requestObject"]["data"], {"k": "open"})
        self.assertEqual(event["responseObject"]["metadata"]["name"], "c")

    def test_what_came_is_there_before_its_answer(self):
        self.request("GET", self.path("configmaps"), headers={"Audit-Id": "came"})
        event = self.events("came", "RequestReceived")
        self.assertEqual((event["verb"], event.get("responseStatus")), ("list", None))

    def test_a_secret_is_not(self):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": "hunter2"}}
        self.request("POST", self.path("secrets"), secret, {"Audit-Id": "made-s"}, code=201)
        self.assertEqual(self.events("made-s")["level"], "Metadata")
        with open(LOG, encoding="utf-8") as log:
            self.assertNotIn("hunter2", log.read())

    def test_who_acts_as_whom(self):
        self.request("GET", self.path("configmaps"), headers={"Audit-Id": "as-ada", "Impersonate-User": "ada"}, code=403)
        event = self.events("as-ada")
        self.assertEqual((event["user"]["username"], event["impersonatedUser"]["username"]), ("noizy-admin", "ada"))
        self.assertEqual(event["responseStatus"]["reason"], "Forbidden")
