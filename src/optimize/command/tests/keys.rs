//! What a key depends on, and what it does not.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;

use super::{Reader, key, one, read};
use crate::optimize::recipe::{Piece, Shape};

/// A command with places for values, and the kinds of values that keep its key.
const COMMANDS: &[(&str, &[&str])] = &[
    (
        "git commit -m {} --author {}",
        &["--no-verify", "--signoff"],
    ),
    ("git push {} {b}", &["--tags", "-u", "--no-verify"]),
    (
        "cargo test {} -p {} --features {}",
        &["--release", "--locked", "--all-targets"],
    ),
    ("docker build -t {} -f {p} {p}", &["--no-cache", "--pull"]),
    ("kubectl get pods -n {} -l {}", &["-A", "--show-labels"]),
    ("curl -H {} -o {p} {u}", &["-s", "-L", "--fail"]),
    (
        "tar -C {p} --exclude {} -f {p} -x",
        &["-v", "--keep-old-files"],
    ),
    ("npm install {} {}", &["--save-dev", "--no-audit"]),
    ("ffmpeg -i {p} -crf {n} {p}", &["-y", "-an"]),
    ("rsync -e {} {p} {p}", &["-a", "--partial"]),
    ("mytool {p} --jobs {n} --out {p}", &[]),
    ("grep -e {} {p}", &["-r", "-n", "-i"]),
];

fn value(kind: &str) -> BoxedStrategy<String> {
    match kind {
        "{b}" => "[a-z]{3,6}(/[a-z]{2,5})?".boxed(),
        "{p}" => "[a-z]{1,6}/[a-z]{1,6}\\.(rs|txt|mp4)".boxed(),
        "{u}" => "https://[a-z]{2,5}\\.org/[a-z]{1,5}".boxed(),
        "{n}" => "[1-9][0-9]{0,3}".boxed(),
        _ => "[a-z][a-z ]{2,9}[a-z]".boxed(),
    }
}

/// A line of the command with values, and its units: the command, and what may change places.
fn filled(number: usize) -> impl Strategy<Value = Vec<String>> {
    let (command, flags) = COMMANDS[number];
    let words: Vec<&str> = command.split(' ').collect();
    let values: Vec<BoxedStrategy<String>> = words
        .iter()
        .map(|word| {
            if word.starts_with('{') {
                value(word).prop_map(|value| super::quoted(&value)).boxed()
            } else {
                Just((*word).to_owned()).boxed()
            }
        })
        .collect();
    let flags: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
    values.prop_map(move |words| {
        let mut units: Vec<String> = Vec::new();
        for word in words {
            match units.last_mut() {
                Some(last) if !word.starts_with('-') => {
                    last.push(' ');
                    last.push_str(&word);
                }
                _ => units.push(word),
            }
        }
        units.extend(flags.clone());
        units
    })
}

fn twice() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    (0..COMMANDS.len()).prop_flat_map(|number| (filled(number), filled(number)))
}

