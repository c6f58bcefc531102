//! Putting a task into a configuration file and taking it out again, so that the file is then as it was before, byte for
//! byte: comments, layout and line ends are the user's.
//!
//! `toml_edit` says where things are; the text itself is only ever cut and joined. What is added stands between marks at the
//! end of the file, but for the name of a task in a list that a hook has already.

mod block;
mod list;
mod value;

pub use block::{BlockError, with_block, without_block};
pub use value::with_list;

use toml_edit::{Document, Item};

use super::event::HookName;
use list::Listed;

#[cfg(test)]
mod tests;

/// What some editors begin a file with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A task to be put into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskEdit {
    /// What is between the marks: letters and digits.
    pub id: String,
    /// The task's name.
    pub name: String,
    /// What it runs.
    pub run: Vec<String>,
    /// When, as a cron expression.
    pub schedule: Option<String>,
    /// The hook that runs it, and whether it is one of the hook's gates.
    pub hook: Option<(HookName, bool)>,
}

/// Why a file is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no TOML, so nobody knows what else it says.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// There is such a task.
    #[error("there is a task `{0}` already")]
    Taken(String),
    /// The file says it in a way in which nothing is added.
    #[error("{what} is written in a way that nothing can be added to; add {by_hand} yourself")]
    Layout {
        /// What.
        what: String,
        /// What is to be added.
        by_hand: String,
    },
    /// The marks.
    #[error(transparent)]
    Block(#[from] BlockError),
}

/// The file with a task in it; one that git-tend put there before under the same id is replaced.
pub fn with_task(old: &[u8], edit: &TaskEdit) -> Result<Vec<u8>, EditError> {
    if let Some(rest) = old.strip_prefix(BYTE_ORDER_MARK) {
        return with_task(rest, edit).map(|new| [BYTE_ORDER_MARK, &new].concat());
    }
    let bare = without_task(old, edit)?;
    let text = text(&bare)?;
    let document = parse(text)?;
    if lookup(document.as_item(), &["task", &edit.name]).is_some() {
        return Err(EditError::Taken(edit.name.clone()));
    }
    let mut block = table(edit);
    let mut new = text.to_owned();
    if let Some((hook, gate)) = edit.hook {
        match list::find(&document, text, hook, gate) {
            Listed::Nowhere => {
                let list = list::key(gate);
                let name = quoted(&edit.name);
                block.push_str(&format!("\n[hooks.{}]\n{list} = [{name}]\n", hook.name()));
            }
            Listed::At(place) => new = list::with(text, &place, &edit.id, &edit.name, gate),
            Listed::Otherwise => return Err(layout(hook, gate, &edit.name)),
        }
    }
    let new = with_block(new.as_bytes(), &edit.id, &block)?;
    // The layout of tables above may forbid one below: `task = {}`, or a hook in dotted keys.
    let said = self::text(&new)?;
    let document = parse(said).map_err(|_| EditError::Layout {
        what: "`task` or `hooks`".to_owned(),
        by_hand: format!("[task.{}]", edit.name),
    })?;
    let is_listed = edit.hook.is_none_or(|(hook, gate)| {
        let array = lookup(document.as_item(), &["hooks", hook.name(), list::key(gate)]);
        array.and_then(Item::as_array).is_some_and(|array| {
            array
                .iter()
                .any(|it| it.as_str() == Some(edit.name.as_str()))
        })
    });
    match edit.hook {
        Some((hook, gate)) if !is_listed => Err(layout(hook, gate, &edit.name)),
        _ => Ok(new),
    }
}

/// The file without a task that [`with_task`] put there; as it is if the task is not there.
pub fn without_task(old: &[u8], edit: &TaskEdit) -> Result<Vec<u8>, EditError> {
    if let Some(rest) = old.strip_prefix(BYTE_ORDER_MARK) {
        return without_task(rest, edit).map(|new| [BYTE_ORDER_MARK, &new].concat());
    }
    text(old)?;
    let had_block = block::has(old, &edit.id);
    let bare = without_block(old, &edit.id)?;
    let Some((hook, gate)) = edit.hook.filter(|_| had_block) else {
        return Ok(bare);
    };
    let text = text(&bare)?;
    let document = parse(text)?;
    Ok(list::without(&document, text, hook, gate, &edit.id, &edit.name).into_bytes())
}

/// The names of the tasks that a file has; none if it cannot be read.
pub fn task_names(file: &[u8]) -> Vec<String> {
    let Some(document) = text(file).ok().and_then(|text| parse(text).ok()) else {
        return Vec::new();
    };
    let tasks = lookup(document.as_item(), &["task"]).and_then(Item::as_table_like);
    tasks.map_or_else(Vec::new, |tasks| {
        tasks.iter().map(|(name, _)| name.to_owned()).collect()
    })
}

fn table(edit: &TaskEdit) -> String {
    let run: Vec<String> = edit.run.iter().map(|word| quoted(word)).collect();
    // What it does is done to the files that the user has before him, not to a checkout.
    let mut table = format!(
        "[task.{}]\nrun = [{}]\nworkspace = \"worktree\"\n",
        key(&edit.name),
        run.join(", ")
    );
    if let Some(schedule) = &edit.schedule {
        table.push_str(&format!("schedule = {}\n", quoted(schedule)));
    }
    table
}

/// A text as a string of TOML.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

fn key(text: &str) -> String {
    toml_edit::Key::new(text).to_string()
}

fn layout(hook: HookName, gate: bool, name: &str) -> EditError {
    EditError::Layout {
        what: format!("`hooks.{hook}`"),
        by_hand: format!("\"{name}\" to its {}", list::key(gate)),
    }
}

fn text(bytes: &[u8]) -> Result<&str, EditError> {
    std::str::from_utf8(bytes).map_err(|_| EditError::Unreadable("it is not UTF-8".to_owned()))
}

fn parse(text: &str) -> Result<Document<&str>, EditError> {
    Document::parse(text).map_err(|error| {
        let message = error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        EditError::Unreadable(message)
    })
}

/// What is below some keys.
fn lookup<'a>(root: &'a Item, keys: &[&str]) -> Option<&'a Item> {
    keys.iter().try_fold(root, |item, key| {
        item.as_table_like().and_then(|table| table.get(key))
    })
}
