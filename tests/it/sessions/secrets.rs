//! Secrets in sessions get nowhere: not into a database, a log, an export, a listing or a page.
//!
//! Nothing in here is written as it would be found: the parts are joined at run time.

use std::fs;

use serde_json::{Value, json};
use walkdir::WalkDir;

use super::files::{
    ALL_PIECES, MORNING, NOON, Pi, at, claude_path, configure, graph, lay, numbers, scan, tend_at,
};
use crate::support::World;

const ID: &str = "0198c0de-1111-7000-8000-000000000001";
const CLAUDE: &str = "0198c0de-2222-7000-8000-000000000002";

/// Letters and digits that look random: others for each seed.
fn random(length: usize, seed: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[usize::try_from(state >> 33).unwrap() % LETTERS.len()])
    };
    format!("q7{}", (2..length).map(|_| next()).collect::<String>())
}

/// What must not be found again.
#[derive(Default)]
struct Planted {
    secrets: Vec<String>,
    seed: u64,
}

impl Planted {
    fn random(&mut self, length: usize) -> String {
        self.seed += 1;
        let secret = random(length, self.seed);
        self.secrets.push(secret.clone());
        secret
    }

    /// A text with a secret of each form in it.
    fn all(&mut self) -> String {
        let upper = self.random(16).to_uppercase();
        self.secrets.push(upper.clone());
        let pem = [self.random(64), self.random(64), self.random(30)].join("\n");
        let token = [
            format!("key {}{upper} here", "AKIA"),
            format!("aws_secret_access_key = {}", self.random(40)),
            format!("push with {}{}", "ghp_", self.random(36)),
            format!("PGPASSWORD={} psql", self.random(14)),
            format!("\"password\": \"{}\"", self.random(12)),
            format!(
                "ey{}.ey{}.{}",
                "JhbGciOiJIUzI1NiJ9",
                "JzdWIiOiIxMjM0NTY3ODkwIn0",
                self.random(43)
            ),
            format!("clone https://user:{}@example.org/x.git", self.random(18)),
            format!("Authorization: Bearer {}", self.random(32)),
            format!(
                "-----BEGIN {} KEY-----\n{pem}\n-----END {} KEY-----",
                "RSA PRIVATE", "RSA PRIVATE"
            ),
            format!("use {}{}", "sk-ant-", self.random(40)),
        ];
        token.join("\n")
    }

    /// One that stands in a name or a path.
    fn name(&mut self) -> String {
        format!("{}{}", "ghp_", self.random(36))
    }

    /// Those of which some bytes are among these.
    fn among<'a>(&'a self, bytes: &[u8]) -> Vec<&'a str> {
        // Half of a secret is found too, as it would stay of one that was cut.
        let halves = self.secrets.iter().filter(|secret| {
            let half = secret.len().min(10);
            let found = |part: &str| memchr::memmem::find(bytes, part.as_bytes()).is_some();
            found(&secret[..half]) || found(&secret[secret.len() - half..])
        });
        halves.map(String::as_str).collect()
    }
}

/// A session in whose every part secrets are.
fn of_pi(planted: &mut Planted, world: &World) -> Pi {
    let folder = world.repo().canonicalize().unwrap();
    let mut pi = Pi::with_head(ID, at(MORNING), json!({"cwd": folder}));
    pi.asks(&planted.all());
    pi.asks(&format!(
        "We decided to use {} because it is the key.",
        planted.name()
    ));
    pi.entry(json!({"type": "session_info", "name": planted.name()}));
    let arguments = json!({
        "command": planted.all(), "path": format!("/home/{}/x.rs", planted.name()),
        "env": {"API_TOKEN": planted.random(20)}, "list": [planted.all()],
        "inner": json!({"password": planted.random(16), "text": planted.all()}).to_string(),
    });
    pi.answers(&json!([
        {"type": "thinking", "thinking": planted.all()},
        {"type": "text", "text": planted.all()},
        {"type": "toolCall", "id": "c1", "name": "write", "arguments": arguments},
    ]));
    for is_error in [false, true] {
        let content = json!([{"type": "text", "text": planted.all()}]);
        pi.entry(json!({"type": "message", "message": {
            "role": "toolResult", "toolCallId": "c1", "toolName": "write", "isError": is_error, "content": content,
        }}));
    }
    pi.entry(json!({"type": "message", "message": {
        "role": "bashExecution", "command": planted.all(), "output": planted.all(), "exitCode": 1,
    }}));
    for kind in ["brain_flag", "handoff", "anything"] {
        let data = json!({"type": "note", "message": planted.all(), "target": planted.name()});
        pi.entry(json!({"type": "custom", "customType": kind, "data": data}));
    }
    let content = planted.all();
    pi.entry(json!({"type": "custom_message", "customType": "notice", "content": content, "display": true}));
    pi.entry(json!({"type": "message", "message": {
        "role": "assistant", "content": [], "stopReason": "error", "errorMessage": planted.all(),
        "provider": "acme", "model": "m-1",
    }}));
    let summary = planted.all();
    pi.compacts(&summary);
    let summary = planted.all();
    let from = pi.entries[0].clone();
    pi.entry(
        json!({"type": "branch_summary", "fromId": from, "parentId": from, "summary": summary}),
    );
    let (asked, said) = (planted.all(), planted.all());
    pi.asks(&asked).says(&said);
    // Escapes of JSON in the middle of secrets.
    let (asked, said) = (planted.all(), planted.all());
    pi.asks(&asked).says(&said);
    for line in pi.lines.iter_mut().rev().take(2) {
        *line = line.replace("q7", "\\u0071\\u0037");
    }
    // A broken line, an unknown one, and a line of which half is there.
    pi.lines.push(format!(
        "{{\"broken\": \"{}",
        planted.all().replace('\n', " ")
    ));
    pi.entry(json!({"type": "of_the_future", "secret": planted.all()}));
    pi
}

