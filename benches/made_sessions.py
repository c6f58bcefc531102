"""Sessions of pi, Claude Code and Codex CLI that are made up, the same ones for a seed, for what is measured of them."""

import json, multiprocessing, os, random, time, uuid

SESSIONS, BYTES = 10_000, 2_000_000_000
# Another one if what is written for a seed changes.
FORMAT = 1
SMALLEST, LARGEST, SPREAD = 2_000, 30_000_000, 1.6
# Sessions begin a month before this or earlier, in ms UTC: 2026-11-01.
END, DAY = 1_793_491_200_000, 86_400_000
SPAN = 730 * DAY
PROJECTS = [f"{a}-{b}" for a in ("billing", "atlas", "harbor", "query", "mail", "render") for b in ("api", "web", "core", "cli", "docs", "infra")]
WORDS = """the a to of in is it that and for on with this be as not are we from by an at or if so but was can has will have when then
there which only into out up no all one two each more than them it's new same first last still also before after because without until
file test build error function type value result path line change check call return state name case key index cache query request response
user session token config option default table row column commit branch merge order number string list map set field field's struct
handler parser reader writer buffer stream queue worker task thread lock timeout retry client server socket port header body route
migration schema database transaction rollback snapshot fixture mock coverage benchmark regression release version package dependency
module import export interface trait method class object instance closure iterator option's future promise callback event listener hook
render layout component style theme colour button form input output screen terminal shell script command argument flag environment
fails passes breaks works needs reads writes returns expects holds drops keeps moves splits joins sorts filters counts matches skips
wrong right missing empty broken slow fast small large old stale unused hidden public private static dynamic async exact approximate""".split()
PROMPTS = ["No, that's wrong: ", "That still does not work. ", "Perfect, thanks. Now ", "Please ", "Why is it that ", "Go on. ", "Stop, ", "", "", "", "", ""]
FACTS = ["We decided to use Postgres because the reports need window functions.", "I learned that the watcher loses events when the buffer is full.",
         "The problem was solved by closing the pool before the fork.", "My name is Robin Miller.", "We're using Rust and SQLite for the index.",
         "Let's go with server-sent events instead of websockets because proxies break them."]
FAILURES = ["error[E0308]: mismatched types", "ENOENT: no such file or directory, open 'src/{}.ts'", "Command exited with code 1", "Could not find the exact text in src/{}.rs",
            "bash: {}: command not found", "thread 'main' panicked at src/{}.rs:41:9", "Command timed out after 120 seconds", "Permission denied (os error 13)"]


class Text:
    """Prose and code, as JSON has it within quotes: one long text of each, cut between its sentences or lines."""

    def __init__(self, seed):
        rng = random.Random(f"{seed} text")
        code = [f"{rng.choice(WORDS)}_{rng.choice(WORDS)}{rng.choice(['', '', '', rng.randrange(100)])}" for _ in range(6000)]
        code = [name.replace("'", "") for name in code]
        # The words that are used most come first, as they do in what people write.
        words = WORDS + code
        weights = [1 / (at + 3) for at in range(len(WORDS))] + [0.3 / (at + 50) for at in range(len(code))]
        drawn = iter(rng.choices(words, weights, k=400_000))
        prose = [" ".join(next(drawn) for _ in range(rng.randrange(5, 22))).capitalize() + rng.choice([". ", ". ", "? ", ":\n\n- ", ".\n\n"]) for _ in range(18_000)]
        name = lambda: code[int(len(code) * rng.random() ** 3)]
        forms = ["    let {} = {}({}, &{})?;", "\tif {}.{}() != \"{}\" {{ // {}", "}}", "", "    return {}[{}] + {} * {}", "pub fn {}({}: &str) -> Result<{}, {}> {{",
                 "import {{ {}, {} }} from './{}/{}.js'", "  test {}::{}::{} ... ok ({})", "src/{}/{}.rs:{}:14: {} — é", "        \"{}\": [\"{}\", \"{}\\n\", {}],"]
        lines = [rng.choice(forms).format(name(), name(), name(), name()) + "\n" for _ in range(50_000)]
        self.prose, self.sentences = self.joined(prose)
        self.code, self.lines = self.joined(lines)
        self.names = code

    @staticmethod
    def joined(parts):
        starts, at, escaped = [0], 0, []
        for part in parts:
            escaped.append(json.dumps(part, ensure_ascii=False)[1:-1])
            at += len(escaped[-1])
            starts.append(at)
        return "".join(escaped), starts

    @staticmethod
    def cut(text, starts, rng, size):
        begin = starts[int(rng.random() * (len(starts) - 1))]
        end = min(begin + size, len(text))
        # Not within an escape.
        while text[end - 1] == "\\" and end < len(text):
            end += 1
        return text[begin:end]

    def say(self, rng, size):
        return self.cut(self.prose, self.sentences, rng, int(size))

    def show(self, rng, size):
        """Code, a megabyte at most, with a word that stands nowhere else."""
        return f"{rng.getrandbits(48):012x} " + self.cut(self.code, self.lines, rng, int(size))


