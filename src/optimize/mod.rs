//! Work that is repeated: found in what was typed, made into automations, and tried where it can do no harm.
//!
//! Lines that shells, git, coding agents and our own queue remember ([`collect`]) become steps without what differs from
//! one time to the next ([`command`]); what is screened as secret is never stored. Steps that recur in the same order
//! are patterns ([`mine`]), which are scored ([`score`]) and become a recipe ([`recipe`]): steps and parameters. A recipe is
//! written out in one of several forms ([`generate`]), tried in a sandbox ([`sandbox`]), and enabled by a person.
//! `optimize.db` in the user's data folder keeps it all ([`db`]). How automations do is watched ([`monitor`]), what they save is
//! reckoned ([`efficiency`]), workflows are looked through for what would make them faster ([`workflow`]), and once a week all
//! of it is done without anybody asking ([`engine`]).

pub mod automation;
pub mod collect;
pub mod command;
pub mod db;
pub mod efficiency;
pub mod engine;
pub mod episode;
pub mod event;
pub mod generate;
pub mod mine;
pub mod monitor;
pub mod place;
pub mod recipe;
pub mod sandbox;
pub mod score;
pub mod workflow;
