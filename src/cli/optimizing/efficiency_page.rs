//! What automations save, as people and programs read it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::registry;
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Page, Text, fields};
use crate::cli::ui::Role;
use crate::optimize::automation::Automation;
use crate::optimize::efficiency::{
    ByHand, Course, Efficiency, Origin, Payback, Returns, Savings, course_said, said,
};
use crate::report::metrics::sparkline::sparkline;

/// When it is, and where.
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// The person's time zone.
    pub zone: TimeZone,
}

/// One automation, in lines.
pub fn one(automation: &Automation, all: &Efficiency, when: &Moment, width: usize) -> Vec<Text> {
    let mut page = Page::new(width);
    page.add(vec![registry::head(automation).cut(width)]);
    let known = |text: Option<String>| Text::new(text.unwrap_or_default());
    let rows = [
        ("runs", Text::new(runs(&all.course))),
        ("days", days(&all.course, width)),
        ("by hand", by_hand(automation, all.baseline.as_ref())),
        ("saved", known(all.saved.as_ref().map(saved))),
        ("ever", known(all.saved_ever.as_ref().map(saved))),
        ("came back", known(all.returns.as_ref().map(returns))),
        (
            "at most as often as by hand",
            known(
                all.returns_counted
                    .as_ref()
                    .filter(|it| Some(*it) != all.returns.as_ref())
                    .map(returns),
            ),
        ),
        (
            "paid back",
            known(all.returns.and_then(|it| Some(payback(it.payback?, when)))),
        ),
    ];
    let rows: Vec<(&str, Text)> = rows
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect();
    page.add(fields(&rows, width));
    page.section("What can be said", sentences(&said(all), width));
    page.lines()
}

/// A task, in lines.
pub fn task(name: &str, course: &Course, width: usize) -> Vec<Text> {
    let mut page = Page::new(width);
    let head = Text::of(Role::Heading, name).and_of(Role::Faint, "  task");
    page.add(vec![head.cut(width)]);
    let rows = [
        ("runs", Text::new(runs(course))),
        ("days", days(course, width)),
    ];
    let rows: Vec<(&str, Text)> = rows
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect();
    page.add(fields(&rows, width));
    page.section("What can be said", sentences(&course_said(course), width));
    page.lines()
}

/// Several automations, a row each.
pub fn list(rows: &[(Automation, Efficiency)], when: &Moment, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&[
        "ID",
        "NAME",
        "STATE",
        "RUNS",
        "FAILED",
        "MEDIAN",
        "BY HAND",
        "SAVED",
        "EVER",
        "RETURN",
        "PAID BACK",
    ])
    .right(&[3, 4, 5, 6, 7, 8, 9])
    .gives(&[
        (10, Give::Leave),
        (4, Give::Leave),
        (2, Give::Leave),
        (5, Give::Leave),
        (1, Give::Shrink(10)),
    ]);
    for (automation, all) in rows {
        let ms = |ms: Option<f64>| ms.map(format::milliseconds).unwrap_or_default();
        let count = |count: u64| {
            if count == 0 {
                String::new()
            } else {
                count.to_string()
            }
        };
        let net = |of: Option<&Savings>| of.map(|it| amount(it.saved_ms)).unwrap_or_default();
        let roi = all.returns.and_then(|it| it.roi);
        let paid = all.returns.and_then(|it| it.payback);
        grid.row([
            Text::of(Role::Name, &automation.id),
            Text::new(&automation.name),
            registry::state(automation.state),
            Text::new(count(all.course.runs)),
            Text::of(Role::Bad, count(all.course.failed)),
            Text::new(ms(all.course.median_ms)),
            Text::new(ms(all.baseline.map(|it| it.ms))),
            Text::new(net(all.saved.as_ref())),
            Text::new(net(all.saved_ever.as_ref())),
            Text::new(roi.map(share).unwrap_or_default()),
            Text::new(paid.map(|it| payback(it, when)).unwrap_or_default()),
        ]);
    }
    grid.lines(width)
}

