"""What is printed: lines, classes of differences with their places, tables of languages and of times."""

import collections, os, statistics


def say(text=""):
    """A line of the answer, at once."""
    print(text, flush=True)


def is_unexplained(name):
    """Whether a class is one of differences without an explanation."""
    return name.startswith("UNEXPLAINED")


class Classes:
    """Differences by class, with places."""

    def __init__(self):
        self.found = collections.defaultdict(list)

    def add(self, name, place):
        """One more place of a class; names that begin with UNEXPLAINED are for what has no explanation."""
        self.found[name].append(place)

    def print(self, show):
        """All places without an explanation first, then `show` of every other class."""
        for name, places in sorted(self.found.items(), key=lambda pair: (not is_unexplained(pair[0]), -len(pair[1]), pair[0])):
            say(f"  {len(places):6} {name}")
            for place in places if is_unexplained(name) else places[:show]:
                say(f"           {place}")

    def unexplained(self):
        """How many places have no explanation."""
        return sum(len(places) for name, places in self.found.items() if is_unexplained(name))


def difference(ours, theirs, name):
    """In words, which kinds of decisions another tool counts more or fewer of."""
    more = sorted(kind for kind in {*ours, *theirs} if theirs[kind] > ours[kind])
    less = sorted(kind for kind in {*ours, *theirs} if theirs[kind] < ours[kind])
    parts = [f"{name} counts {', '.join(f'`{kind}`' for kind in more)}"] if more else []
    parts += [f"{name} does not count all {', '.join(f'`{kind}`' for kind in less)}"] if less else []
    return "; ".join(parts) or "the same"


def line_table(total, by_tokei):
    """Files and lines by language, the largest first: ours, and the other tool's where they are not the same."""
    say(f"  {'language':24} {'files':>7} {'code':>9} {'comments':>9} {'blanks':>9}   tokei's")
    for language in sorted({*total, *by_tokei}, key=lambda language: -sum(total.get(language, [0])[1:])):
        mine, other = total.get(language, [0] * 4), by_tokei.get(language, [0] * 4)
        note = "=" if mine == other else "{:7} {:9} {:9} {:9}".format(*other)
        say("  {:24} {:7} {:9} {:9} {:9}   {}".format(language, *mine, note))


def race_table(race, report, ours, *targets):
    """Times of a race and ratios to its others, into the report, too. `targets`: (other, bound or None)."""
    say(f"\n{race.title}  (load {os.getloadavg()[0]:.1f})")
    for name in race.runners:
        say(f"  {name:44} {race.median(name) * 1000:10.1f} ms  ± {race.spread(name) * 50:3.0f} %  of {len(race.times[name]):2}  processor {statistics.median(race.processor[name]) * 1000:8.1f} ms  peak {race.peaks[name] / 1024:7.1f} MiB")
    for other, bound in targets:
        ratio = race.median(ours) / race.median(other)
        verdict = "" if bound is None else f"target ≤ {bound}: {'met' if ratio <= bound else 'MISSED'}"
        # On a machine that others use, too, the time of processors says more.
        cpu = statistics.median(race.processor[ours]) / max(1e-6, statistics.median(race.processor[other]))
        say(f"    {ours} : {other} = {ratio:.3f} (processor {cpu:.3f})  {verdict}")
        report.setdefault("ratios", []).append({"what": race.title, "ours": ours, "other": other, "ratio": ratio, "processor": cpu, "target": bound})
    report.setdefault("times", {})[race.title] = {name: {"median": race.median(name), "spread": race.spread(name), "all": race.times[name], "processor": race.processor[name], "peak_kib": race.peaks[name]} for name in race.runners}
