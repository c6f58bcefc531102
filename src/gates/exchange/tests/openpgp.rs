//! Signatures of GnuPG.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Refusal, judge, run, script, signer, told, tool};
use crate::config::Signer;
use crate::gates::exchange::{Published, Shared, publish};
use crate::git::Oid;
use crate::git::testing::TestRepo;

const USER: &str = "CI <ci@example.org>";

/// A repository whose git signs with GnuPG, with a home of its own for that.
struct Machine {
    repo: TestRepo,
    /// `gpg` with that home, and with the options that a file beside it has.
    gpg: PathBuf,
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The agent would go by itself, a little later.
        if let Some(gpgconf) = tool("gpgconf") {
            let home = self.repo.beside("gnupg");
            let home = home.to_str().unwrap();
            run(&gpgconf, ["--homedir", home, "--kill", "all"]);
        }
    }
}

impl Machine {
    fn new() -> Option<Self> {
        let gpg = tool("gpg")?;
        let repo = TestRepo::new(&[]);
        let home = repo.beside("gnupg");
        fs::create_dir(&home).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        let machine = Self {
            gpg: repo.beside("gpg.sh"),
            repo,
        };
        machine.options("");
        let text = format!(
            "#!/bin/sh\nexec '{}' --homedir '{}' --batch --pinentry-mode loopback --passphrase '' \
             $(cat '{}') \"$@\"\n",
            gpg.display(),
            home.display(),
            machine.repo.beside("options").display()
        );
        script(&machine.gpg, &text);
        for (name, value) in [
            ("user.name", "CI"),
            ("user.email", "ci@example.org"),
            ("gpg.format", "openpgp"),
            ("gpg.program", machine.gpg.to_str().unwrap()),
        ] {
            machine.repo.git(&["config", name, value]);
        }
        machine.repo.commit_files(&[("a.txt", "a\n")]);
        Some(machine)
    }

    /// Options for each call, such as another time.
    fn options(&self, text: &str) {
        fs::write(self.repo.beside("options"), text).unwrap();
    }

    /// Makes a key that certifies and a subkey that signs, and has git use it; the fingerprints of both.
    fn key(&self, user: &str, expires: &str) -> (String, String) {
        run(
            &self.gpg,
            ["--quick-generate-key", user, "ed25519", "cert", expires],
        );
        let listed = || {
            let listed = run(
                &self.gpg,
                ["--with-colons", "--list-keys", &format!("={user}")],
            );
            let fingerprint =
                |line: &str| Some(line.strip_prefix("fpr:")?.split(':').nth(8)?.to_owned());
            listed.lines().filter_map(fingerprint).collect::<Vec<_>>()
        };
        let primary = listed().remove(0);
        run(
            &self.gpg,
            ["--quick-add-key", &primary, "ed25519", "sign", expires],
        );
        let subkey = listed().remove(1);
        self.repo.git(&["config", "user.signingKey", &primary]);
        (primary, subkey)
    }

    fn publish(&self) -> Oid {
        let head = self.repo.tip("HEAD");
        let tree = self.repo.git(&["rev-parse", "HEAD^{tree}"]);
        let verdict = Shared {
            key: "0".repeat(64),
            task: "tests".to_owned(),
            definition: "1".repeat(64),
            tree,
            summary: String::new(),
            made_at: "2026-11-21T14:00:00Z".parse().unwrap(),
        };
        match publish(&self.repo.open(), &head, &[verdict]).unwrap() {
            Published::Added { commit, .. } => commit,
            Published::Already => panic!("it was there"),
        }
    }

    fn judged(&self, signers: &[Signer]) -> Result<String, Refusal> {
        let head = self.repo.tip("HEAD");
        let judged = judge(&self.repo.open(), &head, signers).unwrap();
        let mut told = told(judged);
        assert_eq!(told.len(), 1);
        told.remove(0).map(|(_, signer)| signer)
    }
}

