#!/usr/bin/env python3
"""Runs the program and reads its results with read_results.py, as a user of DeepOBS's analyzers would.

    read_results_test.py PATH/TO/deepobs
"""

import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

import read_results

PROGRAM = None


def write_idx(path, extents, payload):
    with open(path, "wb") as file:
        file.write(struct.pack(f">{1 + len(extents)}I", 0x0800 + len(extents), *extents) + payload)


def write_data(place):
    """Images whose brightness follows their label, so that a few steps learn something."""
    folder = os.path.join(place, "fmnist")
    os.makedirs(folder)
    numbers = random.Random(1)
    for half, count in (("train", 200), ("t10k", 100)):
        labels = bytes(numbers.randrange(10) for _ in range(count))
        pixels = b"".join(bytes(numbers.randrange(20 * label, 20 * label + 60) for _ in range(784)) for label in labels)
        write_idx(os.path.join(folder, f"{half}-images-idx3-ubyte"), (count, 28, 28), pixels)
        write_idx(os.path.join(folder, f"{half}-labels-idx1-ubyte"), (count,), labels)


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.data = os.path.join(cls.folder.name, "data")
        write_data(cls.data)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_program(self, results, *options, problem="fmnist_logreg", optimizer="SGD"):
        command = [PROGRAM, "run", problem, "--optimizer", optimizer, "--batch_size", "20", "--data_dir", self.data,
                   "--output_dir", os.path.join(self.folder.name, results), "--quiet", *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder.name)
        return os.path.join(self.folder.name, results)

    def raw(self, tree):
        """Every file of a tree as plain JSON, by seed."""
        found = []
        for _, _, _, files in read_results.settings_of(tree):
            for path in files:
                with open(path, encoding="utf-8") as file:
                    found.append(json.load(file))
        return sorted(found, key=lambda run: run["random_seed"])

    def test_seeds_of_one_setting_are_aggregated(self):
        for layout in ("flat", "tf", "1.2"):
            for seed in (42, 43, 44):
                tree = self.run_program("seeds" + layout, "--layout", layout, "--lr", "0.01", "-N", "4", "-r", str(seed))
            complaints, counts = read_results.check_output(tree)
            self.assertEqual(complaints, [])
            self.assertEqual(counts, ["fmnist_logreg | SGD: 1 setting(s) with 3 seed(s)."])

            curves = [run["test_accuracies"] for run in self.raw(tree)]
            self.assertNotEqual(curves[0], curves[1])
            target = sorted(curve[-1] for curve in curves)[1]  # two of the three get there
            ((key, found),) = read_results.summary(tree, {"fmnist_logreg": target}).items()
            self.assertEqual(key[:2], ("fmnist_logreg", "SGD"))
            self.assertIn("num_epochs", key[2])  # by which the 1.2 analyzer knows a setting
            self.assertEqual(found["runs"], 3)
            self.assertEqual(found["metric"], "test_accuracies")
            self.assertEqual(len(found["mean"]), 5)
            last = [curve[-1] for curve in curves]
            self.assertAlmostEqual(found["final"], sum(last) / 3, delta=1e-15)
            spread = math.sqrt(sum((value - sum(last) / 3) ** 2 for value in last) / 3)
            self.assertAlmostEqual(found["std"][-1], spread, delta=1e-15)
            self.assertEqual(found["best"], max(found["mean"]))
            first = [next((i for i, value in enumerate(curve) if value >= target), 5) for curve in curves]
            self.assertAlmostEqual(found["speed"], sum(first) / 3, delta=1e-15)

    def test_both_schemas_say_the_same(self):
        options = ("--lr", "0.01", "-N", "2", "--lr_sched_epochs", "1", "--lr_sched_factors", "0.1", "--threads", "1")
        runs = []
        for layout in ("flat", "1.2"):
            tree = self.run_program("schema" + layout, "--layout", layout, *options, optimizer="Adam")
            ((_, _, _, files),) = read_results.settings_of(tree)
            runs.append(read_results.read_run(files[0]))
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(runs[0]["optimizer_hyperparams"]["lr"], 0.01)
        self.assertEqual(runs[0]["training_params"], {"lr_sched_epochs": [1], "lr_sched_factors": [0.1]})

    def test_settings_lie_in_folders_of_their_own(self):
        for rate in ("0.1", "0.01"):
            for momentum in ("0.0", "0.9"):
                tree = self.run_program("grid", "--lr", rate, "-N", "1", "--momentum", momentum)
        _, counts = read_results.check_output(tree)
        self.assertEqual(counts, ["fmnist_logreg | SGD: 4 setting(s) with 1 seed(s)."])

    def test_a_diverged_run_does_not_disturb_the_others(self):
        tree = self.run_program("diverged", "--lr", "1e38", "-N", "3", "--train_log_interval", "1")
        self.run_program("diverged", "--lr", "0.01", "-N", "3", "--train_log_interval", "1")
        complaints, counts = read_results.check_output(tree)
        self.assertEqual(complaints, [])
        self.assertEqual(counts, ["fmnist_logreg | SGD: 2 setting(s) with 1 seed(s)."])
        found = list(read_results.summary(tree, {"fmnist_logreg": 2.0}).values())
        diverged = next(one for one in found if len(set(one["mean"])) == 1)
        self.assertEqual(diverged["final"], diverged["mean"][0])  # no progress
        self.assertEqual(diverged["speed"], 4)  # never reached: the length of the list
        tokens = [run["minibatch_train_losses"] for run in self.raw(tree)]
        self.assertTrue(any(isinstance(value, float) and math.isnan(value) for run in tokens for value in run))
        self.assertFalse(any(value is None for run in tokens for value in run))

    def test_nothing_else_lies_in_the_tree(self):
        tree = self.run_program("clean", "--lr", "0.1", "-N", "1")
        self.run_program("clean", "--lr", "0.1", "-N", "1")  # the same again, perhaps in the same second
        names = [os.path.join(top, name) for top, _, files in os.walk(tree) for name in files]
        self.assertEqual(len(names), 2)
        self.assertTrue(all(name.endswith(".json") for name in names))
        self.assertEqual(sorted(os.listdir(tree)), ["fmnist_logreg"])
        self.assertFalse(os.path.exists(tree + ".work"))

    def test_the_reader_sees_what_is_wrong(self):
        tree = self.run_program("wrong", "--lr", "0.1", "-N", "2")
        ((problem, optimizer, setting, files),) = read_results.settings_of(tree)
        with open(files[0], encoding="utf-8") as file:
            text = file.read()
        folder = os.path.dirname(files[0])

        def complaints_about(changed):
            with open(files[0], "w", encoding="utf-8") as file:
                file.write(changed)
            return " ".join(read_results.check_output(tree)[0])

        self.assertEqual(complaints_about(text), "")
        self.assertIn("JSONDecodeError", complaints_about(text[: len(text) // 2]))
        self.assertIn("not num_epochs + 1", complaints_about(text.replace('"num_epochs": 2', '"num_epochs": 3')))
        self.assertIn("no test_losses", complaints_about(text.replace('"test_losses"', '"test_loss"')))
        self.assertIn("KeyError", complaints_about(text.replace('"batch_size"', '"size"')))
        run = json.loads(text)
        run["test_losses"][1] = None
        self.assertIn("no number", complaints_about(json.dumps(run)))
        os.remove(files[0])
        self.assertEqual(read_results.check_output(tree)[0], [f"{problem}/{optimizer}/{setting}: empty"])
        with open(os.path.join(os.path.dirname(folder), "stray"), "w", encoding="utf-8"):
            pass
        self.assertRaises(NotADirectoryError, read_results.check_output, tree)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop())
    unittest.main()
