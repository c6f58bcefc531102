//! Lines between marks at the end of a file that somebody else writes.

/// Why a file's marks cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A mark is missing.
    #[error("the mark `{0}` is there without its other half: take what is left of it out by hand")]
    Unpaired(String),
}

fn marks(id: &str) -> [String; 2] {
    [
        format!("# git-tend: begin {id}"),
        format!("# git-tend: end {id}"),
    ]
}

/// The file with lines between marks at its end; such lines of the same id are replaced.
pub fn with_block(old: &[u8], id: &str, block: &str) -> Result<Vec<u8>, BlockError> {
    let mut new = without_block(old, id)?;
    let [begin, end] = marks(id);
    let is_whole = new.is_empty() || new.ends_with(b"\n");
    if !is_whole {
        new.push(b'\n');
    }
    new.extend_from_slice(begin.as_bytes());
    new.push(b'\n');
    new.extend_from_slice(block.as_bytes());
    if !block.is_empty() && !block.ends_with('\n') {
        new.push(b'\n');
    }
    new.extend_from_slice(end.as_bytes());
    // Without a line break at its end, as the file was: so it is known that the one before the mark was none of its own.
    if is_whole {
        new.push(b'\n');
    }
    Ok(new)
}

/// The file without the lines between marks of this id, and the marks; as it is if there are none.
pub fn without_block(old: &[u8], id: &str) -> Result<Vec<u8>, BlockError> {
    let [begin, end] = marks(id);
    let mut at = 0;
    let (mut from, mut to) = (None, None);
    for line in old.split_inclusive(|c| *c == b'\n') {
        let says = line.trim_ascii_end();
        if says == begin.as_bytes() {
            if from.is_some() {
                return Err(BlockError::Unpaired(begin));
            }
            from = Some(at);
        } else if says == end.as_bytes() {
            if from.is_none() || to.is_some() {
                return Err(BlockError::Unpaired(end));
            }
            to = Some(at + line.len());
        }
        at += line.len();
    }
    let (from, to) = match (from, to) {
        (None, _) => return Ok(old.to_vec()),
        (Some(_), None) => return Err(BlockError::Unpaired(begin)),
        (Some(from), Some(to)) => (from, to),
    };
    let mut before = old.get(..from).unwrap_or_default();
    let after = old.get(to..).unwrap_or_default();
    let ends_whole = old.get(..to).is_some_and(|it| it.ends_with(b"\n"));
    if after.is_empty() && !ends_whole {
        // The line break before the mark was put there with it.
        before = before.strip_suffix(b"\n").unwrap_or(before);
    }
    Ok([before, after].concat())
}

/// Whether a file has the mark of this id.
pub(super) fn has(file: &[u8], id: &str) -> bool {
    let [begin, _] = marks(id);
    file.split(|c| *c == b'\n')
        .any(|line| line.trim_ascii_end() == begin.as_bytes())
}
