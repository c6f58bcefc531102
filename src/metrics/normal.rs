//! The normal distribution, where tests fall back on it.

use std::f64::consts::FRAC_1_SQRT_2;

/// How likely a standard normal variable is at least as far from 0 as `z`, on either side; 1 for what is not a number.
pub fn beyond(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    libm::erfc(z.abs() * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]

    use super::*;

    #[test]
    fn the_shares_everybody_knows() {
        assert_eq!(beyond(0.0), 1.0);
        assert!((beyond(1.0) - 0.317_310_507_862_914).abs() < 1e-14);
        assert!((beyond(-1.959_963_984_540_054) - 0.05).abs() < 1e-14);
        assert!((beyond(9.0) / 2.257_176_811_907_681e-19 - 1.0).abs() < 1e-12);
        assert_eq!(beyond(f64::INFINITY), 0.0);
        assert_eq!(beyond(f64::NAN), 1.0);
    }
}
