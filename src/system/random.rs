//! Randomness from the kernel, for identities and jitter.

/// `N` random bytes; zeroes where the kernel has none to give.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::empty());
    bytes
}

/// A random identity of 16 hexadecimal digits.
pub fn identity() -> String {
    format!("{:016x}", u64::from_ne_bytes(bytes()))
}

/// A random number in [−1, 1].
pub fn jitter() -> f64 {
    f64::from(u32::from_ne_bytes(bytes())) / f64::from(u32::MAX) * 2.0 - 1.0
}
