"""Writes analysis/statistics.json: what independent programs say of small samples.

Each section names its oracle. Numbers are written so that they read back exactly; "inf", "-inf" and "nan" are texts.
Where an algorithm draws random numbers, Philox (Salmon et al., 2011) is written once more here, with the addresses of
runner/analysis/statistics/numbers/resampling.h, so that resamples are the same and everything else is the oracle's.

    venv/bin/pip install numpy scipy pandas lifelines opda rliable statsmodels scikit-posthocs
    venv/bin/python make_statistics.py
"""

import fractions
import importlib.metadata
import itertools
import json
import math
import pathlib
import warnings

import lifelines
import lifelines.statistics
import lifelines.utils
import numpy as np
import opda.nonparametric
import pandas as pd
import rliable.metrics
import scikit_posthocs
import scipy.special
import scipy.stats as st
import statsmodels.stats.multitest

INF = math.inf
BOOTSTRAP, SIGN_FLIPS, NORMALS, IMPROVEMENT, RANKS, PROFILES = 1, 2, 3, 4, 5, 6


class Philox:
    """The random numbers of Resampling(seed, draw)."""

    def __init__(self, seed, draw):
        self.seed, self.draw, self.block, self.words = seed, draw, 0, []

    def word(self):
        if not self.words:
            x = [self.block & 0xFFFFFFFF, self.draw, self.block >> 32, 0xB00F]
            k0, k1 = self.seed & 0xFFFFFFFF, self.seed >> 32
            for _ in range(10):
                p0, p1 = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
                x = [(p1 >> 32) ^ x[1] ^ k0, p1 & 0xFFFFFFFF, (p0 >> 32) ^ x[3] ^ k1, p0 & 0xFFFFFFFF]
                k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
            self.words = x[::-1]
            self.block += 1
        return self.words.pop()

    def below(self, n):
        while True:
            product = self.word() * n
            if product & 0xFFFFFFFF >= 2**32 % n:
                return product >> 32

    def normal(self):
        high = self.word()
        bits = (high << 32) | self.word()
        return scipy.special.ndtri(((bits >> 12) * 2 + 1) / 2.0**53)


SAMPLES = [
    [0.25],
    [1.0, 2.0],
    [0.9227, 0.9214, 0.9234],
    [87.4, 87.05, 87.11, 87.4, 90.25],
    [1e-8, 3e-3, 0.02, 0.5, 4.0, 1e3],
    [5.0, 5.0, 5.0, 5.0],
    [1e9 + 0.25, 1e9 + 0.5, 1e9 + 1.5, 1e9],
    [-3.5, 2.0, 7.25, 0.125, -11.0, 2.0, 2.0, 6.5],
    [math.sin(i * i) for i in range(1, 31)],
]


def special():
    result = {
        "normal_quantile": [[p, st.norm.ppf(p)] for p in (1e-300, 1e-12, 0.025, 0.5, 0.6, 0.975, 1 - 1e-9)],
        "normal_below": [[x, st.norm.cdf(x)] for x in (-37.0, -8.5, -1.96, 0.0, 0.3, 5.0)],
        "t_quantile": [[p, v, st.t.ppf(p, v)] for p in (0.025, 0.6, 0.975, 0.9995) for v in (1, 2, 3, 9, 29, 1000)],
        "t_two_sided": [[t, v, 2 * st.t.sf(t, v)] for t in (0.0, 0.5, 2.0, 40.0) for v in (1, 4, 19)],
        "chi_squared_above": [[x, v, st.chi2.sf(x, v)] for x in (0.0, 0.1, 3.84, 50.0, 700.0) for v in (1, 2, 9)],
        "f_above": [[x, a, b, st.f.sf(x, a, b)] for x in (0.2, 1.0, 3.686, 60.0) for a, b in ((1, 1), (3, 39), (7, 14))],
        "beta_quantile": [[p, a, b, st.beta.ppf(p, a, b)] for p in (1e-6, 0.025, 0.5, 0.999)
                          for a, b in ((1, 1), (1, 10), (5, 6), (300, 2))],
        "fair_coin_at_most": [[k, n, st.binom.cdf(k, n, 0.5)] for k, n in ((0, 1), (0, 5), (2, 5), (10, 40), (450, 1000))],
        "studentized_range_above": [[q, k, st.studentized_range.sf(q, k, INF)] for q in (0.1, 1.0, 2.5, 3.5, 5.0)
                                    for k in (2, 3, 5, 10, 30)],
        "studentized_range_quantile": [[p, k, st.studentized_range.ppf(p, k, INF)] for p in (0.5, 0.9, 0.95, 0.99)
                                       for k in range(2, 11)],
    }
    # scipy's quadrature of the range has 1e-10 or so; of two numbers, and far out, the formulas are closed or simple.
    result["range_of_two"] = [[q, 2 * st.norm.sf(q / math.sqrt(2))] for q in (1e-6, 0.5, 2.0, 9.0, 30.0)]
    return result


