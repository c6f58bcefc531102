#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use proptest::prelude::*;

use super::*;
use crate::findings::source::line_hash;
use crate::findings::{Dependency, LineIdentity, Place, Severity, Subject};

fn at(path: &str, line: u32, text: &str, message: &str) -> Finding {
    Finding {
        place: Some(Place {
            path: path.to_owned(),
            line: Some(line),
            column: Some(1),
            ..Place::default()
        }),
        line: Some(LineIdentity {
            blob: None,
            hash: line_hash(text.as_bytes()),
        }),
        ..Finding::new("ruff", "E501", Severity::Low, message.to_owned())
    }
}

fn with_blob(mut finding: Finding, blob: &str) -> Finding {
    finding.line.as_mut().unwrap().blob = Some(blob.to_owned());
    finding
}

/// Old start and count, new start and count.
type Ranges = (u32, u32, u32, u32);

/// What git would say about files, each by its old and new path.
fn edited(records: &[(&str, &str, &[Ranges])]) -> Changes {
    let mut raw = String::new();
    let mut patch = String::from("\0");
    for (old, new, hunks) in records {
        let (status, names) = if old == new {
            ("M", format!("{old}\0"))
        } else {
            ("R090", format!("{old}\0{new}\0"))
        };
        raw.push_str(&format!(":100644 100644 01 02 {status}\0{names}"));
        patch.push_str(&format!("diff --git a/{old} b/{new}\n"));
        for (old, removed, new, added) in *hunks {
            patch.push_str(&format!("@@ -{old},{removed} +{new},{added} @@\n"));
            patch.push_str(&"-\n".repeat(*removed as usize));
            patch.push_str(&"+\n".repeat(*added as usize));
        }
    }
    Changes::read(&mut (raw + &patch).as_bytes()).unwrap()
}

fn removed(path: &str) -> Changes {
    let raw = format!(":100644 000000 01 00 D\0{path}\0");
    Changes::read(&mut raw.as_bytes()).unwrap()
}

fn tiers(
    before: &[Finding],
    after: &[Finding],
    changes: Option<&Changes>,
) -> Vec<(usize, usize, &'static str)> {
    let matching = match_findings(before, after, changes);
    let paired = matching.pairs.len();
    assert_eq!(paired + matching.fixed.len(), before.len());
    assert_eq!(paired + matching.new.len(), after.len());
    matching
        .pairs
        .into_iter()
        .map(|(one, other, tier)| (one, other, tier.name()))
        .collect()
}

#[test]
fn the_same_blob() {
    let before = [with_blob(at("a.py", 3, "x", "m"), "b1")];
    let after = [with_blob(at("a.py", 3, "x", "m"), "b1")];
    assert_eq!(tiers(&before, &after, None), [(0, 0, "same-blob")]);
    let nothing = Changes::default();
    assert_eq!(
        tiers(&before, &after, Some(&nothing)),
        [(0, 0, "same-blob")]
    );
    // Renamed, without a difference that tells.
    let renamed = [with_blob(at("b.py", 3, "x", "m"), "b1")];
    assert_eq!(tiers(&before, &renamed, None), [(0, 0, "same-blob")]);
}

#[test]
fn the_same_line_by_the_difference() {
    let changes = edited(&[("a.py", "a.py", &[(2, 0, 3, 5)])]);
    let before = [
        at("a.py", 1, "x", "m"),
        at("a.py", 3, "y", "too complex (11 > 10)"),
    ];
    let after = [
        at("a.py", 8, "y", "too complex (15 > 10)"),
        at("a.py", 4, "x", "m"),
        at("a.py", 1, "x", "m"),
    ];
    assert_eq!(
        tiers(&before, &after, Some(&changes)),
        [(0, 2, "same-line"), (1, 0, "same-line")]
    );
    let renamed = edited(&[("a.py", "b.py", &[(2, 0, 3, 5)])]);
    let after = [at("b.py", 8, "y", "another message")];
    assert_eq!(
        tiers(&before, &after, Some(&renamed)),
        [(1, 0, "same-line")]
    );
}

