//! Bounded memory between those who read and the one who stores: what was read and is not stored yet takes room.

use std::sync::{Condvar, Mutex, PoisonError};

/// Room for so many bytes.
pub struct Room {
    size: usize,
    /// None once nobody makes room any more.
    taken: Mutex<Option<usize>>,
    freed: Condvar,
}

impl Room {
    /// All of it free.
    pub const fn new(size: usize) -> Self {
        Self {
            size,
            taken: Mutex::new(Some(0)),
            freed: Condvar::new(),
        }
    }

    /// Waits until there is room for so many bytes, and takes it. What is larger than all of it has it alone.
    pub fn take(&self, bytes: usize) {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |taken: &mut Option<usize>| {
            taken.is_some_and(|taken| taken > 0 && taken.saturating_add(bytes) > self.size)
        };
        let waited = self.freed.wait_while(taken, is_full);
        let mut taken = waited.unwrap_or_else(PoisonError::into_inner);
        *taken = taken.map(|taken| taken.saturating_add(bytes));
    }

    /// Gives back what was taken.
    pub fn free(&self, bytes: usize) {
        self.change(|taken| taken.map(|taken| taken.saturating_sub(bytes)));
    }

    /// Nobody makes room any more: nobody waits for it.
    pub fn close(&self) {
        self.change(|_| None);
    }

    fn change(&self, to: impl FnOnce(Option<usize>) -> Option<usize>) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = to(*taken);
        drop(taken);
        self.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn no_more_is_taken_at_once_than_there_is_room_for() {
        let room = Room::new(10);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for bytes in (1..=6).cycle().take(300) {
                        room.take(bytes);
                        most.fetch_max(
                            now.fetch_add(bytes, Ordering::SeqCst) + bytes,
                            Ordering::SeqCst,
                        );
                        thread::yield_now();
                        now.fetch_sub(bytes, Ordering::SeqCst);
                        room.free(bytes);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 10);
    }

    #[test]
    fn what_is_larger_than_the_room_has_it_alone() {
        let room = Room::new(10);
        room.take(50);
        thread::scope(|scope| {
            let other = scope.spawn(|| room.take(1));
            room.free(50);
            other.join().unwrap();
        });
        room.free(1);
        room.take(10);
        room.close();
        room.take(1);
    }
}
