//! A session event by event: its boundaries, and of each piece of work everything that is told without a model.
//!
//! What is known so far can be stored and gone on with when the file has grown; no text in it has secrets. Sessions of forks
//! begin with [`Digest::skip`] for what is not their own: [`crate::sessions::lineage::Cut`] does that.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::sessions::boundary::{Boundary, Tracker};
use crate::sessions::draft::{Draft, Drafter};
use crate::sessions::figures::Figures;
use crate::sessions::model::{Event, Model, Session};
use crate::sessions::segment::{Minimum, Segment, Segmenter};
use crate::sessions::signals::{Around, Listener, Signals};

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

    /// With another minimum for segments than S3's.
    #[must_use]
    pub fn at_least(mut self, minimum: Minimum) -> Self {
        self.segmenter = self.segmenter.at_least(minimum);
        self
    }

    /// Passes over an event that is a copy of the parent's: see [`crate::sessions::lineage`].
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
