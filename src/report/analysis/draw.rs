//! Bars, small charts and columns, in characters.

/// How many cells a full bar has.
const CELLS: u32 = 20;

/// A bar of a share between 0 and 1, in eighths of a cell. Whatever is more than nothing shows.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share of 160 eighths
pub(super) fn bar(share: f64) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let share = if share.is_finite() {
        share.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let mut eighths = (share * f64::from(CELLS) * 8.0).round() as usize;
    if share > 0.0 {
        eighths = eighths.max(1);
    }
    let mut text = "█".repeat(eighths / 8);
    if let Some(part) = EIGHTHS.get(eighths % 8).filter(|part| **part != ' ') {
        text.push(*part);
    }
    text
}

/// A column for each value, as high as it is against the highest.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // eight steps
pub(super) fn columns(values: &[f64]) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let highest = values.iter().copied().fold(0.0, f64::max);
    values
        .iter()
        .map(|value| {
            if *value <= 0.0 || highest <= 0.0 {
                return '·';
            }
            let step = ((value / highest * 8.0).ceil() as usize).clamp(1, 8) - 1;
            STEPS.get(step).copied().unwrap_or('█')
        })
        .collect()
}

/// How a column is aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows as lines, each column as wide as its widest cell; two blanks before the first and between them.
pub(super) fn table(align: &[Align], rows: &[Vec<String>]) -> Vec<String> {
    let mut widths = vec![0; align.len()];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for ((cell, width), align) in row.iter().zip(&widths).zip(align) {
                let pad = " ".repeat(width - cell.chars().count().min(*width));
                line.push_str("  ");
                match align {
                    Align::Left => {
                        line.push_str(cell);
                        line.push_str(&pad);
                    }
                    Align::Right => {
                        line.push_str(&pad);
                        line.push_str(cell);
                    }
                }
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// A share between 0 and 1 in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(1.0), "█".repeat(20));
        assert_eq!(bar(0.5), "█".repeat(10));
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(0.0001), "▏");
        assert_eq!(bar(f64::NAN), "");
        assert_eq!(bar(7.0), "█".repeat(20));
    }

    #[test]
    fn columns_show_nothing_as_a_dot() {
        assert_eq!(columns(&[0.0, 1.0, 4.0, 8.0]), "·▁▄█");
        assert_eq!(columns(&[]), "");
    }

    #[test]
    fn a_tables_columns_are_as_wide_as_their_cells() {
        let rows = [
            vec!["a".into(), "10".into()],
            vec!["bcé".into(), "9".into()],
        ];
        assert_eq!(
            table(&[Align::Left, Align::Right], &rows),
            ["  a    10", "  bcé   9"]
        );
    }
}
