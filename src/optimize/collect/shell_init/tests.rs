//! The snippets in real shells, typed into through a pseudo-terminal.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::format_collect,
    clippy::cast_possible_truncation
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;
use crate::optimize::collect::{Dialect, Entry, entries};

/// A home in which shells are typed into.
pub(in crate::optimize::collect) struct Typist {
    home: tempfile::TempDir,
}

impl Typist {
    pub(in crate::optimize::collect) fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(in crate::optimize::collect) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Starts a shell with this in its startup file, types lines into it, and gives what it printed.
    pub(in crate::optimize::collect) fn types(
        &self,
        shell: Shell,
        startup: &str,
        lines: &[&[u8]],
    ) -> String {
        let prompt = match shell {
            Shell::Bash => "PS1='READY>'\n",
            Shell::Zsh => "PS1='READY>'; PROMPT_EOL_MARK=; unsetopt zle\n",
            Shell::Fish => {
                "function fish_prompt; printf 'READY>'; end\nfunction fish_greeting; end\n"
            }
        };
        let file = match shell {
            Shell::Bash => "bashrc",
            Shell::Zsh => ".zshrc",
            Shell::Fish => "config/fish/config.fish",
        };
        fs::create_dir_all(self.path("config/fish")).unwrap();
        fs::write(self.path(file), format!("{prompt}{startup}")).unwrap();
        let drive = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/histories/drive.py");
        let mut command = Command::new("python3");
        command
            .args([drive, shell.name()])
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("ZDOTDIR", self.home.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("data"))
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TERM", "dumb")
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if shell == Shell::Bash {
            command.args(["--noprofile", "--rcfile", self.path(file).to_str().unwrap()]);
        }
        let mut child = command.arg("-i").spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&lines.join(&b'\0')).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{} does not answer (is it installed?): {said}",
            shell.name()
        );
        said
    }

    fn journal(&self) -> Vec<Entry> {
        let bytes = fs::read(self.path("it's journal")).unwrap_or_default();
        let mut found = Vec::new();
        let end = entries(Dialect::Journal, b"te", &mut &bytes[..], 0, &mut |it| {
            found.push(it);
        });
        assert_eq!(end.unwrap().skipped, 0);
        found
    }

    fn startup(&self, shell: Shell, more: &str) -> String {
        format!("{}\n{more}\n", snippet(shell, &self.path("it's journal")))
    }
}

/// Typed into every shell; in each, `x` is a variable that is not set.
const LINES: [&[u8]; 9] = [
    b"echo one",
    b"false",
    b" echo hidden",
    b"",
    b"cd /usr",
    b"sleep 0.3",
    b"echo \"a\nb\" 'q' \\\\ $x \xc3\xa9",
    b"sh -c 'exit 7'",
    b"exit",
];

