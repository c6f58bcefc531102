//! A session event by event: its boundaries, and of each piece of work everything that is told without a model.
//!
//! What is known so far can be stored and gone on with when the file has grown; no text in it has secrets. Sessions of forks
//! begin with [`Digest::skip`] for what is not their own.

use serde::{Deserialize, Serialize};

use super::boundary::{Boundary, Tracker};
use super::draft::{Draft, Drafter};
use super::figures::Figures;
use super::model::{Event, Model, Session};
use super::segment::{Segment, Segmenter};
use super::signals::{Around, Listener, Signals};

/// A piece of work in a session, and everything that is told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Which it is.
    pub segment: Segment,
    /// What it took.
    pub figures: Figures,
    /// What it was about, in its own words.
    pub draft: Draft,
    /// What is known of how it went.
    pub listener: Listener,
    /// The main model of the piece before.
    pub previous_model: Option<Model>,
    /// Whether the session ends with it, as far as is known.
    pub is_last: bool,
}

impl Piece {
    /// How it went. Whether it takes up again what was abandoned, only those know who know the other sessions.
    pub fn signals(&self, is_abandoned_restart: bool) -> Signals {
        let around = Around {
            previous_model: self.previous_model.as_ref(),
            is_last: self.is_last,
            is_abandoned_restart,
        };
        self.listener.signals(&self.figures, &around)
    }
}

/// What is told of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// The boundaries before it.
    pub boundaries: Vec<Boundary>,
    /// The piece of work that they end. None if there are none, or if it is too small and goes on.
    pub ended: Option<Piece>,
}

/// What is known of a session so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    folder: Option<String>,
    tracker: Tracker,
    segmenter: Segmenter,
    figures: Figures,
    listener: Listener,
    drafter: Drafter,
    previous_model: Option<Model>,
}

impl Digest {
    /// At the beginning of a session.
    pub fn new(session: &Session) -> Self {
        Self {
            folder: session.folder.clone(),
            tracker: Tracker::new(session.agent),
            segmenter: Segmenter::new(session.agent, &session.id),
            figures: Figures::default(),
            listener: Listener::default(),
            drafter: Drafter::default(),
            previous_model: None,
        }
    }

    /// Passes over an event that is a copy of the parent's: see [`super::fork::fork_point`].
    pub fn skip(&mut self, event: &Event) {
        self.tracker.skip(event);
    }

    /// What comes is the session's own: see [`Tracker::forked`].
    pub fn forked(&mut self, point: Option<String>) {
        self.tracker.forked(point);
    }

    /// Takes the session's next event in.
    pub fn next(&mut self, event: &Event) -> Told {
        let boundaries = self.tracker.next(event);
        let segment = self.segmenter.next(event, boundaries.clone());
        let ended = segment.map(|segment| {
            let figures = std::mem::take(&mut self.figures);
            let main_model = figures.main_model().cloned();
            // A model that was chosen is in use until another is.
            self.figures = figures.continued();
            let previous_model = self.previous_model.clone();
            self.previous_model = main_model.or_else(|| previous_model.clone());
            Piece {
                segment,
                figures,
                draft: std::mem::take(&mut self.drafter).draft(),
                listener: std::mem::take(&mut self.listener),
                previous_model,
                is_last: false,
            }
        });
        self.figures.add(event, self.folder.as_deref());
        self.listener.add(event);
        self.drafter.add(event);
        Told { boundaries, ended }
    }

