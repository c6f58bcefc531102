//! The ledger of what the agent was called for, and what it cost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::{Connection, params};

use super::row::{all, change, count, first, key, limit, ms, node_id, time, uncount, word};
use super::{Graph, GraphError};
use crate::graph::ledger::{Cap, Caps, DaySpending, PastCall, Purpose, Spent, Wanted};
use crate::graph::node::{MOST_COST, MOST_TOKENS, NodeId};
use crate::graph::patterns::nano;
use crate::sessions::Usage;

/// A call that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewCall<'a> {
    /// Of which job: the parts of one analysis share it.
    pub job: &'a str,
    /// About which node.
    pub node: Option<NodeId>,
    /// What for.
    pub purpose: Purpose,
    /// `provider/model`.
    pub model: &'a str,
    /// The night, the tick or the command that it is made in.
    pub run: &'a str,
    /// What it may come to, 10⁻⁹ US dollars; 0 if nobody knows.
    pub expected_cost: u64,
}

/// A call in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CallId(i64);

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is in the ledger: make it.
    Yes(CallId),
    /// It is not, and must not be made.
    CapReached(Cap),
}

/// What came of a call.
#[derive(Clone, Copy, Debug)]
pub struct EndedCall<'a> {
    /// [`OK`], or a failure's word.
    pub outcome: &'a str,
    /// What it took. Without a cost, what was expected counts; a call that nothing was asked in has cost nothing and says so.
    pub usage: &'a Usage,
    /// How long it took.
    pub wall: Duration,
    /// Whether the answer was there already: it took nothing, whatever `usage` says.
    pub kept: bool,
}

/// How a call ends that was answered.
pub const OK: &str = "ok";
/// How one ends that took too long.
pub const TIMEOUT: &str = "timeout";
/// From so many of a model's last calls its price is learned.
const PRICED: usize = 50;

/// What a call counts: what was told, or else what was expected.
macro_rules! counted {
    () => {
        "coalesce(cost, expected_cost)"
    };
}

