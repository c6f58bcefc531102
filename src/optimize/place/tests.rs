#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

use proptest::prelude::*;

use super::alias::{AliasError, Where};
use super::script::ScriptError;
use super::*;
use crate::optimize::automation::{Automation, Form};
use crate::optimize::generate::{Entry, Options, generate};
use crate::optimize::recipe::{Piece, Recipe, Shape, Simple, Word};

fn automation(form: Form, steps: &[&str]) -> Automation {
    let words = steps
        .iter()
        .map(|it| Word(vec![Piece::Text((*it).to_owned())]));
    let recipe = Recipe {
        name: "ship-it".to_owned(),
        steps: vec![Shape::Pipeline(vec![Simple {
            words: words.collect(),
            redirects: Vec::new(),
        }])],
        parameters: Vec::new(),
        repository: None,
        risky: false,
        interactive: false,
    };
    let generated = generate(&recipe, form, &Options::default()).unwrap();
    Automation::new(generated, recipe, 0)
}

fn text(bytes: Result<Vec<u8>, PlaceError>) -> String {
    String::from_utf8(bytes.unwrap()).unwrap()
}

fn run(folder: &Path, argv: &[&str]) -> String {
    let (program, words) = argv.split_first().unwrap();
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{argv:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_target_stands_beside_those_that_are_there() {
    let it = automation(Form::MakeTarget, &["echo", "$shipped"]);
    let old = "all: build\n\nbuild:\n\t@echo built";
    let new = text(with(old.as_bytes(), &it));
    assert_eq!(text(with(new.as_bytes(), &it)), new);
    assert_eq!(text(without(new.as_bytes(), &it)), old);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Makefile"), &new).unwrap();
    assert_eq!(run(folder.path(), &["make", "-s", "ship-it"]), "$shipped\n");
    assert_eq!(run(folder.path(), &["make"]), "built\n");
    // Where all lines of a recipe are one script, the first error ends it all the same.
    let odd = format!(".ONESHELL:\nSHELL = /bin/false\n{new}");
    std::fs::write(folder.path().join("Makefile"), odd).unwrap();
    assert_eq!(run(folder.path(), &["make", "-s", "ship-it"]), "$shipped\n");
    let more = format!("{new}\nlater:\n\techo later\n");
    let wants = format!("{old}\nlater:\n\techo later\n");
    assert_eq!(text(without(more.as_bytes(), &it)), wants);
}

#[test]
fn a_file_that_cannot_take_it_is_left_as_it_is() {
    let it = automation(Form::MakeTarget, &["true"]);
    let wrong = |old: &str| with(old.as_bytes(), &it).unwrap_err();
    assert_eq!(
        wrong("a: ship-it\nx ship-it: b\n"),
        PlaceError::Taken("ship-it".to_owned())
    );
    assert_eq!(wrong(".RECIPEPREFIX = >\n"), PlaceError::RecipePrefix);
    assert_eq!(wrong("a:\n\tb \\"), PlaceError::Continued);
    assert_eq!(wrong("a = b \\\r\n\r\n"), PlaceError::Continued);
    let it = automation(Form::JustTarget, &["true"]);
    let wrong = |old: &str| with(old.as_bytes(), &it).unwrap_err();
    assert_eq!(
        wrong("ship-it a='b': c\n  d\n"),
        PlaceError::Taken("ship-it".to_owned())
    );
    assert_eq!(
        wrong("alias ship-it := a\n"),
        PlaceError::Taken("ship-it".to_owned())
    );
    let it = automation(Form::ShellScript, &["true"]);
    assert_eq!(with(b"", &it), Err(PlaceError::NoFile));
}

#[test]
fn names_that_are_taken_are_seen() {
    let file = b"A := b:c\nall build : x\n\ty: z\n.PHONY: all\n# c: d\nB = d:e\nC ::= f\nlast::\n";
    assert_eq!(
        make_targets(file).into_iter().collect::<Vec<_>>(),
        ["all", "build", "last"]
    );
    let file = b"set shell := ['a']\nx := 'b:c'\n@quiet a b='c':\n  d: e\n[private]\nbuild: quiet\nalias b := build\n";
    assert_eq!(
        just_recipes(file).into_iter().collect::<Vec<_>>(),
        ["b", "build", "quiet"]
    );
}

proptest! {
    #[test]
    fn taking_away_leaves_any_file_as_it_was(
        old in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "([a-z: \t#\\\\]{0,6}\r?\n){0,6}[a-z]{0,3}".prop_map(String::into_bytes),
        ],
    ) {
        for form in [Form::MakeTarget, Form::JustTarget, Form::Task] {
            let it = automation(form, &["echo", "it's"]);
            if let Ok(new) = with(&old, &it) {
                prop_assert_ne!(&new, &old);
                prop_assert_eq!(with(&new, &it).unwrap(), new.clone());
                prop_assert_eq!(without(&new, &it).unwrap(), old.clone());
            }
            if let Ok(same) = without(&old, &it) {
                prop_assert_eq!(same, old.clone());
            }
        }
    }
}

#[test]
fn an_alias_is_set_once_and_taken_away_again() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &["git", "init", "-q", "."]);
    let git_dir = folder.path().join(".git");
    let local = Where::Repository(&git_dir);
    let it = automation(
        Form::GitAlias,
        &["git", "log", "--format=%h it's \"x\" \\n"],
    );
    let Some(Entry::GitAlias { value }) = &it.entry else {
        panic!("no alias");
    };
    let before = std::fs::read(git_dir.join("config")).unwrap();
    alias::set(local, &it.name, value).unwrap();
    alias::set(local, &it.name, value).unwrap();
    let said = run(folder.path(), &["git", "config", "--get", "alias.ship-it"]);
    assert_eq!(said.trim_end(), value);
    assert!(alias::taken(Some(&git_dir)).unwrap().contains("ship-it"));
    let error = alias::set(local, &it.name, "status").unwrap_err();
    assert!(matches!(error, AliasError::Taken { .. }));
    let error = alias::unset(local, &it.name, "status").unwrap_err();
    assert!(matches!(error, AliasError::Changed { .. }));
    alias::unset(local, &it.name, value).unwrap();
    alias::unset(local, &it.name, value).unwrap();
    assert_eq!(std::fs::read(git_dir.join("config")).unwrap(), before);
    let taken = alias::taken(Some(&git_dir)).unwrap();
    assert!(taken.contains("commit") && !taken.contains("ship-it"));
}

#[test]
fn a_script_that_somebody_changed_is_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = tempfile::tempdir().unwrap();
    let it = automation(Form::ShellScript, &["true"]);
    assert!(matches!(
        script::checked(data.path(), &it),
        Err(ScriptError::Missing(_))
    ));
    let path = script::write(data.path(), &it).unwrap();
    assert_eq!(
        path,
        data.path().join("automations").join(&it.id).join("ship-it")
    );
    assert_eq!(
        path.metadata().unwrap().permissions().mode() & 0o7777,
        0o700
    );
    assert_eq!(script::checked(data.path(), &it).unwrap(), path);
    std::fs::write(&path, "#!/bin/sh\nrm -rf /\n").unwrap();
    assert!(matches!(
        script::checked(data.path(), &it),
        Err(ScriptError::Changed(_))
    ));
    script::write(data.path(), &it).unwrap();
    script::checked(data.path(), &it).unwrap();
    script::remove(data.path(), &it.id).unwrap();
    script::remove(data.path(), &it.id).unwrap();
    assert!(!path.exists());
}
