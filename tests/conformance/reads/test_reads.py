"""Reads as clients make them: forms, pages, revisions, selectors, compression."""

import gzip

import conformance

TABLE = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
PARTIAL = {"Accept": "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"}


class ReadsTest(conformance.Test):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for index in range(5):
            cls.client.request("POST", f"/api/v1/namespaces/{cls.namespace}/configmaps",
                               conformance.config_map(f"m{index}", {"index": str(index)}, text="x"))

    def list(self, query="", headers=(), code=200):
        return self.request("GET", self.path("configmaps", query=query), headers=headers, code=code)

    def names(self, query):
        return [item["metadata"]["name"] for item in self.list(query).json["items"]]

    def test_pages_are_one_snapshot(self):
        page = self.list("limit=2").json
        self.assertEqual(page["metadata"]["remainingItemCount"], 3)
        self.create("configmaps", conformance.config_map("m1x"))
        seen = [item["metadata"]["name"] for item in page["items"]]
        while page["metadata"].get("continue"):
            page = self.list("limit=2&continue=" + page["metadata"]["continue"]).json
            seen += [item["metadata"]["name"] for item in page["items"]]
        self.assertEqual(seen, ["m0", "m1", "m2", "m3", "m4"])
        self.request("DELETE", self.path("configmaps", "m1x"))

    def test_revisions(self):
        made = self.create("configmaps", conformance.config_map("m9"))
        then = made["metadata"]["resourceVersion"]
        self.request("DELETE", self.path("configmaps", "m9"))
        self.assertIn("m9", self.names("resourceVersionMatch=Exact&resourceVersion=" + then))
        self.assertNotIn("m9", self.names("resourceVersionMatch=NotOlderThan&resourceVersion=" + then))
        self.assertNotIn("m9", self.names("resourceVersion=0"))
        late = self.list("resourceVersion=999999999", code=504).json
        self.assertEqual(late["details"]["causes"][0]["reason"], "ResourceVersionTooLarge")

    def test_parameters_that_contradict_each_other(self):
        for query in ("resourceVersionMatch=Exact", "resourceVersionMatch=Exact&resourceVersion=0", "resourceVersionMatch=Some&resourceVersion=1",
                      "sendInitialEvents=true"):
            self.assertEqual(self.list(query, code=422).json["reason"], "Invalid")

    def test_forms(self):
        table = self.list(headers=TABLE).json
        self.assertEqual((table["kind"], len(table["rows"])), ("Table", 5))
        self.assertEqual(table["columnDefinitions"][0]["name"], "Name")
        partial = self.list(headers=PARTIAL).json
        self.assertEqual(partial["kind"], "PartialObjectMetadataList")
        self.assertNotIn("data", partial["items"][0])
        self.list(headers={"Accept": "application/vnd.kubernetes.protobuf"}, code=406)
        self.list(headers={"Accept": "application/vnd.kubernetes.protobuf, application/json"})

    def test_selectors(self):
        self.assertEqual(self.names("labelSelector=index+in+(1,2)"), ["m1", "m2"])
        self.assertEqual(self.names("labelSelector=index,index+notin+(0,1,2)"), ["m3", "m4"])
        self.assertEqual(self.names("fieldSelector=metadata.name!=m0,metadata.name!=m1"), ["m2", "m3", "m4"])
        refused = self.list("fieldSelector=data.text=x", code=400).json
        self.assertEqual(refused["message"], "field label not supported: data.text")

    def test_big_lists_are_compressed_when_asked(self):
        for name in ("zbig1", "zbig2"):
            self.create("configmaps", conformance.config_map(name, {"size": "big"}, text="lorem ipsum " * 20000))
        plain = self.list("labelSelector=size=big")
        packed = self.list("labelSelector=size=big", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed.bytes), len(plain.bytes) / 4)
        self.assertEqual(gzip.decompress(packed.bytes), plain.bytes)
        self.assertIsNone(self.list("limit=1", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"])
        for name in ("zbig1", "zbig2"):
            self.request("DELETE", self.path("configmaps", name))
