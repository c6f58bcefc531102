//! A row of bars as wide as it is allowed to be.

use crate::metrics::stats::as_f64;

/// From the smallest to the largest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Where there is nothing to show.
const NOTHING: char = '·';

/// The values as bars in at most `width` columns, oldest first; the largest is full, and zero is the lowest bar. Where
/// there are more values than columns, each bar is the largest of its neighbours.
pub fn sparkline(values: &[Option<f64>], width: usize) -> String {
    let merged = merged(values, width.max(1));
    let most = merged.iter().flatten().copied().fold(0.0, f64::max);
    merged
        .iter()
        .map(|value| value.map_or(NOTHING, |value| bar(value, most)))
        .collect()
}

fn bar(value: f64, most: f64) -> char {
    let steps = as_f64(BARS.len() - 1);
    let share = if most > 0.0 { value / most } else { 0.0 };
    // Between 0 and 7: it fits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let height = (share.clamp(0.0, 1.0) * steps).ceil() as usize;
    BARS.get(height).copied().unwrap_or(NOTHING)
}

/// Evenly, neighbours together.
fn merged(values: &[Option<f64>], width: usize) -> Vec<Option<f64>> {
    let count = values.len();
    if count <= width {
        return values.to_vec();
    }
    (0..width)
        .map(|at| {
            let (from, to) = (at * count / width, (at + 1) * count / width);
            let part = values.iter().take(to).skip(from).flatten().copied();
            part.reduce(f64::max)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bars_show_what_there_is() {
        let values = [Some(0.0), Some(1.0), None, Some(7.0), Some(3.5)];
        assert_eq!(sparkline(&values, 10), "▁▂·█▅");
        assert_eq!(sparkline(&values, 2), "▂█");
        assert_eq!(sparkline(&[None, None, None], 2), "··");
        assert_eq!(sparkline(&[Some(0.0); 3], 5), "▁▁▁");
        assert_eq!(sparkline(&[], 5), "");
    }

    proptest! {
        #[test]
        fn it_is_never_wider(values in prop::collection::vec(prop::option::of(0.0..1e9), 0..100), width in 0_usize..60) {
            let line = sparkline(&values, width);
            prop_assert_eq!(line.chars().count(), values.len().min(width.max(1)));
            let most = values.iter().flatten().copied().fold(0.0, f64::max);
            prop_assert_eq!(line.contains('█'), most > 0.0);
        }
    }
}
