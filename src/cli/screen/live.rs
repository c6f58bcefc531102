//! A screen that is drawn again and again, in place, until somebody has seen enough.
//!
//! Lines are written over those that were there, each with what is left of the old one wiped out behind it: nothing is
//! cleared before it is written anew, so nothing flickers. It is drawn on the terminal's other screen; when it is left,
//! the last state stays readable on the one before.

use std::io;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use super::text::Text;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, Ui};
use crate::system::poll;
use crate::system::signals::Signals;
use crate::system::terminal::{self, Keys, Size};

/// How often it is drawn.
const PULSE: Duration = Duration::from_secs(1);

/// The other screen, no cursor, and no line that goes on in the next one.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
/// As it was.
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// Shows what `frame` makes for so many columns, every second, until Ctrl-C (exit code 130) or `q`.
///
/// Where there is no terminal each frame that differs from the last is printed after it, until nobody reads them.
pub fn watch(
    ui: &Ui,
    mut frame: impl FnMut(Option<usize>) -> Result<Vec<Text>, CommandError>,
) -> Result<Exit, CommandError> {
    if ui.data_is_read_by_a_person() {
        let signals = Signals::of_terminal().context("listen for signals")?;
        let mut screen = Screen::enter(ui, &signals);
        let ended = screen.run(&mut frame);
        let last = std::mem::take(&mut screen.shown);
        drop(screen);
        if matches!(ended, Ok(Exit::Interrupted | Exit::Fine)) {
            ui.lines(&last)?;
        }
        return ended;
    }
    follow(ui, &mut frame)
}

/// One frame after the other.
fn follow(
    ui: &Ui,
    frame: &mut dyn FnMut(Option<usize>) -> Result<Vec<Text>, CommandError>,
) -> Result<Exit, CommandError> {
    let reader = Reader::new().context("listen for signals")?;
    let mut shown = None;
    loop {
        let lines = frame(ui.columns())?;
        if shown.as_ref() != Some(&lines) {
            let mut text = String::new();
            if shown.is_some() {
                text.push('\n');
            }
            for line in &lines {
                text.push_str(&look(ui, line));
                text.push('\n');
            }
            if ui.raw_out(&text).is_err() {
                return Ok(Exit::Fine);
            }
            shown = Some(lines);
        }
        if let Some(exit) = reader.rest(PULSE)? {
            return Ok(exit);
        }
    }
}

/// Whoever reads what is printed from time to time.
pub struct Reader {
    signals: Signals,
    is_pipe: bool,
}

impl Reader {
    /// Of standard output. From now on the requests to stop are listened for.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            signals: Signals::stops()?,
            is_pipe: terminal::is_pipe(io::stdout()),
        })
    }

    /// Waits; says how to end if somebody wants that, or if nobody reads any more.
    pub fn rest(&self, span: Duration) -> Result<Option<Exit>, CommandError> {
        let output = io::stdout();
        let mut heard = vec![self.signals.fd()];
        if self.is_pipe {
            // Nothing can be read from it: what is told is that its reader went away.
            heard.push(output.as_fd());
        }
        let ready = poll::readable(&heard, Some(span)).context("wait")?;
        self.signals.drain();
        Ok(if self.signals.stop_count() > 0 {
            Some(Exit::Interrupted)
        } else if ready.get(1).copied().unwrap_or(false) {
            Some(Exit::Fine)
        } else {
            None
        })
    }
}

fn look(ui: &Ui, line: &Text) -> String {
    if ui.colours_data() {
        line.painted()
    } else {
        line.bare()
    }
}

/// The terminal while it is drawn on; as it was before when this is dropped.
struct Screen<'a> {
    ui: &'a Ui,
    signals: &'a Signals,
    keys: Option<Keys>,
    /// The newest frame, whole.
    shown: Vec<Text>,
}

impl<'a> Screen<'a> {
    fn enter(ui: &'a Ui, signals: &'a Signals) -> Self {
        let _ = ui.raw_out(ENTER);
        Self {
            ui,
            signals,
            keys: Keys::listen(),
            shown: Vec::new(),
        }
    }

