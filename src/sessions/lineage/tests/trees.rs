//! Trees of conversations, written as the versions of Claude Code write copies.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// How copies are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// With the ids of the originals, which are never gone on with.
    Resumed,
    /// With the ids of the originals, which are gone on with; the first lines tell when.
    Forked,
    /// With new ids and the time of copying, and originals that are gone on with.
    Renewed,
}

#[derive(Clone, Debug, Default)]
struct Written {
    events: Vec<Event>,
    /// Who said each event first, and as what.
    origins: Vec<Option<(usize, String)>>,
    parent: Option<usize>,
    copied_from: bool,
}

struct World {
    way: Way,
    sessions: Vec<Written>,
    clock: i64,
}

impl World {
    fn new(way: Way) -> Self {
        Self {
            way,
            sessions: Vec::new(),
            clock: 0,
        }
    }

    fn tick(&mut self) -> i64 {
        self.clock += 60;
        self.clock
    }

    fn note(&mut self, written: &mut Written) {
        let at = self.tick();
        let id = format!("L{}", written.events.len() + 1);
        written.events.push(event(&id, Link::Aside, at, note()));
        written.origins.push(None);
    }

    /// A question and an answer, the same words everywhere.
    fn say(&mut self, session: usize, written: &mut Written, turns: usize) {
        for _ in 0..turns {
            let at = self.tick();
            let leaf = written
                .events
                .iter()
                .rev()
                .find(|event| event.link != Link::Aside);
            let link = leaf.map_or(Link::Root, |leaf| to(&leaf.id));
            let (asked, told) = (format!("u{session}-{at}"), format!("a{session}-{at}"));
            written.events.push(event(&asked, link, at, user("go on")));
            let mut answer = answer("done");
            answer.request = Some(format!("msg-{told}"));
            written.events.push(event(
                &told,
                to(&asked),
                at,
                Kind::Assistant(Box::new(answer)),
            ));
            written.origins.push(Some((session, asked)));
            written.origins.push(Some((session, told)));
        }
    }

    fn begin(&mut self, turns: usize) {
        let mut written = Written::default();
        self.note(&mut written);
        self.say(self.sessions.len(), &mut written, turns);
        self.sessions.push(written);
    }

    /// Copies a session up to the answer that `end` chooses, what is before the last compaction left out, and goes on in
    /// the copy.
    fn copy(&mut self, of: usize, end: Index, turns: usize) {
        let session = self.sessions.len();
        let mut written = Written::default();
        if self.way == Way::Forked {
            self.note(&mut written);
        }
        let copied_at = self.tick();
        let mut copies: Vec<(Event, (usize, String))> = self.sessions[of]
            .events
            .iter()
            .zip(&self.sessions[of].origins)
            .filter_map(|(event, origin)| Some((event.clone(), origin.clone()?)))
            .collect();
        let answers: Vec<usize> = (0..copies.len())
            .filter(|at| matches!(copies[*at].0.kind, Kind::Assistant(_)))
            .collect();
        if self.way != Way::Resumed {
            copies.truncate(end.get(&answers) + 1);
        }
        let compaction = |(event, _): &(Event, _)| matches!(event.kind, Kind::Compaction { .. });
        copies.drain(..copies.iter().rposition(compaction).unwrap_or(0));
        // Whoever said the last of it is gone on from.
        written.parent = copies.last().map(|(_, (owner, _))| *owner);
        let mut leaf: Option<String> = None;
        for (mut event, origin) in copies {
            if self.way == Way::Renewed {
                event.id = format!("{}-in-{session}", origin.1);
                event.at = Some(crate::sessions::testing::at(copied_at));
                event.link = leaf.as_deref().map_or(Link::Root, to);
                leaf = Some(event.id.clone());
            }
            written.events.push(event);
            written.origins.push(Some(origin));
        }
        self.say(session, &mut written, turns);
        self.sessions[of].copied_from = true;
        self.sessions.push(written);
    }

    fn go_on(&mut self, with: usize, turns: usize, compacts: bool) {
        if self.way == Way::Resumed && self.sessions[with].copied_from {
            return;
        }
        let mut written = std::mem::take(&mut self.sessions[with]);
        self.note(&mut written);
        if compacts {
            let at = self.tick();
            let id = format!("c{with}-{at}");
            let kind = crate::sessions::testing::compaction("everything so far");
            written.events.push(event(&id, Link::Root, at, kind));
            written.origins.push(Some((with, id)));
        }
        self.say(with, &mut written, turns);
        self.sessions[with] = written;
    }
}

