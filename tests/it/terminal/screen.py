"""Runs a program in a terminal of its own and plays a script: what it draws is read by pyte, as a terminal would.

The script is a list of steps in JSON: ["until", text], ["gone", text], ["screen"], ["resize", columns, rows],
["type", keys], ["mark"] (forgets the bytes so far), ["raw"] (the bytes since), ["modes"], ["stopped"], ["continue"],
["end"].
"""

import codecs, fcntl, json, os, pty, select, signal, struct, sys, termios, time

import pyte

steps = json.loads(sys.argv[1])
columns, rows = steps.pop(0)
program = sys.argv[2:]


def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


master, slave = pty.openpty()
size(slave, columns, rows)
before = termios.tcgetattr(slave)
child = os.fork()
if child == 0:
    os.close(master)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)
    os.execv(program[0], program)

screen = pyte.Screen(columns, rows)
stream = pyte.Stream(screen)
decoder = codecs.getincrementaldecoder("utf-8")("replace")
raw = b""
code = None


def pump(seconds):
    """Reads what is drawn; False once the program has ended and everything is read."""
    global raw, code
    ready, _, _ = select.select([master], [], [], seconds)
    if ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        raw += data
        stream.feed(decoder.decode(data))
        return True
    if code is None:
        ended, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if ended and os.WIFSTOPPED(status):
            return True
        if ended:
            code = os.waitstatus_to_exitcode(status)
    return code is None


def until(what, condition):
    deadline = time.monotonic() + 30
    while not condition():
        alive = pump(0.02)
        if not condition() and (time.monotonic() > deadline or not alive):
            print(f"in vain: {what}\n" + "\n".join(screen.display), file=sys.stderr)
            os.kill(child, signal.SIGKILL)
            sys.exit(1)


told = []
for name, *args in steps:
    if name == "until":
        until(args, lambda: any(args[0] in line for line in screen.display))
    elif name == "gone":
        until(args, lambda: not any(args[0] in line for line in screen.display))
    elif name == "screen":
        told.append([line.rstrip() for line in screen.display])
    elif name == "resize":
        screen.resize(args[1], args[0])
        size(slave, *args)
    elif name == "type":
        os.write(master, args[0].encode())
    elif name == "mark":
        raw = b""
    elif name == "raw":
        told.append(raw.decode("utf-8", "replace"))
    elif name == "modes":
        while select.select([master], [], [], 0)[0] and pump(0):
            pass
        now = termios.tcgetattr(slave)
        told.append({"cursor": not screen.cursor.hidden, "as before": now[:6] == before[:6]})
    elif name == "stopped":
        until("stopped", lambda: open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0] == "T")
    elif name == "continue":
        os.kill(child, signal.SIGCONT)
    elif name == "end":
        until("the end", lambda: code is not None)
        while pump(0.05) and select.select([master], [], [], 0)[0]:
            pass
        told.append(code)
print(json.dumps(told))
if code is None:
    os.kill(child, signal.SIGKILL)
