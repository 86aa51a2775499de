"""bench/compare.sh from end to end, quickly: its table and its reports."""

import json
import os
import subprocess
import tempfile
import unittest

import bench_world


class CompareTest(unittest.TestCase):
    def test_reports_both_servers(self):
        with tempfile.TemporaryDirectory() as directory:
            output = os.path.join(directory, "report")
            done = self.compare("--quick", "--output", output, "U8", "U10")
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(f"{output}.json", encoding="utf-8") as file:
                run = json.load(file)
            with open(f"{output}.html", encoding="utf-8") as file:
                page = file.read()
        self.assertEqual([row["name"] for row in run["cases"]], ["U8", "U10"])
        for row in run["cases"]:
            self.assertEqual(set(row["servers"]), {"icebox", "coturn"})
            self.assertIn(row["title"], page)
            self.assertIn(row["met"], (True, False))
        cycles = run["cases"][0]
        ratio = cycles["servers"]["icebox"]["median"] / cycles["servers"]["coturn"]["median"]
        self.assertAlmostEqual(cycles["reached"], ratio)
        self.assertEqual(set(run["versions"]), {"icebox", "coturn"})
        self.assertNotIn("http", page.replace("http-equiv", ""))  # self-contained
        self.assertRegex(done.stdout, r"(?m)^U8 +µs/cycle ")

    def test_an_unknown_case_is_named(self):
        done = self.compare("U99")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no case U99", done.stderr)

    def compare(self, *arguments):
        script = f"{bench_world.ROOT}/bench/compare.sh"
        done = subprocess.run([script, "--icebox", bench_world.ICEBOX, "--generator", bench_world.LOAD, *arguments],
                              capture_output=True, text=True, timeout=100, check=False)
        return done


if __name__ == "__main__":
    bench_world.main()