#[test]
fn two_at_a_line_are_told_apart() {
    let column = |message: &str, column: u32| {
        let mut finding = at("a.py", 1, "import a, b, c", message);
        finding.place.as_mut().unwrap().column = Some(column);
        finding
    };
    let changes = edited(&[("a.py", "a.py", &[(8, 0, 9, 1)])]);
    let before = [column("a unused", 8), column("b unused", 11)];
    let after = [column("b unused", 11), column("a not used", 8)];
    assert_eq!(
        tiers(&before, &after, Some(&changes)),
        [(0, 1, "same-line"), (1, 0, "same-line")]
    );
}

#[test]
fn the_text_of_the_line() {
    let before = [
        at("a.py", 10, "x", "m"),
        at("a.py", 50, "x", "m"),
        at("a.py", 20, "y", "old words"),
    ];
    let after = [
        at("a.py", 48, "  x", "m"),
        at("a.py", 3, "y", "new words"),
        at("a.py", 9, "x ", "m"),
        at("a.py", 90, "x", "m"),
    ];
    let pairs = [
        (0, 2, "text-and-message"),
        (1, 0, "text-and-message"),
        (2, 1, "text"),
    ];
    assert_eq!(tiers(&before, &after, None), pairs);
    assert_eq!(match_findings(&before, &after, None).new, [3]);
}

#[test]
fn moved_to_another_file() {
    let gone = removed("a.py");
    let before = [at("a.py", 1, "def f(", "m"), at("a.py", 9, ")", "m")];
    let after = [
        at("b.py", 7, "def f(", "m"),
        at("c.py", 1, "def f(", "other"),
    ];
    assert_eq!(tiers(&before, &after, Some(&gone)), [(0, 0, "moved")]);
    // Several of the same could be any.
    let after = [at("b.py", 7, "def f(", "m"), at("c.py", 1, "def f(", "m")];
    assert_eq!(tiers(&before, &after, Some(&gone)), []);
    // One that stays where it is makes its copy a new one.
    let after = [at("a.py", 1, "def f(", "m"), at("b.py", 7, "def f(", "m")];
    assert_eq!(
        tiers(&before[..1], &after, None),
        [(0, 0, "text-and-message")]
    );
    // A line that others have, too, is left by chance; several are not.
    let before = ["x", "y"].map(|text| at("a.py", 1, text, "m"));
    let often = ["x", "y"].map(|text| at("z.py", 1, text, "m"));
    let after = ["x", "y"].map(|text| at("b.py", 7, text, "m"));
    let with = |some: &[Finding]| [some, &often].concat();
    let pairs = tiers(&with(&before[..1]), &with(&after[..1]), Some(&gone));
    assert!(!pairs.contains(&(0, 0, "moved")));
    let pairs = tiers(&with(&before), &with(&after), Some(&gone));
    assert_eq!(pairs[..2], [(0, 0, "moved"), (1, 1, "moved")]);
    // A line without text says nothing.
    let blank = [at("a.py", 1, "", "m")];
    assert_eq!(tiers(&blank, &[at("b.py", 1, "  ", "m")], Some(&gone)), []);
}

#[test]
fn what_is_there_often_moves_with_the_rest() {
    let gone = removed("a.py");
    let often = |path: &str, line: u32| at(path, line, "def __init__(", "m");
    let before = [
        at("a.py", 1, "one", "m"),
        at("a.py", 2, "two", "m"),
        often("a.py", 3),
        often("a.py", 30),
    ];
    let after = [
        at("b.py", 11, "one", "m"),
        at("b.py", 12, "two", "m"),
        often("b.py", 13),
        often("b.py", 40),
        often("c.py", 1),
    ];
    let moved: Vec<(usize, usize, &str)> = (0..4).map(|index| (index, index, "moved")).collect();
    assert_eq!(tiers(&before, &after, Some(&gone)), moved);
    // One alone may be chance.
    let pairs = tiers(&before[1..], &after[1..], Some(&gone));
    assert_eq!(pairs, [(0, 0, "moved")]);
}

#[test]
fn wrapped_lines() {
    // A call of one line becomes one of four, which do not have its text.
    let changes = edited(&[("a.py", "a.py", &[(5, 1, 5, 4)])]);
    let before = [
        at("a.py", 5, "run(a, shell=True)", "shell"),
        at("a.py", 5, "run(a, shell=True)", "too long (93 > 88)"),
    ];
    let after = [
        at("a.py", 7, "shell=True,", "shell"),
        at("a.py", 6, "a,", "too long (89 > 88)"),
    ];
    assert_eq!(
        tiers(&before, &after, Some(&changes)),
        [(0, 0, "edited"), (1, 1, "edited")]
    );
    assert_eq!(
        tiers(&before, &after, None),
        [(0, 0, "message"), (1, 1, "message")]
    );
}