def moments():
    cases = []
    for values in SAMPLES:
        x = np.array(values)
        several = len(x) > 1
        cases.append({
            "values": values, "mean": math.fsum(values) / len(values), "population": np.std(x),
            "sample": np.std(x, ddof=1) if several else math.nan, "error": st.sem(x) if several else math.nan,
            "quantiles": [[q, np.quantile(x, q, method="linear")] for q in (0.0, 0.05, 0.25, 0.5, 0.61, 0.75, 1.0)]})
    return cases


def mean_intervals():
    cases = []
    for values in SAMPLES[1:]:
        for level in (0.5, 0.95, 0.999):
            n = len(values)
            case = {"values": values, "level": level}
            if min(values) != max(values):
                case["mean"] = st.t.interval(level, n - 1, np.mean(values), st.sem(values))
            if min(values) > 0 and min(values) != max(values):
                logs = np.log(values)
                case["geometric"] = np.exp(st.t.interval(level, n - 1, np.mean(logs), st.sem(logs)))
                case["geometric_value"] = st.gmean(values)
            # scipy's interval of a median, of places in the order, and the level that it has; a hair below the level, so
            # that one which is met exactly counts.
            places = st.quantile_test(np.arange(n), p=0.5).confidence_interval(level - 1e-12)
            if math.isnan(places.low):
                case["median"] = None
            else:
                x, low, high = sorted(values), int(places.low), int(places.high)
                case["median"] = [x[low], x[high], 1 - 2 * st.binom.cdf(low, n, 0.5)]
            cases.append(case)
    return cases


class Distribution:
    def __init__(self, values):
        self.bootstrap_distribution = np.array(values)


def resamples(values, seed, count):
    random = Philox(seed, BOOTSTRAP)
    return [[values[random.below(len(values))] for _ in values] for _ in range(count)]


def bootstraps():
    cases = []
    for values, seed, count in ((SAMPLES[1], 0, 0), (SAMPLES[2], 0, 0), (SAMPLES[3], 0, 0), (SAMPLES[7], 0, 500),
                                (SAMPLES[8], 7, 300)):
        drawn = [list(r) for r in itertools.product(values, repeat=len(values))] if not count \
            else resamples(values, seed, count)
        for name, statistic in (("mean", np.mean), ("median", np.median)):
            case = {"values": values, "seed": seed, "resamples": count, "statistic": name, "value": statistic(values)}
            for method in ("percentile", "BCa"):
                # All resamples that there are stand for draws without an end: each often, and nothing between two.
                distribution = np.repeat([statistic(r) for r in drawn], 1 if count else 1001)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    interval = st.bootstrap((values,), statistic, n_resamples=0, vectorized=False, method=method,
                                            bootstrap_result=Distribution(distribution)).confidence_interval
                case[method] = [interval.low, interval.high]
            cases.append(case)
    return cases


