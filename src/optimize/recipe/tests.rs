//! Recipes of patterns.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

use proptest::prelude::*;

use super::*;
use crate::optimize::command::{Reader, Typed};

/// The steps and occurrences of lines, each one time the pattern was done.
fn seen(lines: &[&str]) -> (Vec<StepSeen>, Vec<Vec<Vec<String>>>) {
    let mut reader = Reader::new().unwrap();
    let times: Vec<Vec<Typed>> = lines.iter().map(|line| reader.read(line, None)).collect();
    let keys = |time: &[Typed]| {
        time.iter()
            .map(|typed| typed.step.key.clone())
            .collect::<Vec<_>>()
    };
    for time in &times {
        assert_eq!(keys(time), keys(&times[0]));
    }
    let steps = times[0]
        .iter()
        .map(|typed| StepSeen::from(&*typed.step))
        .collect();
    let occurrences = times
        .into_iter()
        .map(|time| time.into_iter().map(|typed| typed.values).collect())
        .collect();
    (steps, occurrences)
}

fn of(lines: &[&str]) -> Recipe {
    let (steps, occurrences) = seen(lines);
    recipe(&steps, &occurrences, Some("/repo".to_owned()))
}

fn described(recipe: &Recipe) -> Vec<String> {
    recipe
        .steps
        .iter()
        .map(|step| describe(step, &recipe.parameters))
        .collect()
}

#[test]
fn what_was_always_the_same_is_text_and_what_agrees_is_one_parameter() {
    let recipe = of(&[
        "git switch a && git pull && git push origin a",
        "git switch b && git pull && git push origin b",
        "git switch c && git pull && git push origin c",
        "git switch b && git pull && git push origin b",
    ]);
    assert_eq!(
        described(&recipe),
        [
            "git switch <branch>",
            "git pull",
            "git push origin <branch>"
        ]
    );
    assert_eq!(recipe.name, "switch-pull-push");
    assert_eq!(
        recipe.parameters,
        [Parameter {
            name: "branch".to_owned(),
            kind: SlotKind::Branch,
            default: Some("b".to_owned()),
            observed: vec!["b".to_owned(), "c".to_owned(), "a".to_owned()],
        }]
    );
    assert_eq!(recipe.repository.as_deref(), Some("/repo"));
    assert!(!recipe.risky && !recipe.interactive);
}

#[test]
fn twice_the_same_is_not_always() {
    let recipe = of(&["git push origin a", "git push origin b"]);
    assert_eq!(described(&recipe), ["git push <remote> <branch>"]);
    assert_eq!(recipe.parameters[0].default.as_deref(), Some("origin"));
    assert_eq!(recipe.parameters[1].default, None);
}

#[test]
fn one_exception_in_twenty_is_forgiven_and_two_are_not() {
    let many = |exceptions: usize| {
        let lines: Vec<String> = (0..20)
            .map(|at| {
                format!(
                    "git push {} b{at}",
                    if at < exceptions {
                        format!("x{at}")
                    } else {
                        "origin".to_owned()
                    }
                )
            })
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        described(&of(&lines)).remove(0)
    };
    assert_eq!(many(1), "git push origin <branch>");
    assert_eq!(many(2), "git push <remote> <branch>");
}