fn of_claude(planted: &mut Planted, world: &World) -> String {
    let folder = world.repo().canonicalize().unwrap();
    let mut line = |kind: &str, nth: u32, message: Value| {
        let branch = format!("try-{}", planted.name());
        json!({
            "type": kind, "uuid": format!("u{nth}"), "timestamp": format!("2026-12-01T08:{nth:02}:00Z"), "cwd": folder,
            "sessionId": CLAUDE, "gitBranch": branch, "version": "2.1.0", "message": message,
            "toolUseResult": {"stdout": planted.all()},
        })
        .to_string()
            + "\n"
    };
    let mut texts = Planted {
        secrets: Vec::new(),
        seed: 1_000_000,
    };
    let mut text = line("user", 1, json!({"role": "user", "content": texts.all()}));
    let input = json!({"command": texts.all(), "file_path": format!("/{}", texts.name())});
    let usage = json!({"input_tokens": 10, "output_tokens": 5});
    text += &line(
        "assistant",
        2,
        json!({"id": "m1", "role": "assistant", "model": "m", "usage": usage, "content": [
            {"type": "text", "text": texts.all()}, {"type": "tool_use", "id": "t1", "name": "Bash", "input": input},
        ]}),
    );
    let result = json!({"type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": texts.all()});
    text += &line("user", 3, json!({"role": "user", "content": [result]}));
    text += &line(
        "assistant",
        4,
        json!({"id": "m2", "role": "assistant", "model": "m", "content": [{"type": "text", "text": texts.all()}]}),
    );
    text += &format!(
        "{}\n",
        json!({"type": "summary", "summary": texts.all(), "leafUuid": "u4"})
    );
    text += &format!(
        "{}\n",
        json!({"type": "custom-title", "customTitle": texts.all(), "sessionId": CLAUDE})
    );
    planted.secrets.extend(texts.secrets);
    text
}

#[test]
fn what_was_planted_is_found_nowhere() {
    let world = World::new();
    configure(&world, ALL_PIECES);
    let mut planted = Planted::default();
    let pi = of_pi(&mut planted, &world);
    let sources = [
        lay(&world, &pi.path(), pi.bytes(), pi.at),
        lay(
            &world,
            &claude_path(CLAUDE),
            of_claude(&mut planted, &world),
            at("2026-12-01T08:30:00Z"),
        ),
    ];
    assert!(planted.secrets.len() > 300, "{}", planted.secrets.len());
    for source in &sources {
        assert!(planted.among(&fs::read(source).unwrap()).len() > 60);
    }
    let scanned = numbers(&scan(&world));
    assert!(
        scanned["nodes"].as_u64().unwrap() >= 3 && scanned["messages"].as_u64().unwrap() > 8,
        "{scanned}"
    );
    tend_at(&world, at(NOON), &["run", "conversation"]).code(0);
    tend_at(&world, at(NOON), &["graph", "connect", "--since", "30d"]);
    let page = world.home().join("page.html");
    let page_path = page.to_str().unwrap();
    let graph = graph(&world);
    let mut commands: Vec<Vec<&str>> = [
        "graph export --format json",
        "graph export --format dot",
        "sessions list --all --json",
        "sessions list --all",
        "graph search --json key",
        "graph search --messages key",
        "graph search --messages --json push",
        "graph patterns --json",
        "results show conversation",
        "results show conversation --json",
        "log",
        "queue --all --json",
    ]
    .iter()
    .map(|it| it.split(' ').collect())
    .collect();
    for id in [ID, CLAUDE] {
        commands.push(vec!["sessions", "show", id]);
        commands.push(vec!["sessions", "show", "--json", id]);
    }
    for node in graph["nodes"].as_array().unwrap() {
        commands.push(vec!["graph", "show", node["id"].as_str().unwrap()]);
    }
    commands.push(vec!["report", "--format", "html", "-o", page_path]);
    for args in &commands {
        let ran = tend_at(&world, at(NOON), args).code(0);
        let printed = format!("{}{}", ran.stdout, ran.stderr);
        assert!(
            planted.among(printed.as_bytes()).is_empty(),
            "{args:?}: {:?}\n{printed}",
            planted.among(printed.as_bytes())
        );
    }
    assert!(page.exists());
    let shown = tend_at(&world, at(NOON), &["graph", "search", "--messages", "key"]).stdout;
    assert!(shown.contains("[redacted:"), "{shown}");
    // Everything that was written anywhere, but for the sessions.
    let mut looked_at = Vec::new();
    for file in WalkDir::new(world.folder()) {
        let file = file.unwrap();
        if !file.file_type().is_file() || sources.iter().any(|it| it == file.path()) {
            continue;
        }
        let bytes = fs::read(file.path()).unwrap();
        let found = planted.among(&bytes);
        assert!(found.is_empty(), "{}: {found:?}", file.path().display());
        looked_at.push(file.file_name().to_string_lossy().into_owned());
    }
    for name in ["graph.db", "queue.db", "page.html"] {
        assert!(
            looked_at.iter().any(|it| it == name),
            "{name}: {looked_at:?}"
        );
    }
}
