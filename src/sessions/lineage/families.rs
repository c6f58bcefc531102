//! Which of several sessions goes on from which, where none says so.
//!
//! Claude Code writes copies whose entries have the ids of the originals (forks of 2.x) or new ones and new times (resumed
//! sessions of 1.0), all of the conversation or what follows its last compaction. What two files share is therefore told by
//! ids, and by everything that was said up to an answer whose maker gave it an id.
//!
//! Files that share something came from one conversation, and one of them had it first: see [`Claim`]. Of the sets of files
//! that share entries, the smallest are settled first, since what fewer share came later in the conversation; whoever had
//! it first speaks for all of them where more is shared. The order that follows says whose each entry is: the first one's
//! that has it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::parent::wanted;
use super::point::ForkPoint;
use super::prints::{Print, Prints};

/// What a session goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Descent {
    /// The session whose entry it goes on from, by its place among those that were given.
    pub parent: usize,
    /// How far it is a copy.
    pub point: ForkPoint,
}

/// What each of these sessions, with their ids, goes on from; none for those that are nobody's copies. The answer is the
/// same whatever their order, and every entry is the own of one session at most.
pub fn families(sessions: &[(&str, &Prints)]) -> Vec<Option<Descent>> {
    let mut order: Vec<usize> = (0..sessions.len()).collect();
    order.sort_by(|a, b| {
        let key = |index: &usize| {
            sessions
                .get(*index)
                .map(|(id, prints)| (*id, prints.events()))
        };
        key(a).cmp(&key(b))
    });
    let members: Vec<Member<'_>> = order
        .iter()
        .filter_map(|index| sessions.get(*index))
        .map(|(id, prints)| Member { id, prints })
        .collect();
    let shared = Shared::of(&members);
    let ranks = ranks(&members, &shared);
    // Of each set, who had its entries first.
    let owners: Vec<Option<usize>> = (0..shared.sets.len())
        .map(|set| {
            let holders = shared.holders(set).iter().copied();
            holders.min_by_key(|holder| ranks.get(*holder).copied())
        })
        .collect();
    let mut descents = vec![None; sessions.len()];
    for (member, index) in order.iter().enumerate() {
        let descent = descent(member, &shared, &owners).map(|descent| Descent {
            parent: order.get(descent.parent).copied().unwrap_or(*index),
            ..descent
        });
        if let Some(place) = descents.get_mut(*index) {
            *place = descent;
        }
    }
    descents
}

#[derive(Clone, Copy)]
struct Member<'a> {
    id: &'a str,
    prints: &'a Prints,
}

/// Which members have which entries.
struct Shared {
    /// Of each member's events, the set of members that have it; none if it has no identity.
    sets_of_events: Vec<Vec<Option<usize>>>,
    /// The sets of members that have entries in common, and how many. Members are in their order.
    sets: Vec<(Vec<usize>, usize)>,
    /// What tells each member's events again.
    entries: Vec<Vec<Option<usize>>>,
}

