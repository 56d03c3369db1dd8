"""Debian's ruby-kubeclient: discovery, create, patches, replace, watch, delete."""

import json
import os
import shutil

import conformance

CLIENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.rb")


class RubyTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def test_the_client_sees_what_it_expects(self):
        self.assertTrue(shutil.which("ruby"), "ruby is missing: run tools/install-dependencies --test")
        seen = json.loads(self.grid.run("ruby", CLIENT, self.grid.kubeconfig, self.namespace))
        self.assertIn("task", seen["kinds"])
        self.assertEqual(seen["created"], "r")
        self.assertEqual(seen["refused"], [409, 'tasks.noizy.dev "r" already exists'])
        self.assertEqual(seen["conflict"], 409)
        self.assertEqual(seen["selected"], ["r"])
        self.assertEqual(seen["chunk"], 1)
        self.assertEqual([event[2] for event in seen["events"] if event[0] == "MODIFIED"], [2, 3, 4, 4])
        self.assertEqual(seen["events"][-1][:2], ["DELETED", "r"])
        self.assertEqual(seen["gone"], 'tasks.noizy.dev "r" not found')
        self.assertEqual(seen["config"], {"k": "v"})