#[test]
fn parameters_are_called_after_what_they_are() {
    let names = |line: &str| {
        let other = line.replace('1', "2");
        let recipe = of(&[line, &other]);
        recipe
            .parameters
            .iter()
            .map(|parameter| parameter.name.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names("git commit -m 'a 1 x'"), "message");
    assert_eq!(names("git commit -qm 'a 1 x'"), "message");
    assert_eq!(names("gh pr create --title=a1 --body b1a"), "body title");
    assert_eq!(names("rm a1 ab1"), "path path-2");
    assert_eq!(names("mytool X1 --Dry_Run a1a"), "str dry-run-2");
    assert_eq!(names("make test -j1"), "jobs");
    assert_eq!(names("cmake -DCMAKE_BUILD_TYPE=a1"), "cmake-build-type");
    assert_eq!(names("sort a1 > b1a"), "path output");
    assert_eq!(names("sudo git tag a1"), "tag");
}

#[test]
fn recipes_are_called_after_what_they_do() {
    for (line, name) in [
        (
            "cargo fmt && cargo clippy --all-targets && cargo test",
            "fmt-clippy-test",
        ),
        ("git push", "git-push"),
        ("make", "make"),
        ("npm run build:prod", "npm-build-prod"),
        (
            "./scripts/Fix_All.sh; git add -A; git commit -m x; git push",
            "fix-all-add-push",
        ),
        ("for f in *; do echo; done", "for"),
        ("((1))", "run"),
        ("python3 tools/gen.py", "python-gen"),
    ] {
        assert_eq!(of(&[line]).name, name, "{line}");
    }
}

#[test]
fn a_step_is_described_for_people() {
    let shown = |line: &str| described(&of(&[line, line, line])).join("; ");
    assert_eq!(
        shown("git commit -m 'it is' > log.txt 2>&1"),
        "git commit -m 'it is' > log.txt 2>&1"
    );
    assert_eq!(shown("cat x.txt | sort"), "cat x.txt | sort");
    assert_eq!(shown("cat <<E\na\nE"), "cat <<E …");
    assert_eq!(shown("rm *.o \"$HOME/x\""), "rm *.o \"$HOME/x\"");
}

#[test]
fn what_is_read_and_written_is_known_where_it_is_certain() {
    let shown = |line: &str| {
        let recipe = of(&[line, line, line]);
        let effects = effects(&recipe.steps[0]);
        let list = |words: &[Word]| {
            words
                .iter()
                .map(|word| {
                    describe(
                        &Shape::Pipeline(vec![Simple {
                            words: vec![word.clone()],
                            redirects: vec![],
                        }]),
                        &[],
                    )
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        format!("{} > {}", list(&effects.reads), list(&effects.writes))
    };
    assert_eq!(shown("cp a.txt b.txt"), "a.txt > b.txt");
    assert_eq!(shown("mv a b"), "a > b a");
    assert_eq!(shown("sort < a > b 2>/dev/null"), "a > b");
    assert_eq!(shown("touch a b"), " > a b");
    assert_eq!(shown("mkdir -p a"), " > a");
    assert_eq!(shown("cat a b | grep x >> c"), "a b > c");
    assert_eq!(shown("grep x a b"), "a b > ");
    assert_eq!(shown("sed -i s/a/b/ f"), " > f");
    assert_eq!(shown("sed s/a/b/ f"), "f > ");
    assert_eq!(shown("curl -o x https://x.org"), " > x");
    assert_eq!(shown("tar czf o.tgz d"), "d > o.tgz");
    assert_eq!(shown("tar -xzf o.tgz"), "o.tgz > ");
    assert_eq!(shown("rm \"$X\""), " > ");
    assert_eq!(shown("mytool a b"), " > ");
}

#[test]
fn entropy_is_nothing_for_one_value_and_all_for_as_many_as_times() {
    assert_eq!(entropy(Vec::<u8>::new()), 0.0);
    assert_eq!(entropy([1]), 0.0);
    assert_eq!(entropy([1, 1, 1]), 0.0);
    assert!((entropy([1, 2, 3, 4]) - 1.0).abs() < 1e-12);
    assert!((entropy([1, 1, 2, 2]) - 0.5).abs() < 1e-12);
    assert!(entropy([1, 1, 1, 2]) < entropy([1, 1, 2, 2]));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_seen_names_are_right_and_slots_exist(
        values in prop::collection::vec(prop::collection::vec(prop::collection::vec("[a-c]{0,1}", 0..4), 0..4), 0..6),
    ) {
        let (steps, _) = seen(&["git push origin x && mytool --Ünü a --x=b c > d; cp a b"]);
        let recipe = recipe(&steps, &values, None);
        let proper = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        prop_assert!(proper(&recipe.name) && recipe.name.len() <= 40);
        let mut names: Vec<_> = recipe.parameters.iter().map(|parameter| &parameter.name).collect();
        prop_assert!(names.iter().all(|name| proper(name)));
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), recipe.parameters.len());
        for line in described(&recipe) {
            prop_assert!(!line.contains('…'), "{}", line);
        }
    }
}
