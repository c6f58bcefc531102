//! Whether what was written out is what its language can read.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::registry::on_path;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::ui::plain;
use crate::optimize::automation::Automation;
use crate::system::errand::{self, End, Errand};
use crate::system::signals::Signals;
use crate::system::{env, filesystem};

/// So long a checker may take.
const CHECKED_WITHIN: Duration = Duration::from_secs(10);

/// What the language's own program says against a text; nothing if it is not installed.
pub fn check_syntax(automation: &Automation) -> Result<(), CommandError> {
    let Some((program, words)) = automation
        .language
        .syntax_check()
        .and_then(<[_]>::split_first)
    else {
        return Ok(());
    };
    let Ok(program) = on_path(program) else {
        return Ok(());
    };
    let folder = filesystem::private_temp_dir().context("make a folder to check it in")?;
    let file = folder.join("text");
    let checked = filesystem::replace(&file, automation.text.as_bytes(), 0o600)
        .context("write it down to check it")
        .and_then(|()| said_of(&program, words, &file));
    // A folder that stays behind is in the system's folder for that.
    let _ = std::fs::remove_dir_all(&folder);
    let Some(said) = checked? else {
        return Ok(());
    };
    let said = said.replace(&file.to_string_lossy().into_owned(), "text");
    Err(CommandError::refused(format!(
        "{} is not what {} can read; what was typed may not have been right",
        plain(&automation.name),
        automation.language.name()
    ))
    .cause(&plain(said.lines().next().unwrap_or_default())))
}

/// What a checker says against a file; nothing if it is content.
fn said_of(program: &Path, words: &[&str], file: &Path) -> Result<Option<String>, CommandError> {
    let words = words.iter().map(|word| OsString::from(*word));
    let words: Vec<OsString> = words.chain([file.as_os_str().to_owned()]).collect();
    let variables = [env::PATH, env::HOME]
        .map(|name| (OsString::from(name), env::raw(name).unwrap_or_default()));
    let answer = errand::run(
        Errand {
            program,
            args: &words,
            env: &variables,
            stdin: &[],
            timeout: CHECKED_WITHIN,
            first_word: None,
        },
        &Signals::stops().context("listen to signals")?,
    )
    .context("check its syntax")?;
    Ok(match answer.end {
        End::Exited(Some(0)) => None,
        End::Exited(_) => Some(String::from_utf8_lossy(&answer.stderr).into_owned()),
        End::Silent | End::TimedOut => Some("it took too long to read".to_owned()),
    })
}
