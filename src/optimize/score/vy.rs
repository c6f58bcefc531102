//! The score of the original, for comparison (`--score vy`): it knows how often and how many steps, and nothing else.

/// min(min(5·times, 50) + (20 from ten times on) + min(10·steps, 30), 100).
pub fn potential(support: u32, steps: usize) -> u32 {
    let often = support.saturating_mul(5).min(50);
    let habit = if support >= 10 { 20 } else { 0 };
    let long = u32::try_from(steps)
        .unwrap_or(u32::MAX)
        .saturating_mul(10)
        .min(30);
    (often + habit + long).min(100)
}
