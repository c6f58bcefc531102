//! Sessions that the real agents wrote: `fixtures/sessions/README.md` says how.

use super::*;
use crate::sessions::model::{Lineage, Session};

const CLAUDE: &str = "claude-code/projects/-home-dev-proj/0f708cd4-6637-4ae1-af82-8650e756b074";
const CLAUDE_SUB_AGENT: &str = "/subagents/agent-aafd8671cdcc6c643.jsonl";
const CLAUDE_FORK: &str =
    "claude-code/projects/-home-dev-proj/d6dbd9d3-ed09-4030-8f5b-fe3fc498e271.jsonl";
const CODEX: &str = "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-18-01a1fffb-407c-7d42-9505-a4e72d9fe16a.jsonl";
const CODEX_SUB_AGENT: &str = "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-19-01a1fffb-45b3-75b1-80f6-0085b9a6bc09.jsonl";
const CODEX_FORK: &str = "codex/sessions/2026/11/21/rollout-2026-11-21T21-20-21-01a1fffb-4c92-7073-b06b-4d34f6ff1047.jsonl";

/// The file itself tells whose it is.
fn session(path: &str) -> (Vec<Event>, Session) {
    let mut reader = Reader::new(Path::new(path), None);
    let (events, progress) = Memory::of(&fixture(path)).read(&mut reader);
    assert_eq!((reader.broken().total(), progress.waiting), (0, 0));
    (events, reader.session().unwrap().clone())
}

fn check(path: &str, expected: &[&str]) -> Session {
    let (events, session) = session(path);
    let told = told(&events);
    for (number, (told, expected)) in told.iter().zip(expected).enumerate() {
        // What takes a screen is told by how it begins.
        let begins = expected.strip_suffix('…');
        let fits = begins.map_or(told == expected, |begins| told.starts_with(begins));
        assert!(fits, "{number}: {told:?} is not {expected:?}");
    }
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    session
}

#[test]
fn pi_with_a_tree() {
    let session = check(
        "pi/tree.jsonl",
        &[
            "user: add login",
            "assistant: done Done 10+0+0>5 $0",
            "user: after label",
            "assistant: ok2 Done 10+0+0>5 $0",
            "name: my session",
            "user: after session_info",
            "assistant: ok3 Done 10+0+0>5 $0",
            "^ user: tree jump from a1",
            "assistant: ok4 Done 10+0+0>5 $0",
            "^ branch: ## summary of abandoned branch",
            "user: after branch summary",
            "assistant: ok5 Done 10+0+0>5 $0",
            "compaction: Some(50000) ## compaction summary",
            "user: after compaction",
            "assistant: ok6 Done 10+0+0>5 $0",
            r#"custom brain_flag: {"type":"note","message":"flag me"}"#,
            "^ user: second root",
            "assistant: ok7 Done 10+0+0>5 $0",
        ],
    );
    assert_eq!(session.agent, Agent::Pi);
    assert_eq!(session.id, "01a1fb4a-ff60-7302-afe9-b0a6c75e7f1d");
    assert_eq!(session.folder.as_deref(), Some("/home/dev/proj"));
    assert_eq!(session.version.as_deref(), Some("3"));
    assert_eq!(
        session.started_at.unwrap().to_string(),
        "2026-11-20T23:29:18.697Z"
    );
}

#[test]
fn pi_with_a_fork() {
    let (events, session) = session("pi/fork-of-tree.jsonl");
    let file = "/home/dev/.pi/agent/sessions/--home-dev-proj--/2026-11-20T23-29-18-697Z_01a1fb4a-ff60-7302-afe9-b0a6c75e7f1d.jsonl";
    assert_eq!(session.parent, Some(Lineage::ForkOfFile(file.to_owned())));
    let (before, _) = self::session("pi/tree.jsonl");
    let new = events
        .iter()
        .filter(|event| before.iter().all(|known| known.id != event.id));
    // The label is added again, under an id of its own.
    assert_eq!(
        new.map(|event| words(&event.kind)).collect::<Vec<_>>(),
        [
            "(label)",
            "user: in fork",
            "assistant: fork ok Done 10+0+0>5 $0"
        ]
    );
}

