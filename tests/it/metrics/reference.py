"""The same statistics by numpy and scipy: JSON in, JSON out."""

import json
import math
import sys

import numpy as np
from scipy import stats

LEAST, LOOK_BACK, WORTH = 10, 100, 500.0


def spread(values):
    if not values:
        return None
    return {
        "count": len(values),
        "p50": np.quantile(values, 0.5),
        "p95": np.quantile(values, 0.95),
        "mean": np.mean(values),
        "max": np.max(values),
    }


def changes(values):
    """Page and Hinkley's test, restarted where it has found something."""
    if len(values) < 2:
        return []
    scale = stats.median_abs_deviation(np.diff(values), scale=1 / 1.4826) / math.sqrt(2)
    if not scale > 0:
        return []
    scaled = [value / scale for value in values]
    found, start, known = [], 0, 0
    while True:
        mean, total, least, begin, alarm = 0.0, 0.0, 0.0, start, None
        for count, at in enumerate(range(start, len(scaled)), 1):
            value = scaled[at] if count == 1 else min(max(scaled[at], mean - 3.0), mean + 3.0)
            mean += (value - mean) / count
            if at < known:
                # It is known that this belongs to the new mean: only that is learned.
                begin = at + 1
                continue
            total += value - mean - 0.5
            if total < least:
                least, begin = total, at + 1
            if total - least > 10.0:
                alarm = at
                break
        if alarm is None:
            return found
        found.append({"began": begin, "certain": alarm})
        start, known = begin, alarm + 1


def slow(runs):
    found, previous = [], False
    done = [run for run in runs if run["came"] == "succeeded" and not run["killed"]]
    for at, run in enumerate(done):
        earlier = [other["ms"] for other in done[max(0, at - LOOK_BACK):at]]
        is_slow = False
        if len(earlier) >= LEAST:
            median = np.median(earlier)
            mad = stats.median_abs_deviation(earlier)
            z = 0.6745 * (run["ms"] - median) / mad if mad > 0 else None
            is_slow = run["ms"] > 2 * median and run["ms"] - median >= WORTH and (z is None or z > 3.5)
        if is_slow:
            figures = {"ms": run["ms"], "median_ms": median, "robust_z": z, "earlier_runs": len(earlier), "runs": 1}
            if previous:
                last = found[-1]["figures"]
                figures["runs"] = last["runs"] + 1
                if figures["ms"] <= last["ms"]:
                    figures = dict(last, runs=figures["runs"])
                found[-1]["figures"] = figures
            else:
                found.append({"began": run["job"], "figures": figures})
        previous = is_slow
    return found


def failures(runs):
    found, last = [], None
    failed = [run["came"] == "failed" for run in runs]
    for at in range(len(runs)):
        of = min(10, at + 1 - LEAST)
        if of <= 0 or not failed[at]:
            continue
        window, earlier = failed[at + 1 - of:at + 1], failed[max(0, at + 1 - of - LOOK_BACK):at + 1 - of]
        rate = (sum(earlier) + 1) / (len(earlier) + 2)
        p = stats.binom.sf(sum(window) - 1, of, rate)
        if p >= 0.01:
            continue
        figures = {"failed": sum(window), "of": of, "earlier_rate": rate, "earlier_runs": len(earlier), "p": p}
        if last is not None and at - last < 10:
            found[-1]["figures"] = figures
        else:
            found.append({"began": runs[at + 1 - of + window.index(True)]["job"], "figures": figures})
        last = at
    return found


def drift(runs):
    done = [run for run in runs if run["came"] == "succeeded" and not run["killed"]]
    found, since, groups = [], 0, []
    for change in changes([math.log(max(run["ms"], 1.0)) for run in done]):
        if groups and change["began"] < groups[-1][-1]["certain"] + LEAST:
            groups[-1].append(change)
        else:
            groups.append([change])
    for number, group in enumerate(groups):
        began = group[0]["began"]
        end = groups[number + 1][0]["began"] if number + 1 < len(groups) else len(done)
        before = [run["ms"] for run in done[max(since, began - LOOK_BACK):began]]
        since = group[-1]["began"]
        after = [run["ms"] for run in done[max(began, end - LEAST):end]]
        if len(before) < LEAST or not after:
            continue
        before_ms, after_ms = np.median(before), np.median(after)
        if after_ms >= before_ms * 1.2 and after_ms - before_ms >= WORTH:
            figures = {"before_ms": before_ms, "after_ms": after_ms, "runs": end - began}
            found.append({"began": done[began]["job"], "figures": figures})
    return found


def at_once(runs):
    """How many ran at once, by looking at each stretch between two moments."""
    starts = np.array([run["started_at"] for run in runs])
    ends = np.array([run["started_at"] + run["ms"] for run in runs])
    moments = np.unique(np.concatenate([starts, ends]))
    spans, counts = np.diff(moments), [
        int(((starts <= moment) & (ends > moment)).sum()) for moment in moments[:-1]
    ]
    busy = [(count, span) for count, span in zip(counts, spans) if count > 0]
    weights = sum(span for _, span in busy)
    gone, p95 = 0, None
    for count, span in sorted(busy):
        gone += span
        if gone >= 0.95 * weights:
            p95 = count
            break
    return {
        "mean": sum(count * span for count, span in busy) / weights,
        "p95": p95,
        "max": max(counts),
    }


def task(runs):
    durations = [run["ms"] for run in runs if run["came"] and not run["killed"]]
    succeeded = sum(run["came"] == "succeeded" for run in runs)
    failed = sum(run["came"] == "failed" for run in runs)
    counted = [run for run in runs if run["came"]]
    return {
        "runs": len(runs),
        "succeeded": succeeded,
        "failed": failed,
        "success_rate": succeeded / (succeeded + failed) if succeeded + failed else None,
        "duration_ms": spread(durations),
        "queue_wait_ms": spread([run["queue_ms"] for run in runs]),
        "wall_ms": sum(run["ms"] for run in runs),
        "anomalies": {"slow": slow(counted), "failures": failures(counted), "drift": drift(counted)},
    }


def answer(asked):
    if "runs" in asked:
        by_task = {}
        for run in asked["runs"]:
            by_task.setdefault(run["task"], []).append(run)
        return {
            "tasks": {name: task(runs) for name, runs in by_task.items()},
            "concurrency": at_once(asked["runs"]),
        }
    return {
        "samples": [
            {
                "quantiles": [np.quantile(values, p) for p in asked["shares"]],
                "mean": np.mean(values),
                "median": np.median(values),
                "mad": stats.median_abs_deviation(values),
            }
            for values in asked["samples"]
        ],
        "tails": [stats.binom.sf(k - 1, n, p) for k, n, p in asked["trials"]],
        "changes": [changes(values) for values in asked["series"]],
    }


json.dump(answer(json.load(sys.stdin)), sys.stdout, default=lambda value: value.item())