#[test]
fn a_message_alone_must_be_near_or_the_only_one() {
    let changes = edited(&[(
        "a.py",
        "a.py",
        &[(1, 1, 1, 1), (50, 9, 50, 9), (90, 1, 90, 1)],
    )]);
    let only = tiers(
        &[at("a.py", 1, "import a", "no licence")],
        &[at("a.py", 90, "import b", "no licence")],
        Some(&changes),
    );
    assert_eq!(only, [(0, 0, "message")]);
    let before = [
        at("a.py", 1, "assert a", "assert"),
        at("a.py", 50, "assert b", "assert"),
    ];
    let after = [
        at("a.py", 90, "assert c", "assert"),
        at("a.py", 52, "assert d", "assert"),
        at("a.py", 53, "assert e", "assert"),
    ];
    assert_eq!(tiers(&before, &after, Some(&changes)), [(1, 1, "edited")]);
}

#[test]
fn tool_and_rule_are_always_the_same() {
    let before = [at("a.py", 1, "x", "m")];
    for other in ["tool", "rule"] {
        let mut after = at("a.py", 1, "x", "m");
        match other {
            "tool" => after.tool = "pylint".to_owned(),
            _ => after.rule = "E502".to_owned(),
        }
        assert_eq!(tiers(&before, &[after], Some(&Changes::default())), []);
    }
}

fn about(subject: Subject, path: &str, line: u32) -> Finding {
    Finding {
        subject,
        ..at(path, line, "text", "message")
    }
}

fn vulnerable(package: &str, version: &str, names: &[&str]) -> Finding {
    let mut names = names.iter().map(|name| (*name).to_owned());
    let dependency = Dependency {
        ecosystem: "npm".to_owned(),
        package: package.to_owned(),
        version: Some(version.to_owned()),
        advisory: names.next().unwrap(),
        aliases: names.collect(),
        ..Dependency::default()
    };
    let rule = dependency.advisory.clone();
    Finding {
        rule,
        ..about(Subject::Dependency(dependency), "package-lock.json", 1)
    }
}

#[test]
fn dependencies_by_any_name_of_the_advisory() {
    let before = [
        vulnerable("lodash", "1", &["GHSA-1", "CVE-1"]),
        vulnerable("lodash", "2", &["GHSA-1", "CVE-1"]),
        vulnerable("express", "1", &["CVE-1"]),
    ];
    let after = [
        vulnerable("lodash", "3", &["CVE-1"]),
        vulnerable("lodash", "2", &["cve-1", "PYSEC-1"]),
        vulnerable("lodash", "2", &["GHSA-2"]),
    ];
    assert_eq!(
        tiers(&before, &after, None),
        [(0, 0, "subject"), (1, 1, "subject")]
    );
    // Linked by a third one, on either side.
    let linking = [
        vulnerable("lodash", "1", &["PYSEC-9"]),
        vulnerable("lodash", "5", &["GHSA-1", "PYSEC-9"]),
    ];
    assert_eq!(tiers(&before[..1], &linking, None), [(0, 0, "subject")]);
}

#[test]
fn functions_by_their_names() {
    let function = |path: &str, name: &str| {
        about(
            Subject::Function {
                name: name.to_owned(),
            },
            path,
            1,
        )
    };
    let before = [
        function("a.py", "f"),
        function("a.py", "g"),
        function("a.py", "h"),
    ];
    let after = [
        function("a.py", "g"),
        function("b.py", "f"),
        function("b.py", "h"),
        function("c.py", "h"),
    ];
    assert_eq!(
        tiers(&before, &after, None),
        [(0, 1, "subject"), (1, 0, "subject")]
    );
    let renamed = edited(&[("a.py", "b.py", &[(1, 1, 1, 1)])]);
    assert_eq!(
        tiers(&before[2..], &after, Some(&renamed)),
        [(0, 2, "subject")]
    );
}

