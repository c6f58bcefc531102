use super::{PROJECT, USER, load};
use crate::config::layers::Layer;
use crate::config::show;

#[test]
fn each_value_says_which_layer_won() {
    let loaded = load(&[
        (Layer::User, "[queue]\nslots = 2\nload_gate = false\n"),
        (
            Layer::Project,
            "[queue]\nslots = 3\n\n[task.docs]\nrun = [\"a\"]\nenv = { A = \"1\" }\n",
        ),
        (
            Layer::Local,
            "[task.docs]\n  enabled = false\n[task.docs.env]\nB = \"2\"\n",
        ),
    ])
    .unwrap();
    let text = show::to_toml(&loaded).unwrap();
    let shown: Vec<_> = text
        .lines()
        .filter(|line| line.contains(".toml:") || line.starts_with("max_jobs ="))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    max_jobs = 1000 # default
    slots = 3 # tend.toml:2
    load_gate = false # config.toml:3
    enabled = false # tend.local.toml:2
    run = ["a"] # tend.toml:5
    A = "1" # tend.toml:6
    B = "2" # tend.local.toml:4
    "#);
}

#[test]
fn what_is_shown_is_a_configuration_of_the_same_meaning() {
    let loaded = load(&[(Layer::User, USER), (Layer::Project, PROJECT)]).unwrap();
    let text = show::to_toml(&loaded).unwrap();
    let again = load(&[(Layer::User, &text)]).unwrap();
    assert_eq!(again.config, loaded.config);
}

#[test]
fn json_has_the_line_and_the_column() {
    let loaded = load(&[(Layer::Project, "[queue]\n  max_jobs = 7\n")]).unwrap();
    let json = show::to_json(&loaded).unwrap();
    assert_eq!(json["schema"], 1);
    let settings = json["settings"].as_array().unwrap();
    let setting = settings
        .iter()
        .find(|it| it["key"] == "queue.max_jobs")
        .unwrap();
    assert_eq!(
        setting.to_string(),
        r#"{"key":"queue.max_jobs","path":["queue","max_jobs"],"value":7,"origin":{"layer":"project","file":"tend.toml","line":2,"column":3}}"#
    );
    let setting = settings
        .iter()
        .find(|it| it["key"] == "queue.load_gate")
        .unwrap();
    assert_eq!(setting["origin"].to_string(), r#"{"layer":"default"}"#);
}

#[test]
fn lists_are_replaced_and_tables_united() {
    let loaded = load(&[
        (
            Layer::Project,
            "[task.t]\nrun = [\"a\"]\nfiles = [\"a\", \"b\"]\nlimits = { nice = 3 }\n",
        ),
        (
            Layer::Local,
            "[task.t]\nfiles = [\"c\"]\nlimits = { memory = \"1GiB\" }\n",
        ),
    ])
    .unwrap();
    let task = &loaded.config.tasks["t"];
    assert_eq!(task.files.as_deref().unwrap().len(), 1);
    assert_eq!(task.limits.nice.unwrap().get(), 3);
    assert!(task.limits.memory.is_some());
}