/// The values of a line by the words they stood in, to see that they are the same however the units stand.
fn pairs(line: &str) -> Vec<(String, String)> {
    let typed = one(line);
    let Shape::Pipeline(commands) = &typed.step.shape else {
        panic!("{line}");
    };
    let mut slots: Vec<usize> = commands
        .iter()
        .flat_map(|command| &command.words)
        .flat_map(|word| &word.0)
        .filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(*slot),
            _ => None,
        })
        .collect();
    slots.sort_unstable();
    assert_eq!(slots, (0..typed.values.len()).collect::<Vec<_>>(), "{line}");
    assert_eq!(typed.step.kinds.len(), typed.values.len());
    typed
        .step
        .kinds
        .iter()
        .map(|kind| kind.name().to_owned())
        .zip(typed.values.clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_are_not_in_the_key((first, second) in twice()) {
        prop_assert_eq!(key(&first.join(" ")), key(&second.join(" ")));
    }

    #[test]
    fn the_order_of_flags_is_not_in_the_key((units, _) in twice(), seed in any::<u64>()) {
        let line = units.join(" ");
        let mut mixed = units.clone();
        let mut seed = seed;
        for at in (2..mixed.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = 1 + usize::try_from(seed >> 33).unwrap() % at;
            mixed.swap(at, other);
        }
        // Behind a flag that takes nothing, a word is an argument, wherever the flag stands.
        let mixed = mixed.join(" ");
        prop_assert_eq!(key(&line), key(&mixed), "{} and {}", &line, &mixed);
        prop_assert_eq!(pairs(&line), pairs(&mixed), "{} and {}", &line, &mixed);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn no_code_makes_it_panic(parts in prop::collection::vec(select(vec![
        "git", "push", " ", " ", " ", "\n", "&&", "||", "|", "|&", ";", "&", "$(", ")", "`", "\"", "'", "\\", "<<EOF", "EOF", ">", "2>", "<", "{", "}",
        "for", "do", "done", "if", "then", "fi", "case", "esac", "((", "))", "[[", "]]", "$", "${", "~", "*", "#", "=", "A=1", "-m", "--x=", "é", "\0", "sudo", "cd",
        "env", "xargs", "sh -c", "-exec", "time", "function f", "()", "!", "-", "--", "<<<", "rm -rf", "$'",
    ]), 0..40)) {
        for typed in read(&parts.concat()) {
            prop_assert_eq!(typed.values.len(), typed.step.kinds.len());
        }
    }
}

#[test]
fn the_same_key_never_has_two_natures() {
    for (harmless, risky) in [
        ("psql -c 'select 1'", "psql -c 'drop table x'"),
        ("git push origin main", "git push origin +main"),
        ("sh -c 'ls x'", "sh -c 'rm -r x'"),
        ("scp a.txt b.txt", "scp a.txt host:b.txt"),
        ("echo a | psql x", "echo 'truncate t' | psql x"),
        ("A=1 make", "A=\"$(rm -rf x)\" make"),
        ("git checkout src/a.rs", "git checkout ."),
    ] {
        let (harmless, risky) = (one(harmless), one(risky));
        if harmless.step.key == risky.step.key {
            assert_eq!(
                harmless.step.risky, risky.step.risky,
                "{}",
                harmless.step.key
            );
        }
    }
}

#[test]
fn what_surrounds_a_command_is_not_in_its_key_but_in_its_shape() {
    for line in [
        "sudo make install",
        "sudo -u root -E make install",
        "A=1 make install",
        "env A=1 B='x y' make install",
        "nohup make install",
        "time make install",
        "command make install",
        "exec make install",
        "sudo env A=1 nohup make install",
        "/usr/bin/make install",
        "\\make install",
    ] {
        assert_eq!(key(line), "make install", "{line}");
    }
    let rendered = |line: &str| super::render(&one(line).step.shape, &one(line).values);
    assert_eq!(rendered("sudo -u root make"), "'sudo' '-u' 'root' 'make' ");
    assert_eq!(rendered("A=1 make"), "'env' 'A=1' 'make' ");
    assert_eq!(rendered("time exec make"), "'make' ");
    // Nothing else is left of them.
    assert_eq!(key("sudo -i"), "sudo -i");
    assert_eq!(key("env"), "env");
    assert_eq!(key("command -v git"), "command -v <str>");
}

#[test]
fn what_looks_like_a_slot_is_none() {
    assert_ne!(key("make '<str>'"), key("make '<num>'"));
    assert_eq!(key("make '<path>'"), "make '\\<path>'");
    assert_eq!(one("make '<path>'").values, Vec::<String>::new());
}

#[test]
fn hostile_text_takes_no_more_than_linear_time() {
    let mut reader = Reader::new().unwrap();
    for part in [
        "a && ",
        "a || ",
        "a | ",
        "$(",
        "`",
        "((",
        "{ ",
        "[[ ",
        "\"$(",
        "if ",
        "for a in ",
        "case x in ",
        "<<E ",
        "a=b ",
        "-a",
        "!",
        "\\",
        "'",
        "${a:-",
        "x=$((",
        "{a,",
        "sudo ",
        "xargs ",
        "env ",
        "time ",
        "sh -c '",
        "cd a; ",
        "a\n",
        "f() {",
        "$[",
        "<(",
        "a\"",
        "=",
        "*",
        "é",
    ] {
        let text = part.repeat(super::super::LONGEST / part.len());
        let begun = Instant::now();
        reader.read(&text, None);
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(4), "{part:?}: {took:?}");
    }
}

#[test]
fn characters_beyond_c_s_table_do_not_end_the_process() {
    // Where the table lies is chance; over all planes some look-up hits what is not mapped.
    let mut reader = Reader::new().unwrap();
    for c in (0x80..=0x0010_ffff)
        .step_by(0x400)
        .filter_map(char::from_u32)
    {
        reader.read(&format!("{{{c}"), None);
        reader.read(&format!("x{{1{c}"), None);
    }
    // White space of other scripts does not end a word.
    assert_eq!(
        one("echo a\u{3000}b \u{a0}c 'é'").values,
        ["a\u{3000}b", "\u{a0}c", "é"]
    );
}

#[test]
fn memory_of_lines_changes_nothing() {
    let mut reader = Reader::new().unwrap();
    let line = "cd sub && git commit -m 'x' && git push";
    let first = reader.read(line, Some("/a"));
    let second = reader.read(line, Some("/b"));
    assert_eq!(first[0].folder.as_deref(), Some("/a/sub"));
    assert_eq!(second[0].folder.as_deref(), Some("/b/sub"));
    assert_eq!(first[0].step, second[0].step);
    assert_eq!(first, reader.read(line, Some("/a")));
}
