//! What is never accepted, each for its own reason.

use super::{Machine, Refusal, line, signer};
use crate::gates::exchange::NotAVerdict;
use crate::gates::exchange::publish::message;

/// A ref whose one commit brings in this note about HEAD, with the right message, signed or not.
fn forged(machine: &Machine, note: &str, options: &[&str]) -> crate::git::Oid {
    let head = machine.head();
    let notes = machine.note(&head, note);
    machine.commit_notes(&notes, message(&head).trim_end(), &[], options)
}

#[test]
fn unsigned() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let text = line(&machine.verdict("fmt"));
    let oid = forged(&machine, &text, &[]);
    let ours = machine.key.signer();
    assert_eq!(machine.refusal(&ours), Refusal::Unsigned(oid));
    // The same with a signature counts: nothing else is wrong with it.
    forged(&machine, &text, &["-S"]);
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn a_bad_signature() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let signed = machine.publish(&["fmt"]);
    let commit = machine.repo.git(&["cat-file", "commit", signed.as_str()]);
    // Another's tree under the signature of the first.
    let notes = machine.note(&machine.head(), &line(&machine.verdict("forged")));
    let tree = |oid: &crate::git::Oid| machine.repo.git(&["rev-parse", &format!("{oid}^{{tree}}")]);
    let commit = commit.replace(&tree(&signed), &tree(&notes));
    let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
    let forged = machine
        .repo
        .git_in(machine.repo.top(), &args, format!("{commit}\n").as_bytes());
    machine.set_notes(&forged);
    let refused = Refusal::BadSignature(forged.parse().unwrap(), "B".to_owned());
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
}

#[test]
fn what_is_no_signature() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let signed = machine.publish(&["fmt"]);
    let commit = machine.repo.git(&["cat-file", "commit", signed.as_str()]);
    let begin = commit.find("gpgsig ").unwrap();
    let end = commit.find("\n\n").unwrap();
    for signature in [
        "gpgsig -----BEGIN SSH SIGNATURE-----\n \n -----END SSH SIGNATURE-----",
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----",
        "gpgsig -----BEGIN SSH SIGNATURE-----",
    ] {
        let mut text = commit.clone();
        text.replace_range(begin..end, signature);
        let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
        let forged = machine
            .repo
            .git_in(machine.repo.top(), &args, format!("{text}\n").as_bytes());
        machine.set_notes(&forged);
        let refusal = machine.refusal(&machine.key.signer());
        assert!(matches!(refusal, Refusal::BadSignature(..)), "{refusal}");
    }
}

#[test]
fn a_key_that_git_does_not_know() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let other = machine.other_key();
    machine.sign_with(&other);
    let oid = machine.publish(&["fmt"]);
    // Whoever names the key must allow it too: git's check is the one that counts.
    let refused = Refusal::BadSignature(oid, "U".to_owned());
    assert_eq!(machine.refusal(&other.signer()), refused);
    machine
        .repo
        .git(&["config", "gpg.ssh.allowedSignersFile", "/dev/null"]);
    assert_eq!(machine.refusal(&other.signer()), refused);
    machine
        .repo
        .git(&["config", "--unset", "gpg.ssh.allowedSignersFile"]);
    let refusal = machine.refusal(&other.signer());
    assert!(matches!(refusal, Refusal::BadSignature(..)), "{refusal}");
}

#[test]
fn a_signer_that_nobody_named() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let other = machine.other_key();
    machine.sign_with(&other);
    machine.allow(&format!(
        "ci@example.org {}\nother@example.org {}",
        machine.key.public, other.public
    ));
    let oid = machine.publish(&["fmt"]);
    let refused = Refusal::UnknownSigner(oid, other.fingerprint.clone());
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
    assert_eq!(machine.refusal(&[signer("ci@example.org")]), refused);
    assert_eq!(machine.refusal(&[signer("example.org")]), refused);
    let counting = [signer("ci@example.org"), signer("other@example.org")];
    assert!(machine.judged(&counting)[0].is_ok());
}

#[test]
fn a_key_whose_time_is_over() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let oid = machine.publish(&["fmt"]);
    let ours = machine.key.signer();
    let public = machine.key.public.clone();
    machine.allow(&format!(
        "ci@example.org valid-before=\"20200101\" {public}"
    ));
    let refused = Refusal::BadSignature(oid, "U".to_owned());
    assert_eq!(machine.refusal(&ours), refused);
    assert_eq!(machine.refusal(&[signer("ci@example.org")]), refused);
    machine.allow(&format!("ci@example.org valid-after=\"20990101\" {public}"));
    assert_eq!(machine.refusal(&ours), refused);
    machine.allow(&format!(
        "ci@example.org valid-before=\"20990101\" {public}"
    ));
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn a_key_for_other_things() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let oid = machine.publish(&["fmt"]);
    machine.allow(&format!(
        "ci@example.org namespaces=\"file\" {}",
        machine.key.public
    ));
    let refused = Refusal::BadSignature(oid, "B".to_owned());
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
}

#[test]
fn a_revoked_key() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let oid = machine.publish(&["fmt"]);
    let list = machine.repo.beside("revoked");
    std::fs::write(&list, &machine.key.public).unwrap();
    machine
        .repo
        .git(&["config", "gpg.ssh.revocationFile", list.to_str().unwrap()]);
    let refusal = machine.refusal(&machine.key.signer());
    assert!(
        matches!(&refusal, Refusal::BadSignature(at, status) if *at == oid && status != "G"),
        "{refusal}"
    );
}

