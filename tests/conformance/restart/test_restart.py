"""What outlives the server: snapshots, revisions, kinds of users' own. The server is killed, not stopped."""

import conformance

SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"colour": {"type": "string"}}}}}
DEFINITION = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "wheels.example.com"},
              "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "wheels", "kind": "Wheel"},
                       "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA},
                                     "selectableFields": [{"jsonPath": ".spec.colour"}]}]}}


class RestartTest(conformance.Test):
    def restart(self):
        self.grid.plane.kill()
        self.grid.start()

    def maps(self, query):
        return self.request("GET", self.path("configmaps", query=query)).json

    def test_a_list_goes_on_and_a_watch_misses_nothing(self):
        for index in range(4):
            self.create("configmaps", conformance.config_map(f"m{index}"))
        page = self.maps("limit=2")
        start = page["metadata"]["resourceVersion"]
        before = self.create("configmaps", conformance.config_map("m9"))
        self.restart()
        after = self.create("configmaps", conformance.config_map("m8"))
        rest = self.maps("limit=9&continue=" + page["metadata"]["continue"])
        self.assertEqual([item["metadata"]["name"] for item in rest["items"]], ["m2", "m3"])
        self.assertEqual(rest["metadata"]["resourceVersion"], start)
        events = list(self.client.watch(self.path("configmaps", query="timeoutSeconds=1&resourceVersion=" + start)))
        self.assertEqual([(event["type"], event["object"]["metadata"]["resourceVersion"]) for event in events],
                         [("ADDED", made["metadata"]["resourceVersion"]) for made in (before, after)])

    def test_a_kind_is_served_from_the_start(self):
        self.request("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION, code=201)
        self.kubectl("wait", "--for=condition=established", "crd/wheels.example.com", "--timeout=10s")
        wheel = {"apiVersion": "example.com/v1", "kind": "Wheel", "metadata": {"name": "a", "labels": {"size": "big"}}, "spec": {"colour": "red"}}
        made = self.create("wheels.example.com", wheel)
        self.restart()
        self.assertEqual(self.request("GET", self.path("wheels.example.com", "a")).json, made)
        for query, count in (("labelSelector=size=big", 1), ("fieldSelector=spec.colour=red", 1), ("fieldSelector=spec.colour=blue", 0)):
            self.assertEqual(len(self.request("GET", self.path("wheels.example.com", query=query)).json["items"]), count)
        # A deletion that was under way is brought to its end.
        self.request("PATCH", self.path("wheels.example.com", "a"), {"metadata": {"finalizers": ["example.com/held"]}},
                     {"Content-Type": "application/merge-patch+json"})
        self.request("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/wheels.example.com")
        self.restart()
        self.request("PATCH", self.path("wheels.example.com", "a"), {"metadata": {"finalizers": None}},
                     {"Content-Type": "application/merge-patch+json"})
        self.kubectl("wait", "--for=delete", "crd/wheels.example.com", "--timeout=10s")
