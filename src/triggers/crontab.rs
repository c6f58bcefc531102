//! The text of a crontab with our block in it: put in, brought up to date, taken out again.
//!
//! Everything outside the block is somebody else's and keeps every byte. What the block's arrival changed around it (a
//! last line without an end, a crontab that did not exist) is written down in the block, so that taking it out restores
//! that as well.

/// How the block's first line begins.
const BEGIN: &[u8] = b"# BEGIN git-tend";
/// How its last line begins.
const END: &[u8] = b"# END git-tend";
/// The first line, for people who meet it in their crontab.
const FIRST: &str = "# BEGIN git-tend (written by `git tend install-cron`, taken out by `git tend uninstall-cron`)\n";
/// The last line.
const LAST: &str = "# END git-tend\n";
/// The text before the block did not end with a newline.
const UNENDED: &str = "# before: a last line without an end\n";
/// There was no crontab.
const NONE: &str = "# before: no crontab\n";

/// Why a crontab is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CrontabError {
    /// A marker without its other half, or one block inside another.
    #[error("the markers `# BEGIN git-tend` and `# END git-tend` do not pair up (line {line})")]
    Unbalanced {
        /// The first line that does not fit.
        line: usize,
    },
    /// More than one block.
    #[error(
        "there is more than one block between `# BEGIN git-tend` and `# END git-tend` (line {line})"
    )]
    Twice {
        /// Where the second begins.
        line: usize,
    },
    /// Lines in the block that were never written there.
    #[error(
        "line {line}, between `# BEGIN git-tend` and `# END git-tend`, was not written by git-tend"
    )]
    Edited {
        /// The first of them.
        line: usize,
    },
}

/// Our block in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block<'a> {
    /// What comes before it.
    before: &'a [u8],
    /// Its entry, without the newline.
    entry: &'a [u8],
    /// The remark on what was there before it, with its newline.
    remark: &'static str,
    /// What comes after it.
    after: &'a [u8],
}

/// The lines of a text, each with its newline.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

/// Finds our block; `None` if there is none.
fn find(text: &[u8]) -> Result<Option<Block<'_>>, CrontabError> {
    let mut begin = None;
    let mut found: Option<Block<'_>> = None;
    let mut at = 0;
    for (number, line) in (1..).zip(lines(text)) {
        let start = at;
        at += line.len();
        let trimmed = line.trim_ascii();
        if trimmed.starts_with(BEGIN) {
            if begin.is_some() {
                return Err(CrontabError::Unbalanced { line: number });
            }
            if found.is_some() {
                return Err(CrontabError::Twice { line: number });
            }
            begin = Some((number, start, at));
        } else if trimmed.starts_with(END) {
            let Some((first, from, body)) = begin.take() else {
                return Err(CrontabError::Unbalanced { line: number });
            };
            let (before, after) = (text.get(..from), text.get(at..));
            let (remark, entry) = body_of(text.get(body..start).unwrap_or_default(), first + 1)?;
            found = Some(Block {
                before: before.unwrap_or_default(),
                entry,
                remark,
                after: after.unwrap_or_default(),
            });
        }
    }
    match begin {
        Some((line, _, _)) => Err(CrontabError::Unbalanced { line }),
        None => Ok(found),
    }
}

/// The remark and the entry of a block; `first` is the number of its first line.
fn body_of(body: &[u8], first: usize) -> Result<(&'static str, &[u8]), CrontabError> {
    let mut remark = "";
    let mut entry: Option<&[u8]> = None;
    for (line, text) in (first..).zip(lines(body)) {
        let known = [UNENDED, NONE]
            .into_iter()
            .find(|one| one.as_bytes() == text);
        match known {
            Some(known) if remark.is_empty() && entry.is_none() => remark = known,
            None if entry.is_none() && is_ours(text) => {
                entry = Some(text.strip_suffix(b"\n").unwrap_or(text));
            }
            _ => return Err(CrontabError::Edited { line }),
        }
    }
    Ok((remark, entry.unwrap_or_default()))
}

/// Whether an entry is one that calls us, however its times and variables were changed.
fn is_ours(entry: &[u8]) -> bool {
    let word = b" tick ";
    !entry.trim_ascii_start().starts_with(b"#")
        && entry.windows(word.len()).any(|part| part == word)
}

/// The entry that is installed, without its newline.
pub fn installed(text: &[u8]) -> Result<Option<&[u8]>, CrontabError> {
    Ok(find(text)?.map(|block| block.entry))
}