#[test]
fn secrets_and_tests_wherever_they_are() {
    let secret = |path: &str, line: u32| {
        about(
            Subject::Secret {
                digest: "d".to_owned(),
            },
            path,
            line,
        )
    };
    let before = [secret("a.env", 1), secret("b.env", 1)];
    let after = [secret("c.env", 9), secret("b.env", 4), secret("b.env", 2)];
    assert_eq!(
        tiers(&before, &after, None),
        [(0, 1, "subject"), (1, 2, "subject")]
    );
    let test = |path: &str| {
        about(
            Subject::Test {
                name: "d".to_owned(),
            },
            path,
            1,
        )
    };
    assert_eq!(
        tiers(&[test("a.py")], &[test("b.py")], None),
        [(0, 0, "subject")]
    );
    assert_eq!(tiers(&[test("a.py")], &[secret("a.py", 1)], None), []);
}

#[test]
fn findings_without_a_line() {
    let whole = |path: &str, message: &str| {
        let mut finding = at(path, 1, "", message);
        finding.place.as_mut().unwrap().line = None;
        finding.line = None;
        finding
    };
    let changes = edited(&[("a.py", "b.py", &[(1, 1, 1, 1)])]);
    assert_eq!(
        tiers(
            &[whole("a.py", "m 1")],
            &[whole("b.py", "m 2")],
            Some(&changes)
        ),
        [(0, 0, "same-line")]
    );
    let nowhere = || Finding::new("ruff", "E501", Severity::Low, "m".to_owned());
    assert_eq!(tiers(&[nowhere()], &[nowhere()], None), [(0, 0, "message")]);
    // What has no place is not what was in a file that is gone.
    assert_eq!(
        tiers(
            &[at("a.py", 1, "", "m")],
            &[nowhere()],
            Some(&removed("a.py"))
        ),
        []
    );
    assert_eq!(
        tiers(&[nowhere()], &[nowhere()], Some(&changes)),
        [(0, 0, "same-line")]
    );
}

#[test]
fn hostile_lists_take_no_longer() {
    let same = |count: u32, step: u32| -> Vec<Finding> {
        (0..count)
            .map(|number| at("a.py", number * step, "x", "m"))
            .collect()
    };
    let matching = match_findings(&same(30_000, 3), &same(40_000, 2), None);
    assert_eq!(matching.pairs.len(), 30_000);
    let chained: Vec<Finding> = (0..20_000)
        .map(|number| {
            vulnerable(
                "p",
                "1",
                &[
                    &format!("A{:06}", 20_000 - number),
                    &format!("A{:06}", 20_001 - number),
                ],
            )
        })
        .collect();
    assert_eq!(match_findings(&chained, &chained, None).pairs.len(), 20_000);
}

fn finding() -> impl Strategy<Value = Finding> {
    (0..3, 1_u32..8, 1_u32..4, 0_usize..4, 0..3, 0..12).prop_map(
        |(path, line, column, text, message, kind)| {
            let path = format!("{path}.py");
            let mut finding = at(
                &path,
                line,
                ["", "a", "b", "c"][text],
                &format!("m{message}"),
            );
            let name = format!("{text}");
            finding.place.as_mut().unwrap().column = Some(column);
            match kind {
                0 => finding.subject = Subject::Function { name },
                1 => finding.subject = Subject::Secret { digest: name },
                2 => finding = vulnerable(&name, "1", &["A", &format!("B{message}")]),
                3 => finding.place = None,
                4 => finding.line = None,
                5 => finding.place.as_mut().unwrap().line = None,
                6 => finding = with_blob(finding, "b1"),
                _ => {}
            }
            finding
        },
    )
}

fn findings() -> impl Strategy<Value = Vec<Finding>> {
    proptest::collection::vec(finding(), 0..25)
}

fn differences() -> impl Strategy<Value = Option<Changes>> {
    let known = prop_oneof![
        Just(Changes::default()),
        Just(edited(&[("0.py", "0.py", &[(2, 1, 2, 3), (5, 2, 7, 0)])])),
        Just(edited(&[
            ("0.py", "3.py", &[(2, 1, 2, 3)]),
            ("1.py", "1.py", &[(0, 0, 1, 1)])
        ])),
        Just(removed("2.py")),
    ];
    proptest::option::of(known)
}

