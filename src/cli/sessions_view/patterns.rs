//! What comes back again and again, as tables.

use jiff::Timestamp;

use super::words;
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::graph::patterns::{FailurePattern, LessonPattern, ModelStats};

/// So much of an id is shown: enough to tell some thousands apart.
const SHORT: usize = 8;

/// Failures of tools, the most frequent first.
pub fn failures(found: &[FailurePattern], most: usize, now: Timestamp, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&["ID", "TIMES", "TOOL", "ERROR", "MODELS", "LAST", "LEARNED"])
        .right(&[1])
        .gives(&[
            (6, Give::Shrink(24)),
            (4, Give::Shrink(20)),
            (3, Give::Shrink(24)),
            (4, Give::Leave),
            (6, Give::Leave),
            (5, Give::Leave),
            (3, Give::Shrink(12)),
            (0, Give::Leave),
        ]);
    for it in by_times(found, |it| it.occurrences).into_iter().take(most) {
        grid.row([
            Text::of(Role::Name, it.id.chars().take(SHORT).collect::<String>()),
            Text::new(it.occurrences),
            Text::new(&it.tool),
            Text::of(Role::Bad, &it.error_type),
            Text::of(Role::Faint, it.models.join(", ")),
            Text::new(format::ago(it.last_seen, now)),
            Text::of(
                Role::Good,
                it.learning_opportunity.as_deref().unwrap_or_default(),
            ),
        ]);
    }
    with_rest(grid.lines(width), found.len(), most)
}

/// Models, the most used first.
pub fn models(found: &[ModelStats], most: usize, now: Timestamp, width: usize) -> Vec<Text> {
    let headings = [
        "MODEL",
        "SESSIONS",
        "TOKENS",
        "READ",
        "FROM CACHE",
        "INTO CACHE",
        "WRITTEN",
        "COST",
        "ERRORS",
        "QUIRKS",
        "LAST",
    ];
    let mut grid = Grid::new(&headings)
        .right(&[1, 2, 3, 4, 5, 6, 7, 8, 9])
        .gives(&[
            (5, Give::Leave),
            (4, Give::Leave),
            (3, Give::Leave),
            (6, Give::Leave),
            (10, Give::Leave),
            (9, Give::Leave),
            (0, Give::Shrink(16)),
            (1, Give::Leave),
            (8, Give::Leave),
        ]);
    let some = |number: u64| {
        if number == 0 {
            String::new()
        } else {
            number.to_string()
        }
    };
    for it in by_times(found, |it| it.total_tokens).into_iter().take(most) {
        grid.row([
            Text::new(&it.model),
            Text::new(it.total_sessions),
            Text::new(words::tokens(it.total_tokens)),
            Text::new(words::some_tokens(it.tokens_input)),
            Text::new(words::some_tokens(it.cache_read)),
            Text::new(words::some_tokens(it.cache_write)),
            Text::new(words::some_tokens(it.tokens_output)),
            Text::new(words::cost(it.total_cost)),
            Text::of(Role::Warning, some(it.error_count)),
            Text::new(some(it.quirk_count)),
            Text::new(
                it.last_used
                    .map_or_else(String::new, |at| format::ago(at, now)),
            ),
        ]);
    }
    with_rest(grid.lines(width), found.len(), most)
}

/// Lessons, the most frequent first.
pub fn lessons(found: &[LessonPattern], most: usize, now: Timestamp, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&["TIMES", "ABOUT", "LESSON", "TAGS", "LAST"])
        .right(&[0])
        .gives(&[
            (2, Give::Shrink(48)),
            (3, Give::Shrink(16)),
            (3, Give::Leave),
            (4, Give::Leave),
            (2, Give::Shrink(16)),
        ]);
    for it in by_times(found, |it| it.occurrences).into_iter().take(most) {
        grid.row([
            Text::new(it.occurrences),
            Text::of(Role::Active, it.level),
            Text::new(&it.pattern),
            Text::of(Role::Faint, it.tags.join(", ")),
            Text::new(format::ago(it.last_seen, now)),
        ]);
    }
    with_rest(grid.lines(width), found.len(), most)
}

/// Those that count most first; among equals the order stays.
fn by_times<T>(found: &[T], times: impl Fn(&T) -> u64) -> Vec<&T> {
    let mut sorted: Vec<&T> = found.iter().collect();
    sorted.sort_by_key(|it| std::cmp::Reverse(times(it)));
    sorted
}

/// What is left out is said.
fn with_rest(mut lines: Vec<Text>, all: usize, most: usize) -> Vec<Text> {
    let left = all.saturating_sub(most);
    if left > 0 {
        lines.push(Text::of(Role::Faint, format!("… {left} more · -n {all}")));
    }
    lines
}
