//! Very many findings: the page stays small, and what is folded is there when it is wanted.

use std::fs;

use serde_json::{Value, json};

use super::{Project, finding};
use crate::support::browser::{Browser, Step};

const FILES: u32 = 50;

fn many(each: u32, message: &str) -> (Project, Vec<Value>) {
    let project = Project::new();
    let mut all = Vec::new();
    for file in 0..FILES {
        let path = format!("src/file{file}.py");
        project
            .world
            .write(&path, "value = '<b>'\n".repeat(each as usize));
        all.extend((1..=each).map(|line| finding(&path, line, "low", message)));
    }
    project.finds(&all);
    project.commit_and_run("Begin", &["lint"]);
    (project, all)
}

#[test]
fn what_is_folded_is_built_when_it_is_wanted() {
    let (project, all) = many(100, "too long a line & \"more\"");
    let found = project.world.tend(["findings", "--json"]).code(0).json();
    let of_file = |it: &&Value| it["path"] == "src/file42.py" && it["line"] == 50;
    let one = found["findings"].as_array().unwrap().iter().find(of_file);
    let anchor = format!("#f-{}", one.unwrap()["id"].as_str().unwrap());
    let is = |text: &str| {
        let output = "document.querySelector('#filter output').textContent";
        Step::new(
            "wait_for",
            json!({ "expression": format!("{output} === '{text}'") }),
        )
    };
    let Some(looked) = Browser::open(&project.page())
        .setting_with("no-scripts", [Step::new("count", ".f .src").named("all")])
        .setting_with(
            "light",
            [
                Step::new("count", ".f").named("built"),
                Step::new("fill", json!(["#filter [name=q]", "file7.py \"more\" 77:"])),
                is("0 of 5000"),
                Step::new(
                    "fill",
                    json!(["#filter [name=q]", "file7.py & \"more\" 77"]),
                ),
                is("1 of 5000"),
                Step::new("wait_for", ".file:not([hidden]) .f:not([hidden])"),
                Step::new("visible_count", ".f").named("found"),
                Step::new("click", "#filter [type=reset]"),
                is("5000"),
                Step::new("click", "#more > .file:last-child > summary"),
                Step::new("wait_for", "#more > .file:last-child .f"),
                Step::new("visible_count", "#more > .file:last-child .f").named("unfolded"),
                Step::new("goto", anchor.as_str()),
                Step::new("wait_for", format!("{anchor} .src")),
                Step::new("seen_text", format!("{anchor} .src .it")).named("source"),
                Step::new("axe", "#list"),
            ],
        )
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    let count = all.len();
    assert_eq!(looked.look("no-scripts").value("all"), &json!(count));
    let look = looked.look("light");
    assert_eq!(look.value("built"), &json!(100), "only the first file's");
    assert_eq!(look.value("found"), &json!(1));
    assert_eq!(look.value("unfolded"), &json!(100));
    assert_eq!(
        look.value("source").as_str().unwrap().trim_end(),
        "value = '<b>'"
    );
}

#[test]
fn a_page_has_an_end_however_much_was_found() {
    let (project, _) = many(500, &"words that fill a line ".repeat(30));
    let page = project.page();
    let size = fs::metadata(&page).unwrap().len();
    assert!(size <= 12_000_000, "{size}");
    let text = fs::read_to_string(page).unwrap();
    assert!(text.contains("of the least severe are not listed here"));
    assert!(text.ends_with("</html>") || text.ends_with("</html>\n"));
}