    fn run(
        &mut self,
        frame: &mut dyn FnMut(Option<usize>) -> Result<Vec<Text>, CommandError>,
    ) -> Result<Exit, CommandError> {
        loop {
            let drawn = Instant::now();
            let size = terminal::size(io::stdout());
            self.shown = frame(size.map(|size| size.columns))?;
            if self.draw(size).is_err() {
                // The terminal is gone.
                return Ok(Exit::Interrupted);
            }
            if let Some(exit) = self.rest(drawn)? {
                return Ok(exit);
            }
        }
    }

    /// Waits for the next frame's time, for another size, for a key, or for the end.
    fn rest(&mut self, drawn: Instant) -> Result<Option<Exit>, CommandError> {
        let left = PULSE.saturating_sub(drawn.elapsed());
        let input = io::stdin();
        let mut heard = vec![self.signals.fd()];
        if self.keys.is_some() {
            heard.push(input.as_fd());
        }
        let ready = poll::readable(&heard, Some(left)).context("wait")?;
        self.signals.drain();
        if self.signals.stop_count() > 0 {
            return Ok(Some(Exit::Interrupted));
        }
        if self.signals.is_asked_to_pause() {
            self.step_aside();
        }
        if ready.get(1).copied().unwrap_or(false) {
            match self.keys.as_ref().and_then(Keys::typed) {
                Some(typed) if typed.contains(&b'q') => return Ok(Some(Exit::Fine)),
                Some(_) => {}
                None => self.keys = None,
            }
        }
        Ok(None)
    }

    /// Leaves the terminal to the shell until the process goes on.
    fn step_aside(&mut self) {
        self.keys = None;
        let _ = self.ui.raw_out(LEAVE);
        self.signals.pause_if_asked();
        let _ = self.ui.raw_out(ENTER);
        self.keys = Keys::listen();
    }

    fn draw(&self, size: Option<Size>) -> io::Result<()> {
        let colours = self.ui.colours_data();
        self.ui.raw_out(&drawing(&self.shown, size, colours))
    }
}

/// What draws these lines over those that are there.
fn drawing(lines: &[Text], size: Option<Size>, colours: bool) -> String {
    let rows = size.map_or(usize::MAX, |size| size.rows);
    // Terminals that know how wait for the whole frame before they show any of it.
    let mut text = String::from("\x1b[?2026h\x1b[H");
    let shown = fitting(lines, rows);
    for (at, line) in shown.iter().enumerate() {
        if at > 0 {
            text.push_str("\r\n");
        }
        text.push_str(&if colours { line.painted() } else { line.bare() });
        // After a line that fills its row the cursor still stands on the last character, which this would wipe out.
        if size.is_none_or(|size| line.columns() < size.columns) {
            text.push_str("\x1b[K");
        }
    }
    if shown.len() < rows {
        text.push_str("\r\n\x1b[J");
    }
    text.push_str("\x1b[?2026l");
    text
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        self.keys = None;
        let _ = self.ui.raw_out(LEAVE);
    }
}

/// The lines that so many rows show.
fn fitting(lines: &[Text], rows: usize) -> Vec<Text> {
    if lines.len() <= rows {
        return lines.to_vec();
    }
    let kept = rows.saturating_sub(1);
    let more = lines.len().saturating_sub(kept);
    let mut shown: Vec<Text> = lines.iter().take(kept).cloned().collect();
    shown.push(Text::of(Role::Faint, format!("… {more} more lines")));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_row_keeps_its_last_character() {
        let lines = [Text::new("abc"), Text::new("ab")];
        let size = Size {
            columns: 3,
            rows: 2,
        };
        let drawn = drawing(&lines, Some(size), false);
        assert_eq!(drawn, "\x1b[?2026h\x1b[Habc\r\nab\x1b[K\x1b[?2026l");
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let lines: Vec<Text> = (0..5).map(Text::new).collect();
        assert_eq!(fitting(&lines, 5), lines);
        let shown: Vec<String> = fitting(&lines, 3).iter().map(Text::bare).collect();
        assert_eq!(shown, ["0", "1", "… 3 more lines"]);
        assert_eq!(fitting(&lines, 1).len(), 1);
    }
}
