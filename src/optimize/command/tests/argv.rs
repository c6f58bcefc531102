//! A shape with its own values runs as the line did: bash itself is asked.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::{Reader, render};
use crate::optimize::recipe::Shape;

const PROGRAMS: &[&str] = &[
    "show", "git", "cargo", "tar", "docker", "make", "curl", "python3", "npm", "find", "xargs",
    "kubectl", "mytool",
];

/// Text in one of the ways to write it.
fn text() -> impl Strategy<Value = String> {
    let plain = "[a-zA-Z0-9_./:@%+=,^-]{1,8}";
    let any = "[a-z \t'\"$`\\\\;&|<>(){}*?#~!é-]{0,8}";
    prop_oneof![
        4 => plain.prop_map(|text| text),
        1 => any.prop_map(|text| format!("'{}'", text.replace('\'', "'\\''"))),
        1 => any.prop_map(|text| {
            let escaped: String = text
                .chars()
                .flat_map(|c| "\"$`\\".contains(c).then_some('\\').into_iter().chain([c]))
                .collect();
            format!("\"{escaped}\"")
        }),
        1 => "[a-z ';&|<>(){}*?#~$-]{1,5}".prop_map(|text| text.chars().flat_map(|c| ['\\', c]).collect()),
        1 => "[a-z \\n\\t;-]{0,5}".prop_map(|text| format!("$'{}'", text.replace('\n', "\\n").replace('\t', "\\t"))),
    ]
}

fn code() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "$HOME",
        "\"$HOME\"",
        "${HOME}/x",
        "\"a b$HOME\"",
        "*.txt",
        "a?.txt",
        "[ab]*.txt",
        "~",
        "~/x",
        "{x,y}z",
        "x{1..3}",
        "$(echo a b)",
        "\"$(echo a b)\"",
        "`echo q`",
        "--file=$HOME",
        "--dir=\"$HOME/a b\"",
        "A=~/x",
        "$((1+2))",
        "a{b",
        "{}",
        "HEAD@{1}",
        "http://x.org/?a=*",
        "--out={a,b}",
        "\"$(echo \"a  b\")\"",
    ])
    .prop_map(str::to_owned)
}

fn argument() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(text(), 1..3).prop_map(|parts| parts.concat()),
        2 => prop::sample::select(vec!["-m", "-f", "--force", "--message", "-C", "--", "-n", "-5", "-am", "-xzf", "-j8", "--depth=1", "-DA=b", "-", "+x", "run", "test", "build", "commit", "push", "exec", "-exec", ";", "-it"])
            .prop_map(|word| if word == ";" { "\\;".to_owned() } else { word.to_owned() }),
        1 => code(),
    ]
    .prop_filter("comments", |word| !word.starts_with('#'))
}

fn command() -> impl Strategy<Value = String> {
    (
        prop::sample::select(vec![
            "",
            "",
            "",
            "A=1 ",
            "A='x y' B=\"$HOME\" ",
            "env C=d ",
            "command ",
            "exec ",
            "nohup ",
        ]),
        prop::sample::select(PROGRAMS),
        prop::collection::vec(argument(), 0..6),
        prop::sample::select(vec![
            "",
            "",
            "",
            " 2>&1",
            " 2>/dev/null",
            " </dev/null",
            " 2>>err.log",
            " <<<'x y'",
            " >&1",
        ]),
        prop::sample::select(vec![" ", " ", "  ", "\t", " \\\n "]),
    )
        .prop_map(|(before, program, arguments, redirect, gap)| {
            let mut words = vec![program.to_owned()];
            words.extend(arguments);
            format!("{before}{}{redirect}", words.join(gap))
        })
}

fn line() -> impl Strategy<Value = String> {
    prop::collection::vec(command(), 1..3).prop_map(|commands| commands.join(" | "))
}

/// A folder in which every program prints its name and its arguments.
fn stage(folder: &Path) {
    let bin = folder.join("bin");
    fs::create_dir(&bin).unwrap();
    for file in ["a.txt", "ab.txt", "b c.txt"] {
        fs::write(folder.join(file), "").unwrap();
    }
    let show = bin.join("show");
    fs::write(
        &show,
        "#!/bin/sh\nprintf '%s\\000' \"[${0##*/}]\" \"$A\" \"$B\" \"$C\" \"$@\"\ncat\n",
    )
    .unwrap();
    fs::set_permissions(&show, fs::Permissions::from_mode(0o755)).unwrap();
    for program in PROGRAMS.iter().skip(1) {
        symlink(&show, bin.join(program)).unwrap();
    }
}

fn printed(folder: &Path, line: &str) -> Vec<u8> {
    let output = Command::new("bash")
        .args(["--norc", "-c", line])
        .current_dir(folder)
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", folder.join("bin").display()),
        )
        .env("HOME", "/home/some body")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output.stdout
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rendered_gets_the_arguments_of_what_was_typed(line in line()) {
        let folder = tempfile::tempdir().unwrap();
        stage(folder.path());
        let found = Reader::new().unwrap().read(&line, None);
        prop_assert_eq!(found.len(), 1, "{}", &line);
        for typed in &found {
            let rendered = render(&typed.step.shape, &typed.values);
            let (theirs, ours) = (printed(folder.path(), &line), printed(folder.path(), &rendered));
            prop_assert_eq!(
                String::from_utf8_lossy(&theirs).replace('\0', "⏎"),
                String::from_utf8_lossy(&ours).replace('\0', "⏎"),
                "{} → {}", &line, &rendered
            );
        }
    }

    #[test]
    fn plain_lines_are_pipelines(words in prop::collection::vec("[a-z0-9./_-][a-z0-9./=_-]{0,8}", 0..6)) {
        let line = format!("show {}", words.join(" "));
        let found = Reader::new().unwrap().read(&line, None);
        prop_assert_eq!(found.len(), 1);
        prop_assert!(matches!(found[0].step.shape, Shape::Pipeline(_)), "{:?}", found);
    }
}