def stamp(ms):
    day = time.gmtime(ms // 1000)
    return f"{day[0]}-{day[1]:02}-{day[2]:02}T{day[3]:02}:{day[4]:02}:{day[5]:02}.{ms % 1000:03}Z"


class Session:
    """A session that is being made up; its formats say how each step is written."""

    parent = None

    def __init__(self, rng, text, project, begun):
        self.rng, self.text, self.cwd, self.ms = rng, text, f"/home/dev/{project}", begun
        self.lines, self.ids, self.size, self.leaf, self.context, self.model = [], [], 0, None, 0, rng.choice(self.models)
        self.id = str(uuid.UUID(int=(begun << 80 | 7 << 76 | rng.getrandbits(76)) & ~(3 << 62) | 2 << 62))
        self.begun = begun
        self.total = [0, 0, 0]

    def put(self, line, id=None):
        self.lines.append(line)
        self.ids.append(id)
        self.size += len(line) + 1
        if id:
            self.leaf = id

    def fill(self, target):
        rng, text = self.rng, self.text
        compact_at = rng.uniform(250_000, 600_000)
        grown = 0
        while True:
            before = self.size
            self.ms += int(1000 * (min(max(rng.lognormvariate(7.6, 1), 601), 2 * 86_400) if rng.random() < 0.08 else rng.lognormvariate(3.5, 1)))
            words = rng.choice(PROMPTS) + text.say(rng, min(rng.lognormvariate(4.8, 1), 3000)) + (" " + rng.choice(FACTS) if rng.random() < 0.04 else "")
            if rng.random() < 0.05:
                words += "\\n\\n" + text.show(rng, rng.uniform(500, 4000))
            self.prompt(words)
            for _ in range(int(rng.lognormvariate(1.6, 0.8))):
                if self.size > target:
                    break
                self.step(max(100, target - self.size))
            self.answer(text.say(rng, min(rng.lognormvariate(5.8, 0.8), 6000)), None)
            grown += self.size - before
            if self.size >= target:
                return self
            if grown > compact_at:
                grown = 0
                self.compact(text.say(rng, rng.uniform(2000, 8000)))
            elif rng.random() < 0.03:
                self.jump()
            elif rng.random() < 0.02:
                self.model = rng.choice(self.models)
                self.switch()

    def step(self, room):
        rng, text = self.rng, self.text
        self.ms += int(1000 * rng.lognormvariate(1.8, 0.7))
        name, draw, size = rng.choice(text.names), rng.random(), min(rng.lognormvariate(7.3, 1.3), 60_000, room)
        failed = rng.random() < 0.06
        path = f"{self.cwd}/src/{name}.rs"
        if draw < 0.4:
            call = ("read", [path], text.show(rng, size))
        elif draw < 0.75:
            call = ("bash", [f"cargo test {name} 2>&1 | tail -{rng.randrange(10, 90)}"], text.show(rng, size))
        elif draw < 0.77:
            call = ("bash", [f"git add -A && git commit -m 'Mend {name}'"], f"[main {rng.getrandbits(28):07x}] Mend {name}\\n 1 file changed, 3 insertions(+)\\n")
        elif draw < 0.95:
            old = text.show(rng, min(size / 3, 4000))
            call = ("edit", [path, old, text.show(rng, len(old))], f"Successfully replaced text in {path}.")
        else:
            call = ("write", [path, text.show(rng, size)], f"Successfully wrote {int(size)} bytes to {path}")
        if failed:
            call = (*call[:2], rng.choice(FAILURES).format(name))
        said = text.say(rng, rng.lognormvariate(4.6, 0.7)) if rng.random() < 0.6 else ""
        self.answer(said, call, failed)

    def arguments(self, call):
        return "{" + ",".join(f'"{name}":"{value}"' for name, value in zip(self.tools[call[0]][1:], call[1])) + "}"

    def usage(self):
        """Tokens read, read from the cache, and written, of a call."""
        self.context = min(self.size // 4, 150_000)
        spent = [self.rng.randrange(20, 3000), self.context, self.rng.randrange(40, 1500)]
        self.total = [a + b for a, b in zip(self.total, spent)]
        return spent

    def forked(self, rng, before):
        """A copy that goes on from somewhere before a size."""
        fork = type(self)(rng, self.text, os.path.basename(self.cwd), self.ms + 3_600_000)
        fork.parent = self
        fork.begin()
        for line, id in zip(self.lines[self.head:], self.ids[self.head:]):
            if fork.size > before:
                break
            fork.put(self.copied(line, fork), id)
        return fork


class Pi(Session):
    models, head = [("anthropic", "claude-sonnet-4-5"), ("zai", "glm-4.7"), ("openai", "gpt-5.2")], 1
    tools = {"read": ("read", "path"), "bash": ("bash", "command"), "edit": ("edit", "path", "oldText", "newText"), "write": ("write", "path", "content")}

    def entry(self, kind, rest):
        id = f"{self.rng.getrandbits(32):08x}"
        parent = f'"{self.leaf}"' if self.leaf else "null"
        self.put(f'{{"type":"{kind}","id":"{id}","parentId":{parent},"timestamp":"{stamp(self.ms)}",{rest}}}', id)

    def path(self):
        return f".pi/agent/sessions/--{self.cwd[1:].replace('/', '-')}--/{stamp(self.begun).replace(':', '-').replace('.', '-')}_{self.id}.jsonl"

    def begin(self):
        parent = f',"parentSession":"/home/dev/{self.parent.path()}"' if self.parent else ""
        self.put(f'{{"type":"session","version":3,"id":"{self.id}","timestamp":"{stamp(self.ms)}","cwd":"{self.cwd}"{parent}}}')
        if not self.parent:
            self.switch()
            self.entry("thinking_level_change", '"thinkingLevel":"medium"')

    def copied(self, line, _):
        return line

    def switch(self):
        self.entry("model_change", f'"provider":"{self.model[0]}","modelId":"{self.model[1]}"')

    def prompt(self, words):
        image = ""
        if self.size > 500_000 and self.rng.random() < 0.02:
            image = f',{{"type":"image","data":"{self.rng.randbytes(45_000).hex()}","mimeType":"image/png"}}'
        self.entry("message", f'"message":{{"role":"user","content":[{{"type":"text","text":"{words}"}}{image}],"timestamp":{self.ms}}}')

    def answer(self, said, call, failed=False):
        spent, (provider, model), blocks = self.usage(), self.model, []
        if self.rng.random() < 0.4:
            blocks.append(f'{{"type":"thinking","thinking":"{self.text.say(self.rng, 400)}"}}')
        if said:
            blocks.append(f'{{"type":"text","text":"{said}"}}')
        if call:
            called = f"toolu_{self.rng.getrandbits(64):016x}"
            blocks.append(f'{{"type":"toolCall","id":"{called}","name":"{call[0]}","arguments":{self.arguments(call)}}}')
        cost = [spent[0] * 3e-6, spent[2] * 15e-6, spent[1] * 3e-7]
        self.entry("message", f'"message":{{"role":"assistant","content":[{",".join(blocks)}],"api":"anthropic-messages","provider":"{provider}","model":"{model}",'
                   f'"usage":{{"input":{spent[0]},"output":{spent[2]},"cacheRead":{spent[1]},"cacheWrite":0,"totalTokens":{sum(spent)},"cost":{{"input":{cost[0]:.6f},"output":{cost[1]:.6f},'
                   f'"cacheRead":{cost[2]:.6f},"cacheWrite":0,"total":{sum(cost):.6f}}}}},"stopReason":"{"toolUse" if call else "stop"}","timestamp":{self.ms}}}')
        if call:
            self.ms += self.rng.randrange(20, 9000)
            self.entry("message", f'"message":{{"role":"toolResult","toolCallId":"{called}","toolName":"{call[0]}","content":[{{"type":"text","text":"{call[2]}"}}],'
                       f'"isError":{"true" if failed else "false"},"timestamp":{self.ms}}}')

    def compact(self, summary):
        self.entry("compaction", f'"summary":"{summary}","firstKeptEntryId":"{self.leaf}","tokensBefore":{self.context},"details":{{"readFiles":[],"modifiedFiles":[]}},"fromHook":false')

    def jump(self):
        left = self.leaf
        self.leaf = self.rng.choice([id for id in self.ids[-200:-2] if id] or [left])
        if self.rng.random() < 0.5:
            self.entry("branch_summary", f'"fromId":"{left}","summary":"{self.text.say(self.rng, 900)}","details":{{"readFiles":[],"modifiedFiles":[]}},"fromHook":false')


class ClaudeCode(Session):
    models, head = ["claude-opus-4-8", "claude-sonnet-4-5-20250929"], 0
    tools = {"read": ("Read", "file_path"), "bash": ("Bash", "command"), "edit": ("Edit", "file_path", "old_string", "new_string"), "write": ("Write", "file_path", "content")}
    agent = None

    def entry(self, kind, rest, side=""):
        id, parent = str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), f'"{self.leaf}"' if self.leaf else "null"
        agent = f'true,"agentId":"{self.agent}"' if self.agent else "false"
        self.put(f'{{"parentUuid":{parent},"isSidechain":{agent},{rest},"type":"{kind}","uuid":"{id}","timestamp":"{stamp(self.ms)}",{side}"userType":"external","entrypoint":"cli",'
                 f'"cwd":"{self.cwd}","sessionId":"{self.id}","version":"2.1.197","gitBranch":"main"}}', id)

    def path(self):
        sub = f"/subagents/agent-{self.agent}" if self.agent else ""
        return f".claude/projects/{self.cwd.replace('/', '-')}/{self.id}{sub}.jsonl"

    def begin(self):
        pass

    def copied(self, line, fork):
        return line.replace(self.id, fork.id)

    def switch(self):
        pass

    def prompt(self, words):
        self.entry("user", f'"promptId":"{self.rng.getrandbits(64):016x}","message":{{"role":"user","content":"{words}"}}', '"permissionMode":"default",')

    def answer(self, said, call, failed=False):
        spent, blocks, answer = self.usage(), [], f"{self.rng.getrandbits(64):016x}"
        if self.rng.random() < 0.4:
            blocks.append(f'{{"type":"thinking","thinking":"{self.text.say(self.rng, 400)}","signature":"{self.rng.randbytes(150).hex()}"}}')
        if said:
            blocks.append(f'{{"type":"text","text":"{said}"}}')
        if call:
            blocks.append(f'{{"type":"tool_use","id":"toolu_{answer}","name":"{self.tools[call[0]][0]}","input":{self.arguments(call)}}}')
        usage = (f'"usage":{{"input_tokens":{spent[0]},"cache_creation_input_tokens":0,"cache_read_input_tokens":{spent[1]},"output_tokens":{spent[2]},'
                 '"service_tier":"standard","cache_creation":{"ephemeral_1h_input_tokens":0,"ephemeral_5m_input_tokens":0}}')
        # Each block has a line of its own; all of them carry the usage of the whole answer.
        for block in blocks:
            self.entry("assistant", f'"message":{{"id":"msg_{answer}","type":"message","role":"assistant","model":"{self.model}","content":[{block}],'
                       f'"stop_reason":"{"tool_use" if call else "end_turn"}","stop_sequence":null,{usage}}},"requestId":"req_{answer}"')
        if call:
            self.ms += self.rng.randrange(20, 9000)
            error = ',"is_error":true' if failed else ""
            detail = f'"toolUseResult":{{"stdout":"{call[2]}","stderr":"","interrupted":false}},' if call[0] in ("bash", "read") else ""
            self.entry("user", f'"message":{{"role":"user","content":[{{"tool_use_id":"toolu_{answer}","type":"tool_result","content":"{call[2]}"{error}}}]}}', detail)

    def compact(self, summary):
        left, self.leaf = self.leaf, None
        self.entry("system", f'"logicalParentUuid":"{left}","subtype":"compact_boundary","content":"Conversation compacted","isMeta":false,"level":"info",'
                   f'"compactMetadata":{{"trigger":"auto","preTokens":{self.context}}}')
        self.entry("user", f'"message":{{"role":"user","content":"This session is being continued from a previous conversation. {summary}"}},"isVisibleInTranscriptOnly":true,"isCompactSummary":true')

    def jump(self):
        self.leaf = self.rng.choice([id for id in self.ids[-200:-2] if id] or [self.leaf])

    def sub_agent(self, rng):
        """A sub-agent that works for it."""
        sub = ClaudeCode(rng, self.text, os.path.basename(self.cwd), self.begun)
        sub.id, sub.agent, sub.ms = self.id, f"a{rng.getrandbits(64):016x}", (self.begun + self.ms) // 2
        return sub


class Codex(Session):
    models, head = ["gpt-5.2-codex", "gpt-5.2"], 1 << 60
    tools = {"read": ("exec_command", "cmd"), "bash": ("exec_command", "cmd")}

    def entry(self, kind, payload):
        self.put(f'{{"timestamp":"{stamp(self.ms)}","ordinal":{len(self.lines)},"type":"{kind}","payload":{{{payload}}}}}')

    def path(self):
        at = stamp(self.begun)
        return f".codex/sessions/{at[:10].replace('-', '/')}/rollout-{at[:19].replace(':', '-')}-{self.id}.jsonl"

    def begin(self):
        parent = f'"forked_from_id":"{self.parent.id}","forked_from_ordinal_exclusive":{len(self.parent.lines)},' if self.parent else ""
        self.entry("session_meta", f'"session_id":"{self.id}","id":"{self.id}",{parent}"timestamp":"{stamp(self.ms)}","cwd":"{self.cwd}","originator":"codex_cli_rs","cli_version":"0.169.0",'
                   f'"source":"cli","model_provider":"openai","base_instructions":{{"text":"{self.text.say(self.rng, 1200)}"}},"git":{{"commit_hash":"{self.rng.getrandbits(160):040x}","branch":"main"}}')

    def copied(self, line, _):
        return line

    def switch(self):
        pass

    def prompt(self, words):
        turn = f"{self.rng.getrandbits(64):016x}"
        self.entry("event_msg", f'"type":"task_started","turn_id":"{turn}","model_context_window":258400')
        self.entry("turn_context", f'"turn_id":"{turn}","cwd":"{self.cwd}","approval_policy":"never","model":"{self.model}","summary":"none","sandbox_policy":{{"type":"danger-full-access"}}')
        self.message("user", "input_text", words, "user.text")
        self.entry("event_msg", f'"type":"item_completed","item":{{"type":"UserMessage","content":[{{"type":"text","text":"{words}"}}]}}')

    def message(self, role, kind, words, what):
        self.entry("response_item", f'"type":"message","id":"msg_{self.rng.getrandbits(64):016x}","role":"{role}","content":[{{"type":"{kind}","text":"{words}"}}],'
                   f'"internal_chat_message_metadata_passthrough":{{"content_item_kinds":["{what}"]}}')

    def answer(self, said, call, failed=False):
        if said:
            self.entry("event_msg", f'"type":"item_completed","item":{{"type":"AgentMessage","content":[{{"type":"Text","text":"{said}"}}]}}')
            self.message("assistant", "output_text", said, "unknown")
        if call:
            called = f"call_{self.rng.getrandbits(64):016x}"
            if call[0] in self.tools:
                arguments = json.dumps(self.arguments(call if call[0] == "bash" else ("read", ["cat " + call[1][0]])), ensure_ascii=False)
                self.entry("response_item", f'"type":"function_call","status":"completed","id":"fc_{called}","name":"exec_command","arguments":{arguments},"call_id":"{called}"')
            else:
                path, *old, new = call[1]
                signed = lambda sign, shown: f"{sign}{shown}".replace("\\n", f"\\n{sign}")
                patch = f"*** {'Update' if old else 'Add'} File: {path}\\n" + ("@@\\n" + signed("-", old[0]) + "\\n" if old else "") + signed("+", new)
                self.entry("response_item", f'"type":"custom_tool_call","status":"completed","name":"apply_patch","input":"*** Begin Patch\\n{patch}\\n*** End Patch","call_id":"{called}"')
            self.ms += self.rng.randrange(20, 9000)
            self.entry("event_msg", f'"type":"item_completed","item":{{"type":"CommandExecution","id":"{called}","status":"completed","aggregated_output":"{call[2]}","exit_code":{int(failed)}}}')
            answered = "function_call_output" if call[0] in self.tools else "custom_tool_call_output"
            self.entry("response_item", f'"type":"{answered}","call_id":"{called}","output":"Wall time: 0.1000 seconds\\nProcess exited with code {int(failed)}\\nOutput:\\n{call[2]}"')
        spent = self.usage()
        usage = lambda it: f'{{"input_tokens":{it[0] + it[1]},"cached_input_tokens":{it[1]},"cache_write_input_tokens":0,"output_tokens":{it[2]},"reasoning_output_tokens":0,"total_tokens":{sum(it)}}}'
        self.entry("event_msg", f'"type":"token_count","info":{{"total_token_usage":{usage(self.total)},"last_token_usage":{usage(spent)},"model_context_window":258400}},"rate_limits":null')
        if not call:
            self.entry("event_msg", '"type":"task_complete","duration_ms":253')

    def compact(self, summary):
        self.entry("compacted", f'"message":"{summary}"')

    def jump(self):
        self.entry("event_msg", '"type":"thread_rolled_back","num_turns":1')


text = None


def begin_worker(seed):
    global text
    text = Text(seed)


def write_family(work):
    """Writes a session, with its fork and its sub-agent; how many files, bytes and lines these are."""
    folder, seed, number, size, fork_size = work
    rng = random.Random(f"{seed} {number}")
    kind = rng.choices([Pi, ClaudeCode, Codex], [70, 20, 10])[0]
    session = kind(rng, text, PROJECTS[min(int(rng.expovariate(0.12)), len(PROJECTS) - 1)], END - SPAN + int(rng.random() * (SPAN - 30 * DAY)))
    helped = kind is ClaudeCode and size > 50_000 and rng.random() < 0.2
    session.begin()
    family = [session.fill(size * 0.7 if helped else size)]
    if helped:
        family.append(session.sub_agent(rng).fill(size * 0.3))
    if fork_size:
        family.append(session.forked(rng, min(session.size, fork_size) * rng.uniform(0.2, 0.7)).fill(fork_size))
    wrote = [0, 0, 0]
    for session in family:
        path = os.path.join(folder, session.path())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        session.lines.append("")
        content = "\n".join(session.lines).encode()
        with open(path, "wb") as file:
            file.write(content)
        os.utime(path, ns=(session.ms * 1_000_000,) * 2)
        wrote = [a + b for a, b in zip(wrote, [1, len(content), len(session.lines) - 1])]
    return wrote


def write_sessions(folder, seed, scale):
    """Writes all of them; how many files, bytes and lines these are."""
    rng = random.Random(f"{seed} sizes")
    count, total = round(SESSIONS * scale), BYTES * scale
    drawn = [rng.lognormvariate(0, SPREAD) for _ in range(count)]
    factor = total / sum(drawn)
    # What is cut off at the ends is given to the others.
    for _ in range(20):
        sizes = [min(max(size * factor, SMALLEST), LARGEST) for size in drawn]
        factor *= total / sum(sizes)
    forks = round(count * 0.02)
    sizes, fork_sizes = sizes[forks:], sizes[:forks] + [0] * (count - 2 * forks)
    works = [(folder, seed, number, size, fork_size) for number, (size, fork_size) in enumerate(zip(sizes, fork_sizes))]
    # Those that take longest first.
    works.sort(key=lambda work: -work[3] - work[4])
    wrote = [0, 0, 0]
    with multiprocessing.Pool(os.cpu_count(), begin_worker, [seed]) as pool:
        for one in pool.imap_unordered(write_family, works, chunksize=4):
            wrote = [a + b for a, b in zip(wrote, one)]
    return dict(zip(["files", "bytes", "lines"], wrote))
