"""Writes analysis/trees, small trees of results, and analysis/analysis.json: what DeepOBS's own analyzers say of them.

    pip download --no-deps deepobs==1.1.2 && python3 -m zipfile -e deepobs-1.1.2-py3-none-any.whl deepobs_1_1_2
    python make_analysis.py deepobs_1_1_2

That package has the analyzer of 1.1 (analyze_utils.py) and the functions of 1.2's (shared_utils.py). Both run as they
are; what they import for figures alone is replaced by empty modules, and os.listdir by a sorted one, because the order
of files is the operating system's otherwise.

`tree_1_1` has the flat keys of 1.1, `tree_1_2` the nested ones of 1.2. Curves are sums of hashed values (common.py);
some runs diverge: with NaN from some epoch on in 1.1, with the performance before training in 1.2. Not every setting has
every seed. `baselines_part` (in the same folder, with its licence) is a part of the published baselines, whose numbers
are in analysis.json, too.
"""

import importlib.util
import json
import math
import os
import pathlib
import shutil
import sys
import types
import warnings

import common
import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).resolve().parent.parent / "analysis"
METRICS = ["train_losses", "valid_losses", "test_losses", "train_accuracies", "valid_accuracies", "test_accuracies"]
EPOCHS = 6


def originals(package):
    """The two modules of DeepOBS, without what they only draw with."""
    real = os.listdir
    os.listdir = lambda path: sorted(real(path))
    for name in ["matplotlib", "matplotlib.pyplot", "matplotlib2tikz"]:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["matplotlib2tikz"].save = sys.modules["matplotlib2tikz"].get_tikz_code = None
    for name in ["deepobs", "deepobs.tensorflow", "deepobs.analyzer"]:
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = [str(package / name.replace(".", "/"))]
    loaded = []
    for name in ["config", "analyzer.analyze_utils", "analyzer.shared_utils"]:
        path = package / "deepobs" / (name.replace(".", "/") + ".py")
        spec = importlib.util.spec_from_file_location("deepobs." + name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        if name == "config":
            sys.modules["deepobs"].config = module
            sys.modules["deepobs.tensorflow"].config = types.SimpleNamespace(get_baseline_dir=lambda: BASELINES)
            sys.modules["deepobs"].tensorflow = sys.modules["deepobs.tensorflow"]
        spec.loader.exec_module(module)
        loaded.append(module)
    return loaded[1:]


def curve(stream, start, end, noise):
    """From `start` to about `end`, with noise of its own."""
    at = np.arange(EPOCHS + 1) / EPOCHS
    values = start + (end - start) * at ** 0.5 + noise * common.hash_values(stream, EPOCHS + 1)
    return [float(v) for v in values]


def file_of(folder, seed, content, indent=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"random_seed__{seed}__2026-11-26-10-00-{seed % 60:02d}.json").write_text(json.dumps(content, indent=indent))


def make_tree_1_1(root):
    stream = 9000
    for problem, accuracy in [("quadratic_deep", False), ("fmnist_2c2d", True)]:
        for optimizer, hyper, name in [("GradientDescentOptimizer", {}, ""),
                                       ("AdamOptimizer", {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08},
                                        "beta1__9.e-01__beta2__9.99e-01__epsilon__1.e-08__")]:
            for k, rate in enumerate([0.001, 0.01, 0.1, 1.0]):
                for seed in [42, 43, 44, 46] if k == 1 else [42]:
                    stream += 10
                    end = [0.7, 0.9, 0.85, 0.2][k]
                    losses = {m: curve(stream + i, 4.0, 4.0 - 3 * end, 0.1) for i, m in enumerate(METRICS[:3])}
                    accuracies = {m: curve(stream + i, 0.1, end, 0.02) for i, m in enumerate(METRICS[3:], 3)}
                    if k == 3:
                        for m in losses:
                            losses[m][2:] = [math.inf] + [math.nan] * (EPOCHS - 2)
                    result = {"train_losses": losses["train_losses"], "test_losses": losses["test_losses"],
                              "minibatch_train_losses": losses["valid_losses"]}
                    if accuracy:
                        result |= {m: accuracies[m] for m in ["train_accuracies", "test_accuracies"]}
                    result |= {"optimizer": optimizer, "testproblem": problem, "weight_decay": None, "batch_size": 128,
                               "num_epochs": EPOCHS, "learning_rate": rate, "lr_sched_epochs": None,
                               "lr_sched_factors": None, "random_seed": seed, "train_log_interval": 1,
                               "hyperparams": hyper}
                    folder = f"num_epochs__{EPOCHS}__batch_size__128__{name}lr__{rate:.0e}".replace("lr__1e", "lr__1.e")
                    file_of(root / problem / optimizer / folder, seed, result)
    (root / "convergence_performance.json").write_text(json.dumps({"quadratic_deep": 1.6, "fmnist_2c2d": 0.8}))


def make_tree_1_2(root):
    stream = 20000
    for problem, accuracy in [("mnist_mlp", True), ("quadratic_deep", False)]:
        for optimizer in ["SGD", "Adam"]:
            for rate in [0.01, 0.1]:
                for momentum in [0.5, 0.9] if optimizer == "SGD" else [None]:
                    # Adam has equally many seeds everywhere: mode most is mode final there.
                    for seed in [42, 43, 44] if optimizer == "Adam" or (rate, momentum) == (0.1, 0.9) else [42, 43]:
                        stream += 10
                        end = 0.6 + 0.2 * (rate == 0.1) + 0.05 * (momentum == 0.9)
                        lists = {m: curve(stream + i, 4.0, 4.0 - 3 * end, 0.1) for i, m in enumerate(METRICS[:3])}
                        lists |= {m: curve(stream + i, 0.1, end, 0.02) for i, m in enumerate(METRICS[3:], 3)}
                        if optimizer == "SGD" and rate == 0.1 and momentum == 0.5 and seed == 43:
                            lists = {m: v[:3] + [v[0]] * (EPOCHS - 2) for m, v in lists.items()}
                        hyper = {"lr": rate} | ({"momentum": momentum, "nesterov": False} if momentum else {})
                        schedule = {"lr_sched_epochs": [3], "lr_sched_factors": [0.1]} if rate == 0.01 else {}
                        result = {"testproblem": problem, "batch_size": 64, "num_epochs": EPOCHS, "random_seed": seed,
                                  "weight_decay": None, "optimizer_name": optimizer, "optimizer_hyperparams": hyper,
                                  "training_params": schedule}
                        result |= {m: lists[m] for m in METRICS[:3]} | {"minibatch_train_losses": [4.0, 3.5]}
                        if accuracy:
                            result |= {m: lists[m] for m in METRICS[3:]}
                        name = f"num_epochs__{EPOCHS}__batch_size__64__lr__1.e-0{1 if rate == 0.1 else 2}"
                        if momentum:
                            name += f"__momentum__{int(momentum * 10)}.e-01__nesterov__False"
                        if schedule:
                            name += "__lr_sched_epochs__[3]__lr_sched_factors__[0.1]"
                        file_of(root / problem / optimizer / name, seed, result, 4)
    (root / "convergence_performance.json").write_text(json.dumps({"quadratic_deep": 1.6, "mnist_mlp": 0.75}))


def plain(value):
    """For JSON: NumPy's numbers as Python's, and as texts those that JSON does not have."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    value = value.item() if isinstance(value, np.generic) else value
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


class Axis:
    """Takes what plot_lr_sensitivity draws."""

    def plot(self, x, y, label):
        self.points = [plain(x), plain(y)]

    def set_xscale(self, scale):
        pass

    def set_ylim(self, limits):
        pass


def by_1_1(module, root):
    global BASELINES
    BASELINES = str(root)
    out = {}
    for problem in module.Analyzer(str(root)).testproblems.values():
        optimizers = {}
        for optimizer in problem.optimizers.values():
            final, best = optimizer.get_best_setting_final(), optimizer.get_best_setting_best()
            most = optimizer.get_setting_most_runs()
            sensitivity = {}
            for mode in ["final", "best"]:
                axis = Axis()
                optimizer.plot_lr_sensitivity(axis, mode)
                sensitivity[mode] = axis.points
            output = most.aggregate.output
            optimizers[optimizer.name] = {
                "num_settings": optimizer.num_settings,
                "final": {"folder": final.name, "value": final.aggregate.final_value},
                "best": {"folder": best.name, "value": best.aggregate.best_value},
                "most": {"folder": most.name, "num_runs": most.aggregate.num_runs, "speed": output["speed"],
                         "curves": {m: output[m] for m in METRICS if m in output and np.ndim(output[m]["mean"]) == 1}},
                "speeds": {name: setting.aggregate.output["speed"] for name, setting in optimizer.settings.items()},
                "sensitivity": sensitivity}
        out[problem.name] = {"metric": problem.metric, "convergence": problem.conv_perf, "optimizers": optimizers}
    return out


def table_1_1(module, root):
    """The cells of the LaTeX table as DeepOBS 1.1 writes them."""
    global BASELINES
    BASELINES = str(root)
    table = {}
    for name, problem in module.Analyzer(str(root)).testproblems.items():
        table[name] = {"Performance": {}, "Speed": {}, "Tuneability": {}}
        for optimizer in problem.optimizers.values():
            table[name] = optimizer.get_bm_table(table[name])
    frame = module.beautify_plot_table(table)
    scored = frame.apply(module.norm, axis=1)
    cells = scored.map(module.add_color_coding_tex) + frame.map(module.latex)
    return {"columns": list(cells.columns),
            "rows": [[list(index), list(row)] for index, row in zip(cells.index, cells.values.tolist())]}


def by_1_2(module, root):
    out = {}
    for problem in sorted(p.name for p in root.iterdir() if p.is_dir()):
        out[problem] = {}
        for optimizer in sorted(p.name for p in (root / problem).iterdir()):
            path = str(root / problem / optimizer)
            rankings = {}
            for metric in ["valid_accuracies", "test_losses", "test_accuracies"]:
                for mode in ["final", "best", "most"]:
                    with warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("always")
                        order = module.create_setting_analyzer_ranking(path, mode, metric)
                        used = module._determine_available_metric(path, metric)
                    rankings[f"{metric} {mode}"] = {
                        "metric": used, "falls_back": any("Mode 'most'" in str(w.message) for w in caught),
                        "folders": [os.path.basename(s.path) for s in order],
                        "finals": [s.get_final_value(used) for s in order],
                        "bests": [s.get_best_value(used) for s in order], "runs": [s.n_runs for s in order]}
            settings = {}
            for setting in module._get_all_setting_analyzer(path):
                aggregate = {m: v for m, v in setting.aggregate.items() if m in METRICS}
                settings[os.path.basename(setting.path)] = {
                    "aggregate": aggregate,
                    "speed": setting.calculate_speed(str(root / "convergence_performance.json"))}
            out[problem][optimizer] = {"rankings": rankings, "settings": settings}
    return out


def main():
    np.seterr(all="ignore")
    v1_1, v1_2 = originals(pathlib.Path(sys.argv[1]).resolve())
    for name, make in [("tree_1_1", make_tree_1_1), ("tree_1_2", make_tree_1_2)]:
        shutil.rmtree(HERE / "trees" / name, ignore_errors=True)
        make(HERE / "trees" / name)
    module_names = {"numpy": np.__version__, "pandas": pd.__version__, "deepobs": "1.1.2"}
    result = {"made_with": module_names}
    for name in ["tree_1_1", "baselines_part"]:
        result[name] = {"by_1_1": by_1_1(v1_1, HERE / "trees" / name), "table": table_1_1(v1_1, HERE / "trees" / name)}
    result["tree_1_2"] = {"by_1_2": by_1_2(v1_2, HERE / "trees" / "tree_1_2")}
    with open(HERE / "analysis.json", "w") as out:
        json.dump(plain(result), out)
        out.write("\n")


if __name__ == "__main__":
    main()
