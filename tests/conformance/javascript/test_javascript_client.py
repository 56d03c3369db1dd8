"""@kubernetes/client-node: typed and custom objects, patches, discovery, informer, watch."""

import json
import os

import conformance
import npm_packages

HERE = os.path.dirname(os.path.abspath(__file__))


class JavascriptTest(conformance.Test):
    UP_FLAGS = ("--no-agent", "--no-controllers")

    def test_the_client_sees_what_it_expects(self):
        packages = npm_packages.install(HERE)
        seen = json.loads(self.grid.run("node", os.path.join(HERE, "client.mjs"), packages, self.grid.kubeconfig, self.namespace))
        self.assertTrue(seen["createdAt"])
        self.assertEqual(seen["exists"], [409, "AlreadyExists"])
        self.assertEqual(seen["patched"], {"x": "y", "z": "1"})
        self.assertEqual(seen["conflict"], [409, "Conflict"])
        self.assertEqual(seen["gone"], [404, "NotFound"])
        self.assertEqual(seen["invalid"], [422, "Invalid"])
        self.assertEqual((seen["priority"], seen["replaced"]), (5, 6))
        self.assertEqual(seen["events"], ["add typed", "add informed", "update informed", "delete informed"])
        self.assertEqual(seen["cached"], {"n": "2"})
        self.assertEqual(seen["watched"], ["ADDED", "typed"])
