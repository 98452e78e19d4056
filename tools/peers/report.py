"""The tables of a comparison, for people."""

from . import rounds

BUSY = 0.05  # share of the machine that others used, from which on the reader is told


def megabytes(count):
    return f"{count / 1e6:.0f} MB" if count else "-"


def table(rows, right):
    """Aligned columns; those in `right` to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [c.rjust(w) if k in right else c.ljust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines


def number(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.4g}"


def span(spread):
    return f"{spread['median']:.2f} ({spread['min']:.2f} .. {spread['max']:.2f})"


def one_comparison(result):
    """Every rate of one comparison with its ratio and memory."""
    lines = [
        f"{result['problem']}, {result['optimizer']}, batch {result['batch_size']}, {result['threads']} threads, "
        f"augmentation {result['augmentation']}"
    ]
    rows = [["", "steps/s", "min .. max", "deepobs / it", "peak memory", "without import", "chosen"]]
    for name, spread in result["steps_per_second"].items():
        memory, chosen = result["memory"][name], result["chosen"].get(name, {})
        rows.append([
            "  " + name + (" *" if name in result["best"].values() else ""),
            number(spread["median"]),
            f"{number(spread['min'])} .. {number(spread['max'])}",
            span(result["ratios"][name]) if name in result["ratios"] else "",
            megabytes(memory["peak_rss"]),
            megabytes(memory.get("without_import")),
            chosen.get("optimizer") or chosen.get("form") or "",
        ])  # fmt: skip
    lines += table(rows, right={1, 4, 5})
    lines += [f"  skipped: {s['why']}" for s in result["skipped"]]
    busiest = max(max(shares) for shares in result["other_load"].values())
    if busiest > BUSY:
        lines.append(f"  WARNING: other programs used up to {busiest:.0%} of the machine during these measurements")
    return lines


def best_ratio(result, label):
    """deepobs / the best of PyTorch, JAX or all; None where there is none."""
    name = result["best"].get(label)
    return result["ratios"][name] if name else None


def geometric_means(results):
    """{optimizer or "all": {label: {"ratio", "comparisons"}}} over the comparisons whose work is alike."""
    means = {}
    alike = [r for r in results if r["alike"]]
    for group in [*dict.fromkeys(r["optimizer"] for r in alike), "all optimizers"]:
        chosen = [r for r in alike if group in (r["optimizer"], "all optimizers")]
        means[group] = {}
        for label in ("PyTorch", "JAX", "all"):
            ratios = [b["median"] for r in chosen if (b := best_ratio(r, label))]
            if ratios:
                means[group][label] = {"ratio": rounds.geometric_mean(ratios), "comparisons": len(ratios)}
    return means


def summary(results):
    head = ["problem", "optimizer", "augmentation", "deepobs"]
    rows = [[*head, "best PyTorch", "", "deepobs / it", "JAX", "deepobs / it"]]
    for result in results:
        rates, cells = result["steps_per_second"], []
        for label in ("PyTorch", "JAX"):
            name = result["best"].get(label)
            found = [number(rates[name]["median"]), name, span(result["ratios"][name])] if name else ["-", "", "-"]
            cells.append(found)
        rows.append([
            result["problem"], result["optimizer"], result["augmentation"], number(rates["deepobs"]["median"]),
            *cells[0], cells[1][0], cells[1][2],
        ])  # fmt: skip
    lines = ["Training steps per second, medians; ratios: median (least .. largest) over the rounds", ""]
    lines += table(rows, right={3, 4, 7})
    lines += ["", "Geometric means of deepobs / the best variant, over the comparisons in which both do the same work"]
    for group, means in geometric_means(results).items():
        parts = [f"{label} {m['ratio']:.2f} ({m['comparisons']})" for label, m in means.items()]
        lines.append(f"  {group}: " + (", ".join(parts) or "none"))
    return lines


def whole_process(results):
    head = ["problem", "deepobs", "PyTorch script", "workers", "PyTorch / deepobs"]
    rows = [[*head, "deepobs memory", "PyTorch memory"]]
    for r in results:
        rows.append([
            r["problem"], f"{r['deepobs']['seconds']['median']:.2f} s", f"{r['best']['seconds']['median']:.2f} s",
            str(r["best"]["workers"]), span(r["ratio"]), megabytes(r["deepobs"]["peak_rss"]),
            megabytes(r["best"]["peak_rss"]),
        ])  # fmt: skip
    lines = ["Whole processes: load, evaluate, one epoch, evaluate; seconds from start to end", ""]
    lines += table(rows, right={1, 2, 3, 5, 6})
    busiest = max(max(r["other_load"]) for r in results)
    if busiest > BUSY:
        lines.append(f"WARNING: other programs used up to {busiest:.0%} of the machine during these measurements")
    return lines
