"""Timing programs: one run's time and memory, and programs that take turns."""

import functools, os, shutil, statistics, sys

from running import path_of, read, task_words, tool

CLOCK = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(int count, char **words) {
  struct timespec begin, end;
  struct rusage usage;
  int status, null = open("/dev/null", O_RDWR);
  clock_gettime(CLOCK_MONOTONIC, &begin);
  int child = fork();
  if (child == 0) {
    dup2(null, 0), dup2(null, 1), dup2(null, 2);
    execvp(words[1], words + 1);
    _exit(127);
  }
  wait4(child, &status, 0, &usage);
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%f %f %ld %d\n", end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9,
         usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6, usage.ru_maxrss,
         WIFEXITED(status) ? WEXITSTATUS(status) : 256);
}
"""


def compiled(name, text):
    """A static C program: what is measured with it, or against it, has nothing of Python's in it."""
    program = path_of(name)
    with open(program + ".c", "w") as file:
        file.write(text)
    made = read([tool("cc") or "cc", "-O2", "-static", "-o", program, program + ".c"])
    if made.returncode:
        sys.exit(f"a C compiler is needed: {made.stderr.decode(errors='replace')}")
    return program


@functools.cache
def clock():
    """The program that times others."""
    return compiled("clock", CLOCK)


def timed(words, cwd=None, **more):
    """Wall and processor seconds, peak resident kilobytes, exit code. A child that Python starts would begin with Python's own peak."""
    wall, cpu, peak, code = read([clock(), *words], cwd=cwd, **more).stdout.split()
    return float(wall), float(cpu), int(peak), int(code)


def timed_task(*words, **more):
    """Wall and processor seconds and peak kilobytes of a built-in task."""
    wall, cpu, peak, code = timed(task_words(*words), **more)
    if code:
        sys.exit(f"{words[0]}: exit {code}")
    return wall, cpu, peak


class Race:
    """Programs that take turns, until the middle half of each one's times spans at most a tenth of its median."""

    def __init__(self, title, rounds):
        self.title, self.rounds = title, rounds
        self.runners, self.times, self.processor, self.peaks = {}, {}, {}, {}

    def add(self, name, run, prepare=None):
        """A function that runs something once and returns what it cost, and what is done before each run."""
        self.runners[name] = (run, prepare)

    def command(self, name, words, cwd=None, codes=(0,), **more):
        """A program, with the exit codes that are no failure."""
        def run():
            wall, cpu, peak, code = timed(words, cwd, **more)
            if code not in codes:
                sys.exit(f"{name}: exit {code}")
            return wall, cpu, peak

        self.add(name, run)

    def spread(self, name):
        """The middle half of the times by their median."""
        times = sorted(self.times[name])
        return (times[-1 - len(times) // 4] - times[len(times) // 4]) / statistics.median(times)

    def run(self):
        """Let them take turns: a first round that does not count, then the rounds."""
        self.times = {name: [] for name in self.runners}
        self.processor = {name: [] for name in self.runners}
        self.peaks = {name: 0 for name in self.runners}
        for count in range(3 * self.rounds + 1):
            for name, (run, prepare) in self.runners.items():
                if prepare:
                    prepare()
                wall, cpu, peak = run()
                if count:
                    self.times[name].append(wall)
                    self.processor[name].append(cpu)
                    self.peaks[name] = max(self.peaks[name], peak)
            if count >= self.rounds and all(self.spread(name) <= 0.1 for name in self.runners):
                break
        return self

    def median(self, name):
        """The median of the wall times, in seconds."""
        return statistics.median(self.times[name])


def cold(race, label, name, git_dir, commit=None, **more):
    """A task with nothing in its cache."""
    state = path_of(f"cold-{len(race.runners)}")

    def prepare():
        shutil.rmtree(state, ignore_errors=True)
        os.mkdir(state)

    race.add(label, lambda: timed_task(name, git_dir, state, os.path.join(state, "result.json"), commit, **more), prepare)
