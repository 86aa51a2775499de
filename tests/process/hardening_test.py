"""What is shipped is built so that a fault of ours is harder to use, and so that no assert ends it."""

import os
import re
import subprocess
import unittest

PROGRAM = os.environ["ICEBOX"]


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, PROGRAM], check=True, capture_output=True, text=True).stdout


class Hardening(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.imported = set(re.findall(r" UND (\w+)@", readelf("--dyn-syms")))

    def test_it_is_loaded_at_an_address_of_its_own_each_time(self):
        self.assertRegex(readelf("--file-header"), r"Type:\s+DYN")

    def test_all_symbols_are_bound_at_the_start_and_read_only_then(self):
        self.assertIn("GNU_RELRO", readelf("--program-headers"))
        self.assertRegex(readelf("--dynamic"), r"FLAGS.*BIND_NOW|FLAGS_1.*NOW")

    def test_the_stack_is_not_executable(self):
        self.assertRegex(readelf("--program-headers"), r"GNU_STACK.* RW ")

    def test_stacks_are_guarded_and_copies_checked(self):
        self.assertIn("__stack_chk_fail", self.imported)
        self.assertTrue({name for name in self.imported if name.endswith("_chk")} - {"__stack_chk_fail"})

    def test_no_assert_is_left_in_it(self):
        """Those of libraries made of headers only would be compiled in: nlohmann, Boost, simdjson, toml++."""
        self.assertNotIn("__assert_fail", self.imported)


if __name__ == "__main__":
    unittest.main()