#[test]
fn every_shell_writes_what_was_typed_where_and_how_it_went() {
    for shell in Shell::ALL {
        let typist = Typist::new();
        typist.types(shell, &typist.startup(shell, ""), &LINES);
        let mut journal = typist.journal();
        // fish tells of its own end as well.
        journal.retain(|entry| entry.text != "exit");
        let told: Vec<_> = journal
            .iter()
            .map(|it| (it.text.as_str(), it.exit.unwrap()))
            .collect();
        assert_eq!(
            told,
            [
                ("echo one", 0),
                ("false", 1),
                ("cd /usr", 0),
                ("sleep 0.3", 0),
                ("echo \"a\nb\" 'q' \\\\ $x é", 0),
                ("sh -c 'exit 7'", 7),
            ],
            "{shell:?}"
        );
        let home = fs::canonicalize(typist.home.path()).unwrap();
        let folders: Vec<_> = journal
            .iter()
            .map(|it| it.folder.clone().unwrap())
            .collect();
        let home = home.to_str().unwrap();
        assert_eq!(
            folders,
            [home, home, home, "/usr", "/usr", "/usr"],
            "{shell:?}"
        );
        let slept = journal[3].duration_ms.unwrap();
        assert!((300..5_000).contains(&slept), "{shell:?}: {slept}");
        assert!(
            journal
                .windows(2)
                .all(|two| two[0].session == two[1].session && two[0].session.is_some())
        );
        let now = crate::system::clock::now().as_millisecond();
        assert!(
            journal
                .iter()
                .all(|it| (now - it.at.unwrap()).abs() < 120_000),
            "{shell:?}"
        );
        let mode = fs::metadata(typist.path("it's journal"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{shell:?}");
    }
}

#[test]
fn what_may_hold_a_secret_never_reaches_the_file() {
    let lines: [&[u8]; 9] = [
        b"echo before",
        b": curl -H 'Authorization: Bearer s3cr3tb34r3r'",
        b": mysql --password=s3cr3thunter",
        b": export AWS_ACCESS_KEY_ID=AKIAs3cr3t",
        b": git clone https://me:s3cr3t@example.org/x",
        b": GITHUB_TOKEN=s3cr3t gh",
        b" echo s3cr3t",
        b"echo after",
        b"exit",
    ];
    for shell in Shell::ALL {
        let typist = Typist::new();
        typist.types(shell, &typist.startup(shell, ""), &lines);
        let texts: Vec<String> = typist.journal().into_iter().map(|it| it.text).collect();
        let texts: Vec<&str> = texts
            .iter()
            .map(String::as_str)
            .filter(|it| *it != "exit")
            .collect();
        assert_eq!(texts, ["echo before", "echo after"], "{shell:?}");
        let bytes = fs::read(typist.path("it's journal")).unwrap();
        assert!(
            !bytes.windows(6).any(|window| window == b"s3cr3t"),
            "{shell:?}"
        );
    }
}

#[test]
fn bytes_that_are_no_text_are_written_as_they_are() {
    for shell in [Shell::Bash, Shell::Zsh] {
        let typist = Typist::new();
        typist.types(
            shell,
            &typist.startup(shell, ""),
            &[b"echo \xff\x83\xa0", b"exit"],
        );
        assert_eq!(
            typist.journal()[0].text,
            "echo \u{fffd}\u{fffd}\u{fffd}",
            "{shell:?}"
        );
        let bytes = fs::read(typist.path("it's journal")).unwrap();
        assert!(
            bytes.windows(3).any(|it| it == b"\xff\x83\xa0"),
            "{shell:?}"
        );
    }
}

#[test]
fn what_others_do_at_the_prompt_still_happens_and_sees_the_status() {
    let others = [
        (
            Shell::Bash,
            "",
            "PS0=$PS0'<ran>'; PROMPT_COMMAND=\"$PROMPT_COMMAND; echo saw:\\$?\"",
        ),
        (Shell::Bash, "PS0='<ran>'; PROMPT_COMMAND='echo saw:$?'", ""),
        (
            Shell::Bash,
            "PS0='<ran>'; PROMPT_COMMAND=('echo saw:$?' true)",
            "",
        ),
        (
            Shell::Bash,
            "PROMPT_COMMAND='echo saw:$?'; trap 'echo \"<ran>\"' DEBUG; set -u",
            "",
        ),
        (
            Shell::Zsh,
            "precmd() { echo saw:$? }; preexec() { echo '<ran>' }; setopt noclobber ksharrays shwordsplit nounset",
            "",
        ),
        (
            Shell::Zsh,
            "",
            "precmd_functions+=(other); other() { echo saw:$? }; preexec() { echo '<ran>' }",
        ),
        (
            Shell::Fish,
            "function a --on-event fish_postexec; echo saw:$status; end; function b --on-event fish_preexec; echo '<ran>'; end",
            "",
        ),
    ];
    for (shell, before, behind) in others {
        let typist = Typist::new();
        let startup = format!("{before}\n{}", typist.startup(shell, behind));
        // Twice is once.
        let startup = format!(
            "{startup}\n{}",
            snippet(shell, &typist.path("it's journal"))
        );
        let said = typist.types(shell, &startup, &[b"sh -c 'exit 7'", b"exit"]);
        let told = typist.journal();
        assert_eq!(
            told.first().and_then(|it| it.exit),
            Some(7),
            "{shell:?} {before} {behind}: {said}"
        );
        assert_eq!(
            told.iter()
                .filter(|it| it.text.starts_with("sh -c"))
                .count(),
            1,
            "{shell:?} {before}"
        );
        assert!(
            said.contains("saw:7") && said.contains("<ran>"),
            "{shell:?} {before} {behind}: {said}"
        );
    }
}

#[test]
fn bash_tells_a_command_that_its_history_leaves_out_from_one_that_is_new() {
    let typist = Typist::new();
    let startup = typist.startup(Shell::Bash, "HISTCONTROL=ignoreboth:erasedups");
    let lines: [&[u8]; 6] = [b"echo a", b"echo b", b" echo b", b"", b"echo a", b"exit"];
    typist.types(Shell::Bash, &startup, &lines);
    let told: Vec<_> = typist.journal().into_iter().map(|it| it.text).collect();
    assert_eq!(told, ["echo a", "echo b", "echo a"]);
}

#[test]
fn nothing_is_written_through_a_link_and_a_shell_that_is_not_interactive_writes_nothing() {
    for shell in Shell::ALL {
        let typist = Typist::new();
        let elsewhere = typist.path("elsewhere");
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, typist.path("it's journal")).unwrap();
        typist.types(shell, &typist.startup(shell, ""), &[b"echo one", b"exit"]);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"", "{shell:?}");
        let text = snippet(shell, &typist.path("it's journal"));
        let output = Command::new(shell.name())
            .args(["-c", &format!("{text}\ntrue")])
            .env("HOME", typist.home.path())
            .output()
            .unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{shell:?} {output:?}"
        );
    }
}

