//! What is generated, to be read.

use std::collections::BTreeSet;

use super::*;
use crate::config::HookName;

fn shipping() -> Recipe {
    let mut recipe = recipe(
        vec![
            step(&["cargo", "clippy", "--", "-D", "warnings"]),
            step(&["git", "commit", "-am", "{0}"]),
            step(&["git", "push", "origin", "{1}"]),
        ],
        vec![
            parameter("message", SlotKind::Str, None),
            parameter("branch", SlotKind::Branch, Some("main")),
        ],
    );
    recipe.name = "ship".to_owned();
    recipe
}

#[test]
fn a_make_target_reads_its_values_from_the_environment() {
    insta::assert_snapshot!(written(&shipping(), Form::MakeTarget).text, @r##"
    # ship: automation 16e7392d85f4, written by git-tend from work that was repeated.
    # Usage: BRANCH=BRANCH MESSAGE=TEXT make ship
    .PHONY: ship
    ship: SHELL := /bin/sh
    ship: .SHELLFLAGS := -ec
    ship:
    	@: "$${MESSAGE?must be said: MESSAGE=… make ship}"
    	@case "$${BRANCH-}" in -*) echo 'BRANCH: a value that begins with `-` would be taken for an option' >&2; exit 2 ;; esac
    	cargo clippy -- -D warnings
    	git commit -am "$$MESSAGE"
    	BRANCH=$${BRANCH-'main'}; git push origin "$$BRANCH"
    "##);
}

#[test]
fn a_recipe_of_just_is_a_script() {
    insta::assert_snapshot!(written(&shipping(), Form::JustTarget).text, @r##"
    # ship: automation 73deb39fed19, written by git-tend from work that was repeated.
    ship $arg_message $arg_branch="main":
        #!/bin/sh
        set -eu
        case $arg_branch in -*) echo 'arg_branch: a value that begins with `-` would be taken for an option' >&2; exit 2 ;; esac
        printf '%s\n' '[1/3] cargo clippy -- -D warnings' >&2
        cargo clippy -- -D warnings
        printf '%s\n' '[2/3] git commit -am <message>' >&2
        git commit -am "$arg_message"
        printf '%s\n' '[3/3] git push origin <branch>' >&2
        git push origin "$arg_branch"
    "##);
}