SCORES = [[0.1, 0.92, 1.05, 0.4, 0.77], [0.99, 0.98, 1.0, 0.97, 1.01], [-0.5, 0.2, 0.3, 0.25, 0.1],
          [0.6, 0.61, 0.62, 0.63, 0.64]]


def scores():
    matrix = np.array(SCORES).T  # runs x problems
    result = {"problems": SCORES, "iqm": rliable.metrics.aggregate_iqm(matrix),
              "optimality_gap": rliable.metrics.aggregate_optimality_gap(matrix)}
    for strata in ("fixed", "resampled"):
        random, values = Philox(3, BOOTSTRAP), []
        for _ in range(400):
            pool = []
            for p in range(len(SCORES)):
                runs = SCORES[random.below(len(SCORES)) if strata == "resampled" else p]
                pool += [runs[random.below(len(runs))] for _ in runs]
            values.append(st.trim_mean(pool, 0.25))
        result[strata] = np.quantile(values, [0.025, 0.975])
    result["trimmed"] = [{"values": v, "iqm": st.trim_mean(v, 0.25)} for v in SAMPLES]
    return result


def improvement():
    a = [[0.91, 0.92, 0.9, 0.92], [0.5, 0.5, 0.51, 0.53], [0.1, 0.9, 0.3, 0.3]]
    b = [[0.9, 0.89, 0.9, 0.91], [0.52, 0.5, 0.49, 0.5], [0.2, 0.9, 0.4, 0.3]]
    result = {"a": a, "b": b, "value": rliable.metrics.probability_of_improvement(np.array(a).T, np.array(b).T),
              "seed": 11, "resamples": 300}

    def share(x, y):
        return st.mannwhitneyu(x, y).statistic / (len(x) * len(y))

    def paired(x, y):
        return np.mean(np.sign(np.subtract(x, y)) / 2 + 0.5)

    random, unpaired_values, paired_values = Philox(11, IMPROVEMENT), [], []
    for _ in range(300):
        drawn = []
        for x, y in zip(a, b):
            x = [x[random.below(len(x))] for _ in x]
            y = [y[random.below(len(y))] for _ in y]
            drawn.append(share(x, y))
        unpaired_values.append(np.mean(drawn))
    result["interval"] = np.quantile(unpaired_values, [0.025, 0.975])
    random = Philox(11, IMPROVEMENT)
    for _ in range(300):
        drawn = []
        for x, y in zip(a, b):
            seeds = [random.below(len(x)) for _ in x]
            drawn.append(paired([x[s] for s in seeds], [y[s] for s in seeds]))
        paired_values.append(np.mean(drawn))
    result["paired"] = np.mean([paired(x, y) for x, y in zip(a, b)])
    result["paired_interval"] = np.quantile(paired_values, [0.025, 0.975])
    lengths = [SAMPLES[7], SAMPLES[8][:13]]  # of different lengths
    result["lengths"] = {"a": lengths[0], "b": lengths[1], "value": share(*lengths)}
    return result


def profiles():
    times = [[10.0, 40.0, 7.0, INF, 3.0], [12.0, 20.0, 7.0, INF, 11.9], [35.0, INF, 28.0, INF, 12.1]]
    result = {"times": times, "scores": []}
    t = np.array(times)
    for largest in (4.0, 2.0, 10.0):
        row = []
        for s in range(len(t)):
            # The integral of the step function, piece by piece.
            with np.errstate(invalid="ignore"):
                ratios = t[s] / t.min(axis=0)
            ends = sorted({1.0, largest, *[r for r in ratios if 1 <= r <= largest]})
            row.append(sum((b - a) * np.mean(ratios <= a) for a, b in zip(ends, ends[1:])) / (largest - 1))
        result["scores"].append({"largest": largest, "scores": row})

    seeds = [[[10., 12., 11.], [40., 30., INF]], [[9., 14., 20.], [50., 45., 60.]], [[INF, INF, 15.], [20., 41., 25.]]]

    def score(medians):
        t = np.array(medians)
        with np.errstate(invalid="ignore"):
            ratios = np.nan_to_num(t / t.min(axis=0), nan=INF)
        return np.mean(np.maximum(0, (4 - ratios) / 3), axis=1)

    def median(times):
        return sorted(times)[1]

    result["seeds"], result["seed_scores"] = seeds, score([[median(p) for p in o] for o in seeds])
    for strata in ("fixed", "resampled"):
        random, drawn = Philox(4, PROFILES), []
        for _ in range(300):
            medians = [[], [], []]
            for p in range(2):
                problem = random.below(2) if strata == "resampled" else p
                for i, optimizer in enumerate(seeds):
                    medians[i].append(median([optimizer[problem][random.below(3)] for _ in range(3)]))
            drawn.append(score(medians))
        result[strata] = np.quantile(drawn, [0.025, 0.975], axis=0).T
    return result


