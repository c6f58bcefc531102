import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile


def shown(commands):
    """Commands as a shell takes them."""
    texts = []
    for env, argv, redirects in commands:
        words = [name + "=" + shlex.quote(value) for name, value in env]
        words += [shlex.quote(word) for word in argv]
        for fd, operator, target in redirects:
            number = "" if fd is None else str(fd)
            gap = "" if operator in (">&", "<&") else " "
            words.append(number + operator + gap + shlex.quote(target))
        texts.append(" ".join(words))
    return " | ".join(texts)


def redirected(redirects, standard, opened):
    """The three streams of a command after its redirections, in their order."""
    streams = dict(standard)
    for fd, operator, target in redirects:
        if operator in (">&", "<&"):
            streams[fd if fd is not None else 1] = streams[int(target)]
        elif operator == "<":
            opened.append(open(target, "rb"))
            streams[fd or 0] = opened[-1]
        elif operator == "<<<":
            text = tempfile.TemporaryFile()
            text.write(os.fsencode(target) + b"\n")
            text.seek(0)
            opened.append(text)
            streams[fd or 0] = text
        else:
            opened.append(open(target, "ab" if operator.endswith(">>") else "wb"))
            if operator.startswith("&"):
                streams[1] = streams[2] = opened[-1]
            else:
                streams[fd if fd is not None else 1] = opened[-1]
    return streams


def run(commands):
    """Runs commands, each of which reads what the one before writes; their exit codes."""
    sys.stdout.flush()
    processes = []
    before = None
    for index, (env, argv, redirects) in enumerate(commands):
        opened = []
        ours = [before] if before is not None else []
        try:
            standard = {0: before, 1: sys.stdout.fileno(), 2: sys.stderr.fileno()}
            before = None
            if index + 1 < len(commands):
                before, write = os.pipe()
                ours.append(write)
                standard[1] = write
            streams = redirected(redirects, standard, opened)
            environment = dict(os.environ, **dict(env))
            processes.append(
                subprocess.Popen(argv, stdin=streams[0], stdout=streams[1], stderr=streams[2], env=environment)
            )
        except OSError as error:
            print(NAME + ": " + str(error), file=sys.stderr)
            processes.append(None)
        finally:
            for file in opened:
                file.close()
            for fd in ours:
                os.close(fd)
    return [127 if process is None else process.wait() for process in processes]


def failed(number, code):
    print("%s: step %d of %d failed: exit code %d" % (NAME, number, TOTAL, code), file=sys.stderr)
    sys.exit(code if 0 < code < 256 else 128 - code)


def do(number, commands):
    codes = run(commands)
    if not STRICT:
        codes = codes[-1:]
    for code in codes:
        # Who stops listening, as head does, fails nobody.
        if code != 0 and not (STRICT and code == -signal.SIGPIPE):
            failed(number, code)


def fail(number, message):
    print("%s: step %d: %s" % (NAME, number, message), file=sys.stderr)
    sys.exit(1)


def there(number, files):
    for file in files:
        if not os.path.lexists(file):
            fail(number, "there is no " + file)


def free(number, to, files):
    for file in files:
        target = to
        if os.path.isdir(to):
            target = os.path.join(to, os.path.basename(file.rstrip("/")))
        if os.path.lexists(target):
            same = os.path.isfile(file) and os.path.isfile(target)
            if not same or open(file, "rb").read() != open(target, "rb").read():
                fail(number, target + " is there already; --force writes over it")


def json_is_read(number, file):
    if not os.path.isfile(file):
        fail(number, "there is no " + file)
    if os.path.getsize(file) == 0:
        fail(number, file + " is empty")
    with open(file, "rb") as text:
        if subprocess.run(["jq", "empty"], stdin=text).returncode != 0:
            fail(number, file + " is not JSON")


def whole(number, target, commands):
    """Runs commands the last of which writes to a file, which is put there whole or not at all."""
    if os.path.islink(target):
        fail(number, target + " is a symbolic link; say the file itself")
    handle, temporary = tempfile.mkstemp(prefix=os.path.basename(target) + ".", dir=os.path.dirname(target) or ".")
    os.close(handle)
    try:
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, os.stat(target).st_mode & 0o7777 if os.path.exists(target) else 0o666 & ~umask)
        do(number, commands(temporary))
        os.replace(temporary, target)
    except BaseException:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise


def begins(number, commands):
    """Says a step; whether it is to be done."""
    if given.dry_run:
        print(shown(commands))
        return False
    print("[%d/%d] %s" % (number, TOTAL, shown(commands)), file=sys.stderr, flush=True)
    return True


VALUES = []


def numbered(words, options):
    """Words for argparse with numbers where values are: it would take some values for options, and lose one that is `--`."""
    words = list(words)
    numbers = []
    while words and words[0] != "--":
        word = words.pop(0)
        name, joined, value = word.partition("=")
        if name in options and (joined or words):
            VALUES.append(value if joined else words.pop(0))
            word = "%s=%d" % (name, len(VALUES) - 1)
        numbers.append(word)
    return numbers + words


def said(number):
    return VALUES[int(number)]


for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(errors="surrogateescape")
