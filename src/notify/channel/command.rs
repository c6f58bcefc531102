//! Notices for a program of the user's: the channel for everything that has none of its own.
//!
//! The program gets one notice as JSON and a line break on standard input, and `TEND_NOTICE_ID`, `TEND_EVENT` and
//! `TEND_SEVERITY`. It runs in `/`, not in the repository: that is somebody else's text, and what is looked for in the
//! working directory first must not come from there. With `TEND=0`, a commit that it makes starts no jobs, which would
//! make notices, which would start it.
//!
//! Exit code 0 takes the notice. 64, 65, 77 and 78, which sysexits.h has for wrong usage, wrong data, a missing
//! permission and wrong configuration, refuse it for good. Every other end, 75 (`EX_TEMPFAIL`) above all, asks to be tried
//! again: most failures of scripts are those of a network.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::document::document;
use super::span::seconds;
use super::{Channel, Refusal};
use crate::config::notify;
use crate::notify::{Message, Notice};
use crate::system::handover::{self, Ended, Handover, Outcome};
use crate::system::plain::{plain, shortened};
use crate::system::{env, resolve, tilde};

/// How long a program that was asked to end may take.
const GRACE: Duration = Duration::from_secs(2);

/// How much of a program's last line is told, in characters.
const TOLD: usize = 200;

/// The exit codes that say that trying again is useless.
const FINAL: [i32; 4] = [64, 65, 77, 78];

/// A program that gets notices.
#[derive(Clone, Debug)]
pub struct Command {
    settings: notify::Command,
}

impl Command {
    /// The program of these settings.
    pub fn new(settings: notify::Command) -> Self {
        Self { settings }
    }

    /// The program as it is written, for people.
    fn shown(&self) -> String {
        let name = self.settings.run.first().map_or("", String::as_str);
        plain(name).into_owned()
    }

    /// Its absolute path. The search path alone is asked, not the folders of a project: what a repository brings along
    /// must not get the user's notices.
    fn program(&self) -> Result<PathBuf, Refusal> {
        let Some(written) = self.settings.run.first().filter(|name| !name.is_empty()) else {
            return Err(Refusal::Final("`run` names no program".to_owned()));
        };
        let path = tilde::expanded(written);
        if written.contains('/') && !path.is_absolute() {
            return Err(Refusal::Final(format!(
                "start `{}`: write its whole path, or its name alone",
                self.shown()
            )));
        }
        let search = env::raw(env::PATH).unwrap_or_default();
        let folders = resolve::folders(&[], OsStr::new(&search));
        resolve::resolve(path.as_os_str(), Path::new("/"), &folders, resolve::look)
            .map_err(|error| Refusal::Final(format!("cannot {}", plain(&error.to_string()))))
    }

    fn hand(&self, program: &Path, notice: &Notice, limit: Duration) -> Result<(), Refusal> {
        let args: Vec<OsString> = self.settings.run.iter().skip(1).map(Into::into).collect();
        let mut document = document(notice);
        document.push(b'\n');
        // The grace is part of the limit, which is hard; of a short one a quarter.
        let grace = GRACE.min(limit / 4);
        let timeout = self.settings.timeout.get().min(limit.saturating_sub(grace));
        let outcome = handover::run(Handover {
            program,
            args: &args,
            env: &environment(notice),
            document: &document,
            timeout,
            grace,
        })
        .map_err(|error| self.not_started(&error))?;
        self.verdict(&outcome, timeout)
    }

    fn not_started(&self, error: &io::Error) -> Refusal {
        use io::ErrorKind::{ExecutableFileBusy, OutOfMemory, QuotaExceeded, WouldBlock};
        let text = format!("start `{}`: {error}", self.shown());
        match error.kind() {
            WouldBlock | OutOfMemory | ExecutableFileBusy | QuotaExceeded => Refusal::Later(text),
            _ => Refusal::Final(text),
        }
    }

    fn verdict(&self, outcome: &Outcome, timeout: Duration) -> Result<(), Refusal> {
        let shown = self.shown();
        let mut text = match outcome.ended {
            Ended::Exited(0) => return Ok(()),
            Ended::Exited(code) => format!("`{shown}` exited with {code}"),
            Ended::Signalled(signal) => format!("`{shown}` was ended by signal {signal}"),
            Ended::TimedOut => {
                format!("`{shown}` took longer than {}", seconds(timeout))
            }
        };
        if let Some(line) = last_line(&outcome.last_words) {
            text = format!("{text}: {line}");
        }
        match outcome.ended {
            Ended::Exited(code) if FINAL.contains(&code) => Err(Refusal::Final(text)),
            _ => Err(Refusal::Later(text)),
        }
    }
}

impl Channel for Command {
    /// Whether there is such a program.
    fn check(&self) -> Result<(), Refusal> {
        self.program().map(drop)
    }

    /// Hands over one notice after the other, to a process each.
    fn send(&self, message: &Message, limit: Duration) -> Result<(), Refusal> {
        let start = Instant::now();
        let program = self.program()?;
        message.notices.iter().try_for_each(|notice| {
            self.hand(&program, notice, limit.saturating_sub(start.elapsed()))
        })
    }
}

/// The user's environment without what git told a hook, and what scripts may decide by without reading JSON.
fn environment(notice: &Notice) -> Vec<(OsString, OsString)> {
    let mut all = env::scrubbed(env::all());
    all.retain(|(name, _)| name != env::TEND);
    let own = [
        (env::TEND, "0"),
        (env::NOTICE_ID, &notice.id),
        (env::EVENT, notice.event.name()),
        (env::SEVERITY, notice.severity.name()),
    ];
    all.extend(own.map(|(name, value)| (name.into(), value.into())));
    all
}

