//! Agents that behave in every way but the usual one.

use std::cell::Cell;
use std::time::Instant;

use super::*;
use crate::system::process_tree;

#[test]
fn it_is_asked_on_standard_input_in_an_empty_private_folder() {
    let mut place = Place::new(
        r#"cat > "$F/prompt"; pwd > "$F/cwd"; ls -A . > "$F/there"; cp -p "$1" "$F/system"; stat -c %a . "$1" "$(dirname "$1")" > "$F/modes"; echo "$1" > "$F/path"; env > "$F/env"; cat "$F/answer""#,
    );
    place.prompt = "a quéstion ".repeat(10_000);
    let (called, log) = place.call();
    assert_eq!(text_of(&called), "yes", "{log}");
    let model = called.result.unwrap().model.unwrap();
    assert_eq!((&*model.provider, &*model.name), ("p", "m"));
    let usage = called.usage;
    assert_eq!((usage.input, usage.output, usage.cost), (7, 3, Some(0.5)));
    assert!(!called.kept && called.wall > Duration::ZERO);
    assert_eq!(place.text("prompt"), place.prompt);
    assert_eq!(place.text("there"), "");
    assert_eq!(place.text("system"), "be brief");
    assert_eq!(place.text("modes"), "700\n600\n700\n");
    // Nothing of it is left, and nothing but what it was given was in its environment.
    for name in ["cwd", "path"] {
        assert!(!Path::new(place.text(name).trim()).exists(), "{name}");
    }
    let env = place.text("env");
    let allowed = ["PATH=", "F=", "PWD=", "OLDPWD=", "_=", "SHLVL="];
    let is_allowed = |line: &str| allowed.iter().any(|name| line.starts_with(name));
    assert!(env.lines().all(is_allowed), "{env}");
    // The log tells how, and never what.
    assert!(log.contains("agent.sh"), "{log}");
    assert!(log.contains("about 27500 tokens"), "{log}");
    assert!(log.contains("0.500000 US dollars"), "{log}");
    assert!(!log.contains("quéstion"));
    assert_eq!(mode(&place.at("answers")), 0o700);
}

#[test]
fn one_that_never_reads_is_heard() {
    let mut place = Place::new("cat \"$F/answer\"");
    place.prompt = "x".repeat(8 << 20);
    assert_eq!(text_of(&place.call().0), "yes");
    // And one that writes megabytes before it reads.
    let mut place = Place::new(
        "head -c 5000000 /dev/zero | tr '\\0' '\\n'; head -c 5000000 /dev/zero | tr '\\0' '\\n' >&2; wc -c > \"$F/read\"; cat \"$F/answer\"",
    );
    place.prompt = "x".repeat(8 << 20);
    assert_eq!(text_of(&place.call().0), "yes");
    assert_eq!(place.text("read").trim(), (8 << 20).to_string());
}

#[test]
fn what_it_complains_of_is_logged_without_secrets_and_within_bounds() {
    let key = format!("sk-ant-api03-{}", "Ab3".repeat(31));
    let place = Place::new(&format!(
        "printf 'odd \\033[31mred {key}\\n' >&2; yes complaint | head -n 500000 >&2; echo 'Error: Unknown option: --x' >&2; exit 1"
    ));
    let (called, log) = place.call();
    let failure = called.result.unwrap_err();
    assert_eq!(failure.reason, Reason::Settings);
    assert!(failure.message.contains("exited with 1"), "{failure}");
    assert!(failure.message.contains("--x"), "{failure}");
    assert!(
        log.contains("odd \\u{1b}[31mred [redacted:"),
        "{}",
        &log[..300]
    );
    assert!(!log.contains("Ab3Ab3") && !log.contains('\u{1b}'));
    assert!(log.contains("more than is logged"));
    assert!(log.len() < 4 << 20);
}

#[test]
fn how_it_ended_does_not_spoil_an_answer() {
    for end in [
        "kill -9 $$",
        "exit 3",
        "sleep 60 & exit 0",
        "printf '{\"type\"'",
    ] {
        let place = Place::new(&format!("cat \"$F/answer\"; {end}"));
        let begun = Instant::now();
        assert_eq!(text_of(&place.call().0), "yes", "{end}");
        assert!(begun.elapsed() < Duration::from_secs(30), "{end}");
    }
    // The end of the run is missing, and the answer is there.
    let place = Place::new("head -n 1 \"$F/answer\"");
    assert_eq!(text_of(&place.call().0), "yes");
}

#[test]
fn how_it_ended_tells_why_there_is_no_answer() {
    for (script, reason) in [
        ("kill -9 $$", Reason::Crashed),
        ("kill -15 $$", Reason::Crashed),
        ("exit 3", Reason::Crashed),
        ("exit 0", Reason::NoAnswer),
        ("exit 127", Reason::Spawn),
        (
            "echo 'No API key found for zai.' >&2; exit 1",
            Reason::Authentication,
        ),
        ("echo 'connect ECONNREFUSED' >&2; exit 1", Reason::Network),
        (
            "echo '{\"type\":\"agent_end\",\"messages\":[]}'",
            Reason::NoAnswer,
        ),
        ("echo hello", Reason::NoAnswer),
    ] {
        let place = Place::new(script);
        let (called, _) = place.call();
        let failure = called.result.unwrap_err();
        assert_eq!(failure.reason, reason, "{script}: {failure}");
        assert_eq!(place.left(), Vec::<String>::new());
    }
}

