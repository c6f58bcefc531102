//! Schedules, with a clock that is set at will.

use super::*;

fn at(world: &mut World, text: &str) -> Reconciled {
    world.now = text.parse().unwrap();
    world.reconcile()
}

fn world(task: &str) -> World {
    let world = World::new(&format!("[task.docs]\nrun = [\"true\"]\n{task}"));
    world.commit("one");
    world
}

fn fired(seen: &Reconciled) -> usize {
    seen.enqueued.iter().filter(|one| one.why == "due").count()
}

#[test]
fn a_cron_expression_fires_once_at_its_local_time() {
    let mut world = world("schedule = \"0 2 * * *\"");
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:00:00Z")), 0);
    assert_eq!(
        world.queue.schedules().unwrap()[0].next_fire,
        Some("2026-11-02T01:00:00Z".parse().unwrap())
    );
    assert_eq!(fired(&at(&mut world, "2026-11-02T00:59:59Z")), 0);
    assert_eq!(fired(&at(&mut world, "2026-11-02T01:00:00Z")), 1);
    let job = world.waiting().remove(0);
    assert_eq!(job.trigger, crate::queue::Trigger::Schedule);
    assert_eq!(job.trigger_data["scheduled_for"], "2026-11-02T01:00:00Z");
    assert_eq!(job.input.commit, Some(world.git.tip("HEAD").to_string()));
    world.drain();
    assert_eq!(fired(&at(&mut world, "2026-11-02T01:00:01Z")), 0);
    // Set back by an hour, and over the same time again.
    assert_eq!(fired(&at(&mut world, "2026-11-02T00:10:00Z")), 0);
    assert_eq!(fired(&at(&mut world, "2026-11-02T01:00:00Z")), 0);
    assert_eq!(fired(&at(&mut world, "2026-11-03T01:00:00Z")), 1);
}

#[test]
fn missed_fires_make_one_job_or_none() {
    for (catch_up, jobs, note) in [
        ("one", 1, "docs: one job stands for 2 missed fires as well"),
        ("skip", 0, "docs: skipped 3 missed fires"),
    ] {
        let mut world = world(&format!(
            "schedule = \"0 2 * * *\"\ncatch_up = \"{catch_up}\""
        ));
        at(&mut world, "2026-11-01T10:00:00Z");
        let seen = at(&mut world, "2026-11-04T10:00:00Z");
        assert_eq!(fired(&seen), jobs, "{catch_up}");
        assert_eq!(notes(&seen), [note]);
        assert_eq!(
            at(&mut world, "2026-11-04T10:00:01Z"),
            Reconciled::default()
        );
    }
}

#[test]
fn a_clock_ten_years_ahead_stops_nothing_when_it_is_put_right() {
    let mut world = world("schedule = \"0 * * * *\"");
    at(&mut world, "2026-11-01T10:30:00Z");
    for day in 1..5 {
        assert_eq!(
            fired(&at(&mut world, &format!("2036-11-0{day}T10:30:00Z"))),
            1
        );
        world.drain();
    }
    // 11:00 was fired for, as the first of those that were missed.
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:31:00Z")), 0);
    assert_eq!(fired(&at(&mut world, "2026-11-01T11:00:00Z")), 0);
    assert_eq!(fired(&at(&mut world, "2026-11-01T12:00:00Z")), 1);
}

#[test]
fn an_interval_is_due_at_once_and_then_after_each_fire() {
    let mut world = world("every = \"30m\"");
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:00:00Z")), 1);
    world.drain();
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:29:59Z")), 0);
    // The spread of at most a tenth is over by then.
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:33:00Z")), 1);
    world.drain();
    assert_eq!(fired(&at(&mut world, "2026-11-01T11:02:59Z")), 0);
    assert_eq!(fired(&at(&mut world, "2026-11-01T11:03:00Z")), 1);
}

#[test]
fn before_the_first_commit_a_schedule_stays_due() {
    let mut world = World::new("[task.docs]\nrun = [\"true\"]\nevery = \"30m\"");
    assert_eq!(
        at(&mut world, "2026-11-01T10:00:00Z"),
        Reconciled::default()
    );
    world.commit("one");
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:01:00Z")), 1);
}

#[test]
fn a_full_queue_leaves_the_schedule_due() {
    let toml = |max_jobs: u32| {
        format!(
            "queue = {{ max_jobs = {max_jobs} }}\n[task.a]\nrun = [\"true\"]\nevery = \"30m\"\n[task.b]\nrun = [\"true\"]\nevery = \"30m\""
        )
    };
    let mut world = World::new(&toml(1));
    world.commit("one");
    let seen = at(&mut world, "2026-11-01T10:00:00Z");
    assert_eq!(fired(&seen), 1);
    assert!(notes(&seen).contains(&"b: the queue is full; noticed again later".to_owned()));
    world.configure(&toml(10));
    assert_eq!(fired(&at(&mut world, "2026-11-01T10:01:00Z")), 1);
    assert_eq!(world.waiting().len(), 2);
}

#[test]
fn changed_switched_off_and_removed() {
    let mut world = world("schedule = \"0 2 * * *\"");
    at(&mut world, "2026-11-01T10:00:00Z");
    let next = |world: &World| {
        world
            .queue
            .schedules()
            .unwrap()
            .first()
            .map(|row| row.next_fire)
    };
    world.configure("[task.docs]\nrun = [\"true\"]\nschedule = \"0 3 * * *\"");
    at(&mut world, "2026-11-01T10:01:00Z");
    assert_eq!(
        next(&world),
        Some(Some("2026-11-02T02:00:00Z".parse().unwrap()))
    );
    world.configure("[task.docs]\nenabled = false\nrun = [\"true\"]\nschedule = \"0 3 * * *\"");
    at(&mut world, "2026-11-09T10:01:00Z");
    assert_eq!(next(&world), Some(None));
    world.configure("[task.docs]\nrun = [\"true\"]\nschedule = \"0 3 * * *\"");
    assert_eq!(fired(&at(&mut world, "2026-11-09T10:02:00Z")), 0);
    world.configure("[task.docs]\nrun = [\"true\"]");
    at(&mut world, "2026-11-09T10:03:00Z");
    assert_eq!(next(&world), None);
}

#[test]
fn a_dry_run_of_a_due_schedule_changes_nothing() {
    let mut world = world("every = \"30m\"");
    world.now = "2026-11-01T10:00:00Z".parse().unwrap();
    assert_eq!(fired(&world.dry_run()), 1);
    assert!(world.queue.schedules().unwrap().is_empty());
    assert!(world.waiting().is_empty());
}