proptest! {
    #[test]
    fn the_true_parents_are_found(
        way in prop_oneof![Just(Way::Resumed), Just(Way::Forked), Just(Way::Renewed)],
        steps in proptest::collection::vec((0_u8..8, any::<Index>(), any::<Index>(), 1_usize..4), 0..24),
        names in proptest::collection::vec(any::<u32>(), 25),
        shuffled in Just((0..25).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let mut world = World::new(way);
        world.begin(2);
        for (step, which, end, turns) in steps {
            let which = which.index(world.sessions.len());
            match step {
                0 => world.begin(turns),
                1..6 => world.copy(which, end, turns),
                _ => world.go_on(which, turns, step == 7),
            }
        }
        let count = world.sessions.len();
        let prints: Vec<Prints> = world.sessions.iter().map(|one| super::prints(&one.events)).collect();
        let ids: Vec<String> = (0..count).map(|at| format!("{}-{at}", names[at])).collect();
        let order: Vec<usize> = shuffled.into_iter().filter(|at| *at < count).collect();
        let given: Vec<(&str, &Prints)> = order.iter().map(|at| (ids[*at].as_str(), &prints[*at])).collect();
        for (descent, session) in families(&given).iter().zip(&order) {
            let written = &world.sessions[*session];
            prop_assert_eq!(descent.map(|descent| order[descent.parent]), written.parent, "{} {:?}", session, way);
            let copied = descent.map_or(0, |descent| descent.point.copied);
            for (at, origin) in written.origins.iter().enumerate() {
                if let Some((owner, _)) = origin {
                    // Every entry is the own of one session, the one in which it was said.
                    prop_assert_eq!(at >= copied, owner == session);
                }
            }
            if let Some(descent) = descent {
                let parent = &world.sessions[order[descent.parent]];
                let point = descent.point.in_parent.unwrap();
                prop_assert_eq!(&parent.origins[point], &written.origins[copied - 1]);
                // The family is found by keys.
                let (one, other) = (prints[*session].keys(), prints[order[descent.parent]].keys());
                prop_assert!(one.iter().any(|key| other.contains(key)));
                prop_assert_eq!(fork_point(&prints[*session], &prints[order[descent.parent]]), descent.point);
            }
        }
    }

    /// Whatever the files hold, the answer does not depend on their order, and nobody is an ancestor of itself.
    #[test]
    fn the_order_does_not_matter(
        files in proptest::collection::vec(proptest::collection::vec((0_u8..6, 0_u8..4, 0_i64..5), 0..8), 0..8),
        shuffled in Just((0..8).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let read: Vec<Prints> = files
            .iter()
            .map(|file| {
                let events = file.iter().map(|(id, kind, at)| {
                    let kind = match kind {
                        0 => user("a"),
                        1 => {
                            let mut answer = answer("b");
                            answer.request = Some(format!("r{id}"));
                            Kind::Assistant(Box::new(answer))
                        }
                        2 => crate::sessions::testing::compaction("c"),
                        _ => note(),
                    };
                    let link = if *at == 0 { Link::Aside } else { Link::Root };
                    event(&format!("{id}"), link, *at, kind)
                });
                super::prints(&events.collect::<Vec<_>>())
            })
            .collect();
        let ids: Vec<String> = (0..read.len()).map(|at| at.to_string()).collect();
        let sessions: Vec<(&str, &Prints)> = ids.iter().map(String::as_str).zip(&read).collect();
        let plain = families(&sessions);
        let order: Vec<usize> = shuffled.into_iter().filter(|at| *at < read.len()).collect();
        let given: Vec<(&str, &Prints)> = order.iter().map(|at| sessions[*at]).collect();
        for (descent, session) in families(&given).into_iter().zip(&order) {
            let descent = descent.map(|descent| Descent { parent: order[descent.parent], ..descent });
            prop_assert_eq!(descent, plain[*session]);
        }
        let mut owners = std::collections::HashMap::new();
        for (session, descent) in plain.iter().enumerate() {
            let copied = descent.map_or(0, |descent| descent.point.copied);
            for print in &read[session].events()[copied..] {
                let owner = *owners.entry(print.id).or_insert(session);
                prop_assert_eq!(owner, session);
            }
            let mut at = session;
            for _ in 0..plain.len() {
                at = plain[at].map_or(at, |descent| descent.parent);
            }
            prop_assert!(plain[at].is_none());
        }
    }
}
