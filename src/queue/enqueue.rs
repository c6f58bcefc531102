//! How jobs enter the queue: twins coalesce, the queue stays bounded, and a batch enters as a whole or not at all.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::events::{Entry, log};
use super::insert::{Attempt, insert, insert_failed, origin, rewrite};
use super::row::{self, Cells, Stored, columns, live, ms, waiting};
use super::wanted::{Edge, Wanted};
use super::{Exit, JobId, Need, NewJob, Queue, QueueError, StateKind, ending, needs};
use crate::config::Priority;
use crate::store::Durability;

/// What became of one job of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueued {
    /// The row that stands for it now; `None` when it was refused.
    pub id: Option<JobId>,
    /// In which way.
    pub how: How,
    /// The state of that row; `dropped` when it was refused.
    pub state: StateKind,
    /// The job that had to make room.
    pub evicted: Option<JobId>,
}

/// The ways a job can enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As a row of its own. Its state is `failed` if a job it needs has failed already.
    New,
    /// A waiting twin took over what it is about.
    Coalesced,
    /// Its twin is running and will be followed by it.
    Rerun,
    /// The queue is full of better or protected jobs, or a job of the batch that it needs was refused.
    Refused,
}

impl How {
    /// The name printed and stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Coalesced => "coalesced",
            Self::Rerun => "rerun",
            Self::Refused => "refused",
        }
    }
}

/// The key that twins share: the task and what distinguishes its jobs, framed by length so that no two lists of parts
/// give the same bytes.
pub fn unique_key<P: AsRef<[u8]>>(task: &str, scope: &[P]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(task.as_bytes()).chain(scope.iter().map(AsRef::as_ref)) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().to_hex().to_string()
}