#[test]
fn pi_with_tools() {
    check(
        "pi/tools.jsonl",
        &[
            "model: stub/stub-1",
            "user: Fix the greeting (1 images)",
            r#"assistant: I look at both files. [bash {"command":"cat hello.txt"}] [read {"path":"missing.txt"}] ToolUse 10+3+7>5 $0.25"#,
            "bash: hallo",
            "read!: File not found",
            "assistant: All done Done 10+3+7>5 $0.25",
            "shell: cargo test -> ok\n Some(0)",
            "shell: sleep 9 ->  None",
            r#"custom handoff: {"target":"reviewer"}"#,
            r#"custom notice: {"text":"The tests are slow","details":{"seconds":9}}"#,
            "model: stub/stub-2",
            "user: Go on",
            "assistant:  Error error: 401 bad key 0+3+7>0 $0",
        ],
    );
}

#[test]
fn claude_code() {
    let session = check(
        &format!("{CLAUDE}.jsonl"),
        &[
            "user: Fix the greeting",
            "assistant:  ToolUse 10+3+7>21",
            "assistant: I look at both files. ToolUse",
            r#"assistant:  [Bash {"command":"cat hello.txt","description":"Look"}] ToolUse"#,
            r#"assistant:  [Bash {"command":"cat missing.txt","description":"Look"}] ToolUse"#,
            "Bash!: cat: missing.txt: No such file or directory",
            "^ Bash: hallo",
            "assistant: All done: Fix the greeting Done 20+3+7>22",
            "user: Write the note",
            r#"assistant:  [Write {"file_path":"/home/dev/proj/note.txt","content":"first line\n"}] ToolUse 30+3+7>23"#,
            "Write: File created successfully at: /home/dev/proj/note.txt…",
            "assistant: All done: Write the note Done 40+3+7>24",
            "user: Delegate the hello",
            "assistant: I will ask a sub-agent. ToolUse 50+3+7>25",
            r#"assistant:  [Agent {"description":"Say hello","prompt":"Say hello from below.","subagent_type":"general-purpose"}] ToolUse"#,
            "Agent: duration_ms…",
            "assistant: All done: Delegate the hello Done 70+3+7>27",
            "compaction: Some(107) This session is being continued from a previous conversation…",
            "user: And after the summary",
            "assistant: All done: And after the summary Done 90+3+7>29",
        ],
    );
    assert_eq!(session.agent, Agent::ClaudeCode);
    assert_eq!(session.id, "0f708cd4-6637-4ae1-af82-8650e756b074");
    assert_eq!(session.folder.as_deref(), Some("/home/dev/proj"));
    assert_eq!(session.version.as_deref(), Some("2.1.197"));
    assert_eq!(session.branch.as_deref(), Some("main"));
}

#[test]
fn claude_codes_sub_agent() {
    let session = check(
        &format!("{CLAUDE}{CLAUDE_SUB_AGENT}"),
        &[
            "user: Say hello from below.",
            "assistant: Hello from below. Done 60+3+7>26",
        ],
    );
    assert_eq!(
        session.id,
        "0f708cd4-6637-4ae1-af82-8650e756b074/aafd8671cdcc6c643"
    );
    let parent = "0f708cd4-6637-4ae1-af82-8650e756b074".to_owned();
    assert_eq!(session.parent, Some(Lineage::SubAgentOf(parent)));
}

#[test]
fn claude_codes_fork_repeats_ids() {
    let (before, _) = session(&format!("{CLAUDE}.jsonl"));
    let (events, session) = session(CLAUDE_FORK);
    assert_eq!(
        (session.id.as_str(), session.parent),
        ("d6dbd9d3-ed09-4030-8f5b-fe3fc498e271", None)
    );
    let new: Vec<_> = events
        .iter()
        .filter(|event| {
            event.link != Link::Aside && before.iter().all(|known| known.id != event.id)
        })
        .map(|event| words(&event.kind))
        .collect();
    assert_eq!(
        new,
        [
            "user: In the fork",
            "assistant: All done: In the fork Done 100+3+7>30"
        ]
    );
}

