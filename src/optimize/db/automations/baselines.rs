//! What it took by hand.

use rusqlite::{OptionalExtension as _, params};

use super::{Optimize, Result, exact};
use crate::optimize::efficiency::{Baseline, Origin};
use crate::store::StoreError;

impl Optimize {
    /// Keeps what it took by hand to do what an automation does, in the place of what was known from the same origin.
    /// `steps` are the keys of its steps in histories, if they are known.
    pub fn put_baseline(&mut self, id: &str, baseline: &Baseline, steps: &[String]) -> Result<()> {
        self.change(|tx| {
            exact(tx, id)?;
            let json = |column, of: serde_json::Result<String>| {
                of.map_err(|error| StoreError::value(column, error))
            };
            let sql = "INSERT INTO automation_baseline (automation, origin, at, durations, per_week, steps)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                       ON CONFLICT (automation, origin) DO UPDATE SET at = excluded.at, durations = excluded.durations,
                           per_week = excluded.per_week, steps = excluded.steps";
            tx.execute(
                sql,
                params![
                    id,
                    baseline.origin.name(),
                    baseline.at,
                    json("durations", serde_json::to_string(&baseline.durations))?,
                    baseline.per_week.filter(|it| it.is_finite()),
                    json("steps", serde_json::to_string(steps))?,
                ],
            )?;
            Ok(())
        })
    }

    /// What it took by hand, from every origin that says anything: what somebody said first.
    pub fn baselines(&self, id: &str) -> Result<Vec<Baseline>> {
        let sql =
            "SELECT origin, at, durations, per_week FROM automation_baseline WHERE automation = ?1
                   ORDER BY origin = 'said' DESC, origin";
        let mut statement = self.conn().prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let origin: String = row.get(0)?;
            let durations: String = row.get(2)?;
            found.push(Baseline {
                origin: Origin::from_name(&origin)
                    .ok_or_else(|| StoreError::value("origin", &origin))?,
                at: row.get(1)?,
                durations: serde_json::from_str(&durations)
                    .map_err(|error| StoreError::value("durations", error))?,
                per_week: row.get(3)?,
            });
        }
        Ok(found)
    }

    /// What is reckoned with: what somebody said, else what histories told.
    pub fn baseline(&self, id: &str) -> Result<Option<Baseline>> {
        Ok(self.baselines(id)?.into_iter().next())
    }

    /// The keys of its steps in histories; none if they are not known.
    pub fn baseline_steps(&self, id: &str) -> Result<Vec<String>> {
        let sql = "SELECT steps FROM automation_baseline WHERE automation = ?1 AND origin = ?2";
        let found = self
            .conn()
            .query_row(sql, params![id, Origin::History.name()], |row| {
                row.get::<_, String>(0)
            });
        let Some(steps) = found.optional()? else {
            return Ok(Vec::new());
        };
        Ok(serde_json::from_str(&steps).map_err(|error| StoreError::value("steps", error))?)
    }

    /// Forgets what an origin says; false if it said nothing.
    pub fn forget_baseline(&mut self, id: &str, origin: Origin) -> Result<bool> {
        self.change(|tx| {
            let sql = "DELETE FROM automation_baseline WHERE automation = ?1 AND origin = ?2";
            Ok(tx.execute(sql, params![id, origin.name()])? > 0)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tests::{LIMIT, automation, open};
    use super::*;
    use crate::optimize::db::AutomationsError;

    #[test]
    fn what_somebody_said_goes_before_what_histories_told() {
        let (_folder, mut db) = open();
        let it = db.put_automation(automation("a", None), LIMIT).unwrap();
        assert_eq!(db.baseline(&it.id).unwrap(), None);
        assert_eq!(db.baseline_steps(&it.id).unwrap(), [""; 0]);
        let seen = Baseline {
            origin: Origin::History,
            at: 5,
            durations: vec![3, u64::MAX, 0],
            per_week: Some(1.5),
        };
        let steps = ["make".to_owned(), "make \"it\" (in sub)".to_owned()];
        db.put_baseline(&it.id, &seen, &steps).unwrap();
        assert_eq!(db.baselines(&it.id).unwrap(), std::slice::from_ref(&seen));
        let said = Baseline {
            origin: Origin::Said,
            at: 7,
            durations: vec![60_000],
            per_week: None,
        };
        db.put_baseline(&it.id, &said, &[]).unwrap();
        assert_eq!(db.baselines(&it.id).unwrap(), [said.clone(), seen.clone()]);
        assert_eq!(db.baseline(&it.id).unwrap(), Some(said));
        assert_eq!(db.baseline_steps(&it.id).unwrap(), steps);
        let newer = Baseline {
            at: 9,
            durations: Vec::new(),
            ..seen
        };
        db.put_baseline(&it.id, &newer, &[]).unwrap();
        assert!(db.forget_baseline(&it.id, Origin::Said).unwrap());
        assert!(!db.forget_baseline(&it.id, Origin::Said).unwrap());
        assert_eq!(db.baselines(&it.id).unwrap(), std::slice::from_ref(&newer));
        // It goes with its automation, and there is none without.
        assert!(db.remove_automation(&it.id).unwrap());
        assert_eq!(db.baselines(&it.id).unwrap(), []);
        let missing = db.put_baseline(&it.id, &newer, &[]);
        assert!(matches!(missing, Err(AutomationsError::NoSuch(_))));
    }
}
