//! Anomalies that were told before.

use serde::{Deserialize, Serialize};

use crate::metrics::Anomaly;

/// What is remembered of an anomaly that was told. By its two moments it is known again when the oldest runs are gone: see
/// [`Anomaly::is_same_as`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The automation's id.
    pub automation: String,
    /// The name of its kind.
    pub kind: String,
    /// When the run ended at which it began, in ms UTC.
    pub began: i64,
    /// When the run ended that was the last to show it, in ms UTC.
    pub noticed: i64,
}

impl Told {
    fn of(anomaly: &Anomaly) -> Self {
        Self {
            automation: anomaly.task().to_owned(),
            kind: anomaly.kind.name().to_owned(),
            began: anomaly.began.at,
            noticed: anomaly.noticed.at,
        }
    }

    fn is_about(&self, anomaly: &Anomaly) -> bool {
        self.automation == anomaly.task() && self.kind == anomaly.kind.name()
    }

    /// What began before the other was last seen is the same, or an older one.
    fn covers(&self, anomaly: &Anomaly) -> bool {
        self.is_about(anomaly) && anomaly.began.at <= self.noticed
    }
}

/// Those that were not told yet. Of each automation and kind the newest is remembered, whether it is new or goes on.
pub fn untold<'a>(
    anomalies: impl IntoIterator<Item = &'a Anomaly>,
    told: &mut Vec<Told>,
) -> Vec<&'a Anomaly> {
    let mut new = Vec::new();
    for anomaly in anomalies {
        let mut now = Told::of(anomaly);
        if told.iter().any(|it| it.covers(anomaly)) {
            let noticed = told.iter().filter(|it| it.is_about(anomaly));
            now.noticed = noticed.map(|it| it.noticed).fold(now.noticed, i64::max);
        } else {
            new.push(anomaly);
        }
        told.retain(|it| !it.is_about(anomaly));
        told.push(now);
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Anomaly;
    use crate::optimize::automation::{Run, RunKind};
    use crate::optimize::monitor::anomalies;

    /// Runs a minute apart, of so many seconds each.
    fn found(id: &str, seconds: &[u64]) -> Vec<Anomaly> {
        let runs: Vec<Run> = (0..)
            .zip(seconds)
            .map(|(number, seconds)| Run {
                at: number * 60_000,
                kind: RunKind::Live,
                case: None,
                ok: true,
                exit: Some(0),
                ms: seconds * 1000,
                cpu_ms: None,
                peak_rss_kib: None,
                error: None,
            })
            .collect();
        anomalies(id, &runs)
    }

    #[test]
    fn each_is_told_once_however_often_it_is_found() {
        let mut told = Vec::new();
        let mut course = vec![1; 12];
        let mut news = Vec::new();
        for seconds in [9, 9, 9, 1, 1, 9, 1] {
            course.push(seconds);
            news.push(untold(&found("a", &course), &mut told).len());
        }
        assert_eq!(news, [1, 0, 0, 0, 0, 1, 0]);
        // The oldest runs go, and another automation has anomalies of its own.
        assert_eq!(untold(&found("a", &course[..]), &mut told).len(), 0);
        assert_eq!(untold(&found("b", &course), &mut told).len(), 2);
        let text = serde_json::to_string(&told).unwrap_or_default();
        assert_eq!(serde_json::from_str::<Vec<Told>>(&text).ok(), Some(told));
    }
}