#[test]
fn codex() {
    let session = check(
        CODEX,
        &[
            "model: stub/gpt-5.2-codex",
            "user: Fix the greeting",
            "assistant: I look at both files.",
            r#"assistant:  [exec_command {"cmd":"cat hello.txt"}] ToolUse"#,
            r#"assistant:  [exec_command {"cmd":"cat missing.txt"}] ToolUse"#,
            "exec_command: hallo",
            "exec_command!: cat: missing.txt: No such file or directory",
            "spent 1060+40+0>21",
            "assistant: All done: Fix the greeting",
            "spent 1160+40+0>22",
            "user: Write the note",
            r#"assistant:  [exec_command {"cmd":"printf 'first line\\n' > note.txt"}] ToolUse"#,
            "exec_command: Output:",
            "spent 1260+40+0>23",
            "assistant: All done: Write the note",
            "spent 1360+40+0>24",
            "user: Delegate the hello",
            "assistant: I will ask a sub-agent.",
            r#"assistant:  [spawn_agent {"message":"Say hello from below."}] ToolUse"#,
            r#"spawn_agent: {"agent_id":"01a1fffb-45b3-75b1-80f6-0085b9a6bc09",…"#,
            "spent 1460+40+0>25",
            r#"assistant:  [wait_agent {"targets":["01a1fffb-45b3-75b1-80f6-0085b9a6bc09"],"timeout_ms":20000}] ToolUse"#,
            "wait_agent: …",
            "spent 1560+40+0>26",
            "assistant: All done: Delegate the hello",
            "spent 1760+40+0>28",
            "user: See the dot (1 images)",
            "assistant: All done: Delegate the hello",
            "spent 1860+40+0>29",
            "spent 1960+40+0>30",
            "compaction: Some(2030) Another language model started to solve this problem…",
            "user: Compact then go on",
            "assistant: All done: Compact then go on",
            "spent 2060+40+0>31",
            "user: And after the summary",
            "assistant: All done: And after the summary",
            "spent 2160+40+0>32",
        ],
    );
    assert_eq!(session.agent, Agent::Codex);
    assert_eq!(session.id, "01a1fffb-407c-7d42-9505-a4e72d9fe16a");
    assert_eq!(session.branch.as_deref(), Some("main"));
    assert_eq!(
        session.commit.as_deref(),
        Some("a569753778cd222fab961b9c72a1aec7416fd74f")
    );
    assert_eq!(session.parent, None);
}

#[test]
fn codexs_totals_are_counted_once() {
    let (events, _) = session(CODEX);
    let spent = events.iter().filter_map(|event| match &event.kind {
        Kind::Spent { usage, .. } => Some((usage.input + usage.cache_read, usage.output)),
        _ => None,
    });
    let sum = spent.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    // What the last token_count tells in all.
    assert_eq!(sum, (18_100, 291));
}

#[test]
fn codexs_sub_agent_and_fork() {
    let session = check(
        CODEX_SUB_AGENT,
        &[
            "model: stub/gpt-5.2-codex",
            "user: Say hello from below.",
            "assistant: Hello from below.",
            "spent 1660+40+0>27",
        ],
    );
    let parent = || "01a1fffb-407c-7d42-9505-a4e72d9fe16a".to_owned();
    assert_eq!(session.parent, Some(Lineage::SubAgentOf(parent())));
    // Its totals go on from those of the session that it was forked from.
    let session = check(
        CODEX_FORK,
        &[
            "model: stub/gpt-5.2-codex",
            "user: In the fork",
            "assistant: All done: In the fork",
            "spent 2260+40+0>33",
        ],
    );
    assert_eq!(session.parent, Some(Lineage::ForkOf(parent())));
}