impl Graph {
    /// Writes into the ledger that a call is about to be made, if no cap is reached. It is one transaction, so several
    /// processes together stay within the caps too.
    pub fn begin_call(
        &mut self,
        call: &NewCall<'_>,
        caps: &Caps,
        day_start: Timestamp,
        now: Timestamp,
    ) -> Result<Begun, GraphError> {
        self.write_for_good(|tx| {
            let spent = spent(tx, day_start, call.run)?;
            let is_analysis = call.purpose == Purpose::Analysis;
            let wanted = Wanted {
                expected_cost: call.expected_cost,
                is_first_today: is_analysis && !begun_since(tx, call.job, day_start)?,
                is_first_of_run: is_analysis && !begun_in(tx, call.job, call.run)?,
            };
            if let Some(cap) = caps.reached(&spent, &wanted) {
                return Ok(Begun::CapReached(cap));
            }
            change(
                tx,
                "INSERT INTO agent_call (job, node, purpose, model, run, started_at, expected_cost)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    call.job,
                    call.node.map(key),
                    call.purpose.as_str(),
                    call.model,
                    call.run,
                    ms(now),
                    count(call.expected_cost.min(nano(MOST_COST)))
                ],
            )?;
            Ok(Begun::Yes(CallId(tx.last_insert_rowid())))
        })
    }

    /// Writes what came of a call. A call that has ended already stays as it ended: false.
    pub fn end_call(
        &mut self,
        call: CallId,
        ended: &EndedCall<'_>,
        now: Timestamp,
    ) -> Result<bool, GraphError> {
        let nothing = Usage {
            cost: Some(0.0),
            ..Usage::default()
        };
        let usage = if ended.kept { &nothing } else { ended.usage };
        let wall = i64::try_from(ended.wall.as_millis()).unwrap_or(i64::MAX);
        self.write_for_good(|tx| {
            let changed = change(
                tx,
                "UPDATE agent_call SET ended_at = ?2, outcome = ?3, kept = ?4, input = ?5, output = ?6, cache_read = ?7,
                        cache_write = ?8, cost = ?9, wall_ms = ?10
                 WHERE seq = ?1 AND ended_at IS NULL",
                params![
                    call.0,
                    ms(now),
                    ended.outcome,
                    ended.kept,
                    tokens(usage.input),
                    tokens(usage.output),
                    tokens(usage.cache_read),
                    tokens(usage.cache_write),
                    usage.cost.map(|cost| count(nano(cost.min(MOST_COST)))),
                    wall
                ],
            )?;
            Ok(changed > 0)
        })
    }

    /// What was spent today and in a run, as the caps see it.
    pub fn spent(&self, day_start: Timestamp, run: &str) -> Result<Spent, GraphError> {
        spent(self.conn(), day_start, run)
    }

    /// What a token of a model costs, 10⁻⁹ US dollars, rounded up: learned from its last 50 calls that told tokens and cost.
    /// Nothing if there are none.
    pub fn price(&self, model: &str) -> Result<Option<u64>, GraphError> {
        let sums = first(
            self.conn(),
            "SELECT total(cost), total(tokens) FROM (
                 SELECT cost, input + output + cache_read + cache_write AS tokens FROM agent_call
                 WHERE model = ?1 AND ended_at IS NOT NULL AND NOT kept AND cost IS NOT NULL
                     AND input + output + cache_read + cache_write > 0
                 ORDER BY ended_at DESC, seq DESC LIMIT ?2)",
            params![model, limit(PRICED)],
            |row| Ok((row.get::<_, f64>(0)?, row.get::<_, f64>(1)?)),
        )?;
        Ok(sums.and_then(|(cost, tokens)| per_token(cost, tokens)))
    }

    /// When a model's last calls ended and how, the newest first: [`OK`], or a failure's word. Answers that were there already
    /// are none.
    pub fn last_calls(
        &self,
        model: &str,
        most: usize,
    ) -> Result<Vec<(Timestamp, String)>, GraphError> {
        all(
            self.conn(),
            "SELECT ended_at, outcome FROM agent_call
             WHERE model = ?1 AND ended_at IS NOT NULL AND NOT kept ORDER BY ended_at DESC, seq DESC LIMIT ?2",
            params![model, limit(most)],
            |row| {
                let outcome: Option<String> = row.get(1)?;
                Ok((time("ended_at", row.get(0)?)?, outcome.unwrap_or_default()))
            },
        )
    }

    /// How many calls of a job took too long.
    pub fn timeouts_of(&self, job: &str) -> Result<u32, GraphError> {
        let found = first(
            self.conn(),
            "SELECT count(*) FROM agent_call WHERE job = ?1 AND outcome = ?2",
            [job, TIMEOUT],
            |row| row.get(0),
        )?;
        Ok(found.unwrap_or(0))
    }

    /// What was spent since then, by local day, purpose and model; the newest day first.
    pub fn spending(
        &self,
        since: Timestamp,
        zone: &TimeZone,
    ) -> Result<Vec<DaySpending>, GraphError> {
        let calls = all(
            self.conn(),
            "SELECT started_at, purpose, model, job, ended_at IS NULL, outcome, kept, input, output, cache_read,
                    cache_write, cost, expected_cost
             FROM agent_call WHERE started_at >= ?1 ORDER BY started_at, seq",
            [ms(since)],
            |row| {
                let purpose: String = row.get(1)?;
                let number = |column: usize| -> Result<u64, GraphError> {
                    Ok(uncount(row.get::<_, i64>(column)?))
                };
                let kept: bool = row.get(6)?;
                let open: bool = row.get(4)?;
                let outcome: Option<String> = row.get(5)?;
                let cost: Option<i64> = row.get(11)?;
                let at = time("started_at", row.get(0)?)?;
                Ok((
                    row.get::<_, String>(3)?,
                    DaySpending {
                        day: at.to_zoned(zone.clone()).date(),
                        purpose: word("purpose", &purpose, Purpose::from_word)?,
                        model: row.get(2)?,
                        calls: u64::from(!kept),
                        jobs: 0,
                        failed: u64::from(outcome.is_some_and(|outcome| outcome != OK)),
                        open: u64::from(open),
                        kept: u64::from(kept),
                        input: number(7)?,
                        output: number(8)?,
                        cache_read: number(9)?,
                        cache_write: number(10)?,
                        cost: uncount(cost.unwrap_or(0)),
                        expected_cost: if cost.is_none() { number(12)? } else { 0 },
                    },
                ))
            },
        )?;
        Ok(summed(calls))
    }

    /// The analysis that ended last, however it ended.
    pub fn last_analysis(&self) -> Result<Option<PastCall>, GraphError> {
        let found = all(
            self.conn(),
            "SELECT job, node, model, started_at, ended_at, outcome, cost FROM agent_call
             WHERE purpose = ?1 AND ended_at IS NOT NULL ORDER BY ended_at DESC, seq DESC LIMIT 1",
            [Purpose::Analysis.as_str()],
            |row| {
                Ok(PastCall {
                    job: row.get(0)?,
                    node: row.get::<_, Option<i64>>(1)?.map(node_id),
                    model: row.get(2)?,
                    started_at: time("started_at", row.get(3)?)?,
                    ended_at: time("ended_at", row.get(4)?)?,
                    outcome: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
                    cost: row.get::<_, Option<i64>>(6)?.map(uncount),
                })
            },
        )?;
        Ok(found.into_iter().next())
    }

    /// Forgets calls that were begun before then; how many.
    pub fn forget_calls(&mut self, before: Timestamp) -> Result<usize, GraphError> {
        self.write(|tx| {
            change(
                tx,
                "DELETE FROM agent_call WHERE started_at < ?1",
                [ms(before)],
            )
        })
    }
}