SURVIVAL = [
    ([12, 15, 15, 20, 33, 100, 100, 41, 27, 100], [1, 1, 1, 1, 1, 0, 0, 1, 1, 0]),
    ([10, 11, 14, 18, 25, 60, 70, 30, 22, 100], [1, 1, 1, 1, 1, 1, 1, 1, 1, 0]),
    ([5, 8, 8, 8, 12, 12, 20, 21], [1, 0, 1, 1, 0, 1, 1, 0]),
    ([3, 4], [1, 1]), ([7], [1]), ([50, 50, 50], [0, 0, 0]), ([1, 1, 1, 1], [1, 1, 1, 1]),
]


def survival():
    curves, tests = [], []
    for times, reached in SURVIVAL:
        fit = lifelines.KaplanMeierFitter().fit(times, reached)
        steps = []
        for time in sorted(set(times)):
            row = fit.event_table.loc[time]
            low, high = fit.confidence_interval_.loc[time]
            share = fit.survival_function_at_times(time).iloc[0]
            steps.append([time, int(row["at_risk"]), int(row["observed"]), int(row["censored"]), share, low, high])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            medians = lifelines.utils.median_survival_times(fit.confidence_interval_)
        case = {"times": times, "reached": reached, "steps": steps, "median": fit.median_survival_time_,
                "median_interval": [medians.iloc[0, 0], medians.iloc[0, 1]], "means": []}
        for horizon in (2.5, 10, max(times)):
            if horizon <= max(times):
                mean = lifelines.utils.restricted_mean_survival_time(fit, horizon)
                # Greenwood's variance, in the form of a double integral of the covariance of S(s) and S(t).
                grid = [0.0] + [s[0] for s in steps if s[0] < horizon] + [horizon]
                heights = [1.0] + [s[4] for s in steps if s[0] < horizon]
                hazards = [0.0] + [s[2] / (s[1] * (s[1] - s[2])) if s[1] > s[2] else 0.0 for s in steps if s[0] < horizon]
                sums, variance = np.cumsum(hazards), 0.0
                for i, j in itertools.product(range(len(heights)), repeat=2):
                    variance += heights[i] * heights[j] * sums[min(i, j)] * (grid[i + 1] - grid[i]) * (grid[j + 1] - grid[j])
                case["means"].append([horizon, mean, math.sqrt(variance)])
        curves.append(case)
    for (t1, r1), (t2, r2) in itertools.combinations(SURVIVAL[:5], 2):
        test = lifelines.statistics.logrank_test(t1, t2, r1, r2)
        tests.append({"a": [t1, r1], "b": [t2, r2], "statistic": test.test_statistic, "p": test.p_value})
    return {"curves": curves, "log_rank": tests}


TRIALS = [
    [0.1, 0.5, 0.7, 0.72, 0.8, 0.81, 0.83, 0.84, 0.9, 0.92],
    [0.5], [0.3, 0.3], [2.0, 1.0, 1.0, 3.0, 3.0, 3.0, 0.5], [math.cos(i * i) for i in range(64)],  # 64: opda adds 1/n up, and must find 1/2 exactly
]


