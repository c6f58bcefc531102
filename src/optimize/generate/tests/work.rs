//! What is generated does what was typed, and checks what its template checks.

use super::*;

const SCRIPTS: [Form; 2] = [Form::ShellScript, Form::Python];
const ALL: [Form; 4] = [
    Form::ShellScript,
    Form::Python,
    Form::MakeTarget,
    Form::JustTarget,
];

fn available(form: Form) -> bool {
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
                format!("[1/3] {probe} one\n[2/3] sh -c 'exit 7'\ntry-it: step 2 of 3 failed: exit code 7\n"),
                "{form:?}"
            );
        }
    }
}

#[test]
fn help_says_what_there_is() {
    let place = Place::new();
    let recipe = recipe(
        vec![step(&["git", "commit", "-m", "{0}"]), step(&["git", "push", "origin", "{1}"])],
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
        vec![parameter("help", SlotKind::Str, None), parameter("help-value", SlotKind::Str, None)],
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
        ), ]),
        Shape::Pipeline(vec![
            redirected(&["ls", "missing"], &[(Some(2), ">&", "1"), (Some(1), ">", "quiet")]),
            redirected(&["wc", "-c"], &[(None, ">", "count")]),
        ]),
        Shape::Pipeline(vec![redirected(&["LC_ALL=C {1}", "env"], &[(None, ">", "env")])]),
    ];
    let parameters = vec![
        parameter("file", SlotKind::Path, Some("in put")),
        parameter("more", SlotKind::Str, Some("a  b")),
    ];
    let mut recipe = recipe(steps, parameters);
    // `ls` of what is missing fails, but what it says is what is looked at.
    recipe.steps[1] = Shape::Pipeline(vec![
        redirected(&["sh", "-c", "echo said; echo wrong >&2"], &[(None, ">>", "both"), (Some(2), ">&", "1")]),
    ]);
    recipe.steps[2] = Shape::Pipeline(vec![
        redirected(&["sh", "-c", "echo said; echo wrong >&2"], &[(Some(2), ">&", "1"), (Some(1), ">", "quiet")]),
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
            step(&[&place.probe(), "`*.rs`", "`\"$(echo 'a  b')\"`", "`~`/x y", "`$N`z"]),
            Shape::Script(format!("for f in *.rs; do\n  {} \"$f\"\ndone <<E\n it\nE", place.probe())),
        ],
        Vec::new(),
    );
    let generated = written(&recipe, Form::ShellScript);
    assert_eq!(generated.language, Language::Bash);
    syntax(&generated);
    let file = place.write("text", &generated.text);
    let env = [("N".to_owned(), "n".into()), ("HOME".to_owned(), "/home".into())];
    succeeded(&place.run_with(&["bash", file.to_str().unwrap()], &env));
    let calls = place.given();
    let wants = ["a.rs", "b.rs", "a  b", "/home/x y", "nz"].map(|it| it.as_bytes().to_vec());
    assert_eq!(calls[0], wants);
    assert_eq!(calls[1..], [[b"a.rs"], [b"b.rs"]]);
}

#[test]
fn files_are_there_and_nothing_is_written_over() {
    let place = Place::new();
    let path = |name| parameter(name, SlotKind::Path, None);
    let recipe = recipe(
        vec![step(&["cp", "{0}", "{1}"]), step(&["mkdir", "-p", "folder"]), step(&["mv", "{1}", "folder"])],
        vec![path("from"), path("to")],
    );
    for form in ALL.into_iter().filter(|it| available(*it)) {
        let generated = written(&recipe, form);
        assert_eq!(generated.template, Template::FileOperation);
        let words = ["--from", "a file", "--to=it's"];
        let failed = |said: &str| {
            let output = place.exec(&generated, &words);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && error.contains(said), "{form:?}: {error}");
        };
        failed("there is no a file");
        place.write("a file", "new");
        place.write("it's", "old");
        failed("it's is there already");
        assert_eq!(place.read("it's"), "old");
        fs::remove_file(place.path().join("it's")).unwrap();
        succeeded(&place.exec(&generated, &words));
        assert_eq!(place.read("folder/it's"), "new");
        place.write("folder/it's", "old");
        failed("folder/it's is there already");
        let mut forced = words.to_vec();
        forced.push("--force");
        succeeded(&place.exec(&generated, &forced));
        assert_eq!(place.read("folder/it's"), "new");
        fs::remove_dir_all(place.path().join("folder")).unwrap();
        fs::remove_file(place.path().join("a file")).unwrap();
    }
}

