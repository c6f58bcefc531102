//! Findings from commit to commit: the first byte chooses what the others are.
#![no_main]

mod decode;

use std::collections::HashSet;

use decode::Bytes;
use git_tend::findings::{
    Baseline, Changes, Finding, Mapped, Markers, Subject, link, match_findings,
};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;

/// More findings of a side are no test that ends soon.
const MOST: usize = 200;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else {
        return;
    };
    match first {
        b'b' => baseline(bytes),
        b'c' => {
            if let Ok(changes) = Changes::read(&mut &*bytes) {
                lines(&changes);
            }
        }
        b'm' => markers(bytes),
        // The difference ends with a line of its own, as it does in seeds.
        b'd' => {
            let (diff, rest) = split_once(bytes, b"\n--\n");
            let changes = Changes::read(&mut &*diff).ok();
            sides(&mut Bytes(rest), changes.as_ref());
        }
        _ => sides(&mut Bytes(bytes), None),
    }
});

fn split_once<'d>(bytes: &'d [u8], by: &[u8]) -> (&'d [u8], &'d [u8]) {
    match bytes.windows(by.len()).position(|window| window == by) {
        Some(at) => (&bytes[..at], &bytes[at + by.len()..]),
        None => (&[], bytes),
    }
}

fn sides(bytes: &mut Bytes<'_>, changes: Option<&Changes>) {
    let mut before = bytes.findings(MOST);
    let mut after = bytes.findings(MOST);
    let matching = match_findings(&before, &after, changes);
    // Each is in one pair, new or fixed, and never in two.
    let mut old: Vec<usize> = matching.pairs.iter().map(|pair| pair.0).collect();
    old.extend(&matching.fixed);
    old.sort_unstable();
    assert!(old.iter().copied().eq(0..before.len()), "{matching:?}");
    let mut new: Vec<usize> = matching.pairs.iter().map(|pair| pair.1).collect();
    new.extend(&matching.new);
    new.sort_unstable();
    assert!(new.iter().copied().eq(0..after.len()), "{matching:?}");
    for (one, other, _) in &matching.pairs {
        assert_eq!(before[*one].tool, after[*other].tool);
    }

    link(
        &before,
        &mut after,
        &matching,
        Timestamp::UNIX_EPOCH,
        Some("c0ffee"),
    );
    assert_ids(&after);
    // What did not change is what it was, whatever its order.
    let linked = after.clone();
    let again = match_findings(&linked, &linked, None);
    assert!(again.new.is_empty() && again.fixed.is_empty(), "{again:?}");
    link(&linked, &mut after, &again, Timestamp::MAX, None);
    assert_ids(&after);
    assert!(after.iter().all(|finding| {
        finding
            .first_seen
            .as_ref()
            .is_some_and(|it| it.at == Timestamp::UNIX_EPOCH)
    }));

    before.extend(after);
    accepted(&before);
}

fn assert_ids(findings: &[Finding]) {
    let ids: HashSet<&str> = findings.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids.len(), findings.len());
    assert!(!ids.contains(""));
}

/// A baseline of findings accepts them, all of them and no more, also when it was written and read.
fn accepted(findings: &[Finding]) {
    let baseline = Baseline::of(findings);
    assert_eq!(Baseline::read(&baseline.write()).as_ref(), Ok(&baseline));
    let coverage = baseline.matches(findings);
    assert!(coverage.covered.iter().all(Option::is_some), "{coverage:?}");
    assert!(coverage.stale.is_empty(), "{coverage:?}");
    let none = baseline.matches(&[]);
    assert_eq!(none.stale.len(), baseline.entries().len());
    let secrets = findings
        .iter()
        .filter(|it| matches!(it.subject, Subject::Secret { .. }));
    let written = baseline.entries().iter().filter(|it| it.secret.is_some());
    assert!(written.count() <= secrets.count());
}

fn baseline(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Baseline::read(&text) {
        Ok(baseline) => {
            assert!(baseline.entries().is_sorted());
            assert_eq!(Baseline::read(&baseline.write()), Ok(baseline));
        }
        Err(error) => assert!(error.line <= text.lines().count() + 1, "{error}"),
    }
}

/// Asks for lines of the paths that the seeds have.
fn lines(changes: &Changes) {
    for path in ["b b/a b b", "ren", "ws", "delme", "mode.sh", "a"] {
        let mut last = 0;
        for line in (0..40).chain([u32::MAX - 1, u32::MAX]) {
            match changes.map_line(path, line) {
                Mapped::Line { line: mapped, .. } => {
                    assert!(mapped >= last, "{path}:{line}");
                    last = mapped;
                }
                Mapped::Touched { .. } | Mapped::Deleted => {}
            }
            let _ = changes.hunk_of_new(path, line);
        }
        let _ = (changes.carried(path), changes.blobs(path));
    }
}

fn markers(bytes: &[u8]) {
    let found = Markers::of(bytes);
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    assert!(found.markers.is_sorted_by_key(|it| it.line));
    for marker in &found.markers {
        assert!((1..=lines).contains(&(marker.line as usize)));
        assert!(marker.below.is_none_or(|below| below > marker.line));
        assert!(marker.rules.iter().all(|rule| !rule.is_empty()));
        assert!(!marker.reason.contains('\n'));
    }
    assert!(
        found
            .without_rules
            .iter()
            .all(|line| (1..=lines).contains(&(*line as usize)))
    );
}
