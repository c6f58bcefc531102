//! A million finished jobs cost nothing: what runs on every enqueue and claim never reads them.

use rusqlite::Connection;

use super::super::row::{columns, live, waiting};
use super::*;

fn plan(conn: &Connection, sql: &str) -> String {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps = statement
        .query_map([], |row| row.get::<_, String>(3))
        .unwrap();
    steps.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[test]
fn hot_statements_use_the_partial_indexes() {
    let (_dir, queue) = queue();
    let conn = queue.conn();
    let statements = [
        (
            concat!("SELECT count(*) FROM job WHERE ", waiting!()),
            "job_live",
        ),
        (
            concat!(
                "SELECT ",
                columns!(),
                " FROM job WHERE unique_key = 'k' AND ",
                live!()
            ),
            "job_twin",
        ),
        (
            concat!(
                "SELECT ",
                columns!(),
                " FROM job WHERE state = 'queued' AND run_at <= 5 ORDER BY priority, queued_at, seq"
            ),
            "job_queued",
        ),
        (
            concat!("SELECT id FROM job WHERE state = 'running' AND ", live!()),
            "job_live",
        ),
        (
            "SELECT channel FROM message WHERE state <> 'sent' AND state = 'waiting'",
            "message_unsent",
        ),
        (
            "SELECT channel FROM delivery WHERE message IS NULL",
            "INDEX delivery_open",
        ),
        (
            "SELECT max(ended_at) FROM message WHERE channel = 'c' AND state = 'sent'",
            "message_sent",
        ),
        (
            concat!("SELECT id FROM job WHERE deadline <= 5 AND ", waiting!()),
            "job_live",
        ),
        (
            concat!(
                "SELECT state, count(*) FROM job WHERE ",
                live!(),
                " GROUP BY state"
            ),
            "job_live",
        ),
        (
            "SELECT state, count(*) FROM job WHERE finished_at >= 5 GROUP BY state",
            "COVERING INDEX job_finished",
        ),
        (
            "SELECT seq FROM job WHERE state = 'failed' AND finished_at < 5 ORDER BY finished_at",
            "job_failed",
        ),
        (
            "SELECT 1 FROM need WHERE needed = 'x' AND satisfied = 0",
            "need_unsatisfied",
        ),
    ];
    for (sql, index) in statements {
        let plan = plan(conn, sql);
        assert!(plan.contains(index), "{sql}\n{plan}");
        assert!(!plan.contains("SCAN job;"), "{sql}\n{plan}");
    }
}
