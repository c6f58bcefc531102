use std::path::Path;

use proptest::prelude::*;

use super::{NAMES, PROJECT, USER, file, load};
use crate::config::diagnostic::Style;
use crate::config::layers::{Files, Layer, decode};
use crate::config::{Config, ConfigError, check, show};

/// Goes everywhere that a configuration goes; nothing may panic, and every problem must be printable.
fn exercise(layer: Layer, text: &str) -> Result<(), TestCaseError> {
    match load(&[(layer, text)]) {
        Ok(loaded) => {
            for problem in check::check(&loaded, NAMES) {
                prop_assert!(!problem.render(Style::Plain).is_empty());
            }
            let shown = show::to_toml(&loaded).unwrap();
            let again = load(&[(Layer::User, &shown)]);
            prop_assert_eq!(again.unwrap().config, loaded.config);
        }
        Err(error) => {
            prop_assert!(!error.diagnostics().is_empty());
            prop_assert!(!error.render(Style::Plain).is_empty());
            prop_assert!(!error.render(Style::Ansi).is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_make_the_loader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        match decode(Path::new("tend.toml"), &bytes) {
            Ok(document) => exercise(Layer::Project, &document.text)?,
            Err(problem) => prop_assert!(!ConfigError::from(problem).render(Style::Plain).is_empty()),
        }
    }

    #[test]
    fn no_toml_like_text_makes_the_loader_panic(text in r#"(\[{1,2}[a-z_.]{0,8}\]{0,2}|[a-z_.]{1,9} ?= ?("[a-z*:]{0,6}"|-?[0-9]{1,3}|\[["a-z,]{0,6}\]|\{[a-z= ]{0,5}\})|é|\r\n|\n){0,20}"#) {
        exercise(Layer::Project, &text)?;
    }

    #[test]
    fn no_slip_in_a_valid_file_makes_the_loader_panic(
        user: bool,
        at in any::<prop::sample::Index>(),
        length in 0_usize..12,
        put in r#"[\x00-\x7fé]{0,4}|\[\[|"""|\.\.|enabled = 1|= 5|["a"]"#,
    ) {
        let (layer, whole) = if user { (Layer::User, USER) } else { (Layer::Project, PROJECT) };
        let start = at.index(whole.len());
        let end = (start + length).min(whole.len());
        prop_assume!(whole.is_char_boundary(start) && whole.is_char_boundary(end));
        let text = format!("{}{put}{}", &whole[..start], &whole[end..]);
        exercise(layer, &text)?;
    }
}

#[test]
fn deep_nesting_exhausts_no_stack() {
    for text in [
        format!("{}a = 1", "a.".repeat(200_000)),
        format!("[{}a]", "a.".repeat(200_000)),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(200_000)),
        "[task.a.env]\n[task.a]\n".repeat(10),
    ] {
        let error = Config::from_layers(vec![file(Layer::Project, &text)]).unwrap_err();
        assert!(!error.render(Style::Plain).is_empty());
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_mistake() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tend.toml");
    std::fs::write(&path, b"\xef\xbb\xbf[queue]\r\nmax_jobs = 7\r\n").unwrap();
    let files = Files::new(None, Some(dir.path()), None);
    let loaded = Config::load(&files).unwrap();
    assert_eq!(loaded.config.queue.max_jobs.get(), 7);
    assert!(loaded.has_project_file());
}

#[test]
fn what_is_not_a_text_file_of_reasonable_size_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tend.toml");
    let files = Files::new(None, Some(dir.path()), None);
    let message = || Config::load(&files).unwrap_err().diagnostics()[0].to_string();
    std::fs::File::create(&path)
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    assert!(
        message().ends_with("tend.toml: is larger than 1 MiB"),
        "{}",
        message()
    );
    std::fs::write(&path, b"[queue]\nslots = \xff2\n").unwrap();
    assert!(
        message().ends_with("tend.toml:2:9: the file is not UTF-8"),
        "{}",
        message()
    );
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(
        message().ends_with("tend.toml: is not a file"),
        "{}",
        message()
    );
}

#[test]
fn only_a_named_file_must_exist() {
    let dir = tempfile::tempdir().unwrap();
    let none = Files::new(Some(dir.path()), Some(dir.path()), None);
    let loaded = Config::load(&none).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(!loaded.has_project_file());
    let named = Files::new(None, Some(dir.path()), Some(&dir.path().join("other.toml")));
    assert!(Config::load(&named).is_err());
}

#[test]
fn a_large_file_takes_no_more_than_its_share_of_time() {
    // Quadratic work on these took seconds; the bound is generous for a slow machine.
    let tasks = |extra: &str| {
        let task = |i| {
            let next = (i + 1) % 8000;
            format!("[task.t{i}]\nrun = [\"a\"]\nneeds = [\"t{next}{extra}\"]\n")
        };
        (0..8000).map(task).collect::<Vec<_>>().concat()
    };
    let unknown: Vec<_> = (0..50_000).map(|i| format!("k{i} = {i}")).collect();
    let start = std::time::Instant::now();
    exercise(Layer::Project, &unknown.join("\n")).unwrap();
    for text in [tasks(""), tasks("x")] {
        let loaded = load(&[(Layer::Project, &text)]).unwrap();
        assert!(!check::check(&loaded, NAMES).is_empty());
    }
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
