//! What is generated checks what its template checks.

use super::work::{ALL, available};
use super::*;

#[test]
fn files_are_there_and_nothing_is_written_over() {
    let place = Place::new();
    let path = |name| parameter(name, SlotKind::Path, None);
    let recipe = recipe(
        vec![
            step(&["cp", "{0}", "{1}"]),
            step(&["mkdir", "-p", "folder"]),
            step(&["mv", "{1}", "folder"]),
        ],
        vec![path("from"), path("to")],
    );
    for form in ALL.into_iter().filter(|it| available(*it)) {
        let generated = written(&recipe, form);
        assert_eq!(generated.template, Template::FileOperation);
        let words = ["--from", "a file", "--to=it's"];
        let failed = |said: &str| {
            let output = place.exec(&generated, &words);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                !output.status.success() && error.contains(said),
                "{form:?}: {error}"
            );
        };
        failed("there is no a file");
        place.write("a file", "new");
        place.write("it's", "old");
        failed("it's is there already");
        assert_eq!(place.read("it's"), "old");
        fs::remove_file(place.path().join("it's")).unwrap();
        succeeded(&place.exec(&generated, &words));
        assert_eq!(place.read("folder/it's"), "new");
        place.write("folder/it's", "old");
        failed("folder/it's is there already");
        let mut forced = words.to_vec();
        forced.push("--force");
        succeeded(&place.exec(&generated, &forced));
        assert_eq!(place.read("folder/it's"), "new");
        fs::remove_dir_all(place.path().join("folder")).unwrap();
        fs::remove_file(place.path().join("a file")).unwrap();
    }
}

#[test]
fn json_is_read_and_written_whole_or_not_at_all() {
    if !has("jq") {
        return;
    }
    let place = Place::new();
    let recipe = recipe(
        vec![Shape::Pipeline(vec![redirected(
            &[
                "jq",
                "-c",
                ".[] | select(.name == \"a{0}b\" and .n > {1})",
                "in.json",
            ],
            &[(None, ">", "out.json")],
        )])],
        vec![
            parameter("name", SlotKind::Str, None),
            parameter("least", SlotKind::Num, Some("1")),
        ],
    );
    for form in ALL
        .into_iter()
        .chain([Form::Jq])
        .filter(|it| available(*it))
    {
        let generated = written(&recipe, form);
        assert_eq!(generated.template, Template::DataProcessing, "{form:?}");
        if form == Form::Jq {
            let filter =
                r#".[] | select(.name == "a\($tend_name)b" and .n > ($tend_least|tonumber))"#;
            assert_eq!(generated.filters, [filter]);
        }
        place.write("out.json", "before");
        // What would be code of jq is only a name that nothing has, or something has.
        let name = "\" or true or \"\\(env)";
        let words = [&format!("--name={name}")];
        let json =
            serde_json::json!([{"name": format!("a{name}b"), "n": 2}, {"name": "ab", "n": 3}]);
        for text in ["", "[1,", "{} x"] {
            place.write("in.json", text);
            let output = place.exec(&generated, &words.map(String::as_str));
            assert!(!output.status.success(), "{form:?} {text}");
            assert_eq!(place.read("out.json"), "before", "{form:?} {text}");
        }
        place.write("in.json", json.to_string());
        succeeded(&place.exec(&generated, &words.map(String::as_str)));
        let out: serde_json::Value = serde_json::from_str(&place.read("out.json")).unwrap();
        assert_eq!(out, json[0], "{form:?}");
        // jq fails on the way: the half is not put there.
        place.write("in.json", "[{\"name\": \"ab\", \"n\": 3}, 7]");
        let output = place.exec(&generated, &["--name="]);
        assert!(!output.status.success(), "{form:?}");
        let out: serde_json::Value = serde_json::from_str(&place.read("out.json")).unwrap();
        assert_eq!(out, json[0], "{form:?}");
        let left = fs::read_dir(place.path()).unwrap();
        let left = left.filter(|it| {
            it.as_ref()
                .unwrap()
                .file_name()
                .to_str()
                .unwrap()
                .starts_with("out.json.")
        });
        assert_eq!(left.count(), 0, "{form:?}");
    }
}

#[test]
fn half_an_answer_of_a_server_is_none() {
    let place = Place::new();
    let options = Options {
        allow_network: true,
        ..Options::default()
    };
    let mut it = recipe(
        vec![Shape::Pipeline(vec![
            command(&["curl", "x"]),
            command(&["cat"]),
        ])],
        Vec::new(),
    );
    let curl = |place: &Place, code: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = place.write("curl", format!("#!/bin/sh\n{code}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    };
    let path = format!(
        "{}:{}",
        place.path().display(),
        search_path().to_str().unwrap()
    );
    for form in ALL.into_iter().filter(|it| available(*it)) {
        let run = |recipe: &Recipe| {
            let generated = generate(recipe, form, &options).unwrap();
            let file = place.write("text", &generated.text);
            let it = invocation(
                generated.language,
                &generated.name,
                &file,
                &[],
                &Given::default(),
            );
            place
                .run_with(&it.argv, &[("PATH".to_owned(), path.clone().into())])
                .status
                .success()
        };
        it.steps[0] = Shape::Pipeline(vec![command(&["curl", "x"]), command(&["cat"])]);
        curl(&place, "echo half; exit 22");
        assert!(!run(&it), "{form:?}");
        curl(&place, "echo whole");
        assert!(run(&it), "{form:?}");
        // Who has heard enough stops listening.
        it.steps[0] = Shape::Pipeline(vec![command(&["curl", "x"]), command(&["head", "-n", "1"])]);
        curl(&place, "exec yes");
        assert!(run(&it), "{form:?}");
    }
}
