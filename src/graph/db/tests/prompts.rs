//! Numbered instructions.

use super::*;

#[test]
fn a_number_keeps_its_text_and_is_stored_once() {
    let mut it = Temporary::new();
    assert_eq!(it.graph.prompt_versions().unwrap(), []);
    let mut add = |number, digest: &str, text: &str, reason: &str, days| {
        let graph = &mut it.graph;
        graph
            .add_prompt_version(number, digest, text, reason, day(days))
            .unwrap()
    };
    assert_eq!(add(1, "aaaaaaaa", "Judge.", "", 1), AddedPrompt::New);
    assert_eq!(add(1, "aaaaaaaa", "Judge!", "again", 2), AddedPrompt::Known);
    assert_eq!(add(1, "bbbbbbbb", "Other", "", 2), AddedPrompt::Taken);
    assert_eq!(add(2, "bbbbbbbb", "Other", "better", 3), AddedPrompt::New);
    assert_eq!(add(3, "aaaaaaaa", "Judge.", "by hand", 4), AddedPrompt::New);
    let known = it.graph.prompt_versions().unwrap();
    let names: Vec<String> = known.iter().map(KnownPrompt::name).collect();
    assert_eq!(names, ["v1-aaaaaaaa", "v2-bbbbbbbb", "v3-aaaaaaaa"]);
    assert_eq!(
        (known[0].text.as_str(), known[0].created_at),
        ("Judge.", day(1))
    );
}
