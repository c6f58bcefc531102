//! The files of a patch as Codex writes them: `*** Begin Patch`, `*** Update File: …`.

/// With what a patch begins.
pub(super) const BEGIN: &str = "*** Begin Patch";

const FILES: [&str; 4] = [
    "*** Add File: ",
    "*** Update File: ",
    "*** Delete File: ",
    "*** Move to: ",
];

/// The files that a text's patches change, in their order. The text of a shell's command may hold one.
pub(super) fn files(text: &str) -> impl Iterator<Item = &str> {
    let begin = text.find(BEGIN).unwrap_or(text.len());
    let patch = text.get(begin..).unwrap_or_default();
    patch.lines().filter_map(|line| {
        let line = line.trim();
        FILES
            .iter()
            .find_map(|mark| line.strip_prefix(mark))
            .map(str::trim)
    })
}

#[cfg(test)]
mod tests {
    use super::files;

    #[test]
    fn every_file_of_a_patch_is_found() {
        let patch = "apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: src/a b.rs\n*** Move to: src/c.rs\n@@\n-*** Add File: no\n*** Add File: d\n+x\n*** Delete File: e\n*** End Patch\nEOF";
        let found: Vec<&str> = files(patch).collect();
        assert_eq!(found, ["src/a b.rs", "src/c.rs", "d", "e"]);
        assert_eq!(files("*** Add File: x").count(), 0);
    }
}