def tuning():
    cases = []
    for values in TRIALS:
        fit = opda.nonparametric.EmpiricalDistribution(values)
        ks = [k for k in (1, 2, 3, 5, 7, 10, 40, 60) if k <= len(values)]
        for minimize in (False, True):
            case = {"values": values, "minimize": minimize, "budgets": ks,
                    "v": [fit.v_tuning_curve(k, minimize=minimize) for k in ks],
                    "u": [fit.u_tuning_curve(k, minimize=minimize) for k in ks]}
            # As values that are better the larger they are: opda's quantile of the smallest is the other middle one.
            better = [-v for v in values] if minimize else values
            low, point, high = opda.nonparametric.EmpiricalDistribution.confidence_bands(better, 0.95, method="dkw")
            curves = [[d.quantile_tuning_curve(k) for k in ks] for d in (high, point, low)]
            if minimize:
                curves = [[-v for v in curve] for curve in curves[::-1]]
            case["low"], case["median"], case["high"] = curves
            cases.append(case)
    # Chosen on the validation set, reported on the test set: all subsets, ties broken in every way alike.
    valid = [0.3, 0.9, 0.5, 0.9, 0.1, 0.5, 0.9]
    test = [0.25, 0.8, 0.55, 0.6, 0.2, 0.35, 0.85]
    subsets, tuples = [], []
    for k in range(1, len(valid) + 1):
        worth = [np.mean([test[i] for i in s if valid[i] == max(valid[j] for j in s)])
                 for s in itertools.combinations(range(len(valid)), k)]
        # Given the largest value v, every trial with v is as likely the one: the mean over all of them.
        subsets.append(np.mean(worth))
        if k <= 5:
            tuples.append(np.mean([np.mean([test[i] for i in s if valid[i] == max(valid[j] for j in s)])
                                   for s in itertools.product(range(len(valid)), repeat=k)]))
    return {"curves": cases, "valid": valid, "test": test, "u": subsets, "v": tuples}


def determinant(matrix):
    """Of fractions, by elimination."""
    m, sign, result = [row[:] for row in matrix], 1, fractions.Fraction(1)
    for i in range(len(m)):
        pivot = next((r for r in range(i, len(m)) if m[r][i] != 0), None)
        if pivot is None:
            return fractions.Fraction(0)
        if pivot != i:
            m[i], m[pivot], sign = m[pivot], m[i], -sign
        result *= m[i][i]
        for r in range(i + 1, len(m)):
            factor = m[r][i] / m[i][i]
            m[r] = [x - factor * y for x, y in zip(m[r], m[i])]
    return sign * result


def steck(low, high):
    """P(low_i <= U_(i) <= high_i for all i), by Steck's determinant (Annals of Mathematical Statistics 42, 1971)."""
    n = len(low)
    low, high = [fractions.Fraction(x) for x in low], [fractions.Fraction(x) for x in high]
    matrix = [[max(high[i] - low[j], 0) ** (j - i + 1) / math.factorial(j - i + 1) if j - i + 1 >= 0 else
               fractions.Fraction(0) for j in range(n)] for i in range(n)]
    for i in range(n):
        for j in range(n):
            if j - i + 1 == 0:
                matrix[i][j] = fractions.Fraction(1)
    return float(math.factorial(n) * determinant(matrix))


