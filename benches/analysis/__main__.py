"""What the built-in analysers find and cost, beside the tools that others use for the same."""

import argparse, json, os, sys

# Run from a working tree: nothing is left in it.
sys.dont_write_bytecode = True

import checks, running, speed

MORE = """
    cargo build --release && python3 benches/analysis compare REPO...    what is found
                             python3 benches/analysis speed [--large]    what it costs
                             python3 benches/analysis threads REPO...    the same bytes, whatever the number of threads

`compare` puts lines beside tokei's, complex functions beside radon's and lizard's, hot files beside `git log`, and
dependencies beside what npm, pnpm, yarn, cargo and uv read from the lock files. Every difference is put in a class by
evidence: it is computed anew what the other tool counts and we do not (or the other way round), and only what then
comes out even has a class. The rest is listed. What the build has not is said.

`speed` takes medians of interleaved runs and prints ratios with their targets.

Tools are looked for below --tools (bin, */bin, node_modules/.bin, */node_modules/.bin), then in PATH, and used when
they are there; one that is missing is said, and what needs it is passed over:

    compare    tokei (lines); radon, lizard, node with @babel/parser below --tools (functions);
               npm, pnpm 10 or later, yarn 2 or later, cargo, uv (dependencies)
    speed      tokei, radon, lizard

Needed are git and, for `speed`, a C compiler, cc, that can link statically. Nothing is fetched, nothing is written
into the repositories, and no script of theirs is run.
"""


def arguments():
    """What was asked for on the command line."""
    here = os.path.dirname(os.path.abspath(__file__))
    target = os.path.join(os.path.relpath(os.path.dirname(os.path.dirname(here))), "target")
    parser = argparse.ArgumentParser(prog="analysis", description=__doc__ + "\n" + MORE, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name, help):
        sub = verbs.add_parser(name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        sub.add_argument("--binary", default=os.path.join(target, "release/git-tend"), help="the build that is looked at")
        sub.add_argument("--tools", default=os.path.join(target, "tools"), metavar="DIR", help="where other tools are besides PATH; those missing are said and passed over")
        sub.add_argument("--json", metavar="FILE", help="write everything that was found there, too")
        return sub

    sub = verb("compare", "lines, functions, hot files and dependencies beside other tools'; exit 1 if a difference has no explanation")
    sub.add_argument("repo", nargs="+", help="repositories, bare or not; their HEAD is looked at")
    sub.add_argument("--only", default="lines,functions,hot,dependencies", help="which parts")
    sub.add_argument("--show", type=int, default=5, metavar="N", help="how many places are shown of each class")
    sub = verb("speed", "times and memory beside other tools'")
    sub.add_argument("--rounds", type=int, default=5, help="runs of everything; up to thrice as many while they differ much")
    sub.add_argument("--python", metavar="TREE", help="a Python tree in a git repository for complexity (default: this interpreter's library)")
    sub.add_argument("--repo", action="append", default=[], help="a repository for languages, for one more commit and for history; may be given again")
    sub.add_argument("--large", action="store_true", help="also memory: 100,000 files, 1,000,000 commits")
    sub.add_argument("--only", default="complexity,languages,commit,history,memory", help="which parts")
    sub.add_argument("--keep", metavar="DIR", help="where what was generated is kept for the next time")
    sub = verb("threads", "exit 1 unless TEND_THREADS=1, 2 and 8, a cold cache and a warm one give the same bytes")
    sub.add_argument("repo", nargs="+", help="repositories, bare or not")
    return parser.parse_args()


def main():
    """Run a verb; the exit code is 1 if it found failures."""
    args = arguments()
    running.begin(args.binary, args.tools)
    report, failures = {}, 0
    if args.verb == "compare":
        failures = checks.compare(report, args.repo, args.only.split(","), args.show)
    elif args.verb == "threads":
        failures = checks.threads(report, args.repo)
    else:
        speed.speed(report, args.python, args.repo, args.only.split(","), args.rounds, args.keep, args.large)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(report, file, indent=1, default=list)
    sys.exit(1 if failures else 0)


main()
