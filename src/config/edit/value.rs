//! One list of words in a configuration file, set anew.

use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::{BYTE_ORDER_MARK, EditError};

/// The file with a list of words under a section's key; comments and layout of everything else stay.
pub fn with_list(
    old: &[u8],
    section: &str,
    key: &str,
    words: &[&str],
) -> Result<Vec<u8>, EditError> {
    if let Some(rest) = old.strip_prefix(BYTE_ORDER_MARK) {
        return with_list(rest, section, key, words).map(|new| [BYTE_ORDER_MARK, &new].concat());
    }
    let text = super::text(old)?;
    // Says what is wrong in the words of the other edits.
    super::parse(text)?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(|_| EditError::Unreadable("it is no TOML".to_owned()))?;
    let array: Array = words.iter().copied().collect();
    let layout = || EditError::Layout {
        what: format!("[{section}]"),
        by_hand: format!("{key} = {array}"),
    };
    let table = document
        .entry(section)
        .or_insert_with(|| Item::Table(Table::new()));
    let table = table.as_table_like_mut().ok_or_else(layout)?;
    match table.get_mut(key) {
        Some(Item::Value(value)) => {
            let decor = value.decor().clone();
            *value = Value::Array(array);
            *value.decor_mut() = decor;
        }
        Some(_) => return Err(layout()),
        None => {
            table.insert(key, Item::Value(Value::Array(array)));
        }
    }
    Ok(document.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn set(old: &str, words: &[&str]) -> String {
        String::from_utf8(with_list(old.as_bytes(), "optimize", "sources", words).unwrap()).unwrap()
    }

    #[test]
    fn everything_else_stays() {
        assert_eq!(set("", &["git"]), "[optimize]\nsources = [\"git\"]\n");
        let old = "# mine\n[agent]\nenabled = true # yes\n\n[optimize] # here\nsources = [] # none\nlook_back = \"9d\"\n";
        let new = "# mine\n[agent]\nenabled = true # yes\n\n[optimize] # here\nsources = [\"git\", \"zsh\"] # none\nlook_back = \"9d\"\n";
        assert_eq!(set(old, &["git", "zsh"]), new);
        assert_eq!(
            set("optimize = { sources = [\"a\"] }\n", &[]),
            "optimize = { sources = [] }\n"
        );
        assert_eq!(
            set("optimize.keep = \"9d\"\n", &["git"]),
            "optimize.keep = \"9d\"\noptimize.sources = [\"git\"]\n"
        );
    }

    #[test]
    fn what_is_written_otherwise_is_left_alone() {
        for old in [
            "optimize = 1\n",
            "[[optimize]]\n",
            "[optimize.sources]\n",
            "[optimize\n",
            "a = 1\na = 2\n",
        ] {
            assert!(
                with_list(old.as_bytes(), "optimize", "sources", &["git"]).is_err(),
                "{old}"
            );
        }
        assert!(with_list(b"\xff", "optimize", "sources", &[]).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(old in any::<Vec<u8>>()) {
            let _ = with_list(&old, "optimize", "sources", &["git"]);
        }
    }
}
