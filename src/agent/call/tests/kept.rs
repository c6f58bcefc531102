//! Answers are paid for once.

use jiff::{SignedDuration, Timestamp};

use super::*;

/// One that counts how often it is asked.
fn counting() -> Place {
    Place::new("echo asked >> \"$F/count\"; cat \"$F/answer\"")
}

fn count(place: &Place) -> usize {
    place.text("count").lines().count()
}

#[test]
fn a_question_is_asked_once() {
    let mut place = counting();
    assert!(!place.call().0.kept);
    let (called, log) = place.call();
    assert!(called.kept);
    assert_eq!(text_of(&called), "yes");
    assert_eq!(called.usage, Usage::default());
    assert!(log.contains("kept"), "{log}");
    assert_eq!(count(&place), 1);
    let kept: Vec<String> = place.left();
    assert_eq!(kept.len(), 1);
    let file = place.at("answers").join(&kept[0]);
    assert!(kept[0].ends_with(".jsonl"));
    assert_eq!(mode(&file), 0o600);
    assert_eq!(fs::read_to_string(&file).unwrap(), ANSWER);
    // Whatever decides the answer makes another question.
    place.prompt.push('!');
    assert!(!place.call().0.kept);
    place.settings.model.push('2');
    assert!(!place.call().0.kept);
    place.settings.provider.push('2');
    assert!(!place.call().0.kept);
    place.settings.arguments = None;
    assert!(!place.call().0.kept);
    assert_eq!(count(&place), 5);
    // Where the time is over or how long the wait is does not.
    place.timeout += Duration::from_secs(1);
    place.settings.slots = std::num::NonZeroU32::MAX;
    assert!(place.call().0.kept);
    // An answer that is there needs no program.
    place.environment.clear();
    assert!(place.call().0.kept);
}

#[test]
fn what_a_killed_process_left_counts_if_it_is_whole() {
    for (left, is_kept) in [
        (ANSWER.to_owned(), true),
        (ANSWER.lines().next().unwrap().to_owned(), true),
        (ANSWER[..ANSWER.len() / 3].to_owned(), false),
        (String::new(), false),
        (ANSWER.replace("stop\"", "error\""), false),
    ] {
        for suffix in ["", ".part"] {
            let place = counting();
            place.call();
            let whole = place.at("answers").join(&place.left()[0]);
            fs::remove_file(&whole).unwrap();
            let path = format!("{}{suffix}", whole.display());
            fs::write(path, &left).unwrap();
            // Its folder, too.
            let work = whole.with_extension("work");
            fs::create_dir_all(work.join("empty/more")).unwrap();
            let (called, _) = place.call();
            assert_eq!(called.kept, is_kept, "{left:?}{suffix}");
            assert_eq!(text_of(&called), "yes");
            assert_eq!(count(&place), 1 + usize::from(!is_kept));
            assert!(whole.exists());
            assert!(is_kept || !work.exists());
        }
    }
}

#[test]
fn two_that_ask_the_same_pay_once() {
    let place = Place::new(
        "echo asked >> \"$F/count\"; while [ ! -e \"$F/go\" ]; do sleep 0.01; done; cat \"$F/answer\"",
    );
    std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| place.call().0)).collect();
        while !place.at("count").exists() {
            std::thread::yield_now();
        }
        fs::write(place.at("go"), "").unwrap();
        let mut kept: Vec<bool> = both
            .into_iter()
            .map(|one| {
                let called = one.join().unwrap();
                assert_eq!(text_of(&called), "yes");
                called.kept
            })
            .collect();
        kept.sort_unstable();
        assert_eq!(kept, [false, true]);
    });
    assert_eq!(count(&place), 1);
}

#[test]
fn one_that_waits_for_another_gives_up_in_time() {
    let mut place = counting();
    let held = place
        .with(|request| Held::take(request, &|| false))
        .unwrap();
    place.timeout = Duration::from_millis(120);
    assert_eq!(place.reason(), Reason::Busy);
    place.timeout = Duration::from_secs(600);
    let (called, _) = place.call_until(&|| true);
    assert_eq!(called.result.unwrap_err().reason, Reason::Stopped);
    // Nothing of it is forgotten meanwhile.
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    let forgotten = forget(&place.at("answers"), Duration::ZERO, later).unwrap();
    assert_eq!(forgotten, 0);
    drop(held);
    assert_eq!(text_of(&place.call().0), "yes");
}

#[test]
fn answers_are_forgotten_when_they_are_old_or_not_wanted() {
    let mut place = counting();
    let answers = place.at("answers");
    let now = Timestamp::now();
    let day = Duration::from_secs(86_400);
    assert_eq!(forget(&answers, day, now).unwrap(), 0, "no folder");
    place.call();
    place.prompt.push('2');
    place.call();
    fs::write(answers.join("somebody-else's.jsonl"), "x").unwrap();
    assert_eq!(forget(&answers, day, now).unwrap(), 0);
    assert!(place.call().0.kept);
    place.with(discard).unwrap();
    assert!(!place.call().0.kept);
    let later = now + SignedDuration::from_hours(48);
    assert_eq!(forget(&answers, day, later).unwrap(), 2);
    let left: Vec<_> = fs::read_dir(&answers).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(!place.call().0.kept);
}

#[test]
fn a_lock_whose_file_was_removed_is_none() {
    let place = counting();
    let path = place.with(|request| {
        let held = Held::take(request, &|| false).unwrap();
        held.work_folder().with_extension("lock")
    });
    let old = crate::system::filesystem::lock_file(&path).unwrap();
    fs4::FileExt::try_lock(&old).unwrap();
    let later = Timestamp::now() + SignedDuration::from_hours(1);
    // Somebody removes it though it is held, as only an older version would.
    fs::remove_file(&path).unwrap();
    let held = place.with(|request| Held::take(request, &|| false));
    assert!(held.is_ok());
    assert_eq!(
        forget(&place.at("answers"), Duration::ZERO, later).unwrap(),
        0
    );
}
