"""Helm 3 and Helm 4 install, upgrade, roll back and uninstall a chart of noizy's kinds."""

import json
import os

import conformance
import npm_packages

CHART = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chart")


class HelmTest(conformance.Test):
    def life(self, version):
        program = npm_packages.layer_program(version, "helm")
        release = "grid-" + version

        def helm(*arguments, **options):
            return self.grid.run(program, *arguments, "--namespace", self.namespace, **options)

        def task():
            return self.request("GET", self.path("tasks.noizy.dev", release)).json

        helm("install", release, CHART, "--set", "priority=1")
        self.assertEqual(task()["spec"]["priority"], 1)
        self.assertEqual(task()["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm")
        self.assertEqual(self.request("GET", self.path("configmaps", release)).json["data"], {"priority": "1"})
        helm("upgrade", release, CHART, "--set", "priority=2", "--set", "extra=true")
        self.assertEqual(task()["spec"]["priority"], 2)
        self.request("GET", self.path("configmaps", release + "-extra"))
        history = json.loads(helm("history", release, "-o", "json"))
        self.assertEqual([revision["status"] for revision in history], ["superseded", "deployed"])
        helm("rollback", release, "1")
        self.assertEqual(task()["spec"]["priority"], 1)
        self.request("GET", self.path("configmaps", release + "-extra"), code=404)
        self.assertEqual([one["revision"] for one in json.loads(helm("list", "-o", "json"))], ["3"])
        helm("uninstall", release, "--wait")
        self.request("GET", self.path("configmaps", release), code=404)
        self.request("GET", self.path("tasks.noizy.dev", release), code=404)
        secrets = self.request("GET", self.path("secrets", query="labelSelector=owner%3Dhelm")).json["items"]
        self.assertEqual(secrets, [])

    def test_helm_3(self):
        self.life("v31")

    def test_helm_4(self):
        self.life("v35")
