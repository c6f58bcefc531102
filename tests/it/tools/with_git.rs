//! What git itself does with differences and with the baseline file.

use std::fs;
use std::path::Path;
use std::process::Command;

use git_tend::findings::changes::ARGUMENTS;
use git_tend::findings::{Baseline, Changes, Finding, Mapped, Place, Severity};

fn git(folder: &Path, arguments: &[&str]) -> (bool, Vec<u8>) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=x", "-c", "user.email=x@localhost"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    (output.status.success(), output.stdout)
}

fn commit(folder: &Path, message: &str) {
    assert!(git(folder, &["add", "-A"]).0);
    assert!(git(folder, &["commit", "-qm", message]).0);
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert!(git(folder.path(), &["init", "-q", "-b", "main"]).0);
    folder
}

fn changes(folder: &Path) -> Changes {
    let mut arguments = ARGUMENTS.to_vec();
    arguments.extend(["HEAD~", "HEAD"]);
    let (done, told) = git(folder, &arguments);
    assert!(done);
    Changes::read(&mut told.as_slice()).unwrap()
}

/// Settings that change how git prints differences change nothing here.
#[test]
fn settings_do_not_count() {
    let folder = repository();
    let path = folder.path();
    let name = "a \"b\"\tü\n.py";
    let lines: String = (0..50).fold(String::new(), |text, line| text + &format!("line {line}\n"));
    fs::write(path.join(name), &lines).unwrap();
    fs::write(path.join(".gitattributes"), "*.py diff=python textconv=x\n").unwrap();
    commit(path, "one");
    let edited = lines
        .replace("line 9\n", "")
        .replace("line 30\n", "    line 30\n");
    fs::write(path.join(name), edited).unwrap();
    assert!(git(path, &["mv", name, "new.py"]).0);
    commit(path, "two");
    let plain = changes(path);
    for (key, value) in [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.renames", "false"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("diff.external", "false"),
        ("diff.python.textconv", "false"),
        ("diff.algorithm", "minimal"),
        ("diff.relative", "true"),
        ("diff.submodule", "log"),
        ("diff.wsErrorHighlight", "all"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("core.quotePath", "false"),
        ("core.abbrev", "5"),
        ("diff.suppressBlankEmpty", "true"),
    ] {
        assert!(git(path, &["config", key, value]).0);
    }
    assert_eq!(changes(path), plain);
    let at = |line| plain.map_line(name, line);
    let there = |line| Mapped::Line {
        path: "new.py",
        line,
    };
    assert_eq!(
        [at(9), at(11), at(31), at(50)],
        [there(9), there(10), there(30), there(49)]
    );
    assert!(matches!(
        at(10),
        Mapped::Touched {
            path: "new.py",
            hunk: 0,
            ..
        }
    ));
}

fn accepted(paths: &[&str]) -> String {
    let findings: Vec<Finding> = paths
        .iter()
        .map(|path| Finding {
            place: Some(Place {
                path: (*path).to_owned(),
                line: Some(1),
                ..Place::default()
            }),
            ..Finding::new("ruff", "E501", Severity::Low, "line too long".to_owned())
        })
        .collect();
    Baseline::of(&findings).write()
}

/// Merges two branches that add to the baseline; says whether there was no conflict, and what came of it.
fn merged(attributes: &str, base: &[&str], ours: &[&str], theirs: &[&str]) -> (bool, String) {
    let folder = repository();
    let path = folder.path();
    let file = path.join("tend.baseline.json");
    fs::write(path.join(".gitattributes"), attributes).unwrap();
    fs::write(&file, accepted(base)).unwrap();
    commit(path, "base");
    assert!(git(path, &["checkout", "-qb", "theirs"]).0);
    fs::write(&file, accepted(theirs)).unwrap();
    commit(path, "theirs");
    assert!(git(path, &["checkout", "-q", "main"]).0);
    fs::write(&file, accepted(ours)).unwrap();
    commit(path, "ours");
    let (done, _) = git(path, &["merge", "-q", "-m", "merge", "theirs"]);
    (done, fs::read_to_string(&file).unwrap())
}

#[test]
fn branches_add_to_the_baseline() {
    let base = ["b", "d", "f"];
    // At different places: as it is.
    let (done, text) = merged("", &base, &["a", "b", "d", "f"], &["b", "d", "f", "g"]);
    assert!(done);
    assert_eq!(text, accepted(&["a", "b", "d", "f", "g"]));
    // At the same place: git asks, and the file says so where it is read.
    let (ours, theirs) = (["b", "d", "e1", "f", "g"], ["b", "d", "e2", "f", "f"]);
    let (done, text) = merged("", &base, &ours, &theirs);
    assert!(!done);
    assert!(Baseline::read(&text).unwrap_err().message.contains("merge"));
    // With the attribute: both sides.
    let (done, text) = merged("tend.baseline.json merge=union\n", &base, &ours, &theirs);
    assert!(done);
    let read = Baseline::read(&text).unwrap();
    assert_eq!(
        read.write(),
        accepted(&["b", "d", "e1", "e2", "f", "f", "g"])
    );
    // One takes an entry away next to where the other adds one.
    let (done, text) = merged(
        "tend.baseline.json merge=union\n",
        &base,
        &["b", "f"],
        &["b", "d", "f", "g"],
    );
    assert!(done);
    assert!(Baseline::read(&text).is_ok());
}
