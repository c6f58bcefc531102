//! What searches pass over.

use super::{before, open, tend, world};

#[test]
fn what_nobody_read_for_long_is_found_on_request_and_read_again() {
    let world = world();
    let search = |args: &[&str]| {
        let args = [&["graph", "search", "-q"], args].concat();
        tend(&world, &args).code(0).stdout
    };
    assert_eq!(search(&["shop"]).lines().count(), 6);
    let refreshed = open(&world).refresh_relevance(before(-90)).unwrap();
    assert_eq!((refreshed.nodes, refreshed.archived), (6, 6));
    assert_eq!(search(&["shop"]), "");
    assert_eq!(search(&[]), "");
    let all = search(&["--archived", "shop"]);
    assert_eq!(all.lines().count(), 6);
    let shown = tend(&world, &["graph", "search", "--archived", "shop"])
        .code(0)
        .stdout;
    assert_eq!(shown.matches("archived").count(), 6, "{shown}");
    let json = tend(&world, &["graph", "search", "--archived", "--json"]).json();
    assert_eq!(json["hits"][0]["archived"], true);
    // To read one is to want it.
    let id = all.lines().next().unwrap();
    tend(&world, &["graph", "show", id]).code(0);
    assert_eq!(search(&["shop"]).trim(), id);
}