#[test]
fn an_apple_script_quotes_what_it_gives_to_a_shell() {
    let text = written(&shipping(), Form::AppleScript).text;
    let steps = &text[text.find("    log").unwrap()..text.find("    log \"[3/3]").unwrap()];
    insta::assert_snapshot!(steps, @r#"
        log "[1/3] " & "cargo clippy -- -D warnings"
        if not dryRun then
            set theStep to "set -eu; " & "cargo clippy -- -D warnings"
            do shell script "cd -- " & quoted form of workFolder & " && exec /bin/sh -c " & quoted form of theStep without altering line endings
        end if
        log "[2/3] " & "git commit -am " & quoted form of arg_message
        if not dryRun then
            set theStep to "set -eu; " & "git commit -am " & quoted form of arg_message
            do shell script "cd -- " & quoted form of workFolder & " && exec /bin/sh -c " & quoted form of theStep without altering line endings
        end if
    "#);
}

#[test]
fn the_steps_of_a_script_read_like_what_was_typed() {
    let text = written(&shipping(), Form::ShellScript).text;
    let steps = &text[text.find("if tend_step").unwrap()..];
    insta::assert_snapshot!(steps, @r#"
    if tend_step 1 'cargo clippy -- -D warnings'; then
        cargo clippy -- -D warnings
    fi
    if tend_step 2 'git commit -am ' "$arg_message"; then
        git commit -am "$arg_message"
    fi
    if tend_step 3 'git push origin ' "$arg_branch"; then
        git push origin "$arg_branch"
    fi
    "#);
    let text = written(&shipping(), Form::Python).text;
    let steps = &text[text.find("step_1 =").unwrap()..];
    insta::assert_snapshot!(steps, @r#"
    step_1 = [([], ["cargo", "clippy", "--", "-D", "warnings"], [])]
    if begins(1, step_1):
        do(1, step_1)

    step_2 = [([], ["git", "commit", "-am", given.arg_message], [])]
    if begins(2, step_2):
        do(2, step_2)

    step_3 = [([], ["git", "push", "origin", given.arg_branch], [])]
    if begins(3, step_3):
        do(3, step_3)
    "#);
}

#[test]
fn tasks_hooks_and_schedules_run_it_by_its_id() {
    let mut recipe = shipping();
    recipe.parameters[0].default = Some("wip".to_owned());
    let options = Options {
        hook: Some(HookName::PrePush),
        gate: true,
        schedule: Some("0 7 * * 1".parse().unwrap()),
        ..Options::default()
    };
    let entry = |form| {
        let written = generate(&recipe, form, &options).unwrap();
        match written.entry {
            Some(Entry::Task {
                run,
                schedule,
                hook,
                gate,
            }) => {
                assert_eq!(run, ["git-tend", "optimize", "exec", &written.id]);
                (schedule, hook, gate)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(entry(Form::Task), (None, None, false));
    assert_eq!(entry(Form::Hook), (None, Some("pre-push".to_owned()), true));
    assert_eq!(
        entry(Form::Schedule),
        (Some("0 7 * * 1".to_owned()), None, false)
    );
}

#[test]
fn every_form_is_understood_by_its_language() {
    let odd = recipe(
        vec![
            step(&[
                "echo",
                "it's",
                "\"$HOME\"",
                "é",
                "{{x}}",
                "a\tb",
                "`$HOME`",
                "--x={0}",
            ]),
            Shape::Pipeline(vec![
                redirected(&["A=1", "B={1}", "cat"], &[(None, "<", "{1}")]),
                redirected(&["sort"], &[(Some(2), ">", "/dev/null")]),
            ]),
            Shape::Script("if true; then :; fi # done".to_owned()),
        ],
        vec![
            parameter("tricky", SlotKind::Str, Some("'\"$(x)`{{}}%s\\")),
            parameter("file", SlotKind::Path, None),
        ],
    );
    let mut files = recipe(
        vec![
            step(&["cp", "-r", "{0}", "x y"]),
            step(&["rm", "{0}"]),
            step(&["ln", "-s", "a", "{0}"]),
        ],
        vec![parameter("from", SlotKind::Path, Some("a b"))],
    );
    files.name = "-".repeat(0) + "files";
    let data = recipe(
        vec![Shape::Pipeline(vec![
            redirected(&["cat", "{0}"], &[]),
            redirected(&["jq", "-r", ".a"], &[(None, ">", "out")]),
        ])],
        vec![parameter("from", SlotKind::Path, Some("a b"))],
    );
    let options = Options {
        hook: Some(HookName::PostCommit),
        schedule: Some("@daily".parse().unwrap()),
        ..Options::default()
    };
    for recipe in [odd, shipping(), files, data] {
        for form in Form::ALL {
            if let Ok(generated) = generate(&recipe, form, &options) {
                syntax(&generated);
                assert_eq!(generate(&recipe, form, &options).unwrap(), generated);
            }
        }
    }
}

#[test]
fn an_id_is_of_the_steps_and_the_form_alone() {
    let one = shipping();
    let mut other = shipping();
    other.parameters[1].default = None;
    other.parameters[0].observed.clear();
    other.name = "deliver".to_owned();
    for form in [
        Form::ShellScript,
        Form::Python,
        Form::MakeTarget,
        Form::JustTarget,
        Form::GitAlias,
    ] {
        assert_eq!(written(&one, form).id, written(&other, form).id);
    }
    let ids: BTreeSet<String> = [
        Form::ShellScript,
        Form::Python,
        Form::MakeTarget,
        Form::JustTarget,
    ]
    .map(|form| written(&one, form).id)
    .into();
    assert_eq!(ids.len(), 4);
    other.steps.pop();
    assert_ne!(
        written(&one, Form::Python).id,
        written(&other, Form::Python).id
    );
}

/// As much of AppleScript's lexer as says whether strings and comments end.
fn strings_end(text: &str) -> bool {
    let mut chars = text.chars().peekable();
    let (mut in_string, mut in_comment) = (false, false);
    while let Some(c) = chars.next() {
        match c {
            _ if in_comment => in_comment = c != '\n',
            '\\' if in_string && matches!(chars.peek(), Some('"' | '\\' | 'n' | 'r' | 't')) => {
                chars.next();
            }
            '"' => in_string = !in_string,
            // A string of ours has no line break of its own.
            '\n' | '\\' if in_string => return false,
            '-' if !in_string && chars.peek() == Some(&'-') => in_comment = true,
            _ => {}
        }
    }
    !in_string
}

proptest::proptest! {
    #[test]
    fn strings_of_apple_script_end(constant in "[^\0]{0,12}", value in "[^\0]{0,12}") {
        let mut it = command(&["echo"]);
        it.words.push(Word(vec![Piece::Text(constant), Piece::Slot(0)]));
        let recipe = recipe(
            vec![Shape::Pipeline(vec![it])],
            vec![parameter("what", SlotKind::Str, Some(&value))],
        );
        let text = written(&recipe, Form::AppleScript).text;
        proptest::prop_assert!(strings_end(&text), "{}", text);
    }
}
