//! Where lines come from: through merges, other layouts of the notes, what was taken out, and what is not here.

use super::{Machine, Refusal, line};
use crate::gates::exchange::history::NEWEST;
use crate::gates::exchange::publish::message;

#[test]
fn a_merge_by_a_signer_keeps_what_was_signed_and_adds_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let head = machine.head();
    let base = machine.publish(&["before"]);
    let one = machine.publish(&["one"]);
    machine.set_notes(base.as_str());
    let other = machine.publish(&["other"]);
    // As a merge should be: the lines of both.
    let lines = ["before", "one", "other"].map(|task| line(&machine.verdict(task)) + "\n");
    let union = machine.note(&head, &lines.concat());
    let subject = message(&head);
    let subject = subject.trim_end();
    machine.commit_notes(&union, subject, &[&one, &other], &["-S"]);
    assert_eq!(machine.passed(), ["before", "one", "other"]);
    // With a line of its own.
    let more = line(&machine.verdict("zero"));
    let changed = machine.note(&head, &(lines.concat() + &more));
    let merge = machine.commit_notes(&changed, subject, &[&one, &other], &["-S"]);
    assert_eq!(machine.passed(), ["before", "one", "other"]);
    let judged = machine.judged(&machine.key.signer());
    assert_eq!(judged[3], Err(Refusal::Merge(merge)));
}

#[test]
fn a_line_that_one_side_of_a_merge_signed_counts() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let head = machine.head();
    let base = machine.publish(&["before"]);
    let signed = machine.publish(&["fmt"]);
    machine.set_notes(base.as_str());
    // The other side has the same line from nobody.
    let copied = machine.commit_notes(&signed, "copied", &[&base], &[]);
    for parents in [[&signed, &copied], [&copied, &signed]] {
        machine.commit_notes(&signed, "merge", &parents, &[]);
        assert_eq!(machine.passed(), ["before", "fmt"]);
    }
    // A merge that took only the copy has it from nobody.
    machine.commit_notes(&signed, "merge", &[&copied, &base], &[]);
    assert_eq!(machine.passed(), ["before"]);
    let judged = machine.judged(&machine.key.signer());
    assert_eq!(judged[1], Err(Refusal::OtherMessage(copied)));
    assert_eq!(machine.head(), head);
}

#[test]
fn what_was_taken_out_counts_no_more() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let signed = machine.publish(&["fmt"]);
    machine.repo.git(&["notes", "--ref=tend", "remove", "HEAD"]);
    assert_eq!(machine.passed(), [""; 0]);
    assert_eq!(machine.judged(&machine.key.signer()), []);
    // Put back by nobody.
    let removed = machine.notes();
    let back = machine.commit_notes(&signed, "back", &[&removed], &[]);
    let refused = Refusal::OtherMessage(back);
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
    // Put back by its signer.
    machine.set_notes(removed.as_str());
    machine.publish(&["fmt"]);
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn a_signer_does_not_vouch_for_what_was_there() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let forged = machine.note(&machine.head(), &line(&machine.verdict("forged")));
    machine.publish(&["fmt"]);
    assert_eq!(machine.passed(), ["fmt"]);
    let judged = machine.judged(&machine.key.signer());
    assert_eq!(judged[1], Err(Refusal::OtherMessage(forged.clone())));
    // Nor when it lies there under a second path, as no git writes it, but git reads it.
    let blob = machine
        .repo
        .git(&["rev-parse", &format!("{forged}:{}", machine.head())]);
    let head = machine.head();
    let (begin, end) = head.as_str().split_at(2);
    let folder = machine.repo.git_in(
        machine.repo.top(),
        &["mktree"],
        format!("100644 blob {blob}\t{end}\n").as_bytes(),
    );
    let tree = machine.repo.git_in(
        machine.repo.top(),
        &["mktree"],
        format!("040000 tree {folder}\t{begin}\n").as_bytes(),
    );
    let other = machine.repo.git(&["commit-tree", "-m", "other", &tree]);
    machine.set_notes(&other);
    machine.publish(&["fmt"]);
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn three_hundred_notes_move_every_path() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let head = machine.head();
    machine.publish(&["first"]);
    let flat = machine
        .repo
        .git(&["ls-tree", "-r", "--name-only", "refs/notes/tend"]);
    assert_eq!(flat, head.as_str());
    // Notes about 300 other commits, as git itself lays them out.
    let mut stream = String::from("feature done\n");
    for number in 0..300 {
        let mark = number + 1;
        stream.push_str(&format!(
            "commit refs/heads/many\nmark :{mark}\ncommitter A <a@b> {number} +0000\ndata 0\n\n"
        ));
    }
    stream.push_str("commit refs/notes/tend\ncommitter A <a@b> 1 +0000\ndata 0\n");
    stream.push_str("from refs/notes/tend^0\n");
    for number in 0..300 {
        let mark = number + 1;
        stream.push_str(&format!("N inline :{mark}\ndata 5\nhello\n"));
    }
    stream.push_str("\ndone\n");
    machine.repo.git_in(
        machine.repo.top(),
        &["fast-import", "--quiet"],
        stream.as_bytes(),
    );
    let paths = machine
        .repo
        .git(&["ls-tree", "-r", "--name-only", "refs/notes/tend"]);
    assert_eq!(paths.lines().count(), 301);
    assert!(paths.lines().all(|path| path.contains('/')), "{paths}");
    assert_eq!(machine.passed(), ["first"]);
    machine.publish(&["second"]);
    assert_eq!(machine.passed(), ["first", "second"]);
    let paths = machine
        .repo
        .git(&["ls-tree", "-r", "--name-only", "refs/notes/tend"]);
    assert_eq!(paths.lines().count(), 301);
    let listed = machine.repo.git(&["notes", "--ref=tend", "list"]);
    assert_eq!(listed.lines().count(), 301);
    let other = machine.repo.git(&["notes", "--ref=tend", "show", "many"]);
    assert_eq!(other, "hello");
}