def cdf_bands():
    coverages = []
    for n in (1, 2, 3, 8, 25):
        for level in (0.5, 0.95, 0.99):
            ranks = np.arange(1, n + 1)
            low, high = st.beta.ppf((1 - level) / 2, ranks, n + 1 - ranks), st.beta.ppf((1 + level) / 2, ranks, n + 1 - ranks)
            coverages.append({"low": low, "high": high, "coverage": steck(low, high)})
    for n in (4, 20, 120):  # the distribution of Kolmogorov's statistic; scipy has it exactly up to 140
        half = 1.2 / math.sqrt(n)
        low, high = np.clip(np.arange(1, n + 1) / n - half, 0, 1), np.clip(np.arange(n) / n + half, 0, 1)
        coverages.append({"low": low, "high": high, "coverage": st.kstwo.cdf(half, n)})
    bands = []
    for n in (1, 2, 10, 50):
        low, _, high = opda.nonparametric.EmpiricalDistribution.confidence_bands(
            np.arange(n, dtype=float), 0.95, method="ld_equal_tailed", generator=np.random.default_rng(0), n_jobs=1)
        places = np.arange(n)
        bands.append({"n": n, "low": low.cdf(places), "high": high.cdf(places - 0.5)})
    return {"coverages": coverages, "simulated": bands}


DIFFERENCES = [
    [0.01, -0.001, 0.005, 0.012, 0.004, 0.005, 0.003, -0.004, 0.006, 0.011],
    [0.5], [1.0, 2.0], [0.1, 0.2, -0.1], [1.0, 2.0, 3.0, 4.0, 5.0], [1.0, -1.0, 2.0, -2.0, 0.0, 0.0],
    [3.0, 3.0, 3.0, -3.0, 1.0, 1.0, -1.0], [float(x) for x in (5, -2, 7, 1, -8, 3, 9, 4, 6, -10, 11, 12)],
]


def paired_tests():
    cases = []
    for d in DIFFERENCES:
        rest = np.array([x for x in d if x != 0])
        # scipy permutes two values or more; one has one pattern of signs and its mirror image.
        rank = st.wilcoxon(rest, method=st.PermutationMethod(n_resamples=INF)) if len(rest) > 1 else None
        sign = st.binomtest(int(np.sum(rest > 0)), len(rest))
        permutation = st.permutation_test((rest,), np.mean, permutation_type="samples", n_resamples=INF, vectorized=False) \
            if len(rest) > 1 else None
        cases.append({"differences": d, "rank": [rank.statistic, rank.pvalue] if rank else [0.0, 1.0], "sign": sign.pvalue,
                      "permutation": permutation.pvalue if permutation else 1.0})
    long = [math.sin(3 * i * i) + 0.2 for i in range(1, 71)]
    ties = [round(4 * x) / 4 for x in long]
    approximate = []
    for d in (long, ties):
        test = st.wilcoxon([x for x in d if x != 0], correction=True, method="approx")
        approximate.append({"differences": d, "rank": [test.statistic, test.pvalue]})
    fifty = [round(8 * math.sin(7 * i * i) + 1.5) / 8 + (0.001 if i % 2 else -0.001) for i in range(1, 51)]
    # Exact without ties: scipy's table.
    distinct = [(i + 1) * (1 if math.sin(i * i) > -0.3 else -1) for i in range(50)]
    test = st.wilcoxon(distinct, method="exact")
    exact = [{"differences": [float(x) for x in distinct], "rank": [test.statistic, test.pvalue]}]
    # 24 differences with every pattern of signs at once, in numpy.
    d = np.array(fifty[:24])
    sums = np.zeros(1)
    for x in d:
        sums = np.concatenate([sums + x, sums - x])
    count = int(np.sum(np.abs(sums) >= abs(d.sum()) - 1e-12 * np.abs(d).sum()))
    halves = {"differences": d, "permutation": count / 2**24}
    random, far = Philox(5, SIGN_FLIPS), 0
    for _ in range(500):  # a word has the signs of 32 differences
        total = 0.0
        for i, x in enumerate(fifty):
            if i % 32 == 0:
                signs = random.word()
            total += x if signs & 1 else -x
            signs >>= 1
        far += abs(total) >= abs(sum(fifty)) - 1e-12 * sum(abs(x) for x in fifty)
    drawn = {"differences": fifty, "seed": 5, "draws": 500, "permutation": (1 + far) / 501}
    holm = []
    for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [], [0.2, 0.2, 0.9, 1.0], [0.001, 0.001, 0.6, 0.02, 0.0]):
        holm.append({"p": p, "adjusted": statsmodels.stats.multitest.multipletests(p, method="holm")[1] if p else []})
    return {"cases": cases, "approximate": approximate, "exact": exact, "halves": halves, "drawn": drawn, "holm": holm}