impl Shared {
    fn of(members: &[Member<'_>]) -> Self {
        let entries = entries(members);
        let count = entries
            .iter()
            .flatten()
            .flatten()
            .max()
            .map_or(0, |most| most + 1);
        let mut holders: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (member, events) in entries.iter().enumerate() {
            for entry in events.iter().flatten() {
                if let Some(holders) = holders.get_mut(*entry)
                    && holders.last() != Some(&member)
                {
                    holders.push(member);
                }
            }
        }
        let mut sizes: BTreeMap<&[usize], usize> = BTreeMap::new();
        for holders in holders.iter().filter(|holders| !holders.is_empty()) {
            *sizes.entry(holders).or_default() += 1;
        }
        let places: HashMap<&[usize], usize> = sizes
            .keys()
            .enumerate()
            .map(|(at, holders)| (*holders, at))
            .collect();
        let sets_of_entries: Vec<Option<usize>> = holders
            .iter()
            .map(|holders| places.get(holders.as_slice()).copied())
            .collect();
        let set_of = |entry: &Option<usize>| sets_of_entries.get((*entry)?).copied().flatten();
        Self {
            sets_of_events: entries
                .iter()
                .map(|events| events.iter().map(set_of).collect())
                .collect(),
            sets: sizes
                .iter()
                .map(|(holders, size)| (holders.to_vec(), *size))
                .collect(),
            entries,
        }
    }

    fn sets_of(&self, member: usize) -> &[Option<usize>] {
        self.sets_of_events.get(member).map_or(&[], Vec::as_slice)
    }

    fn holders(&self, set: usize) -> &[usize] {
        self.sets.get(set).map_or(&[], |(holders, _)| holders)
    }
}

/// What tells the events of each member again: numbers, equal for events that are one entry. An event may be known by its id
/// and by what was said up to it.
fn entries(members: &[Member<'_>]) -> Vec<Vec<Option<usize>>> {
    let mut known: HashMap<(bool, u64), usize> = HashMap::new();
    let mut same = Same::default();
    let numbers: Vec<Vec<Option<usize>>> = members
        .iter()
        .map(|member| {
            let events = member.prints.events().iter();
            let numbered = events.map(|event| {
                let id = event.is_named().then_some((false, event.id));
                let words = event.is_unique().then_some((true, event.words));
                let mut number = |key| *known.entry(key).or_insert_with(|| same.more());
                let (id, words) = (id.map(&mut number), words.map(number));
                if let (Some(id), Some(words)) = (id, words) {
                    same.join(id, words);
                }
                id.or(words)
            });
            numbered.collect()
        })
        .collect();
    numbers
        .into_iter()
        .map(|events| {
            let found = events.into_iter().map(|number| Some(same.find(number?)));
            found.collect()
        })
        .collect()
}

/// Numbers of which some are the same.
#[derive(Default)]
struct Same(Vec<usize>);

impl Same {
    fn more(&mut self) -> usize {
        self.0.push(self.0.len());
        self.0.len() - 1
    }

    fn find(&mut self, number: usize) -> usize {
        let mut at = number;
        while let Some(next) = self.0.get(at).copied().filter(|next| *next != at) {
            let above = self.0.get(next).copied().unwrap_or(next);
            if let Some(place) = self.0.get_mut(at) {
                *place = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        if let Some(place) = self.0.get_mut(one.max(other)) {
            *place = one.min(other);
        }
    }
}

/// The place of each member in the order in which they had what they share.
fn ranks(members: &[Member<'_>], shared: &Shared) -> Vec<usize> {
    // Of each member, its group, and of each group, its members in their order.
    let mut group_of: Vec<usize> = (0..members.len()).collect();
    let mut groups: Vec<Vec<usize>> = group_of.iter().map(|member| vec![*member]).collect();
    let mut sets: Vec<usize> = (0..shared.sets.len())
        .filter(|set| shared.holders(*set).len() > 1)
        .collect();
    sets.sort_by_key(|set| {
        let size = shared.sets.get(*set).map_or(0, |(_, size)| *size);
        (shared.holders(*set).len(), std::cmp::Reverse(size), *set)
    });
    for set in sets {
        let holders = shared.holders(set);
        let touched: BTreeSet<usize> = holders
            .iter()
            .filter_map(|member| group_of.get(*member).copied())
            .collect();
        if touched.len() < 2 {
            continue;
        }
        // Whoever of a group had first what is shared speaks for it.
        let speakers: Vec<usize> = touched
            .iter()
            .filter_map(|group| groups.get(*group))
            .filter_map(|group| {
                let mut holding = group.iter();
                holding.find(|member| holders.binary_search(member).is_ok())
            })
            .copied()
            .collect();
        let mut claims: Vec<(Claim, usize)> = speakers
            .iter()
            .map(|member| (Claim::of(*member, set, &speakers, members, shared), *member))
            .collect();
        claims.sort_unstable();
        let mut merged: Vec<usize> = Vec::new();
        for (_, speaker) in &claims {
            let group = group_of
                .get(*speaker)
                .and_then(|group| groups.get_mut(*group));
            merged.extend(group.map(std::mem::take).unwrap_or_default());
        }
        let Some(first) = claims.first().map(|(_, first)| *first) else {
            continue;
        };
        let into = group_of.get(first).copied().unwrap_or(first);
        for member in &merged {
            if let Some(group) = group_of.get_mut(*member) {
                *group = into;
            }
        }
        if let Some(group) = groups.get_mut(into) {
            *group = merged;
        }
    }
    let mut ranks = vec![0; members.len()];
    for (rank, member) in groups.iter().flatten().enumerate() {
        if let Some(place) = ranks.get_mut(*member) {
            *place = rank;
        }
    }
    ranks
}

/// What says of several sessions which one had what they share first: the smallest. By the first of these that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    /// How many of the others have its first entry: a copy begins with what others have.
    begins_shared: usize,
    /// When the last shared entry was written in it: some copies are given the time of copying.
    shared_at: i64,
    /// Whether it is known to be a copy: it names one of the others, or tells by its first lines that it was begun when
    /// what is shared had been said.
    is_told: bool,
    /// If so, when it was begun.
    begun_at: i64,
    /// When its next entry was written; one that ends with what is shared comes before all.
    goes_on_at: i64,
}

impl Claim {
    fn of(
        member: usize,
        set: usize,
        others: &[usize],
        members: &[Member<'_>],
        shared: &Shared,
    ) -> Self {
        let sets = shared.sets_of(member);
        let Some(of) = members.get(member) else {
            return Self {
                begins_shared: 0,
                shared_at: 0,
                is_told: false,
                begun_at: 0,
                goes_on_at: 0,
            };
        };
        let events = of.prints.events();
        let first = events
            .iter()
            .position(|event| event.is_entry() && event.is_named());
        let first_set = first.and_then(|first| sets.get(first).copied().flatten());
        let also = first_set.map_or(&[][..], |set| shared.holders(set));
        let begins_shared = others
            .iter()
            .filter(|other| **other != member && also.binary_search(other).is_ok())
            .count();
        let last = sets.iter().rposition(|of| *of == Some(set)).unwrap_or(0);
        let shared_at = events
            .get(last)
            .and_then(Print::milliseconds)
            .unwrap_or(i64::MIN);
        let own = events
            .iter()
            .skip(last + 1)
            .filter(|event| event.is_entry());
        let mut own = own.peekable();
        let goes_on_at = match own.peek() {
            None => i64::MIN,
            Some(_) => own.find_map(Print::milliseconds).unwrap_or(i64::MAX),
        };
        let head = events.iter().take(first.unwrap_or(0));
        let begun_at = head
            .filter(|event| event.is_aside())
            .find_map(Print::milliseconds);
        let begun_at = begun_at.filter(|begun| *begun > shared_at);
        let named = of.prints.session().and_then(wanted).and_then(|of| of.id);
        let names_other = named.is_some_and(|id| {
            let mut others = others.iter().filter(|other| **other != member);
            others.any(|other| members.get(*other).is_some_and(|other| other.id == id))
        });
        Self {
            begins_shared,
            shared_at,
            is_told: names_other || begun_at.is_some(),
            begun_at: begun_at.unwrap_or(i64::MIN),
            goes_on_at,
        }
    }
}

/// What a member goes on from: the last of its entries that someone had before it, and whose that is.
fn descent(member: usize, shared: &Shared, owners: &[Option<usize>]) -> Option<Descent> {
    let sets = shared.sets_of(member).iter().enumerate().rev();
    let (at, parent) = sets
        .filter_map(|(at, set)| Some((at, owners.get((*set)?).copied().flatten()?)))
        .find(|(_, owner)| *owner != member)?;
    let entry = shared.entries.get(member)?.get(at)?;
    let parents = shared.entries.get(parent)?;
    Some(Descent {
        parent,
        point: ForkPoint {
            copied: at + 1,
            in_parent: parents.iter().rposition(|known| known == entry),
        },
    })
}
