"""Events under the names of two groups: what is written through one is read, selected, watched and patched through the other."""

import conformance

WHEN = "2026-01-01T00:00:00.123456Z"


def recorded(name, namespace):
    """What client-go's newer recorder sends."""
    return {"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": name, "namespace": namespace}, "eventTime": WHEN,
            "reportingController": "noizy.dev/test", "reportingInstance": "test-1", "action": "Testing", "reason": "Tested", "type": "Normal",
            "note": "it went well", "regarding": {"kind": "ConfigMap", "name": "a", "namespace": namespace, "apiVersion": "v1"}}


class TwoGroupsTest(conformance.Test):
    def newer(self, name="", query=""):
        return self.path("events.events.k8s.io", name, query)

    def record(self, name):
        return self.request("POST", self.newer(), recorded(name, self.namespace), code=201).json

    def test_written_as_the_newer_read_as_the_older(self):
        made = self.record("a")
        self.assertEqual((made["apiVersion"], made["note"], made["regarding"]["name"]), ("events.k8s.io/v1", "it went well", "a"))
        read = self.request("GET", self.path("events", "a")).json
        self.assertEqual((read["apiVersion"], read["message"], read["involvedObject"]["name"]), ("v1", "it went well", "a"))
        self.assertEqual((read["reportingComponent"], read["reportingInstance"], read["eventTime"]), ("noizy.dev/test", "test-1", WHEN))
        self.assertNotIn("note", read)
        self.assertEqual(made["metadata"]["uid"], read["metadata"]["uid"])

    def test_written_as_the_older_read_as_the_newer(self):
        self.create("events", {"metadata": {"name": "b"}, "involvedObject": {"name": "x", "namespace": self.namespace}, "message": "old", "count": 3,
                               "source": {"component": "me"}, "lastTimestamp": "2026-01-01T00:00:00Z"})
        read = self.request("GET", self.newer("b")).json
        self.assertEqual((read["note"], read["deprecatedCount"], read["deprecatedSource"]), ("old", 3, {"component": "me"}))
        for gone in ("message", "count", "source", "lastTimestamp", "involvedObject"):
            self.assertNotIn(gone, read)

    def test_a_series_is_patched(self):
        self.record("c")
        patch = {"series": {"count": 2, "lastObservedTime": "2026-01-01T00:01:00.000000Z"}}
        for kind in ("strategic-merge-patch", "merge-patch"):
            reply = self.request("PATCH", self.newer("c"), patch, headers={"Content-Type": f"application/{kind}+json"})
            self.assertEqual(reply.json["series"]["count"], 2)
        self.assertEqual(self.request("GET", self.path("events", "c")).json["series"]["count"], 2)

    def test_whose_fields_are_whose(self):
        self.record("d")
        patch = {"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "d"}, "note": "better"}
        applied = self.newer("d", "fieldManager=me&force=true")
        self.request("PATCH", applied, patch, headers={"Content-Type": "application/apply-patch+yaml"})
        for path, version, field in ((self.newer("d"), "events.k8s.io/v1", "f:note"), (self.path("events", "d"), "v1", "f:message")):
            owners = [entry for entry in self.request("GET", path).json["metadata"]["managedFields"] if field in entry["fieldsV1"]]
            self.assertEqual([(entry["manager"], entry["apiVersion"]) for entry in owners], [("me", version)])

    def test_lists_selectors_and_watches(self):
        made = self.record("e")
        selected = "regarding.name=a,reportingController=noizy.dev/test,metadata.name=e"
        listed = self.request("GET", self.newer(query="fieldSelector=" + selected)).json
        self.assertEqual((listed["kind"], listed["apiVersion"], [item["note"] for item in listed["items"]]),
                         ("EventList", "events.k8s.io/v1", ["it went well"]))
        self.assertEqual(self.request("GET", self.newer(query="fieldSelector=regarding.name=none")).json["items"], [])
        self.request("GET", self.newer(query="fieldSelector=involvedObject.name=a"), code=400)
        before = int(made["metadata"]["resourceVersion"]) - 1
        event = next(self.client.watch(self.newer(query=f"resourceVersion={before}&fieldSelector=metadata.name=e")))
        self.assertEqual((event["type"], event["object"]["note"]), ("ADDED", "it went well"))

    def test_kubectl_knows_both(self):
        self.record("f")
        self.assertIn("it went well", self.kubectl("get", "events.events.k8s.io", "f"))
        for resource in ("events", "events.events.k8s.io"):
            shown = self.kubectl("get", resource, "f")
            self.assertRegex(shown, r"^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n\S+ +Normal +\w+ +[a-z]+/\w+ +it went well\n$")
        self.assertIn("regarding", self.kubectl("explain", "event", "--api-version=events.k8s.io/v1"))
        self.kubectl("delete", "events.events.k8s.io", "f")
        self.request("GET", self.path("events", "f"), code=404)