/// How long a prompt takes with the snippet: it must not be felt.
#[test]
fn a_prompt_costs_less_than_is_felt() {
    let typist = Typist::new();
    let journal = typist.path("j");
    // What runs around each command, a hundred times in one shell.
    let bash = format!(
        "{}\nset -o history\nhistory -s 'git status'\nb=$EPOCHREALTIME\nfor i in {{1..100}}; do history -s \"run $i\"; : \"${{PS0@P}}\"; __tend_prompt; done\ne=$EPOCHREALTIME\necho cost:$(( (${{e//[!0-9]/}} - ${{b//[!0-9]/}}) / 100 ))",
        snippet(Shell::Bash, &journal)
    );
    let zsh = format!(
        "{}\nb=$EPOCHREALTIME\nfor i in {{1..100}}; do __tend_preexec \"run $i\"; __tend_precmd; done\nprintf 'cost:%d' $(( ($EPOCHREALTIME - b) * 10000 ))",
        snippet(Shell::Zsh, &journal)
    );
    let fish = format!(
        "{}\nset b (date +%s%N)\nfor i in (seq 100); __tend_preexec x; __tend_postexec \"run $i\"; end\necho cost:(math -s0 \\( (date +%s%N) - $b \\) / 100000)",
        snippet(Shell::Fish, &journal)
    );
    for (shell, script) in [(Shell::Bash, bash), (Shell::Zsh, zsh), (Shell::Fish, fish)] {
        let _ = fs::remove_file(&journal);
        let file = typist.path("script");
        fs::write(&file, script).unwrap();
        let line = match shell {
            Shell::Bash => format!(". {}", file.display()),
            _ => format!("source {}", file.display()),
        };
        let said = typist.types(shell, "", &[line.as_bytes(), b"exit"]);
        let cost = said
            .split("cost:")
            .nth(1)
            .unwrap_or_else(|| panic!("{shell:?}: {said}"));
        let digits: String = cost.chars().take_while(char::is_ascii_digit).collect();
        let microseconds: u64 = digits.parse().unwrap();
        let bytes = fs::read(&journal).unwrap();
        let mut count = 0;
        entries(Dialect::Journal, b"te", &mut &bytes[..], 0, &mut |_| {
            count += 1;
        })
        .unwrap();
        assert!(count >= 100, "{shell:?}: {count}");
        // Ten times what it takes, for machines that do other things meanwhile.
        assert!(microseconds < 10_000, "{shell:?}: {microseconds} µs");
    }
}