/// More is a mistake of whoever counted, and sums must not overflow.
fn tokens(number: u64) -> i64 {
    count(number.min(MOST_TOKENS))
}

fn spent(conn: &Connection, day_start: Timestamp, run: &str) -> Result<Spent, GraphError> {
    let analysis = Purpose::Analysis.as_str();
    let today = sum(
        conn,
        concat!(
            "SELECT coalesce(sum(",
            counted!(),
            "), 0), count(DISTINCT CASE WHEN purpose = ?2 THEN job END) FROM agent_call WHERE started_at >= ?1"
        ),
        params![ms(day_start), analysis],
    )?;
    let of_run = sum(
        conn,
        concat!(
            "SELECT coalesce(sum(",
            counted!(),
            "), 0), count(DISTINCT CASE WHEN purpose = ?2 THEN job END) FROM agent_call WHERE run = ?1"
        ),
        params![run, analysis],
    )?;
    Ok(Spent {
        cost_today: today.0,
        cost_of_run: of_run.0,
        jobs_today: today.1,
        jobs_of_run: of_run.1,
    })
}

fn sum(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<(u64, u64), GraphError> {
    let found = first(conn, sql, params, |row| {
        Ok((uncount(row.get(0)?), uncount(row.get(1)?)))
    })?;
    Ok(found.unwrap_or((0, 0)))
}

fn begun_since(conn: &Connection, job: &str, day_start: Timestamp) -> Result<bool, GraphError> {
    let found = first(
        conn,
        "SELECT 1 FROM agent_call WHERE job = ?1 AND started_at >= ?2 LIMIT 1",
        params![job, ms(day_start)],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

fn begun_in(conn: &Connection, job: &str, run: &str) -> Result<bool, GraphError> {
    let found = first(
        conn,
        "SELECT 1 FROM agent_call WHERE job = ?1 AND run = ?2 LIMIT 1",
        [job, run],
        |_| Ok(()),
    )?;
    Ok(found.is_some())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Neither is negative, and `as` saturates.
fn per_token(cost: f64, tokens: f64) -> Option<u64> {
    (tokens > 0.0).then(|| (cost / tokens).ceil() as u64)
}

fn summed(calls: Vec<(String, DaySpending)>) -> Vec<DaySpending> {
    let mut sums: BTreeMap<_, (DaySpending, BTreeSet<String>)> = BTreeMap::new();
    for (job, call) in calls {
        let at = (
            std::cmp::Reverse(call.day),
            call.purpose,
            call.model.clone(),
        );
        match sums.get_mut(&at) {
            None => {
                sums.insert(at, (call, BTreeSet::from([job])));
            }
            Some((sum, jobs)) => {
                jobs.insert(job);
                sum.calls += call.calls;
                sum.failed += call.failed;
                sum.open += call.open;
                sum.kept += call.kept;
                sum.input = sum.input.saturating_add(call.input);
                sum.output = sum.output.saturating_add(call.output);
                sum.cache_read = sum.cache_read.saturating_add(call.cache_read);
                sum.cache_write = sum.cache_write.saturating_add(call.cache_write);
                sum.cost = sum.cost.saturating_add(call.cost);
                sum.expected_cost = sum.expected_cost.saturating_add(call.expected_cost);
            }
        }
    }
    sums.into_values()
        .map(|(sum, jobs)| DaySpending {
            jobs: jobs.len() as u64,
            ..sum
        })
        .collect()
}
