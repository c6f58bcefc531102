//! What is not written, and what is not taken.

use std::ffi::OsString;

use super::*;

#[track_caller]
fn refused(recipe: &Recipe, form: Form) -> String {
    generate(recipe, form, &Options::default())
        .unwrap_err()
        .to_string()
}

fn one(words: &[&str]) -> Recipe {
    let parameters = vec![parameter("what", SlotKind::Str, None)];
    recipe(vec![step(words)], parameters)
}

#[test]
fn no_value_becomes_code() {
    for words in [
        &["sh", "-c", "echo {0}"][..],
        &["bash", "-lc", "{0}"],
        &["/bin/bash", "-c", "-x", "{0}"],
        &["sudo", "-u", "me", "sh", "-c", "{0}"],
        &["xargs", "-n1", "sh", "-c", "echo {0}"],
        &["find", ".", "-exec", "sh", "-c", "echo {0}", ";"],
        &["docker", "exec", "web", "sh", "-c", "ls {0}"],
        &["env", "A=1", "bash", "-c", "{0}"],
        &["eval", "{0}"],
        &["ssh", "-p", "22", "host", "ls {0}"],
        &["ssh", "host", "ls", "{0}"],
        &["su", "-c", "ls {0}"],
        &["watch", "ls {0}"],
        &["awk", "/{0}/ { print }", "file"],
        &["sed", "-i", "s/{0}/x/", "file"],
        &["sed", "-e", "s/{0}/x/", "file"],
        &["perl", "-pe", "s/{0}/x/"],
        &["python3", "-c", "print('{0}')"],
        &["psql", "-c", "drop table {0}"],
        &["jq", ".{0}", "file"],
        &["jq", ".a{0}", "file"],
        &["jq", "# {0}\n.", "file"],
        &["{0}", "x"],
        &["./{0}.sh"],
    ] {
        for form in [Form::ShellScript, Form::Python, Form::MakeTarget] {
            let refusal = refused(&one(words), form);
            assert!(refusal.contains("<what>"), "{words:?}: {refusal}");
        }
    }
    for words in [
        &["ssh", "{0}"][..],
        &["ssh", "-p", "{0}", "host", "uptime"],
        &["sh", "script.sh", "{0}"],
        &["sh", "-c", "echo \"$1\"", "sh", "{0}"],
        &["sed", "-i", "{0}", "file"],
        &["git", "commit", "-m", "{0}"],
        &["awk", "{ print }", "{0}"],
        &["cargo", "sh", "{0}"],
    ] {
        written(&one(words), Form::ShellScript);
    }
}

#[test]
fn the_network_must_be_allowed() {
    for words in [
        &["curl", "-s", "https://example.org"][..],
        &["sudo", "wget", "x"],
        &["xargs", "curl", "-O"],
        &["bash", "-c", "curl x | sh"],
        &["echo", "`$(curl x)`"],
        &["time", "/usr/bin/curl", "x"],
    ] {
        let recipe = recipe(vec![step(&["cargo", "test"]), step(words)], Vec::new());
        let refusal = refused(&recipe, Form::ShellScript);
        assert!(
            refusal.starts_with("step 2 talks to the network"),
            "{refusal}"
        );
        let options = Options {
            allow_network: true,
            ..Options::default()
        };
        let written = generate(&recipe, Form::ShellScript, &options).unwrap();
        assert_eq!(written.template, Template::ApiCall);
    }
    let words = ["git", "commit", "-m", "use curl"];
    let recipe = recipe(vec![step(&words)], Vec::new());
    assert_eq!(template(&recipe), Template::WorkflowSequence);
}

#[test]
fn what_a_form_cannot_hold_is_refused() {
    let script = recipe(
        vec![Shape::Script("for f in *; do\necho $f\ndone".into())],
        Vec::new(),
    );
    let refusal = refused(&script, Form::Python);
    assert_eq!(
        refusal,
        "step 1 is code of a shell (more than a pipeline), which a script in Python cannot hold; take the form \
         shell-script"
    );
    assert!(refused(&script, Form::MakeTarget).contains("line break"));
    let cd = recipe(vec![step(&["cd", "x"])], Vec::new());
    assert!(refused(&cd, Form::MakeTarget).contains("`cd`"));
    assert!(refused(&cd, Form::Python).contains("`cd`"));
    assert!(refused(&cd, Form::AppleScript).contains("`cd`"));
    assert!(refused(&cd, Form::Jq).contains("jq"));
    let home = recipe(vec![step(&["ls", "`$HOME`"])], Vec::new());
    assert!(refused(&home, Form::Python).contains("`$HOME`"));

    let asks = one(&["git", "commit", "-m", "{0}"]);
    assert!(refused(&asks, Form::Task).contains("--what has no value"));
    let mut edits = cd.clone();
    edits.interactive = true;
    assert!(refused(&edits, Form::Schedule).contains("waits for a person"));
    assert_eq!(refused(&cd, Form::Hook), Refusal::NoHook.to_string());
    assert_eq!(
        refused(&cd, Form::Schedule),
        Refusal::NoSchedule.to_string()
    );
    let options = Options {
        hook: Some(crate::config::HookName::PostCommit),
        gate: true,
        ..Options::default()
    };
    let refusal = generate(&cd, Form::Hook, &options).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::NoGate {
            hook: "post-commit"
        }
    );
}

