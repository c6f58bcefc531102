//! Anomalies, each of which is told once.

use jiff::Timestamp;
use serde_json::json;

use super::{Draft, Ledger, object};
use crate::config::notify::{NoticeKind, Severity};
use crate::metrics::Anomaly;
use crate::queue::Told;

/// What must be known of what was told before, to derive the notices of these anomalies.
pub fn subject_of_anomaly(anomaly: &Anomaly) -> String {
    format!(
        "anomaly:{}:{}:{}",
        anomaly.kind.name(),
        anomaly.host,
        anomaly.history
    )
}

/// Whether an anomaly is the one that was told: see [`Anomaly::is_same_as`].
fn is_known(told: &Told, anomaly: &Anomaly) -> bool {
    let mut moments = told.state.split(' ').map(str::parse::<i64>);
    match (moments.next(), moments.next()) {
        (Some(Ok(began)), Some(Ok(noticed))) => {
            anomaly.began.at <= noticed && began <= anomaly.noticed.at
        }
        _ => false,
    }
}

/// The notice of an anomaly, once; its identity is that of the run at which it began.
pub fn unusual(anomaly: &Anomaly, ledger: &mut Ledger) -> Option<Draft> {
    let at = Timestamp::from_millisecond(anomaly.noticed.at).ok()?;
    let began = Timestamp::from_millisecond(anomaly.began.at).ok()?;
    let subject = subject_of_anomaly(anomaly);
    let earlier = ledger.get(&subject);
    let known = earlier.filter(|told| is_known(told, anomaly)).cloned();
    let told = Told {
        state: format!("{} {}", anomaly.began.at, anomaly.noticed.at),
        at: known.as_ref().map_or(at, |told| told.at),
        times: known
            .as_ref()
            .map_or(1, |told| told.times.saturating_add(1)),
    };
    ledger.set(&subject, told);
    known.is_none().then(|| Draft {
        seq: anomaly.began.fence,
        at: began,
        event: NoticeKind::Anomaly,
        severity: Severity::Warning,
        task: Some(anomaly.task().to_owned()),
        job: Some(anomaly.noticed.job.clone()),
        values: object(json!({
            "task_name": anomaly.task(),
            "anomaly": anomaly.key(),
            "summary": anomaly.sentence(),
            "kind": anomaly.kind.name(),
        })),
    })
}
