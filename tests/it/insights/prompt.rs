//! Versions of instructions.

use std::fs;

use super::tend;
use crate::support::World;

#[test]
fn a_bump_numbers_the_present_text_and_keeps_a_copy() {
    let world = World::new();
    let list = tend(&world, &["prompt", "list"]).code(0);
    assert_eq!(list.stdout, "");
    let first = tend(&world, &["prompt", "bump"]).code(0).stdout;
    let digest = first.trim().strip_prefix("v1-").unwrap().to_owned();
    assert_eq!(digest.len(), 8);
    let config = world.home().join(".config/git-tend");
    fs::create_dir_all(&config).unwrap();
    fs::write(
        config.join("config.toml"),
        "[agent]\nprompt_file = \"~/mine.md\"\n",
    )
    .unwrap();
    tend(&world, &["prompt", "bump"]).code(2);
    fs::write(world.home().join("mine.md"), "Judge it well.\n").unwrap();
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ456789";
    let reason = format!("shorter, with {secret}");
    let second = tend(&world, &["prompt", "bump", "--reason", &reason])
        .code(0)
        .stdout;
    let third = tend(&world, &["prompt", "bump"]).code(0).stdout;
    let digest = second.trim().strip_prefix("v2-").unwrap();
    assert_eq!(
        third.trim(),
        format!("v3-{digest}"),
        "the same text, another number"
    );
    let copies = world.home().join(".data/git-tend/prompts");
    let copy = copies.join(format!("{}-2026-03-31.md", second.trim()));
    assert_eq!(fs::read_to_string(copy).unwrap(), "Judge it well.\n");
    assert_eq!(fs::read_dir(copies).unwrap().count(), 3);
    let json = tend(&world, &["prompt", "list", "--json"]).code(0).json();
    let versions = json["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 3);
    assert_eq!(versions[0]["version"], third.trim());
    assert_eq!(versions[1]["text"], "Judge it well.\n");
    let told = versions[1]["reason"].as_str().unwrap();
    assert!(told.starts_with("shorter, with [redacted:"), "{told}");
    let list = tend(&world, &["prompt", "list"]).code(0).stdout;
    assert!(
        list.contains(second.trim()) && list.contains("shorter"),
        "{list}"
    );
}