/// The crontab with `entry`, which is one line without its end, in our block; `text` is `None` where there is no
/// crontab. A block that is there stays where it is.
pub fn install(text: Option<&[u8]>, entry: &[u8]) -> Result<Vec<u8>, CrontabError> {
    let given = text.unwrap_or_default();
    let block = find(given)?.unwrap_or_else(|| Block {
        before: given,
        entry: b"",
        remark: match text {
            None => NONE,
            Some(text) if !text.is_empty() && !text.ends_with(b"\n") => UNENDED,
            Some(_) => "",
        },
        after: b"",
    });
    let mut out = block.before.to_vec();
    if block.remark == UNENDED && !out.ends_with(b"\n") {
        out.push(b'\n');
    }
    for part in [
        FIRST.as_bytes(),
        block.remark.as_bytes(),
        entry,
        b"\n",
        LAST.as_bytes(),
    ] {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(block.after);
    Ok(out)
}

/// What is left when the block is taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uninstalled {
    /// There was no block.
    Unchanged,
    /// This text.
    Text(Vec<u8>),
    /// No crontab, as before.
    Nothing,
}

/// Takes our block out of a crontab.
pub fn uninstall(text: &[u8]) -> Result<Uninstalled, CrontabError> {
    let Some(block) = find(text)? else {
        return Ok(Uninstalled::Unchanged);
    };
    let mut rest = block.before.to_vec();
    // Where something was added behind the block since, the newline belongs there.
    if block.remark == UNENDED && block.after.is_empty() && rest.ends_with(b"\n") {
        rest.pop();
    }
    rest.extend_from_slice(block.after);
    Ok(if rest.is_empty() && block.remark == NONE {
        Uninstalled::Nothing
    } else {
        Uninstalled::Text(rest)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    const ENTRY: &[u8] = b"2-59/5 * * * * '/usr/bin/git-tend' tick --quiet >>'/l' 2>&1";
    const OTHER: &[u8] = b"3 * * * * '/opt/git-tend' tick --quiet >>'/l' 2>&1";

    fn back(text: Option<&[u8]>) -> Option<Vec<u8>> {
        let with = install(text, ENTRY).unwrap();
        match uninstall(&with).unwrap() {
            Uninstalled::Text(text) => Some(text),
            Uninstalled::Nothing => None,
            Uninstalled::Unchanged => panic!("no block in {with:?}"),
        }
    }

    #[test]
    fn the_block_comes_last_and_says_whose_it_is() {
        let with = install(Some(b"MAILTO=me\n0 1 * * * backup\n"), ENTRY).unwrap();
        insta::assert_snapshot!(String::from_utf8(with).unwrap(), @r"
        MAILTO=me
        0 1 * * * backup
        # BEGIN git-tend (written by `git tend install-cron`, taken out by `git tend uninstall-cron`)
        2-59/5 * * * * '/usr/bin/git-tend' tick --quiet >>'/l' 2>&1
        # END git-tend
        ");
    }

    #[test]
    fn what_was_before_the_block_comes_back() {
        assert_eq!(back(None), None);
        for text in [
            "",
            "\n",
            "a",
            "a\n",
            "a\n\n",
            "a\r\nb",
            "# BEGIN\n# END\n",
            "\u{0}",
        ] {
            assert_eq!(
                back(Some(text.as_bytes())).as_deref(),
                Some(text.as_bytes()),
                "{text:?}"
            );
        }
        assert_eq!(back(Some(b"caf\xe9")), Some(b"caf\xe9".to_vec()));
    }

    #[test]
    fn a_changed_entry_is_replaced_where_it_stands() {
        for start in [None, Some(&b"a"[..]), Some(b"a\n")] {
            let mut with = install(start, OTHER).unwrap();
            with.extend_from_slice(b"z\n");
            let now = install(Some(&with), ENTRY).unwrap();
            assert_eq!(installed(&now), Ok(Some(ENTRY)));
            assert!(now.ends_with(b"z\n"));
            let mut expected = install(start, ENTRY).unwrap();
            expected.extend_from_slice(b"z\n");
            assert_eq!(now, expected);
        }
    }

    #[test]
    fn a_line_added_behind_the_block_does_not_melt_into_the_one_before_it() {
        let mut with = install(Some(b"a"), ENTRY).unwrap();
        with.extend_from_slice(b"z\n");
        assert_eq!(uninstall(&with), Ok(Uninstalled::Text(b"a\nz\n".to_vec())));
    }

    #[test]
    fn markers_that_do_not_pair_up_are_refused() {
        let block = String::from_utf8(install(None, ENTRY).unwrap()).unwrap();
        for (text, error) in [
            (
                "# BEGIN git-tend\n".to_owned(),
                CrontabError::Unbalanced { line: 1 },
            ),
            (
                "a\n# END git-tend".to_owned(),
                CrontabError::Unbalanced { line: 2 },
            ),
            (
                "# END git-tend\n# BEGIN git-tend\n".to_owned(),
                CrontabError::Unbalanced { line: 1 },
            ),
            (
                format!("# BEGIN git-tend\n{block}# END git-tend\n"),
                CrontabError::Unbalanced { line: 2 },
            ),
            (format!("{block}{block}"), CrontabError::Twice { line: 5 }),
            (
                format!("{block}# END git-tend\n"),
                CrontabError::Unbalanced { line: 5 },
            ),
        ] {
            assert_eq!(install(Some(text.as_bytes()), ENTRY), Err(error), "{text}");
            assert_eq!(uninstall(text.as_bytes()), Err(error), "{text}");
        }
    }

    #[test]
    fn what_somebody_wrote_into_the_block_is_not_thrown_away() {
        let block = String::from_utf8(install(Some(b""), ENTRY).unwrap()).unwrap();
        for line in ["0 4 * * * backup\n", "\n", "# mine\n"] {
            let text = block.replace("# END", &format!("{line}# END"));
            let error = CrontabError::Edited { line: 3 };
            assert_eq!(install(Some(text.as_bytes()), ENTRY), Err(error), "{text}");
            assert_eq!(uninstall(text.as_bytes()), Err(error), "{text}");
        }
        // Other times are still our entry.
        let edited = block.replace("2-59/5", "*/7");
        assert_eq!(
            uninstall(edited.as_bytes()),
            Ok(Uninstalled::Text(Vec::new()))
        );
    }

    /// Texts without our markers, half of them made of lines that crontabs have.
    fn foreign() -> impl Strategy<Value = Option<Vec<u8>>> {
        let line = prop_oneof![
            Just(b"0 1 * * * x".to_vec()),
            Just(b"# before: no crontab".to_vec()),
            Just(b"# END git-tender".to_vec()),
            Just(b"1 * * * * git tend tick -q".to_vec()),
            Just(b"".to_vec()),
            Just(b"\r".to_vec()),
            prop::collection::vec(any::<u8>(), 0..20),
        ];
        let lines =
            (prop::collection::vec(line, 0..8), any::<bool>()).prop_map(|(lines, ended)| {
                let mut text = lines.join(&b'\n');
                if ended {
                    text.push(b'\n');
                }
                text
            });
        prop::option::weighted(
            0.9,
            lines.prop_filter("markers", |text| matches!(find(text), Ok(None))),
        )
    }

    proptest! {
        #[test]
        fn taking_out_is_the_inverse_of_putting_in(text in foreign()) {
            prop_assert_eq!(back(text.as_deref()), text);
        }

        #[test]
        fn putting_in_twice_is_putting_in_once(text in foreign()) {
            let once = install(text.as_deref(), ENTRY).unwrap();
            prop_assert_eq!(install(Some(&once), ENTRY).unwrap(), once.clone());
            prop_assert_eq!(installed(&once).unwrap(), Some(ENTRY));
            if let Some(text) = text {
                prop_assert!(once.starts_with(&text));
            }
        }

        #[test]
        fn nothing_outside_the_block_changes(before in foreign(), after in foreign()) {
            let before = before.unwrap_or_default();
            let after = after.unwrap_or_default();
            let mut text = install(Some(&before), OTHER).unwrap();
            let block = text.len();
            text.extend_from_slice(&after);
            let changed = install(Some(&text), ENTRY).unwrap();
            prop_assert_eq!(&changed[..before.len()], &before[..]);
            prop_assert!(changed.ends_with(&after));
            prop_assert_eq!(changed.len() - ENTRY.len() + OTHER.len(), block + after.len());
        }

        #[test]
        fn no_text_makes_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..60), cut in 0usize..200) {
            let mut text = install(Some(&bytes), ENTRY).unwrap_or_default();
            text.truncate(cut);
            let _ = (install(Some(&text), ENTRY), uninstall(&text), installed(&text));
        }
    }
}