#[test]
fn what_is_no_recipe_is_refused() {
    for (steps, parameters) in [
        (Vec::new(), Vec::new()),
        (vec![Shape::Pipeline(Vec::new())], Vec::new()),
        (vec![Shape::Script(" ".into())], Vec::new()),
        (vec![step(&["ls", "{0}"])], Vec::new()),
        (vec![step(&["ls", "a\0b"])], Vec::new()),
        (vec![Shape::Pipeline(vec![Simple::default()])], Vec::new()),
        (
            vec![Shape::Pipeline(vec![redirected(
                &["ls"],
                &[(None, "; rm -r", "x")],
            )])],
            Vec::new(),
        ),
        (
            vec![step(&["ls"])],
            vec![parameter("a b", SlotKind::Str, None)],
        ),
        (
            vec![step(&["ls"])],
            vec![parameter("$(x)", SlotKind::Str, None)],
        ),
        (
            vec![step(&["ls"])],
            vec![
                parameter("a", SlotKind::Str, None),
                parameter("a", SlotKind::Str, None),
            ],
        ),
    ] {
        let recipe = recipe(steps, parameters);
        for form in Form::ALL {
            assert!(
                generate(&recipe, form, &Options::default()).is_err(),
                "{recipe:?}"
            );
        }
    }
    let mut named = one(&["ls"]);
    named.name = "x\ny".to_owned();
    assert!(refused(&named, Form::ShellScript).contains("is not a name"));
}

#[test]
fn values_that_would_be_options_are_not_taken() {
    let place = Place::new();
    let recipe = recipe(
        vec![
            step(&[&place.probe(), "{0}", "--lines", "{1}"]),
            step(&["true", "-b", "{2}", "{3}"]),
        ],
        vec![
            parameter("text", SlotKind::Str, Some("-bad")),
            parameter("lines", SlotKind::Num, Some("1")),
            parameter("branch", SlotKind::Branch, Some("main")),
            parameter("depth", SlotKind::Num, Some("0")),
        ],
    );
    for form in [Form::ShellScript, Form::Python] {
        let generated = written(&recipe, form);
        assert_eq!(
            generated.parameters[0].default, None,
            "a default that is not taken is none"
        );
        let file = place.write("text", &generated.text);
        let run = |words: &[&str]| {
            let program = if form == Form::Python {
                "python3"
            } else {
                "sh"
            };
            let mut argv = vec![program, file.to_str().unwrap()];
            argv.extend(words);
            place.run(&argv).status.code()
        };
        assert_eq!(
            run(&["--text", "a", "--lines=-3", "--depth", "-3"]),
            Some(0)
        );
        assert_eq!(place.given(), [[&b"a"[..], b"--lines", b"-3"]]);
        for words in [
            &["--text=--force"][..],
            &["--text", "-n"],
            &["--text", "a", "--branch=-f"],
            &["--text", "a", "--depth=-f"],
            &[],
            &["--text"],
            &["--text", "a", "more"],
            &["--text", "a", "--", "more"],
            &["--nonsense"],
            &["--tex", "a"],
            &["--dry-run=1", "--text=a"],
        ] {
            assert_eq!(run(words), Some(2), "{form:?} {words:?}");
            assert!(place.given().is_empty(), "{form:?} {words:?}");
            let words: Vec<OsString> = words.iter().map(OsString::from).collect();
            assert!(
                arguments(&generated.parameters, &words).is_err(),
                "{words:?}"
            );
        }
    }
    for form in [Form::MakeTarget, Form::JustTarget] {
        let generated = written(&recipe, form);
        let file = place.write("text", &generated.text);
        let given = Given {
            values: vec![Some("--force".into()), None, None, None],
            ..Given::default()
        };
        let it = invocation(
            generated.language,
            &generated.name,
            &file,
            &generated.parameters,
            &given,
        );
        if has(it.argv[0].to_str().unwrap()) {
            assert!(!place.run_with(&it.argv, &it.env).status.success());
            assert!(place.given().is_empty());
        }
    }
}

#[test]
fn make_is_given_no_dollar() {
    let recipe = recipe(
        vec![step(&["make", "release", "VERSION={0}"])],
        vec![parameter("version", SlotKind::Str, None)],
    );
    let generated = written(&recipe, Form::ShellScript);
    let words = ["--version=$(shell touch pwned)".into()];
    let error = arguments(&generated.parameters, &words).unwrap_err();
    assert_eq!(
        error.to_string(),
        "--version: make would expand a value with `$`"
    );
    let place = Place::new();
    let file = place.write("text", &generated.text);
    let output = place.run(&["sh", file.to_str().unwrap(), "--version=$x"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn files_that_begin_with_a_dash_stay_files_where_dashes_end_the_options() {
    let place = Place::new();
    let path = |name| parameter(name, SlotKind::Path, None);
    let recipe = recipe(vec![step(&["rm", "-r", "{0}"])], vec![path("file")]);
    for form in [Form::ShellScript, Form::Python] {
        place.write("-rf", "x");
        place.write("kept", "x");
        let generated = written(&recipe, form);
        assert!(generated.parameters[0].guards.is_empty());
        succeeded(&place.exec(&generated, &["--file", "-rf"]));
        assert!(!place.has("-rf") && place.has("kept"));
    }
}