/// The last line that says something, as text that can be shown.
fn last_line(words: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(words);
    let line = text
        .lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())?;
    Some(shortened(&plain(line), TOLD).into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::config::units::Period;
    use crate::notify::channel::samples::{HOSTILE, message, notice};

    const LONG: Duration = Duration::from_secs(60);

    fn command(run: &[&str]) -> Command {
        Command::new(notify::Command {
            run: run.iter().map(|&word| word.to_owned()).collect(),
            timeout: Period::seconds(60),
            ..notify::Command::default()
        })
    }

    fn shell(script: &str) -> Result<(), Refusal> {
        command(&["sh", "-c", script]).send(&message(vec![notice(HOSTILE)]), LONG)
    }

    #[test]
    fn each_notice_arrives_as_json_with_its_variables() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("got");
        let script = "cat >> \"$0\"; echo \"$TEND_NOTICE_ID $TEND_EVENT $TEND_SEVERITY $TEND $PWD $1\" >> \"$0\"; \
                      env | grep ^GIT_DIR= >> \"$0\"; exit 0";
        let mut second = notice("two");
        second.id = "02".to_owned();
        let sent = command(&["sh", "-c", script, path.to_str().unwrap(), "$(id) ;"])
            .send(&message(vec![notice(HOSTILE), second.clone()]), LONG);
        assert_eq!(sent, Ok(()));
        let got = std::fs::read_to_string(path).unwrap();
        let lines: Vec<_> = got.lines().collect();
        assert_eq!(lines.len(), 4, "{got}");
        assert_eq!(
            serde_json::from_str::<Notice>(lines[0]).unwrap(),
            notice(HOSTILE)
        );
        assert_eq!(lines[1], "01J9 task_failed error 0 / $(id) ;");
        assert_eq!(serde_json::from_str::<Notice>(lines[2]).unwrap(), second);
        assert!(lines[3].starts_with("02 "), "{got}");
    }

    #[test]
    fn exit_codes_say_whether_to_try_again() {
        assert_eq!(shell("exit 0"), Ok(()));
        assert_eq!(shell("cat; echo much; echo no matter >&2; exit 0"), Ok(()));
        for code in [1, 2, 69, 75, 126, 127, 255] {
            let refusal = shell(&format!("exit {code}")).unwrap_err();
            assert_eq!(refusal, Refusal::Later(format!("`sh` exited with {code}")));
        }
        for code in FINAL {
            let refusal = shell(&format!("exit {code}")).unwrap_err();
            assert_eq!(refusal, Refusal::Final(format!("`sh` exited with {code}")));
        }
        let killed = shell("kill -9 $$").unwrap_err();
        assert_eq!(
            killed,
            Refusal::Later("`sh` was ended by signal 9".to_owned())
        );
    }

    #[test]
    fn the_last_line_is_told_as_text() {
        let script = r"printf 'first\nbad \033[31mkey\377\n\n' >&2; exit 65";
        assert_eq!(
            shell(script),
            Err(Refusal::Final(
                "`sh` exited with 65: bad \\u{1b}[31mkey\u{fffd}".to_owned()
            ))
        );
        let long = shell("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1").unwrap_err();
        assert!(long.to_string().chars().count() < 250, "{long}");
        assert!(long.to_string().ends_with("x…"), "{long}");
    }

    #[test]
    fn what_cannot_be_started_is_refused_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        std::fs::write(&text, "exit 0\n").unwrap();
        let no_interpreter = folder.path().join("script");
        std::fs::write(&no_interpreter, "#!/no/such/interpreter\n").unwrap();
        std::fs::set_permissions(
            &no_interpreter,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        for run in [
            &[][..],
            &[""],
            &["no-such-program-anywhere"],
            &["bin/sh"],
            &["/bin"],
            &[text.to_str().unwrap()],
        ] {
            let command = command(run);
            let sent = command.send(&message(vec![notice("x")]), LONG);
            assert!(matches!(sent, Err(Refusal::Final(_))), "{run:?}: {sent:?}");
            assert_eq!(command.check(), sent);
        }
        // Only trying shows these.
        for run in [&[no_interpreter.to_str().unwrap()][..], &["sh", "a\0b"]] {
            let command = command(run);
            assert_eq!(command.check(), Ok(()));
            let sent = command.send(&message(vec![notice("x")]), LONG);
            assert!(matches!(sent, Err(Refusal::Final(_))), "{run:?}: {sent:?}");
        }
    }

    #[test]
    fn time_is_bounded_by_the_settings_and_by_the_limit() {
        let begun = Instant::now();
        let one = message(vec![notice("x")]);
        let deaf = [
            "sh",
            "-c",
            "trap '' TERM; echo busy >&2; while :; do sleep 1; done",
        ];
        let limit = Duration::from_secs(4);
        let text = command(&deaf).send(&one, limit).unwrap_err().to_string();
        assert!(text.starts_with("`sh` took longer than "), "{text}");
        assert!(text.ends_with(" s: busy"), "{text}");
        let mut quick = command(&["sleep", "60"]);
        quick.settings.timeout = Period(Duration::from_millis(100));
        let refusal = quick.send(&one, LONG).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::Later("`sleep` took longer than 0.1 s".to_owned())
        );
        assert!(begun.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn what_it_leaves_behind_does_not_hold_us() {
        let begun = Instant::now();
        assert_eq!(shell("sleep 50 & exit 0"), Ok(()));
        assert!(begun.elapsed() < Duration::from_secs(40));
    }
}