#[test]
fn json_is_read_and_written_whole_or_not_at_all() {
    if !has("jq") {
        return;
    }
    let place = Place::new();
    let recipe = recipe(
        vec![Shape::Pipeline(vec![redirected(
            &["jq", "-c", ".[] | select(.name == \"a{0}b\" and .n > {1})", "in.json"],
            &[(None, ">", "out.json")],
        )])],
        vec![
            parameter("name", SlotKind::Str, None),
            parameter("least", SlotKind::Num, Some("1")),
        ],
    );
    for form in ALL.into_iter().chain([Form::Jq]).filter(|it| available(*it)) {
        let generated = written(&recipe, form);
        assert_eq!(generated.template, Template::DataProcessing, "{form:?}");
        if form == Form::Jq {
            let filter = r#".[] | select(.name == "a\($tend_name)b" and .n > ($tend_least|tonumber))"#;
            assert_eq!(generated.filters, [filter]);
        }
        place.write("out.json", "before");
        // What would be code of jq is only a name that nothing has, or something has.
        let name = "\" or true or \"\\(env)";
        let words = [&format!("--name={name}")];
        let json = serde_json::json!([{"name": format!("a{name}b"), "n": 2}, {"name": "ab", "n": 3}]);
        for text in ["", "[1,", "{} x"] {
            place.write("in.json", text);
            let output = place.exec(&generated, &words.map(String::as_str));
            assert!(!output.status.success(), "{form:?} {text}");
            assert_eq!(place.read("out.json"), "before", "{form:?} {text}");
        }
        place.write("in.json", json.to_string());
        succeeded(&place.exec(&generated, &words.map(String::as_str)));
        let out: serde_json::Value = serde_json::from_str(&place.read("out.json")).unwrap();
        assert_eq!(out, json[0], "{form:?}");
        // jq fails on the way: the half is not put there.
        place.write("in.json", "[{\"name\": \"ab\", \"n\": 3}, 7]");
        let output = place.exec(&generated, &["--name="]);
        assert!(!output.status.success(), "{form:?}");
        let out: serde_json::Value = serde_json::from_str(&place.read("out.json")).unwrap();
        assert_eq!(out, json[0], "{form:?}");
        let left = fs::read_dir(place.path()).unwrap();
        let left = left.filter(|it| it.as_ref().unwrap().file_name().to_str().unwrap().starts_with("out.json."));
        assert_eq!(left.count(), 0, "{form:?}");
    }
}

#[test]
fn half_an_answer_of_a_server_is_none() {
    let place = Place::new();
    let options = Options {
        allow_network: true,
        ..Options::default()
    };
    let mut it = recipe(
        vec![Shape::Pipeline(vec![command(&["curl", "x"]), command(&["cat"])])],
        Vec::new(),
    );
    let curl = |place: &Place, code: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = place.write("curl", format!("#!/bin/sh\n{code}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    };
    let path = format!("{}:{}", place.path().display(), env::raw("PATH").unwrap().to_str().unwrap());
    for form in ALL.into_iter().filter(|it| available(*it)) {
        let run = |recipe: &Recipe| {
            let generated = generate(recipe, form, &options).unwrap();
            let file = place.write("text", &generated.text);
            let it = invocation(generated.language, &generated.name, &file, &[], &Given::default());
            place.run_with(&it.argv, &[("PATH".to_owned(), path.clone().into())]).status.success()
        };
        it.steps[0] = Shape::Pipeline(vec![command(&["curl", "x"]), command(&["cat"])]);
        curl(&place, "echo half; exit 22");
        assert!(!run(&it), "{form:?}");
        curl(&place, "echo whole");
        assert!(run(&it), "{form:?}");
        // Who has heard enough stops listening.
        it.steps[0] = Shape::Pipeline(vec![command(&["curl", "x"]), command(&["head", "-n", "1"])]);
        curl(&place, "exec yes");
        assert!(run(&it), "{form:?}");
    }
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
    assert_eq!(plain(&["git", "log", "--format=%h %s", "it's"]), r"log '--format=%h %s' 'it'\''s'");
    for words in [
        &["git", "-C", "x", "status"][..],
        &["git", "try-it"],
        &["git", "!x"],
        &["git", "log", "`$HOME`"],
        &["cargo", "test"],
        &["git"],
    ] {
        assert!(plain(words).starts_with("!git-tend optimize exec "), "{words:?}");
    }
    let place = Place::new();
    succeeded(&place.run(&["git", "init", "-q", "."]));
    let value = plain(&["git", "rev-parse", "--sq-quote", "it's", "a  b", "$HOME", "\\n", "\n"]);
    let alias = format!("alias.try-it={value}");
    let said = succeeded(&place.run(&["git", "-c", &alias, "try-it"]));
    assert_eq!(said, " 'it'\\''s' 'a  b' '$HOME' '\\n' '\n'\n");
}