#[test]
fn a_crash_is_told_in_its_own_words() {
    let place = Place::new(
        "echo 'FATAL ERROR: heap out of memory' >&2; for n in 1 2 3 4 5 6 7; do echo \" $n: 0xb78db3 f()\" >&2; echo '    at f (x.js:1:2)' >&2; done; kill -6 $$",
    );
    let failure = place.call().0.result.unwrap_err();
    assert_eq!(failure.reason, Reason::TooMuch);
    let message = "signal 6 ended it: FATAL ERROR: heap out of memory";
    assert_eq!(failure.message, message);
}

#[test]
fn a_refusal_is_understood_though_it_exits_with_nought() {
    for (name, reason) in [
        ("m401", Reason::Authentication),
        ("m429", Reason::RateLimit),
    ] {
        let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pi/pi-json-");
        let place = Place::new(&format!("cat '{fixture}{name}.jsonl'"));
        let (called, log) = place.call();
        assert_eq!(called.result.unwrap_err().reason, reason);
        assert!(place.left().is_empty(), "a failure is not kept");
        if name == "m429" {
            assert!(
                log.contains("tries again (3 of 3, in 8000 ms): 429 rate limit"),
                "{log}"
            );
        }
    }
}

#[test]
fn bytes_that_are_no_text_do_no_harm() {
    let place = Place::new(
        "printf 'a\\0b\\377\\376\\n\\0\\n{\\0}\\n'; printf '\\377\\0\\033' >&2; cat \"$F/answer\"",
    );
    let (called, log) = place.call();
    assert_eq!(text_of(&called), "yes");
    assert!(!log.contains('\0') && !log.contains('\u{1b}'), "{log}");
}

#[test]
fn too_much_ends_it_in_bounded_memory() {
    let begun = Instant::now();
    let endless = "tr '\\0' x < /dev/zero";
    assert_eq!(Place::new(endless).reason(), Reason::TooMuch);
    let update = format!("printf '{{\"type\":\"message_update\"'; {endless}");
    assert_eq!(Place::new(&update).reason(), Reason::TooMuch);
    let long = r#"printf '{"type":"message_end","message":{"role":"assistant","stopReason":"stop","content":"'; head -c 5000000 /dev/zero | tr '\0' x; echo '"}}'"#;
    let place = Place::new(long);
    assert_eq!(place.reason(), Reason::TooMuch);
    assert!(place.left().is_empty());
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn it_is_ended_when_its_time_is_over() {
    let mut place = Place::new("sleep 100 & echo $! > \"$F/pid\"; wait");
    place.timeout = Duration::from_millis(300);
    let begun = Instant::now();
    let failure = place.call().0.result.unwrap_err();
    assert_eq!(failure.reason, Reason::Timeout);
    assert!(failure.message.contains("within 0.3 s"), "{failure}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    let pid = place.text("pid").trim().parse().unwrap();
    while process_tree::stat(pid).is_some_and(|found| !found.zombie) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it survived");
        std::thread::yield_now();
    }
    assert!(place.left().is_empty());
    // What it failed of before that is why.
    let m429 = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/pi/pi-json-m429.jsonl"
    );
    let mut place = Place::new(&format!("head -n 9 {m429}; sleep 100"));
    place.timeout = Duration::from_secs(2);
    assert_eq!(place.reason(), Reason::RateLimit);
}

#[test]
fn it_is_stopped_when_somebody_wants_that() {
    let place = Place::new("echo there > \"$F/pid\"; sleep 100");
    let begun = Instant::now();
    let is_there = Cell::new(false);
    let (called, _) = place.call_until(&|| {
        is_there.set(is_there.get() || place.at("pid").exists());
        is_there.get()
    });
    let failure = called.result.unwrap_err();
    assert_eq!(failure.reason, Reason::Stopped);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_answer_that_was_cut_off_is_handed_on() {
    let place = Place::new("sed 's/\"stop\"/\"length\"/' \"$F/answer\"");
    let (called, _) = place.call();
    assert_eq!(called.result.unwrap_err().reason, Reason::Truncated);
    assert_eq!(called.cut.unwrap().text, "yes");
    assert_eq!(called.usage.input, 7);
    assert!(place.left().is_empty());
}

#[test]
fn what_cannot_be_started_says_why() {
    let mut place = Place::new("");
    place.settings.command = vec!["no-such-agent".into()];
    let failure = place.call().0.result.unwrap_err();
    assert_eq!(failure.reason, Reason::MissingProgram);
    assert!(failure.message.contains("no-such-agent"), "{failure}");
    assert!(!failure.reason.was_asked());
    place.settings.command = vec!["sh".into(), "a\0b".into()];
    assert_eq!(place.reason(), Reason::Settings);
    let not_a_program = place.at("not-a-program");
    fs::write(&not_a_program, "\u{7f}ELF?").unwrap();
    fs::set_permissions(&not_a_program, fs::Permissions::from_mode(0o700)).unwrap();
    place.settings.command = vec![not_a_program.display().to_string()];
    assert_eq!(place.reason(), Reason::Spawn);
    // The answers cannot be kept, so nothing is asked.
    let place = Place::new("touch \"$F/asked\"");
    fs::write(place.at("answers"), "a file").unwrap();
    assert_eq!(place.reason(), Reason::Storage);
    assert!(!place.at("asked").exists());
}

#[test]
fn tokens_are_a_quarter_of_the_characters() {
    assert_eq!(estimate_tokens(""), 0);
    assert_eq!(estimate_tokens(&"ä".repeat(4000)), 1000);
}

#[test]
fn a_program_that_dies_of_its_answer_is_not_asked_again() {
    for complaint in [
        "code: 'ENOBUFS', syscall: 'write'",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    ] {
        let place = Place::new(&format!("echo \"{complaint}\" >&2; exit 1"));
        assert_eq!(place.reason(), Reason::TooMuch, "{complaint}");
    }
}