# Table 6 of Demsar 2006: AUC of C4.5 and three variants on 14 data sets.
DEMSAR = [[.763, .768, .771, .798], [.599, .591, .590, .569], [.954, .971, .968, .967], [.628, .661, .654, .657],
          [.882, .888, .886, .898], [.936, .931, .916, .931], [.661, .668, .609, .685], [.583, .583, .563, .625],
          [.775, .838, .866, .875], [1.000, 1.000, 1.000, 1.000], [.940, .962, .965, .962], [.619, .666, .614, .669],
          [.972, .981, .9751, .975], [.957, .978, .946, .970]]


def ranks():
    tables = []
    for table in (DEMSAR, [[1., 2., 3.], [1., 3., 2.], [2., 1., 3.], [1., 2., 3.]], [[.5, .4], [.7, .7], [.9, .1]],
                  [[3., 1., 2.], [3., 1., 2.]], [[1., 1., 2., 3., 3.], [5., 4., 4., 4., 1.], [2., 2., 2., 2., 9.]]):
        x = np.array(table)
        n, k = x.shape
        mean = np.mean([st.rankdata(-row) for row in x], axis=0)
        chi = 12 * n / (k * (k + 1)) * (np.sum(mean**2) - k * (k + 1) ** 2 / 4)
        f = INF if abs(n * (k - 1) - chi) < 1e-12 else (n - 1) * chi / (n * (k - 1) - chi)
        case = {"values": table, "mean_ranks": mean, "chi_squared": [chi, st.chi2.sf(chi, k - 1)],
                "f": [f, st.f.sf(f, k - 1, (k - 1) * (n - 1))]}
        # scipy takes three or more; of two, Friedman's corrected statistic is the squared sign statistic.
        if k > 2:
            corrected = st.friedmanchisquare(*x.T)
            case["corrected"] = [corrected.statistic, corrected.pvalue]
            case["nemenyi"] = scikit_posthocs.posthoc_nemenyi_friedman(-x).to_numpy()
            case["critical_difference"] = st.studentized_range.ppf(0.95, k, INF) * math.sqrt(k * (k + 1) / (12 * n))
        tables.append(case)
    kendall = []
    for a, b in (([1, 2, 3, 4], [1, 3, 2, 4]), ([1, 1, 2, 3, 3, 5], [2, 1, 1, 3, 4, 4]), ([1, 2], [2, 1]),
                 ([3, 1, 2], [3, 1, 2]), ([1, 1, 1], [1, 2, 3]), ([round(9 * math.sin(i * i)) for i in range(80)],
                                                              [round(9 * math.sin(i * i + 0.7)) for i in range(80)])):
        kendall.append({"a": a, "b": b, "tau": st.kendalltau(a, b).statistic})

    runs = [[[0.9, 0.91, 0.93], [0.5, 0.6, 0.55]], [[0.92, 0.9, 0.91], [0.52, 0.5, 0.51]], [[0.92, 0.88, 0.9], [0.7, 0.4, 0.6]]]
    stability = []
    for by, summed_up in (("mean", np.mean), ("median", np.median)):
        for strata in ("fixed", "resampled"):
            random, all_ranks, places = Philox(2, RANKS), [], np.zeros((3, 3))
            for _ in range(400):
                rows = []
                for p in range(2):
                    problem = random.below(2) if strata == "resampled" else p
                    rows.append(st.rankdata([-round(summed_up([o[problem][random.below(3)] for _ in range(3)]), 12)
                                             for o in runs]))
                mean = np.mean(rows, axis=0)
                all_ranks.append(mean)
                for i in range(3):
                    tied = [j for j in range(3) if mean[j] == mean[i]]
                    first = sum(mean[j] < mean[i] for j in range(3))
                    for place in range(first, first + len(tied)):
                        places[i, place] += 1 / len(tied)
            stability.append({"by": by, "strata": strata, "intervals": np.quantile(all_ranks, [0.025, 0.975], axis=0).T,
                              "probabilities": places / 400})
    return {"tables": tables, "kendall": kendall, "runs": runs, "stability": stability}