#[test]
fn a_line_that_an_unsigned_commit_copied() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.publish(&["fmt"]);
    // The same tree, so that the line itself fits.
    machine.repo.commit("nothing changed");
    machine
        .repo
        .git(&["notes", "--ref=tend", "copy", "HEAD~1", "HEAD"]);
    let copied = machine.notes();
    let ours = machine.key.signer();
    assert_eq!(
        machine.refusal(&ours),
        Refusal::OtherMessage(copied.clone())
    );
    let parent = machine.repo.tip("refs/notes/tend~1");
    let posing = machine.commit_notes(
        &copied,
        message(&machine.head()).trim_end(),
        &[&parent],
        &[],
    );
    assert_eq!(machine.refusal(&ours), Refusal::Unsigned(posing));
}

#[test]
fn a_note_moved_to_another_commit() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let old = machine.head();
    let text = line(&machine.verdict_of("fmt", &old));
    let new = machine.repo.commit_files(&[("a.txt", "broken\n")]);
    // By whoever signs, under a message about either commit.
    for about in [&old, &new] {
        let notes = machine.note(&new, &text);
        machine.commit_notes(&notes, message(about).trim_end(), &[], &["-S"]);
        let refusal = machine.refusal(&machine.key.signer());
        assert!(
            matches!(refusal, Refusal::NotAVerdict(NotAVerdict::OtherTree { .. })),
            "{refusal}"
        );
    }
}

#[test]
fn a_signature_about_another_commit() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let old = machine.head();
    let text = line(&machine.verdict("fmt"));
    machine.repo.commit("nothing changed");
    let notes = machine.note(&machine.head(), &text);
    let oid = machine.commit_notes(&notes, message(&old).trim_end(), &[], &["-S"]);
    let refused = Refusal::OtherMessage(oid);
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
}

#[test]
fn a_signed_commit_of_files_posing_as_notes() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let head = machine.head();
    let text = line(&machine.verdict("fmt"));
    // A patch that somebody sent has a file of that name; it was applied and signed as any other.
    machine.repo.write(head.as_str(), &text);
    machine.repo.git(&["add", "--all"]);
    machine
        .repo
        .git(&["commit", "--quiet", "-S", "-m", "Apply a patch"]);
    let patch = machine.head();
    machine.set_notes(patch.as_str());
    machine
        .repo
        .git(&["reset", "--quiet", "--hard", head.as_str(), "--"]);
    let refused = Refusal::OtherMessage(patch);
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
}

#[test]
fn a_malformed_line() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let good = line(&machine.verdict("fmt"));
    let ours = machine.key.signer();
    for (text, refused) in [
        ("passed".to_owned(), NotAVerdict::Malformed),
        (format!("{good},"), NotAVerdict::Malformed),
        (good[..good.len() - 1].to_owned(), NotAVerdict::Malformed),
        (
            good.replace("\"schema\":1", "\"schema\":2"),
            NotAVerdict::Schema(2),
        ),
        (
            good.replace("\"task\":\"fmt\"", "\"task\":\"\\u001b[2J\""),
            NotAVerdict::Field("task"),
        ),
    ] {
        forged(&machine, &text, &["-S"]);
        assert_eq!(machine.refusal(&ours), Refusal::NotAVerdict(refused));
    }
}

#[test]
fn a_principal_that_only_looks_like_a_key() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let other = machine.other_key();
    machine.sign_with(&other);
    // A name that is a fingerprint's text does not make a key of it.
    machine.allow(&format!("{} {}", machine.key.fingerprint, other.public));
    let oid = machine.publish(&["fmt"]);
    let refused = Refusal::UnknownSigner(oid, other.fingerprint.clone());
    assert_eq!(machine.refusal(&machine.key.signer()), refused);
}

#[test]
fn only_so_many_signatures_are_verified() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let head = machine.head();
    let line = |number: usize| line(&machine.verdict(&format!("t{number:03}")));
    // Each line comes from a commit of its own with something that is called a signature.
    let mut parent = None::<String>;
    let mut note = String::new();
    for number in 0..70 {
        note.push_str(&line(number));
        note.push('\n');
        let notes = machine.note(&head, &note);
        let tree = machine
            .repo
            .git(&["rev-parse", &format!("{notes}^{{tree}}")]);
        let parents = parent.map_or(String::new(), |oid| format!("parent {oid}\n"));
        let text = format!(
            "tree {tree}\n{parents}author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\
             gpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n\n{}",
            message(&head)
        );
        let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
        parent = Some(
            machine
                .repo
                .git_in(machine.repo.top(), &args, text.as_bytes()),
        );
    }
    machine.set_notes(&parent.unwrap());
    let judged = machine.judged(&machine.key.signer());
    let counted = |wanted: fn(&Refusal) -> bool| {
        judged
            .iter()
            .filter(|it| it.as_ref().is_err_and(wanted))
            .count()
    };
    assert_eq!(counted(|it| matches!(it, Refusal::BadSignature(..))), 64);
    assert_eq!(counted(|it| matches!(it, Refusal::TooMany(_))), 6);
}
