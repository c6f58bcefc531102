//! What is generated does what was typed.

use super::*;

const SCRIPTS: [Form; 2] = [Form::ShellScript, Form::Python];
pub(super) const ALL: [Form; 4] = [
    Form::ShellScript,
    Form::Python,
    Form::MakeTarget,
    Form::JustTarget,
];

/// Whether what a form is run with is here.
pub(super) fn available(form: Form) -> bool {
    match form {
        Form::JustTarget => has("just"),
        Form::MakeTarget => has("make"),
        Form::Python => has("python3"),
        _ => true,
    }
}

#[test]
fn steps_are_done_in_order_until_one_fails() {
    let place = Place::new();
    let probe = place.probe();
    let recipe = recipe(
        vec![
            step(&[&probe, "one"]),
            step(&["sh", "-c", "exit 7"]),
            step(&[&probe, "three"]),
        ],
        Vec::new(),
    );
    for form in ALL.into_iter().filter(|it| available(*it)) {
        let output = place.exec(&written(&recipe, form), &[]);
        assert!(!output.status.success(), "{form:?}");
        assert_eq!(place.given(), [[b"one"]], "{form:?}");
        if SCRIPTS.contains(&form) {
            assert_eq!(output.status.code(), Some(7));
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(
                said,
                format!(
                    "[1/3] {probe} one\n[2/3] sh -c 'exit 7'\ntry-it: step 2 of 3 failed: exit code 7\n"
                ),
                "{form:?}"
            );
        }
    }
}

#[test]
fn help_says_what_there_is() {
    let place = Place::new();
    let recipe = recipe(
        vec![
            step(&["git", "commit", "-m", "{0}"]),
            step(&["git", "push", "origin", "{1}"]),
        ],
        vec![
            parameter("message", SlotKind::Str, None),
            parameter("branch", SlotKind::Branch, Some("it's %s main")),
        ],
    );
    let wants = "\
Usage: try-it --message TEXT [--branch BRANCH] [--dry-run]

Does, and stops at the first error:
  1. git commit -m <message>
  2. git push origin <branch>

Options:
  --message TEXT
        required
  --branch BRANCH
        default: 'it'\\''s %s main'
        so far: 'it'\\''s %s main'
  --dry-run
        print the steps as a shell takes them, and do none
  --help
        print this
";
    for form in SCRIPTS {
        let printed = succeeded(&place.exec(&written(&recipe, form), &["--help"]));
        assert_eq!(printed, wants, "{form:?}");
    }
}

#[test]
fn options_of_a_scripts_own_are_no_parameters() {
    let place = Place::new();
    let recipe = recipe(
        vec![step(&[&place.probe(), "-x", "{0}", "-x", "{1}"])],
        vec![
            parameter("help", SlotKind::Str, None),
            parameter("help-value", SlotKind::Str, None),
        ],
    );
    for form in SCRIPTS {
        let generated = written(&recipe, form);
        succeeded(&place.exec(&generated, &["--help-value=b", "--help-value-value=a"]));
        assert_eq!(place.given(), [[&b"-x"[..], b"a", b"-x", b"b"]]);
    }
}