#[test]
fn only_the_newest_commits_are_looked_at() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.publish(&["fmt"]);
    let more = |count: usize| {
        let mut stream = String::from("feature done\n");
        for number in 0..count {
            stream.push_str(&format!(
                "commit refs/notes/tend\ncommitter A <a@b> {} +0000\ndata 0\n",
                4_000_000_000_u64 + number as u64
            ));
            if number == 0 {
                stream.push_str("from refs/notes/tend^0\n");
            }
            stream.push('\n');
        }
        stream.push_str("done\n");
        machine.repo.git_in(
            machine.repo.top(),
            &["fast-import", "--quiet"],
            stream.as_bytes(),
        );
    };
    more(NEWEST - 1);
    assert_eq!(machine.passed(), ["fmt"]);
    more(1);
    assert_eq!(machine.refusal(&machine.key.signer()), Refusal::Beyond);
    // What is published again is what is there: taking it out first brings it back.
    machine.repo.git(&["notes", "--ref=tend", "remove", "HEAD"]);
    machine.publish(&["fmt"]);
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn a_shallow_clones_border_has_brought_in_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.note(&machine.head(), &line(&machine.verdict("forged")));
    machine.publish(&["fmt"]);
    let border = machine.publish(&["tests"]);
    assert_eq!(machine.passed(), ["fmt", "tests"]);
    let clone = machine.repo.beside("clone");
    let clone = clone.to_str().unwrap();
    // Not by path: that would copy every object.
    let url = format!("file://{}", machine.repo.top().display());
    machine.repo.git(&["clone", "--quiet", &url, clone]);
    let fetch = [
        "fetch",
        "--quiet",
        "--depth=1",
        &url,
        "refs/notes/tend:refs/notes/tend",
    ];
    machine.repo.git_in(clone.as_ref(), &fetch, b"");
    let located = crate::git::discover(clone.as_ref(), &crate::git::GitEnv::default()).unwrap();
    let repo = crate::git::Repo::open(&located).unwrap();
    machine.repo.git_in(
        clone.as_ref(),
        &[
            "config",
            "gpg.ssh.allowedSignersFile",
            machine.path("allowed"),
        ],
        b"",
    );
    let signers = machine.key.signer();
    let verified = repo
        .git(["verify-commit", border.as_str()])
        .output()
        .unwrap();
    assert_eq!(verified.code, Some(0), "the border itself is signed");
    let judged = super::judge(&repo, &machine.head(), &signers).unwrap();
    assert_eq!(super::told(judged), vec![Err(Refusal::Beyond); 3]);
    // A graft tells git the same lie, but the parent is here: what it has, the border has not brought in.
    machine
        .repo
        .write(".git/info/grafts", format!("{border}\n"));
    assert_eq!(machine.passed(), ["tests"]);
    assert_eq!(machine.judged(&signers).len(), 3);
}
