"""Watches as informers open them."""

import conformance

STREAMED = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"


class WatchTest(conformance.Test):
    def events(self, query, headers=()):
        return list(self.client.watch(self.path("configmaps", query=query), headers))

    def label(self, name, value):
        self.request("PATCH", self.path("configmaps", name), {"metadata": {"labels": {"colour": value}}},
                     {"Content-Type": "application/merge-patch+json"})

    def test_a_streamed_list_ends_with_its_bookmark(self):
        self.create("configmaps", conformance.config_map("streamed"))
        events = self.events(STREAMED)
        self.assertEqual(events[0]["type"], "ADDED")
        ends = [event for event in events if event["object"]["metadata"].get("annotations", {}).get("k8s.io/initial-events-end") == "true"]
        self.assertEqual([event["type"] for event in ends], ["BOOKMARK"])
        self.assertEqual(events[-1]["type"], "BOOKMARK")

    def test_selectors_turn_changes_into_coming_and_going(self):
        made = self.create("configmaps", conformance.config_map("turns"))
        for value in ("red", "blue", "red"):
            self.label("turns", value)
        query = "labelSelector=colour=red&timeoutSeconds=1&resourceVersion=" + made["metadata"]["resourceVersion"]
        events = self.events(query)
        self.assertEqual([event["type"] for event in events], ["ADDED", "DELETED", "ADDED"])
        self.assertEqual(events[1]["object"]["metadata"]["labels"]["colour"], "red")
        versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in events]
        self.assertEqual(versions, sorted(set(versions)))

    def test_forms(self):
        self.create("configmaps", conformance.config_map("formed"))
        for form, kind in (("Table", "Table"), ("PartialObjectMetadata", "PartialObjectMetadata")):
            events = self.events(STREAMED, {"Accept": f"application/json;as={form};v=v1;g=meta.k8s.io"})
            self.assertEqual({event["object"]["kind"] for event in events}, {kind})

    def test_revisions_that_are_not_there(self):
        self.request("GET", self.path("configmaps", query="watch=1&resourceVersion=999999999"), code=504)
        self.request("GET", self.path("configmaps", query="watch=1&sendInitialEvents=true"), code=422)
        self.request("GET", self.path("configmaps", query="watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1"), code=422)

    def test_nothing_is_lost_repeated_or_reordered(self):
        start = self.request("GET", self.path("configmaps")).json["metadata"]["resourceVersion"]
        written = []
        for index in range(50):
            made = self.create("configmaps", conformance.config_map(f"run{index}"))
            written.append(made["metadata"]["resourceVersion"])
        events = self.events("timeoutSeconds=1&resourceVersion=" + start)
        seen = [event["object"]["metadata"]["resourceVersion"] for event in events if event["object"]["metadata"]["name"].startswith("run")]
        self.assertEqual(seen, written)
        half = self.events("timeoutSeconds=1&resourceVersion=" + written[24])
        self.assertEqual([event["object"]["metadata"]["resourceVersion"] for event in half if event["object"]["metadata"]["name"].startswith("run")], written[25:])
