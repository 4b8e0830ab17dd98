#!/usr/bin/env python3
"""The test of check_layers.py: trees of one file each, some good, some bad."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import check_layers


def answer(path, include):
    """What is found in a tree in which `path` includes `include`."""
    with tempfile.TemporaryDirectory() as root:
        file = pathlib.Path(root, path)
        file.parent.mkdir(parents=True)
        file.write_text(f"#pragma once\n#include {include}\n")
        found, _ = check_layers.breaches(pathlib.Path(root))
        return "\n".join(found)


class CheckLayers(unittest.TestCase):
    def assert_good(self, path, include):
        self.assertEqual(answer(path, include), "")

    def assert_bad(self, path, include, reason):
        found = answer(path, include)
        self.assertIn(f"{path}:2: ", found)
        self.assertIn(reason, found)

    def test_a_lower_layer_and_the_own_one_may_be_included(self):
        self.assert_good("src/io/loop.cc", '"base/clock.h"')
        self.assert_good("src/io/loop.cc", '"io/loop.h"')
        self.assert_good("src/io/loop.cc", '"loop.h"')
        self.assert_good("src/cluster/worker.cc", '"http/parser.h"')
        self.assert_good("src/http/parser.h", '"shoal/http/method.h"')
        self.assert_good("src/cluster/app.cc", '"shoal/app.h"')
        self.assert_good("tools/shoal/status.cc", '"cluster/control.h"')
        self.assert_good("tools/shoal/main.cc", '"bench/commands.h"')

    def test_a_higher_layer_may_not(self):
        self.assert_bad("src/base/log.cc", '"io/loop.h"', "a higher layer, io")
        self.assert_bad("src/io/loop.h", '"http/parser.h"', "a higher layer, http")
        self.assert_bad("src/http/server.cc", '"shoal/app.h"', "a higher layer, cluster")
        self.assert_bad("include/shoal/coro/task.h", '"shoal/http/method.h"', "a higher layer")

    def test_an_adapter_alone_may_include_what_it_adapts(self):
        self.assert_good("include/shoal/http/nlohmann.h", "<nlohmann/json.hpp>")
        self.assert_bad("include/shoal/http/nlohmann.h", "<CLI/CLI.hpp>", "has its door in")
        self.assert_bad("include/shoal/http/json.h", "<nlohmann/json.hpp>", "not the standard")
        self.assert_bad("src/http/json.cc", "<nlohmann/json.hpp>", "has its door in")

    def test_a_sibling_may_not(self):
        self.assert_bad("src/shm/segment.cc", '"topology/machine.h"', "a sibling, topology")
        self.assert_bad("src/http/router.cc", '"dispatch/policy.h"', "a sibling, dispatch")

    def test_drivers_do_not_see_each_other_and_nobody_sees_them(self):
        self.assert_good("src/io/uring/ring.cc", '"io/uring/ring.h"')
        self.assert_good("src/io/uring/ring.cc", '"io/driver.h"')
        self.assert_good("src/io/open.cc", '"io/epoll/epoll_driver.h"')
        self.assert_good("src/testing/peer.cc", '"io/sim/sim_driver.h"')
        self.assert_bad("src/io/epoll/epoll_driver.cc", '"io/uring/ring.h"', "io/uring")
        self.assert_bad("src/io/open.cc", '"io/sim/sim_driver.h"', "io/sim")
        self.assert_bad("src/io/loop.cc", '"io/epoll/epoll_driver.h"', "io/epoll")
        self.assert_bad("src/http/connection.cc", '"io/uring/ring.h"', "io/uring")

    def test_a_library_has_one_door(self):
        self.assert_good("src/io/uring/ring.h", "<liburing.h>")
        self.assert_good("src/cluster/supervisor/supervisor.cc", "<asio.hpp>")
        self.assert_good("src/dispatch/steer_ebpf.cc", "<linux/bpf.h>")
        self.assert_good("src/http/router.cc", "<absl/container/flat_hash_map.h>")
        self.assert_bad("src/io/loop.cc", "<liburing.h>", "door")
        self.assert_bad("src/io/uring/ring.cc", "<sys/epoll.h>", "door")
        self.assert_bad("src/http/server.cc", "<asio/ip/tcp.hpp>", "door")
        self.assert_bad("src/dispatch/policy.cc", "<linux/bpf.h>", "door")
        self.assert_bad("tools/shoal/main.cc", "<absl/strings/str_cat.h>", "door")
        self.assert_bad("examples/hello.cc", "<CLI/CLI.hpp>", "door")
        self.assert_bad("src/cluster/rights/rights.cc", "<seccomp.h>", "door")

    def test_a_public_header_includes_the_standard_library_and_public_headers_alone(self):
        self.assert_good("include/shoal/app.h", "<string_view>")
        self.assert_good("include/shoal/app.h", '"shoal/http/method.h"')
        self.assert_bad("include/shoal/app.h", "<sys/socket.h>", "not the standard library")
        self.assert_bad("include/shoal/app.h", "<absl/types/span.h>", "not the standard library")
        self.assert_bad("include/shoal/app.h", '"base/check.h"', "not public")

    def test_examples_use_the_public_interface_alone(self):
        self.assert_good("examples/hello.cc", "<shoal/shoal.h>")
        self.assert_bad("examples/hello.cc", '"io/loop.h"', "not public")

    def test_a_file_belongs_to_a_layer(self):
        self.assertIn("in no layer", answer("src/util/misc.h", "<vector>"))

    def test_the_program_says_where_and_fails(self):
        with tempfile.TemporaryDirectory() as root:
            pathlib.Path(root, "src/base").mkdir(parents=True)
            script = [sys.executable, check_layers.__file__, root]
            self.assertEqual(subprocess.run(script, capture_output=True).returncode, 1,
                             "an empty tree is a mistake")
            file = pathlib.Path(root, "src/base/log.cc")
            file.write_text("#include <string>\n")
            self.assertEqual(subprocess.run(script, capture_output=True).returncode, 0)
            file.write_text('#include "io/loop.h"\n')
            bad = subprocess.run(script, capture_output=True, text=True)
            self.assertEqual(bad.returncode, 1)
            self.assertIn("src/base/log.cc:1: ", bad.stdout)


if __name__ == "__main__":
    unittest.main()
