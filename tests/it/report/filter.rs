//! Filtering the findings.

use serde_json::json;

use super::{Project, finding};
use crate::support::browser::{Browser, Step};

/// Findings that can be seen: of hidden and folded ones nothing is.
const SEEN: &str = ".file:not([hidden]) .f:not([hidden])";

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a story: each step goes on from the one before"
)]
fn findings_are_filtered_by_words_severity_news_rule_and_an_address() {
    let project = Project::new();
    let all = [
        finding("src/app.py", 1, "high", "eval is dangerous"),
        finding("src/app.py", 2, "medium", "too long a line"),
        finding("web/page.js", 3, "medium", "eval again"),
        finding("web/page.js", 4, "low", "no semicolon"),
    ];
    project.finds(&all[1..]);
    project.commit_and_run("Begin", &["lint"]);
    project.finds(&all);
    project.commit_and_run("Go on", &["lint"]);
    let page = project.page();
    let count = |name: &str| Step::new("count", SEEN).named(name);
    let output = |name: &str| Step::new("text", "#filter output").named(name);
    let is = |selector: &str, text: &str| {
        Step::new(
            "wait_for",
            json!({ "expression": format!("document.querySelector('{selector}').textContent === '{text}'") }),
        )
    };
    let reset = || {
        [
            Step::new("click", "#filter [type=reset]"),
            is("#filter output", "4"),
        ]
    };
    let Some(looked) = Browser::open(&page)
        .setting_with(
            "no-scripts",
            [
                Step::new("visible_count", "#filter").named("form"),
                count("all"),
            ],
        )
        .setting_with(
            "light",
            [
                vec![
                    output("before"),
                    Step::new("fill", json!(["#filter [name=q]", "EVAL page.js"])),
                    is("#filter output", "1 of 4"),
                    count("words"),
                    Step::new("visible_count", SEEN).named("unfolded"),
                    Step::new("evaluate", "location.search").named("address"),
                    Step::new("axe", true),
                ],
                reset().to_vec(),
                vec![
                    Step::new("uncheck", "#filter [value=medium]"),
                    is("#filter output", "2 of 4"),
                    count("severity"),
                    Step::new("check", "#filter [name=new]"),
                    is("#filter output", "1 of 4"),
                    Step::new("texts", ".file:not([hidden]) .f:not([hidden]) summary bdi")
                        .named("news"),
                ],
                reset().to_vec(),
                vec![
                    Step::new("click", ".rules button >> text=2"),
                    is("#filter output", "2 of 4"),
                    Step::new("texts", ".file:not([hidden]) .f:not([hidden]) summary bdi")
                        .named("rule"),
                    Step::new("fill", json!(["#filter [name=q]", "nothing is like this"])),
                    is("#filter output", "0 of 4"),
                    Step::new("visible_count", "#none").named("none"),
                    Step::new("visible_count", ".file").named("files"),
                ],
                vec![
                    Step::new("goto", "?q=eval&without=high"),
                    is("#filter output", "1 of 4"),
                    Step::new("texts", ".file:not([hidden]) .f:not([hidden]) summary bdi")
                        .named("kept"),
                ],
            ]
            .concat(),
        )
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    let bare = looked.look("no-scripts");
    assert_eq!(
        (bare.value("form"), bare.value("all")),
        (&json!(0), &json!(4))
    );
    let look = looked.look("light");
    let expected = [
        ("before", json!("4")),
        ("words", json!(1)),
        ("unfolded", json!(1)),
        ("address", json!("?q=EVAL+page.js")),
        ("severity", json!(2)),
        ("news", json!(["eval is dangerous"])),
        ("rule", json!(["too long a line", "eval again"])),
        ("none", json!(1)),
        ("files", json!(0)),
        ("kept", json!(["eval again"])),
    ];
    for (name, value) in expected {
        assert_eq!(look.value(name), &value, "{name}");
    }
}

#[test]
fn a_link_unfolds_what_it_leads_to() {
    let project = Project::new();
    let many: Vec<_> = (1..=70)
        .map(|line| finding("a.py", line, "low", "one of many"))
        .collect();
    let mut all = many;
    all.push(finding("b.py", 1, "low", "the one"));
    project.world.write("a.py", "x = 1\n".repeat(70));
    project.world.write("b.py", "y = 2\n");
    project.finds(&all);
    project.commit_and_run("Begin", &["lint"]);
    let found = project.world.tend(["findings", "--json"]).code(0).json();
    let one = found["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["message"] == "the one");
    let anchor = format!("#f-{}", one.unwrap()["id"].as_str().unwrap());
    let Some(looked) = Browser::open(&project.page())
        .settings(&["light"])
        .step(Step::new("visible_count", anchor.as_str()).named("folded"))
        .step(Step::new("goto", anchor.as_str()))
        .step(Step::new("wait_for", format!("{anchor} .src")))
        .step(Step::new("seen_text", format!("{anchor} .src")).named("source"))
        .run()
    else {
        return;
    };
    looked.assert_quiet();
    let look = looked.look("light");
    assert_eq!(look.value("folded"), &json!(0));
    assert_eq!(look.value("source").as_str().unwrap().trim_end(), "y = 2");
}
