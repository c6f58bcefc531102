//! Refs, files and schedules.

use std::path::Path;
use std::thread;

use bstr::BString;

use super::*;
use crate::queue::{FileStat, Fired, How, Watermark};

#[test]
fn a_watermark_moves_with_its_jobs_and_not_without() {
    let (_dir, mut queue) = queue();
    assert_eq!(queue.watermark("refs/heads/main").unwrap(), None);
    queue
        .set_watermark(&["refs/heads/main"], "c0", at(0))
        .unwrap();
    let refused = queue
        .advance_watermark(
            &["refs/heads/main"],
            Some("c0"),
            "c1",
            &[job("a")],
            0,
            at(1),
        )
        .unwrap()
        .unwrap();
    assert_eq!(refused[0].how, How::Refused);
    let mark = |queue: &Queue| queue.watermark("refs/heads/main").unwrap().unwrap();
    assert_eq!(mark(&queue).commit, "c0");
    for stale in [None, Some("c-1"), Some("c1")] {
        let late = queue
            .advance_watermark(&["refs/heads/main"], stale, "c1", &[job("a")], LIMIT, at(2))
            .unwrap();
        assert_eq!(late, None, "whoever decided on an older look does nothing");
    }
    assert_eq!(mark(&queue).commit, "c0");
    queue
        .advance_watermark(
            &["refs/heads/main"],
            Some("c0"),
            "c1",
            &[job("a")],
            LIMIT,
            at(2),
        )
        .unwrap()
        .unwrap();
    assert_eq!(
        mark(&queue),
        Watermark {
            commit: "c1".to_owned(),
            at: at(2)
        }
    );
    queue.forget_watermark("refs/heads/main").unwrap();
    assert_eq!(queue.watermark("refs/heads/main").unwrap(), None);
}

#[test]
fn files_are_remembered_per_worktree() {
    let (_dir, mut queue) = queue();
    let file = |name: &[u8], inode| FileStat {
        path: BString::from(name),
        size: u64::MAX,
        ctime_ns: 7,
        mtime_ns: -5,
        inode,
        hash: Some([7; 32]),
        racy: true,
    };
    let work = Path::new("/work");
    let seen = [file(b"\xff", u64::MAX), file(b"a", 1)];
    queue.update_files(work, &seen, &[]).unwrap();
    queue.update_files(Path::new("/other"), &seen, &[]).unwrap();
    assert_eq!(
        queue.files(work).unwrap(),
        [file(b"a", 1), file(b"\xff", u64::MAX)]
    );
    let changed = FileStat {
        hash: None,
        racy: false,
        ..file(b"a", 2)
    };
    let gone = [BString::from(&b"\xff"[..])];
    queue
        .update_files(work, std::slice::from_ref(&changed), &gone)
        .unwrap();
    assert_eq!(queue.files(work).unwrap(), [changed]);
    queue.forget_files(Path::new("/other")).unwrap();
    assert!(queue.files(Path::new("/other")).unwrap().is_empty());
}

#[test]
fn a_schedule_fires_once_for_a_moment_whoever_finds_it_due() {
    let (dir, mut queue) = queue();
    queue
        .set_schedule("nightly", "0 2 * * *", Some(at(0)))
        .unwrap();
    let fired = thread::scope(|scope| {
        let handles: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut queue = open(&dir);
                    queue
                        .fire("nightly", at(0), Some(at(100)), &[job("a")], LIMIT, at(1))
                        .unwrap()
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .filter(|fired| matches!(fired, Fired::Now(_)))
            .count()
    });
    assert_eq!(fired, 1);
    let schedule = queue.schedules().unwrap().remove(0);
    assert_eq!(schedule.next_fire, Some(at(100)));
    assert_eq!(schedule.last_fire, Some(at(0)));
    assert_eq!(queue.ready(at(1)).unwrap().len(), 1);
}

#[test]
fn no_moment_fires_twice_and_a_wrong_clock_bars_no_earlier_one() {
    let (_dir, mut queue) = queue();
    queue.set_schedule("s", "@daily", Some(at(100))).unwrap();
    let fire = |queue: &mut Queue, second| {
        queue
            .fire(
                "s",
                at(second),
                Some(at(second + 50)),
                &[job("a")],
                LIMIT,
                at(second),
            )
            .unwrap()
    };
    let next = |queue: &Queue| queue.schedules().unwrap().remove(0).next_fire;
    assert!(matches!(fire(&mut queue, 100), Fired::Now(_)));
    assert_eq!(fire(&mut queue, 100), Fired::Already);
    assert!(matches!(fire(&mut queue, 50), Fired::Now(_)));
    // Planned for a moment that was fired for: it goes on to the next one.
    assert_eq!(next(&queue), Some(at(100)));
    assert_eq!(fire(&mut queue, 100), Fired::Already);
    assert_eq!(next(&queue), Some(at(150)));
    queue.retain_schedules(&[]).unwrap();
    queue.set_schedule("s", "@daily", Some(at(100))).unwrap();
    assert_eq!(
        fire(&mut queue, 100),
        Fired::Already,
        "even when it was away"
    );
    assert!(matches!(fire(&mut queue, 101), Fired::Now(_)));
}

#[test]
fn a_schedule_whose_job_was_refused_stays_due() {
    let (_dir, mut queue) = queue();
    queue.set_schedule("s", "@daily", Some(at(100))).unwrap();
    queue.enqueue(&[job("a")], 1, at(0)).unwrap();
    let refused = queue
        .fire("s", at(100), None, &[job("b")], 1, at(100))
        .unwrap();
    assert!(matches!(&refused, Fired::Now(jobs) if jobs[0].how == How::Refused));
    assert_eq!(queue.schedules().unwrap()[0].next_fire, Some(at(100)));
    let fired = queue
        .fire("s", at(100), None, &[job("b")], 2, at(101))
        .unwrap();
    assert!(matches!(&fired, Fired::Now(jobs) if jobs[0].how == How::New));
}

#[test]
fn schedules_that_are_gone_are_forgotten() {
    let (_dir, mut queue) = queue();
    queue.set_schedule("a", "x", None).unwrap();
    queue.set_schedule("b", "x", None).unwrap();
    assert_eq!(queue.retain_schedules(&["b"]).unwrap(), 1);
    assert_eq!(queue.schedules().unwrap()[0].name, "b");
}
