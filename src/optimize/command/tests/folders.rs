//! Where steps are done.

use super::{Reader, read};

fn folders(text: &str) -> Vec<(String, Option<String>)> {
    Reader::new()
        .unwrap()
        .with_home(Some("/home/me".to_owned()))
        .read(text, Some("/repo"))
        .into_iter()
        .map(|typed| (typed.step.key.clone(), typed.folder))
        .collect()
}

fn expect(text: &str, steps: &[(&str, Option<&str>)]) {
    let steps: Vec<_> = steps
        .iter()
        .map(|(key, folder)| ((*key).to_owned(), folder.map(str::to_owned)))
        .collect();
    assert_eq!(folders(text), steps, "{text}");
}

#[test]
fn a_change_of_folder_counts_for_what_follows() {
    expect(
        "make && cd sub && make",
        &[("make", Some("/repo")), ("make", Some("/repo/sub"))],
    );
    expect("cd a; cd ../b; make", &[("make", Some("/repo/b"))]);
    expect("cd /x/../y && make", &[("make", Some("/y"))]);
    expect("cd && make", &[("make", Some("/home/me"))]);
    expect("cd ~/p && make", &[("make", Some("/home/me/p"))]);
    expect("pushd x && make", &[("make", Some("/repo/x"))]);
    expect("cd -- 'a b' && make", &[("make", Some("/repo/a b"))]);
    expect("cd x || exit 1; make", &[("make", Some("/repo/x"))]);
    expect("cd x || exit 1\nmake", &[("make", Some("/repo/x"))]);
}

#[test]
fn a_folder_that_only_the_shell_knew_is_unknown() {
    expect("cd - && make", &[("make", None)]);
    expect("cd \"$X\" && make", &[("make", None)]);
    expect("cd ~other && make", &[("make", None)]);
    assert_eq!(
        Reader::new().unwrap().read("cd x && make", None)[0].folder,
        None
    );
    assert_eq!(
        Reader::new().unwrap().read("cd /x && make", None)[0]
            .folder
            .as_deref(),
        Some("/x")
    );
}

#[test]
fn a_lone_change_of_folder_is_noise() {
    expect("cd src", &[("cd <path>", Some("/repo/src"))]);
    assert!(read("cd src")[0].step.noise);
}

#[test]
fn what_may_not_be_torn_apart_is_one_script() {
    for text in [
        "make || echo failed",
        "make && ls || git reset --hard",
        "export A=1 && make",
        "A=1; echo $A",
        "source venv/bin/activate && pytest",
        "f() { ls; }; f",
        "cat <<EOF > x\na\nEOF",
        "for f in *; do ls; done",
        "(cd x && make)",
        "if true; then ls; fi",
        "! grep x y",
        "echo 'open",
    ] {
        let found = read(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(
            found[0].step.key.starts_with("script:"),
            "{text}: {found:?}"
        );
        assert_eq!(super::render(&found[0].step.shape, &[]), text);
    }
    // What comes before is not touched by it.
    let keys: Vec<_> = read("make; export A=1; make test")
        .iter()
        .map(|typed| typed.step.key.clone())
        .collect();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0], "make");
}

#[test]
fn nothing_is_read_of_nothing() {
    for text in ["", "  ", "\n\n", "# only a comment", "\t# x\n # y"] {
        assert_eq!(read(text), vec![], "{text:?}");
    }
    assert_eq!(read(&"x ".repeat(super::super::LONGEST)), vec![]);
}
