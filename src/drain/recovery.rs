//! Jobs whose runner is gone: proven by taking the lock of their slot, cleaned up, and queued again.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::event::{Event, Listener};
use super::place::Place;
use super::slots::{Occupant, Slots};
use super::supervise::kill_tree;
use crate::queue::{Cause, Queue, QueueError, Reclaimed, Running};

/// Takes back every running job whose slot nobody holds. Call it with `drain.lock` held.
///
/// Only the slots that running rows name are probed: a reader that probed all of them would leave none free for others.
pub fn recover(
    queue: &mut Queue,
    slots: &Slots,
    place: &Place,
    now: Timestamp,
    listener: &mut dyn Listener,
) -> Result<usize, QueueError> {
    let mut by_slot: BTreeMap<u32, Vec<Running>> = BTreeMap::new();
    for running in queue.running()? {
        by_slot.entry(running.run.slot).or_default().push(running);
    }
    let mut recovered = 0;
    for (number, rows) in by_slot {
        // Held while its rows are taken back, so that no new run can start in it meanwhile.
        let Ok(Some(slot)) = slots.try_acquire_numbered(number) else {
            continue;
        };
        let left = slot.occupant().ok().flatten();
        for row in rows {
            let cause = cause(left.as_ref(), &row, &place.boot_id);
            if let Some(identity) = left.as_ref().filter(|left| is_of(left, &row)) {
                end(identity, &row, place, listener);
            }
            let reclaimed = queue.reclaim(&row, cause, now)?;
            recovered += usize::from(reclaimed != Reclaimed::Gone);
            say(&row, cause, &reclaimed, listener);
        }
    }
    Ok(recovered)
}

/// A changed boot explains a vanished runner; it is nobody's fault.
fn cause(left: Option<&Occupant>, row: &Running, boot_id: &str) -> Cause {
    match left {
        Some(left) if is_of(left, row) && left.process.boot_id != boot_id => Cause::Rebooted,
        _ => Cause::Vanished,
    }
}

/// Whether the slot's newest supervisor is that of this row, not of an earlier run.
fn is_of(left: &Occupant, row: &Running) -> bool {
    left.job == row.id.0 && left.fence == row.fence
}

fn end(left: &Occupant, row: &Running, place: &Place, listener: &mut dyn Listener) {
    let swept = kill_tree(&left.process, &left.cookie, &place.boot_id);
    if swept.remaining > 0 {
        listener.hear(&Event::Note(format!(
            "{} of job {} did not die of SIGKILL",
            if swept.remaining == 1 {
                "a process"
            } else {
                "processes"
            },
            row.id
        )));
    }
}

fn say(row: &Running, cause: Cause, reclaimed: &Reclaimed, listener: &mut dyn Listener) {
    let why = match cause {
        Cause::Vanished => "its runner vanished",
        Cause::Rebooted => "the machine was restarted",
    };
    let reason = match reclaimed {
        Reclaimed::Requeued { alone: true } => format!("{why}; queued again, to run alone"),
        Reclaimed::Requeued { alone: false } => format!("{why}; queued again"),
        Reclaimed::Failed { .. } => format!("{why} too often; given up"),
        Reclaimed::Gone => return,
    };
    listener.hear(&Event::Recovered {
        job: row.id.clone(),
        task: row.task.clone(),
        reason,
    });
}