    /// The piece of work that ends with the last event, if the session ends there; none if that is too small.
    pub fn last(&self) -> Option<Piece> {
        Some(Piece {
            segment: self.segmenter.last()?,
            figures: self.figures.clone(),
            draft: self.drafter.draft(),
            listener: self.listener.clone(),
            previous_model: self.previous_model.clone(),
            is_last: true,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::sessions::model::{Agent, Kind, Link};
    use crate::sessions::testing::{TREE, answer, at, compaction, line, model, pi, user};

    fn session() -> Session {
        Session {
            agent: Agent::Pi,
            id: "s".to_owned(),
            folder: Some("/home/dev/proj".to_owned()),
            started_at: None,
            parent: None,
            version: None,
            branch: None,
            commit: None,
        }
    }

    fn pieces(events: &[Event]) -> Vec<Piece> {
        let mut digest = Digest::new(&session());
        let mut pieces: Vec<Piece> = events
            .iter()
            .filter_map(|event| digest.next(event).ended)
            .collect();
        pieces.extend(digest.last());
        pieces
    }

    fn says(name: &str, text: &str) -> Kind {
        let mut one = answer(text);
        one.model = (!name.is_empty()).then(|| model("p", name));
        Kind::Assistant(Box::new(one))
    }

    #[test]
    fn the_tree_written_by_pi_is_told_piece_by_piece() {
        let pieces = pieces(&pi(TREE));
        let told: Vec<(u64, u64, u64, &str)> = pieces
            .iter()
            .map(|piece| {
                let figures = &piece.figures;
                (
                    figures.user_messages,
                    figures.answers,
                    figures.usage.tokens(),
                    piece.draft.title.as_str(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (3, 3, 45, "add login"),
                (2, 2, 30, "tree jump from a1"),
                (1, 1, 15, "after compaction")
            ]
        );
        // The flag is in the last, and the two entries after it are in none.
        assert_eq!(pieces[2].signals(false).manual_flags.len(), 1);
        assert!(pieces.iter().all(|piece| !piece.is_last));
    }

    #[test]
    fn a_piece_knows_the_model_before_it() {
        let text = "word ".repeat(50);
        let events = line([
            user(&text),
            says("a", &text),
            user("x"),
            compaction("s"),
            says("", &text),
            user(&text),
            compaction("t"),
            says("b", &text),
            user(&text),
        ]);
        let pieces = pieces(&events);
        let switches: Vec<Option<Model>> = pieces
            .iter()
            .map(|piece| piece.signals(false).friction.model_switch_from)
            .collect();
        assert_eq!(switches, [None, None, Some(model("p", "a"))]);
        // Who does not say its name is the one before.
        assert_eq!(pieces[1].figures.models[0].model, model("p", "a"));
        assert!(pieces[2].is_last && pieces[2].signals(true).friction.abandoned_restart);
    }

    #[test]
    fn no_secret_is_in_what_is_stored() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let text = format!("token {token} {}", "word ".repeat(50));
        let handoff = Kind::Custom {
            name: "handoff".to_owned(),
            data: serde_json::json!({"target": token}),
        };
        let branch = Kind::BranchSummary {
            from: None,
            summary: text.clone(),
        };
        let events = line([
            user(&text),
            says("a", &text),
            Kind::Name { name: text.clone() },
            compaction(&text),
            user(&text),
            says(&text, &text),
            branch,
            user(&format!("handoff to {token}")),
            says("a", "x"),
            handoff,
            crate::sessions::testing::result("1", &token, &token, true),
            Kind::Shell {
                command: text.clone(),
                output: text.clone(),
                exit_code: None,
            },
        ]);
        let mut digest = Digest::new(&session());
        let mut stored = String::new();
        for event in &events {
            let told = digest.next(event);
            stored.push_str(&serde_json::to_string(&told.boundaries).unwrap());
            stored.push_str(&serde_json::to_string(&told.ended).unwrap());
            stored.push_str(&serde_json::to_string(&digest).unwrap());
        }
        assert!(stored.contains("[redacted:github-token]"));
        assert!(!stored.contains("a1B2c3D4e5"), "{stored}");
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(
            shape in proptest::collection::vec((0_u8..5, any::<bool>(), prop_oneof![9 => Just(1_i64), 1 => Just(700)]), 0..40),
        ) {
            let text = "word ".repeat(60);
            let mut seconds = 0;
            let mut events = Vec::new();
            for (number, (kind, _, gap)) in shape.iter().enumerate() {
                seconds += gap;
                let kind = match kind {
                    0 => user(&text),
                    1 => says("a", &text),
                    2 => says("b", "no"),
                    3 => compaction("s"),
                    _ => crate::sessions::testing::note(),
                };
                let mut event = crate::sessions::testing::event(&format!("L{number}"), Link::Previous, 0, kind);
                event.at = Some(at(seconds));
                events.push(event);
            }
            let whole = pieces(&events);
            let mut digest = Digest::new(&session());
            let mut parts = Vec::new();
            for (event, (_, cut, _)) in events.iter().zip(&shape) {
                if *cut {
                    digest = serde_json::from_str(&serde_json::to_string(&digest).unwrap()).unwrap();
                }
                parts.extend(digest.next(event).ended);
            }
            parts.extend(digest.last());
            // What is counted is counted in one piece only.
            let answers: u64 = whole.iter().map(|piece| piece.figures.answers).sum();
            let said = events.iter().filter(|event| matches!(event.kind, Kind::Assistant(_))).count();
            prop_assert!(answers <= said as u64);
            prop_assert_eq!(whole, parts);
        }
    }
}