def curves():
    runs = [[math.exp(-e / 4) + 0.1 * math.sin(e * e + 3 * r) + 0.05 * r for e in range(12)] for r in range(4)]
    for run in runs:
        run[0] = 2.5  # all begin alike
    x = np.array(runs)
    n = len(runs)
    mean, error = x.mean(axis=0), st.sem(x, axis=0)
    random, largest = Philox(1, NORMALS), []
    for _ in range(200):
        weights = np.array([[random.normal() for _ in range(n)] for _ in range(n)])
        drawn = weights @ (x - mean)[:, 1:]  # n runs with the covariances of these
        largest.append(np.max(np.abs(st.ttest_1samp(drawn, 0).statistic)))
    factor = np.quantile(largest, 0.9)
    areas = []
    for values in SAMPLES[1:]:
        case = {"values": values, "area": np.trapezoid(values) / (len(values) - 1)}
        if min(values) > 0:
            case["log_area"] = np.trapezoid(np.log10(values)) / (len(values) - 1)
        if len(values) > 2:
            case["later_area"] = np.trapezoid(values[1:]) / (len(values) - 2)
        areas.append(case)
    smoothing = []
    for values in ([1.0, 2.0, 4.0, math.nan, 3.0], [math.nan, 1.0], SAMPLES[8]):
        for weight in (0.0, 0.6, 0.99):
            shown = pd.Series(values).ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean()
            shown[pd.isna(values)] = math.nan
            smoothing.append({"values": values, "weight": weight, "shown": shown})
    return {"runs": runs, "level": 0.9, "draws": 200, "seed": 1, "mean": mean, "low": mean - factor * error,
            "high": mean + factor * error, "t_factor": st.t.ppf(0.95, n - 1), "error": error, "areas": areas,
            "smoothing": smoothing}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, np.ndarray, pd.Series)):
        return [plain(one) for one in value]
    if isinstance(value, (bool, np.bool_)) or value is None or isinstance(value, str):
        return bool(value) if isinstance(value, np.bool_) else value
    if isinstance(value, (int, np.integer)):
        return int(value)
    value = float(value)
    return value if math.isfinite(value) else {INF: "inf", -INF: "-inf"}.get(value, "nan")


def main():
    packages = ("numpy", "scipy", "pandas", "lifelines", "opda", "rliable", "statsmodels", "scikit-posthocs")
    result = {"versions": {name: importlib.metadata.version(name) for name in packages}}
    for section in (special, moments, mean_intervals, bootstraps, scores, improvement, profiles, survival, tuning,
                    cdf_bands, paired_tests, ranks, curves):
        result[section.__name__] = plain(section())
    # One line for each case: the file is to be read in diffs.
    lines = []
    for name, section in result.items():
        if isinstance(section, list):
            body = "[\n  " + ",\n  ".join(json.dumps(one) for one in section) + "\n ]"
        else:
            body = "{\n  " + ",\n  ".join(
                f"{json.dumps(key)}: " + ("[\n   " + ",\n   ".join(json.dumps(one) for one in value) + "\n  ]"
                                          if isinstance(value, list) and value and isinstance(value[0], (dict, list)) else json.dumps(value))
                for key, value in section.items()) + "\n }"
        lines.append(f" {json.dumps(name)}: {body}")
    path = pathlib.Path(__file__).resolve().parent.parent / "analysis" / "statistics.json"
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