impl Queue {
    /// Enters a batch, in one transaction that is durable if any of the jobs is acknowledged.
    ///
    /// `limit` bounds the jobs that wait. A job of a full queue takes the place of the worst one that nobody was
    /// promised, nobody waits for and reconciliation can make again, if its own band is better; else it is refused.
    pub fn enqueue(
        &mut self,
        jobs: &[NewJob],
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Enqueued>, QueueError> {
        self.write(durability(jobs), |tx| batch(tx, jobs, limit, now))
    }
}

/// How firmly a batch must be written.
pub(super) fn durability(jobs: &[NewJob]) -> Durability {
    if jobs.iter().any(|job| job.acknowledged) {
        Durability::Full
    } else {
        Durability::Normal
    }
}

/// Enters a batch inside a transaction.
pub(super) fn batch(
    conn: &Connection,
    jobs: &[NewJob],
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Enqueued>, QueueError> {
    let mut entered: Vec<Enqueued> = Vec::with_capacity(jobs.len());
    for job in jobs {
        let one = match resolve(conn, job, &entered)? {
            Some(edges) => enter(conn, &Wanted::new(job, edges, now), limit, &entered, now)?,
            None => refused(conn, job, "a job it needs was refused", now)?,
        };
        entered.push(one);
    }
    Ok(entered)
}

/// The needs of a job as rows; `None` if one of them was refused.
fn resolve(
    conn: &Connection,
    job: &NewJob,
    entered: &[Enqueued],
) -> Result<Option<Vec<Edge>>, QueueError> {
    let missing = |need: String| QueueError::MissingNeed {
        task: job.task.clone(),
        need,
    };
    let mut edges = Vec::with_capacity(job.needs.len());
    for need in &job.needs {
        edges.push(match need {
            Need::Job(id) => {
                needs::state_of(conn, id)?.ok_or_else(|| missing(format!("job {id}")))?;
                Edge {
                    needed: id.clone(),
                    after_rerun: false,
                }
            }
            Need::Batch(index) => {
                let parent = entered
                    .get(*index)
                    .ok_or_else(|| missing(format!("job {index} of the batch")))?;
                let Some(id) = &parent.id else {
                    return Ok(None);
                };
                Edge {
                    needed: id.clone(),
                    after_rerun: parent.how == How::Rerun,
                }
            }
        });
    }
    Ok(Some(edges))
}

fn enter(
    conn: &Connection,
    wanted: &Wanted,
    limit: usize,
    batch: &[Enqueued],
    now: Timestamp,
) -> Result<Enqueued, QueueError> {
    if let Some(failed) = needs::failed_need(conn, &wanted.edges)? {
        let id = insert_failed(conn, wanted, &failed, now)?;
        return Ok(Enqueued {
            id: Some(id),
            how: How::New,
            state: StateKind::Failed,
            evicted: None,
        });
    }
    if let Some(twin) = live_twin(conn, wanted.job.unique_key.as_deref())? {
        return join(conn, &twin, wanted, now);
    }
    // Neither those that this batch has just entered nor those that the newcomer needs make room for it.
    let entered = batch.iter().filter_map(|entered| entered.id.as_ref());
    let needed = wanted.edges.iter().map(|edge| &edge.needed);
    let protected: Vec<&JobId> = entered.chain(needed).collect();
    let Some(room) = make_room(conn, wanted.job.priority, limit, &protected, now)? else {
        return refused(conn, &wanted.job, "the queue is full", now);
    };
    let (id, state) = insert(conn, wanted, now)?;
    Ok(Enqueued {
        id: Some(id),
        how: How::New,
        state,
        evicted: room.victim,
    })
}

fn refused(
    conn: &Connection,
    job: &NewJob,
    why: &str,
    now: Timestamp,
) -> Result<Enqueued, QueueError> {
    row::change(
        conn,
        "INSERT INTO event (at, task, kind, data) VALUES (?1, ?2, 'refused', ?3)",
        params![
            ms(now),
            job.task,
            json!({ "why": why, "trigger": job.trigger, "commit": job.input.commit }).to_string()
        ],
    )?;
    Ok(Enqueued {
        id: None,
        how: How::Refused,
        state: StateKind::Dropped,
        evicted: None,
    })
}

/// The live job that has this key.
pub(super) fn live_twin(
    conn: &Connection,
    key: Option<&str>,
) -> Result<Option<Stored>, QueueError> {
    let Some(key) = key else {
        return Ok(None);
    };
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM job WHERE unique_key = ?1 AND ",
        live!()
    );
    row::first(conn, sql, [key], Stored::read)
}

/// A live twin takes over what is wanted: now if it waits, after its run if it runs.
fn join(
    conn: &Connection,
    twin: &Stored,
    wanted: &Wanted,
    now: Timestamp,
) -> Result<Enqueued, QueueError> {
    needs::refuse_cycle(conn, &twin.job.id, &twin.job.task, &wanted.edges)?;
    let from = twin.kind();
    let (how, state) = if from == StateKind::Running {
        let rerun = match &twin.rerun {
            Some(raw) => Wanted::from_rerun(twin, raw)?.merged(wanted.clone()),
            None => wanted.clone(),
        };
        let raw = rerun.to_rerun()?;
        row::change(
            conn,
            "UPDATE job SET rerun_input = ?1, rerun_paths = ?2 WHERE seq = ?3 AND state = 'running'",
            params![raw.text, raw.paths, twin.seq],
        )?;
        (How::Rerun, from)
    } else {
        let attempt = Attempt::after_merge(twin, wanted);
        let merged = Wanted::of(twin).merged(wanted.clone());
        (How::Coalesced, rewrite(conn, twin, &merged, &attempt)?)
    };
    let entry = Entry {
        job: &twin.job.id,
        task: &twin.job.task,
        kind: how.name(),
        from: Some(from),
        to: Some(state),
        data: origin(wanted),
    };
    log(conn, &entry, now)?;
    Ok(Enqueued {
        id: Some(twin.job.id.clone()),
        how,
        state,
        evicted: None,
    })
}

/// There is room, perhaps because somebody made it.
struct Room {
    victim: Option<JobId>,
}

/// Makes room for one more waiting job; `None` if the queue is full of jobs that stay.
fn make_room(
    conn: &Connection,
    newcomer: Priority,
    limit: usize,
    protected: &[&JobId],
    now: Timestamp,
) -> Result<Option<Room>, QueueError> {
    let sql = concat!("SELECT count(*) FROM job WHERE ", waiting!());
    let waiting = row::first(conn, sql, [], |row| Cells::new(row).next::<i64>())?.unwrap_or(0);
    if waiting < row::bound(limit) {
        return Ok(Some(Room { victim: None }));
    }
    let worst_first = concat!(
        "SELECT ",
        columns!(),
        " FROM job WHERE ",
        waiting!(),
        " AND recreatable = 1 AND acknowledged = 0 AND user_triggered = 0 AND priority > ?1
          AND NOT EXISTS (SELECT 1 FROM need WHERE needed = job.id AND satisfied = 0)
          ORDER BY priority DESC, queued_at DESC, seq DESC LIMIT ?2"
    );
    let params = params![newcomer.value(), row::bound(protected.len() + 1)];
    let candidates = row::all(conn, worst_first, params, Stored::read)?;
    let victim = candidates
        .into_iter()
        .find(|candidate| !protected.contains(&&candidate.job.id));
    let Some(victim) = victim else {
        return Ok(None);
    };
    ending::leave(
        conn,
        &victim,
        Exit::Dropped,
        "a better job took its place",
        now,
    )?;
    Ok(Some(Room {
        victim: Some(victim.job.id),
    }))
}