#[test]
fn pipelines_and_redirections_go_where_they_went() {
    let place = Place::new();
    let steps = vec![
        Shape::Pipeline(vec![
            redirected(&["cat"], &[(None, "<", "{0}")]),
            command(&["sort", "-r"]),
            redirected(&["head", "-n", "1"], &[(None, ">", "out one")]),
        ]),
        Shape::Pipeline(vec![redirected(
            &["ls", "missing", "--", "out one"],
            &[(None, ">>", "both"), (Some(2), ">&", "1")],
        )]),
        Shape::Pipeline(vec![
            redirected(
                &["ls", "missing"],
                &[(Some(2), ">&", "1"), (Some(1), ">", "quiet")],
            ),
            redirected(&["wc", "-c"], &[(None, ">", "count")]),
        ]),
        Shape::Pipeline(vec![redirected(
            &["LC_ALL=C {1}", "env"],
            &[(None, ">", "env")],
        )]),
    ];
    let parameters = vec![
        parameter("file", SlotKind::Path, Some("in put")),
        parameter("more", SlotKind::Str, Some("a  b")),
    ];
    let mut recipe = recipe(steps, parameters);
    // `ls` of what is missing fails, but what it says is what is looked at.
    recipe.steps[1] = Shape::Pipeline(vec![redirected(
        &["sh", "-c", "echo said; echo wrong >&2"],
        &[(None, ">>", "both"), (Some(2), ">&", "1")],
    )]);
    recipe.steps[2] = Shape::Pipeline(vec![
        redirected(
            &["sh", "-c", "echo said; echo wrong >&2"],
            &[(Some(2), ">&", "1"), (Some(1), ">", "quiet")],
        ),
        redirected(&["cat"], &[(None, ">", "heard")]),
    ]);
    place.write("in put", "b\na\nc\n");
    for form in ALL.into_iter().filter(|it| available(*it)) {
        succeeded(&place.exec(&written(&recipe, form), &[]));
        assert_eq!(place.read("out one"), "c\n", "{form:?}");
        assert_eq!(place.read("both"), "said\nwrong\n", "{form:?}");
        assert_eq!(place.read("quiet"), "said\n", "{form:?}");
        assert_eq!(place.read("heard"), "wrong\n", "{form:?}");
        assert!(place.read("env").contains("LC_ALL=C a  b\n"), "{form:?}");
        for name in ["out one", "both", "quiet", "heard", "env"] {
            fs::remove_file(place.path().join(name)).unwrap();
        }
    }
}

#[test]
fn what_was_typed_as_code_is_code() {
    let place = Place::new();
    place.write("a.rs", "");
    place.write("b.rs", "");
    let recipe = recipe(
        vec![
            step(&[
                &place.probe(),
                "`*.rs`",
                "`\"$(echo 'a  b')\"`",
                "`~`/x y",
                "`$N`z",
            ]),
            Shape::Script(format!(
                "for f in *.rs; do\n  {} \"$f\"\ndone <<E\n it\nE",
                place.probe()
            )),
        ],
        Vec::new(),
    );
    let generated = written(&recipe, Form::ShellScript);
    assert_eq!(generated.language, Language::Bash);
    syntax(&generated);
    let file = place.write("text", &generated.text);
    let env = [
        ("N".to_owned(), "n".into()),
        ("HOME".to_owned(), "/home".into()),
    ];
    succeeded(&place.run_with(&["bash", file.to_str().unwrap()], &env));
    let calls = place.given();
    let wants = ["a.rs", "b.rs", "a  b", "/home/x y", "nz"].map(|it| it.as_bytes().to_vec());
    assert_eq!(calls[0], wants);
    assert_eq!(calls[1..], [[b"a.rs"], [b"b.rs"]]);
}

#[test]
fn an_alias_is_plain_where_it_can_be() {
    let plain = |words: &[&str]| {
        let recipe = recipe(vec![step(words)], Vec::new());
        match written(&recipe, Form::GitAlias).entry {
            Some(Entry::GitAlias { value }) => value,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(plain(&["git", "status", "-sb"]), "status -sb");
    assert_eq!(
        plain(&["git", "log", "--format=%h %s", "it's"]),
        r"log '--format=%h %s' 'it'\''s'"
    );
    for words in [
        &["git", "-C", "x", "status"][..],
        &["git", "try-it"],
        &["git", "!x"],
        &["git", "log", "`$HOME`"],
        &["cargo", "test"],
        &["git"],
    ] {
        assert!(
            plain(words).starts_with("!git-tend optimize exec "),
            "{words:?}"
        );
    }
    let place = Place::new();
    succeeded(&place.run(&["git", "init", "-q", "."]));
    let value = plain(&[
        "git",
        "rev-parse",
        "--sq-quote",
        "it's",
        "a  b",
        "$HOME",
        "\\n",
        "\n",
    ]);
    let alias = format!("alias.try-it={value}");
    let said = succeeded(&place.run(&["git", "-c", &alias, "try-it"]));
    assert_eq!(said, " 'it'\\''s' 'a  b' '$HOME' '\\n' '\n'\n");
}