/// Pairs as texts, so that findings that are alike in everything are the same.
fn told(before: &[Finding], after: &[Finding], changes: Option<&Changes>) -> Vec<String> {
    let matching = match_findings(before, after, changes);
    let pairs = matching
        .pairs
        .iter()
        .map(|(one, other, tier)| format!("{tier:?} {:?} {:?}", before[*one], after[*other]));
    let new = matching
        .new
        .iter()
        .map(|index| format!("new {:?}", after[*index]));
    let mut told: Vec<String> = pairs.chain(new).collect();
    told.sort();
    told
}

fn shuffled() -> impl Strategy<Value = (Vec<Finding>, Vec<Finding>)> {
    findings().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
}

proptest! {
    #[test]
    fn order_does_not_count((one, one_again) in shuffled(), (other, other_again) in shuffled(), changes in differences()) {
        prop_assert_eq!(told(&one, &other, changes.as_ref()), told(&one_again, &other_again, changes.as_ref()));
    }

    #[test]
    fn each_is_in_one_pair_at_most(before in findings(), after in findings(), changes in differences()) {
        let matching = match_findings(&before, &after, changes.as_ref());
        let mut old: Vec<usize> = matching.pairs.iter().map(|pair| pair.0).chain(matching.fixed).collect();
        let mut new: Vec<usize> = matching.pairs.iter().map(|pair| pair.1).chain(matching.new).collect();
        old.sort_unstable();
        new.sort_unstable();
        prop_assert_eq!(old, (0..before.len()).collect::<Vec<_>>());
        prop_assert_eq!(new, (0..after.len()).collect::<Vec<_>>());
        for (one, other, _) in matching.pairs {
            prop_assert_eq!(&before[one].tool, &after[other].tool);
            let kind = |finding: &Finding| std::mem::discriminant(&finding.subject);
            prop_assert_eq!(kind(&before[one]), kind(&after[other]));
        }
    }

    #[test]
    fn a_list_is_itself(list in findings(), is_known: bool) {
        let changes = is_known.then(Changes::default);
        let matching = match_findings(&list, &list, changes.as_ref());
        let same = |(one, other, _): &(usize, usize, Tier)| list[*one] == list[*other];
        prop_assert!(matching.pairs.iter().all(same));
        prop_assert_eq!(matching.pairs.len(), list.len());
    }

    /// Lines that come and go elsewhere make no finding new.
    #[test]
    fn edits_elsewhere_make_none(lines in proptest::collection::btree_set(1_u32..60, 0..20), edits in proptest::collection::btree_map(1_u32..60, (0_u32..3, 0_u32..4), 0..9), is_known: bool) {
        let before: Vec<Finding> = lines.iter().map(|line| at("a.py", *line, &format!("text {}", line % 5), "m")).collect();
        let (mut hunks, mut shift, mut behind) = (Vec::new(), 0_i64, 0);
        let mut moves: Vec<(u32, i64)> = vec![(0, 0)];
        for (line, (removed, added)) in edits {
            let hits = (line..line + removed).any(|line| lines.contains(&line));
            if hits || line < behind || removed + added == 0 {
                continue;
            }
            let new = u32::try_from(i64::from(line) + shift).unwrap();
            let start = |at: u32, count: u32| if count == 0 { at - 1 } else { at };
            hunks.push((start(line, removed), removed, start(new, added), added));
            shift += i64::from(added) - i64::from(removed);
            behind = line + removed + 1;
            moves.push((line + removed, shift));
        }
        let after: Vec<Finding> = before.iter().map(|finding| {
            let mut finding = finding.clone();
            let line = finding.place.as_ref().unwrap().line.unwrap();
            let shift = moves.iter().rfind(|(from, _)| *from <= line).unwrap().1;
            finding.place.as_mut().unwrap().line = Some(u32::try_from(i64::from(line) + shift).unwrap());
            finding
        }).collect();
        let changes = is_known.then(|| edited(&[("a.py", "a.py", &hunks)]));
        let matching = match_findings(&before, &after, changes.as_ref());
        prop_assert_eq!(matching.new, Vec::<usize>::new());
        if is_known {
            prop_assert!(matching.pairs.iter().all(|(one, other, tier)| one == other && *tier == Tier::SameLine));
        }
    }

    #[test]
    fn numbers_do_not_count(words in "[a-z ()]{0,9}", one: u32, other: u32) {
        let [one, other] = [one, other].map(|number| format!("{words}{number} > {number}"));
        prop_assert_eq!(without_numbers(&one), without_numbers(&other));
        prop_assert_eq!(without_numbers(&words), words.as_str());
    }
}