#[test]
fn fingerprints_of_the_key_and_of_its_subkey_count_and_user_ids_do_not() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (primary, subkey) = machine.key(USER, "never");
    let oid = machine.publish();
    for named in [&primary, &subkey] {
        assert_eq!(machine.judged(&[signer(named)]).as_ref(), Ok(named));
        let lower = named.to_ascii_lowercase();
        assert_eq!(machine.judged(&[signer(&lower)]).as_ref(), Ok(named));
    }
    // Anybody can make a key with this user id.
    let unknown = Err(Refusal::UnknownSigner(oid, subkey.clone()));
    for name in [USER, "ci@example.org", "CI"] {
        let named = Signer::Principal(name.to_owned());
        assert_eq!(machine.judged(&[named]), unknown);
    }
    // The end of a fingerprint, however it came here.
    for short in [&subkey[24..], &subkey[32..], &primary[24..]] {
        assert!(short.parse::<Signer>().is_err());
        let named = [
            Signer::OpenPgpKey(short.to_owned()),
            Signer::Principal(short.to_owned()),
            Signer::SshKey(subkey.clone()),
        ];
        assert_eq!(machine.judged(&named), unknown);
    }
}

#[test]
fn another_key_with_the_same_name_is_another_signer() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (ours, _) = machine.key(USER, "never");
    let (theirs, subkey) = machine.key("Other <other@example.org>", "never");
    let oid = machine.publish();
    let unknown = Err(Refusal::UnknownSigner(oid, subkey));
    assert_eq!(machine.judged(&[signer(&ours)]), unknown);
    assert_eq!(machine.judged(&[signer(&theirs)]), Ok(theirs));
}

#[test]
fn a_key_that_was_only_imported_counts_when_it_is_named() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (primary, _) = machine.key(USER, "never");
    machine.publish();
    let trust = |level: &str| {
        let file = machine.repo.beside("trust");
        fs::write(&file, format!("{primary}:{level}:\n")).unwrap();
        run(
            &machine.gpg,
            ["--import-ownertrust", file.to_str().unwrap()],
        );
    };
    trust("2");
    let status = machine
        .repo
        .git(&["log", "-1", "--format=%G?", "refs/notes/tend"]);
    assert_eq!(status, "U");
    assert_eq!(machine.judged(&[signer(&primary)]), Ok(primary.clone()));
    // Unless the user asks git for more.
    machine.repo.git(&["config", "gpg.minTrustLevel", "fully"]);
    let refusal = machine.judged(&[signer(&primary)]).unwrap_err();
    assert!(matches!(refusal, Refusal::BadSignature(..)), "{refusal}");
    trust("6");
    assert_eq!(machine.judged(&[signer(&primary)]), Ok(primary.clone()));
}

#[test]
fn an_expired_key() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.options("--faked-system-time 20200101T000000");
    let (primary, _) = machine.key(USER, "1d");
    let oid = machine.publish();
    assert_eq!(machine.judged(&[signer(&primary)]), Ok(primary.clone()));
    machine.options("");
    let refused = Err(Refusal::BadSignature(oid, "Y".to_owned()));
    assert_eq!(machine.judged(&[signer(&primary)]), refused);
}

#[test]
fn a_revoked_key() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (primary, _) = machine.key(USER, "never");
    let oid = machine.publish();
    let made = machine
        .repo
        .beside("gnupg")
        .join(format!("openpgp-revocs.d/{primary}.rev"));
    // A colon keeps it from being used by mistake.
    let text = fs::read_to_string(&made).unwrap().replace(":---", "---");
    fs::write(&made, text).unwrap();
    run(&machine.gpg, ["--import", made.to_str().unwrap()]);
    let refused = Err(Refusal::BadSignature(oid, "R".to_owned()));
    assert_eq!(machine.judged(&[signer(&primary)]), refused);
}

#[test]
fn a_key_that_is_not_here_and_a_commit_that_was_changed() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (primary, _) = machine.key(USER, "never");
    let signed = machine.publish();
    let commit = machine.repo.git(&["cat-file", "commit", signed.as_str()]);
    let args = ["hash-object", "-t", "commit", "-w", "--stdin"];
    let forged = commit.replacen("author CI", "author Ci", 1);
    let forged = machine
        .repo
        .git_in(machine.repo.top(), &args, format!("{forged}\n").as_bytes());
    machine
        .repo
        .git(&["update-ref", "refs/notes/tend", &forged]);
    let refused = Err(Refusal::BadSignature(
        forged.parse().unwrap(),
        "B".to_owned(),
    ));
    assert_eq!(machine.judged(&[signer(&primary)]), refused);
    machine
        .repo
        .git(&["update-ref", "refs/notes/tend", signed.as_str()]);
    let delete = ["--yes", "--delete-secret-and-public-key", &primary];
    run(&machine.gpg, delete);
    let refused = Err(Refusal::BadSignature(signed, "E".to_owned()));
    assert_eq!(machine.judged(&[signer(&primary)]), refused);
}
