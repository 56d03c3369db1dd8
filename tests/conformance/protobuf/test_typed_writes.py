"""Commands of stock kubectl that send their objects as protobuf, and nothing else."""

import base64

import conformance


class ProtobufTest(conformance.Test):
    def get(self, resource, name):
        return self.request("GET", self.path(resource, name)).json

    def test_create_namespace(self):
        self.assertEqual(self.kubectl("create", "namespace", "typed"), "namespace/typed created\n")
        self.assertEqual(self.request("GET", "/api/v1/namespaces/typed").json["status"]["phase"], "Active")

    def test_create_configmap(self):
        self.kubectl("create", "configmap", "c", "--from-literal=colour=red", "--from-literal=empty=")
        self.assertEqual(self.get("configmaps", "c")["data"], {"colour": "red", "empty": ""})

    def test_create_secrets(self):
        self.kubectl("create", "secret", "generic", "s", "--from-literal=word=hush")
        made = self.get("secrets", "s")
        self.assertEqual((made["type"], base64.b64decode(made["data"]["word"])), ("Opaque", b"hush"))
        self.kubectl("create", "secret", "docker-registry", "d", "--docker-username=u", "--docker-password=p")
        self.assertEqual(self.get("secrets", "d")["type"], "kubernetes.io/dockerconfigjson")

    def test_create_serviceaccount(self):
        self.kubectl("create", "serviceaccount", "robot")
        self.assertEqual(self.get("serviceaccounts", "robot")["metadata"]["name"], "robot")

    def test_create_quota(self):
        self.kubectl("create", "quota", "q", "--hard=cpu=500m,tasks=3")
        self.assertEqual(self.get("resourcequotas", "q")["spec"]["hard"], {"cpu": "500m", "tasks": "3"})

    def test_dry_runs_and_faults_are_told_as_for_json(self):
        self.kubectl("create", "configmap", "dry", "--dry-run=server")
        self.request("GET", self.path("configmaps", "dry"), code=404)
        self.kubectl("create", "configmap", "Bad_Name", code=1)
        self.assertIn("metadata.name: Invalid value", self.said)

    def test_other_kinds_and_broken_bodies_are_refused(self):
        type_header = {"Content-Type": "application/vnd.kubernetes.protobuf"}
        self.request("POST", self.path("configmaps"), b"k8s\0\xff", type_header, code=400)
        envelope = b"k8s\0" + b"\x0a\x14" + b"\x0a\x0cnoizy.dev/v1" + b"\x12\x04Task"
        self.request("POST", self.path("tasks.noizy.dev"), envelope, type_header, code=415)
