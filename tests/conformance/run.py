#!/usr/bin/python3
"""Runs the tests of one feature folder: `run.py FEATURE [unittest's flags]`, for example `run.py kubectl -v -k sort`."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))

if __name__ == "__main__":
    os.environ.setdefault("NOIZY_SOURCE_DIR", SOURCE)
    os.environ.setdefault("NOIZY_BINARY", os.path.join(SOURCE, "build", "dev", "noizy"))
    sys.path[:0] = [HERE, os.path.join(SOURCE, "tests", "e2e")]
    folder = os.path.join(HERE, sys.argv[1])
    unittest.main(module=None, argv=["run.py", "discover", "-s", folder, "-t", folder, *sys.argv[2:]])
