//! An automation as a row.

use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Result;
use crate::optimize::automation::{Automation, Form, State};
use crate::optimize::generate::{Language, Template};
use crate::store::StoreError;

/// In the order in which [`automation`] reads them.
pub(super) const COLUMNS: &str = "id, name, form, template, language, recipe, parameters, entry, text, digest, state, scope, \
                       created_at, tested_at, enabled_at, placed";

/// The automation of a row.
pub(super) fn automation(row: &Row<'_>) -> Result<Automation> {
    fn word<T>(
        row: &Row<'_>,
        at: usize,
        column: &'static str,
        of: fn(&str) -> Option<T>,
    ) -> Result<T> {
        let text: String = row.get(at)?;
        Ok(of(&text).ok_or_else(|| StoreError::value(column, &text))?)
    }
    Ok(Automation {
        id: row.get(0)?,
        name: row.get(1)?,
        form: word(row, 2, "form", Form::from_name)?,
        template: word(row, 3, "template", Template::from_name)?,
        language: word(row, 4, "language", Language::from_name)?,
        recipe: parsed("recipe", &row.get::<_, String>(5)?)?,
        parameters: parsed("parameters", &row.get::<_, String>(6)?)?,
        entry: optional("entry", row.get(7)?)?,
        text: row.get(8)?,
        digest: row.get(9)?,
        state: word(row, 10, "state", State::from_name)?,
        scope: row.get(11)?,
        created_at: row.get(12)?,
        tested_at: row.get(13)?,
        enabled_at: row.get(14)?,
        placed: optional("placed", row.get(15)?)?,
    })
}

fn parsed<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    Ok(serde_json::from_str(text).map_err(|error| StoreError::value(column, error))?)
}

fn optional<T: DeserializeOwned>(column: &'static str, text: Option<String>) -> Result<Option<T>> {
    text.map(|text| parsed(column, &text)).transpose()
}

fn json<T: Serialize>(column: &'static str, value: &T) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(|error| StoreError::value(column, error))?)
}

/// Stores an automation in the place of what it was.
pub(super) fn store(tx: &Transaction<'_>, it: &Automation) -> Result<()> {
    let entry = it.entry.as_ref().map(|it| json("entry", it)).transpose()?;
    let placed = it
        .placed
        .as_ref()
        .map(|it| json("placed", it))
        .transpose()?;
    let sql = format!(
        "INSERT INTO automation ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, form = excluded.form, template = excluded.template,
             language = excluded.language, recipe = excluded.recipe, parameters = excluded.parameters,
             entry = excluded.entry, text = excluded.text, digest = excluded.digest, state = excluded.state,
             scope = excluded.scope, created_at = excluded.created_at, tested_at = excluded.tested_at,
             enabled_at = excluded.enabled_at, placed = excluded.placed"
    );
    tx.prepare_cached(&sql)?.execute(params![
        it.id,
        it.name,
        it.form.name(),
        it.template.name(),
        it.language.name(),
        json("recipe", &it.recipe)?,
        json("parameters", &it.parameters)?,
        entry,
        it.text,
        it.digest,
        it.state.name(),
        it.scope,
        it.created_at,
        it.tested_at,
        it.enabled_at,
        placed,
    ])?;
    Ok(())
}
