#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::optimize::automation::Change;
use crate::optimize::generate::{Options, generate};
use crate::optimize::recipe::{Parameter, Simple, SlotKind, Word};

fn step(words: &[&str]) -> Shape {
    let words = words.iter().map(|word| match word.strip_prefix('<') {
        Some(number) => Word(vec![Piece::Slot(number.parse().unwrap())]),
        None => Word(vec![Piece::Text((*word).to_owned())]),
    });
    Shape::Pipeline(vec![Simple {
        words: words.collect(),
        redirects: Vec::new(),
    }])
}

fn recipe(name: &str, steps: &[&[&str]], parameters: &[Option<&str>]) -> Recipe {
    Recipe {
        name: name.to_owned(),
        steps: steps.iter().map(|words| step(words)).collect(),
        parameters: parameters
            .iter()
            .enumerate()
            .map(|(number, default)| Parameter {
                name: format!("p{number}"),
                kind: SlotKind::Str,
                default: default.map(str::to_owned),
                observed: Vec::new(),
            })
            .collect(),
        repository: Some("/work/kilo".to_owned()),
        risky: false,
        interactive: false,
    }
}

fn automation(recipe: &Recipe, form: Form, changes: &[Change]) -> Automation {
    let generated = generate(recipe, form, &Options::default()).unwrap();
    let mut automation = Automation::new(generated, recipe.clone(), 0);
    for change in changes {
        automation.change(*change, 1).unwrap();
    }
    automation
}

const PASSED: Change = Change::Tried {
    success: 1.0,
    idempotent: true,
};

fn chosen<'a>(recipe: &Recipe, automations: &'a [Automation]) -> Choice<'a> {
    let offer = Offer {
        recipe,
        regular: false,
        hook: false,
    };
    choose(offer, automations, &BTreeSet::new())
}

#[test]
fn each_kind_of_work_has_its_form() {
    let gits = recipe("sync", &[&["git", "fetch"], &["git", "rebase"]], &[]);
    let mixed = recipe("check", &[&["make"], &["git", "diff"]], &[]);
    assert_eq!(chosen(&gits, &[]), Choice::Write(Form::GitAlias));
    assert_eq!(chosen(&mixed, &[]), Choice::Write(Form::ShellScript));
    let with = |recipe: &Recipe, regular, hook| {
        let offer = Offer {
            recipe,
            regular,
            hook,
        };
        choose(offer, &[], &BTreeSet::new())
    };
    assert_eq!(with(&mixed, true, false), Choice::Write(Form::Schedule));
    assert_eq!(with(&gits, true, true), Choice::Write(Form::Hook));
    let unsaid = recipe("grep", &[&["grep", "<0"]], &[None]);
    let said = recipe("grep", &[&["grep", "<0"]], &[Some("TODO")]);
    assert_eq!(with(&unsaid, true, false), Choice::Write(Form::ShellScript));
    assert_eq!(with(&said, true, false), Choice::Write(Form::Schedule));
}

#[test]
fn what_is_there_is_not_written_again() {
    let work = recipe("check", &[&["make", "check"], &["git", "diff"]], &[]);
    let new = automation(&work, Form::ShellScript, &[]);
    let live = automation(&work, Form::ShellScript, &[PASSED, Change::Enable]);
    let gone = automation(&work, Form::ShellScript, &[Change::Retire]);
    assert_eq!(
        chosen(&work, std::slice::from_ref(&new)),
        Choice::Written(&new)
    );
    assert_eq!(
        chosen(&work, std::slice::from_ref(&live)),
        Choice::Leave(Reason::Automated)
    );
    assert_eq!(
        chosen(&work, std::slice::from_ref(&gone)),
        Choice::Leave(Reason::Removed)
    );
    // Live in any form.
    let both = [gone, new, live];
    assert_eq!(chosen(&work, &both), Choice::Leave(Reason::Automated));
    // In another repository it is other work.
    let mut elsewhere = work.clone();
    elsewhere.repository = None;
    assert_eq!(chosen(&elsewhere, &both), Choice::Write(Form::ShellScript));
}

#[test]
fn what_became_a_parameter_is_the_same_work() {
    let once = recipe(
        "check",
        &[&["make", "check"], &["grep", "TODO", "kilo.c"]],
        &[],
    );
    let later = recipe(
        "check",
        &[&["make", "check"], &["grep", "<0", "kilo.c"]],
        &[Some("TODO")],
    );
    let live = [automation(
        &once,
        Form::ShellScript,
        &[PASSED, Change::Enable],
    )];
    assert_eq!(chosen(&later, &live), Choice::Leave(Reason::Automated));
    // The program never is.
    let other = recipe(
        "check",
        &[&["ninja", "check"], &["grep", "<0", "kilo.c"]],
        &[Some("TODO")],
    );
    assert_eq!(chosen(&other, &live), Choice::Write(Form::ShellScript));
    let longer = recipe(
        "check",
        &[&["make", "check"], &["grep", "<0", "kilo.c", "-n"]],
        &[Some("x")],
    );
    assert_eq!(chosen(&longer, &live), Choice::Write(Form::ShellScript));
}

#[test]
fn using_an_automation_is_no_work_to_automate() {
    let work = recipe("sync-all", &[&["git", "fetch"], &["git", "rebase"]], &[]);
    let mut alias = automation(&work, Form::GitAlias, &[PASSED, Change::Enable]);
    let used = recipe("git-sync-all", &[&["git", "sync-all", "<0"]], &[None]);
    // Before it was put there, git knows nothing of it.
    assert_eq!(
        chosen(&used, std::slice::from_ref(&alias)),
        Choice::Write(Form::GitAlias)
    );
    alias.placed = Some(crate::optimize::automation::Placed::GitConfig {
        git_dir: None,
        value: String::new(),
    });
    assert_eq!(
        chosen(&used, std::slice::from_ref(&alias)),
        Choice::Leave(Reason::Automated)
    );
    for own in [["git", "tend"], ["git-tend", "run"]] {
        assert_eq!(
            chosen(&recipe("own", &[&own], &[]), &[]),
            Choice::Leave(Reason::Automated)
        );
    }
}

#[test]
fn what_needs_a_person_is_left_to_one() {
    let mut work = recipe("clear-out", &[&["rm", "-r", "out"]], &[]);
    work.risky = true;
    assert_eq!(chosen(&work, &[]), Choice::Propose(Reason::Risky));
    work.risky = false;
    work.interactive = true;
    assert_eq!(chosen(&work, &[]), Choice::Propose(Reason::Interactive));
    let unwanted = BTreeSet::from(["clear-out".to_owned()]);
    let offer = Offer {
        recipe: &work,
        regular: false,
        hook: false,
    };
    assert_eq!(
        choose(offer, &[], &unwanted),
        Choice::Leave(Reason::Unwanted)
    );
}

proptest! {
    #[test]
    fn the_same_steps_are_the_same_work_both_ways(
        one in prop::collection::vec(prop::collection::vec(prop::sample::select(vec!["make", "git", "x", "<0"]), 1..4), 1..4),
        other in prop::collection::vec(prop::collection::vec(prop::sample::select(vec!["make", "git", "x", "<0"]), 1..4), 1..4),
    ) {
        let of = |steps: &[Vec<&str>]| {
            let steps: Vec<&[&str]> = steps.iter().map(Vec::as_slice).collect();
            recipe("r", &steps, &[None])
        };
        let (one, other) = (of(&one), of(&other));
        prop_assert!(same_work(&one, &one));
        prop_assert_eq!(same_work(&one, &other), same_work(&other, &one));
    }
}