/// How it is said by hand, in a line.
pub fn by_hand(automation: &Automation, baseline: Option<&ByHand>) -> Text {
    let Some(it) = baseline else {
        return Text::of(
            Role::Faint,
            format!(
                "nobody knows · git tend optimize baseline {} 5m",
                automation.id
            ),
        );
    };
    let from = match it.origin {
        Origin::Said => "as somebody said".to_owned(),
        Origin::History => format!(
            "median of {} in histories",
            format::count(it.times, "time", "times")
        ),
    };
    let rate = it.per_week.map(|rate| format!(", {rate:.1} a week"));
    Text::new(format!(
        "{} ({from}){}",
        format::milliseconds(it.ms),
        rate.unwrap_or_default()
    ))
}

/// As JSON: the figures, and what can be said about them.
pub fn document(automation: &Automation, all: &Efficiency) -> Value {
    let mut document = json!({
        "id": automation.id,
        "name": automation.name,
        "form": automation.form,
        "state": automation.state,
        "repository": automation.scope,
    });
    merge(&mut document, json!(all));
    merge(&mut document, json!({ "said": said(all) }));
    document
}

/// A task as JSON.
pub fn task_document(name: &str, course: &Course) -> Value {
    let mut document = json!({ "task": name });
    merge(&mut document, json!(course));
    merge(&mut document, json!({ "said": course_said(course) }));
    document
}

/// Adds fields; moments are written as elsewhere.
fn merge(document: &mut Value, mut fields: Value) {
    moments(&mut fields);
    if let (Some(of), Value::Object(fields)) = (document.as_object_mut(), fields) {
        of.extend(fields);
    }
}

fn moments(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let at = field.as_i64().filter(|_| name == "at" || name == "since");
                match at {
                    Some(at) => *field = json!(registry::moment(Some(at))),
                    None => moments(field),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(moments),
        _ => {}
    }
}

fn runs(course: &Course) -> String {
    let days = format::count(course.days.into(), "day", "days");
    if course.runs == 0 {
        return format!("none in {days}");
    }
    let failed = if course.failed == 0 {
        "none failed".to_owned()
    } else {
        format!("{} failed", course.failed)
    };
    let median = course
        .median_ms
        .map(|ms| format!(", median {}", format::milliseconds(ms)));
    format!(
        "{} in {days}, {failed}{}",
        course.runs,
        median.unwrap_or_default()
    )
}

fn days(course: &Course, width: usize) -> Text {
    if course.series.iter().all(Option::is_none) {
        return Text::new("");
    }
    // Beside its name there is room for two thirds of a line.
    Text::new(sparkline(&course.series, width.min(90) * 2 / 3))
}

fn saved(it: &Savings) -> String {
    let least = if it.at_least { "at least " } else { "" };
    let mut text = format!("{least}{}", amount(it.saved_ms));
    if let Some(counted) = it.counted.filter(|counted| counted.saved_ms != it.saved_ms) {
        text += &format!(
            "; {} of at most {} runs a week, as often as by hand",
            amount(counted.saved_ms),
            counted.most_a_week
        );
    }
    text
}

fn returns(it: &Returns) -> String {
    let hours = format!(
        "{:.1} h gained, {:.1} h spent",
        it.gained_hours, it.spent_hours
    );
    match it.roi {
        Some(roi) => format!(
            "{}: {:.2} for {:.2} ({hours})",
            share(roi),
            it.gained,
            it.cost
        ),
        None => hours,
    }
}

fn payback(it: Payback, when: &Moment) -> String {
    let day = |at: i64| {
        let at = Timestamp::from_millisecond(at).unwrap_or(when.now);
        at.to_zoned(when.zone.clone()).date().to_string()
    };
    match it {
        Payback::Reached { at } => format!("on {}", day(at)),
        Payback::Projected { at } => format!("expected on {}", day(at)),
        Payback::Never => "never, as the last four weeks went".to_owned(),
    }
}

/// A time that may be lost.
fn amount(ms: i64) -> String {
    #[allow(clippy::cast_precision_loss)] // milliseconds
    let text = format::milliseconds(ms.unsigned_abs() as f64);
    if ms < 0 { format!("-{text}") } else { text }
}

fn share(roi: f64) -> String {
    format!("{:+.0} %", roi * 100.0)
}

fn sentences(all: &[String], width: usize) -> Vec<Text> {
    all.iter()
        .flat_map(|it| Text::new(it).broken(width.saturating_sub(2)))
        .collect()
}
