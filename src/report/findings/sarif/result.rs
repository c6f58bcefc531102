//! One finding as a result.

use super::objects::{
    Location, LogicalLocation, Message, PartialFingerprints, PhysicalLocation, Provenance, Region,
    ResultProperties, SarifResult, Suppression, SuppressionProperties,
};
use super::rules::{self, Rules};
use super::{Audience, Context, artifact, message, unlinked};
use crate::findings::{Finding, Place, Subject};
use crate::report::findings::document::{Entry, State, told};
use crate::report::findings::excerpt::Excerpt;

/// A longer snippet is no help.
const SNIPPET: usize = 1_000;

/// The result of an entry. `is_compared`: whether the run's results have baseline states.
pub(super) fn of<'a>(
    context: &Context<'a>,
    rules: &Rules<'_>,
    entry: &'a Entry,
    is_compared: bool,
    is_fixed: bool,
) -> SarifResult<'a> {
    let finding = &entry.finding;
    let (rule_id, rule_index) = rules.of_finding(finding);
    let baseline_state = match entry.state {
        _ if !is_compared => None,
        _ if is_fixed => Some("absent"),
        State::New => Some("new"),
        State::Unchanged => Some("unchanged"),
        State::Unknown => None,
    };
    SarifResult {
        rule_id,
        rule_index,
        level: finding.severity.level().name(),
        rank: rules::rank(finding.severity),
        message: Message::new(text(finding, context.options.audience)),
        locations: locations(context, finding, is_fixed),
        partial_fingerprints: fingerprints(context, finding),
        baseline_state,
        suppressions: (entry.suppressed.iter())
            .map(|suppressed| Suppression {
                kind: if suppressed.by == "in-line" {
                    "inSource"
                } else {
                    "external"
                },
                justification: &suppressed.reason,
                properties: SuppressionProperties {
                    suppressed_by: &suppressed.by,
                },
            })
            .collect(),
        taxa: finding.cwe.iter().copied().map(rules::taxon).collect(),
        provenance: finding.first_seen.as_ref().map(|seen| Provenance {
            first_detection_time_utc: seen.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }),
        properties: ResultProperties {
            task: &entry.task,
            severity: finding.severity.name(),
            confidence: finding.confidence,
            dependency: match &finding.subject {
                Subject::Dependency(dependency) => Some(dependency),
                _ => None,
            },
        },
    }
}

/// The message, and what would mend it. GitHub shows doubled braces as they are.
fn text(finding: &Finding, audience: Audience) -> String {
    let mut text = told(finding).into_owned();
    if let Some(fix) = &finding.fix {
        text.push('\n');
        text.push_str(fix);
    }
    if text.trim().is_empty() {
        rules::name(finding).clone_into(&mut text);
    }
    match audience {
        Audience::Any => message(&text),
        Audience::CodeScanning => unlinked(&text),
    }
}

fn fingerprints<'a>(
    context: &Context<'_>,
    finding: &'a Finding,
) -> Option<PartialFingerprints<'a>> {
    let is_secret = matches!(finding.subject, Subject::Secret { .. });
    let line = if is_secret {
        None
    } else {
        (context.options.line_hash)(finding)
    };
    let id = Some(finding.id.as_str()).filter(|id| !id.is_empty());
    (line.is_some() || id.is_some()).then_some(PartialFingerprints { line, id })
}

fn locations<'a>(context: &Context<'_>, finding: &'a Finding, is_fixed: bool) -> Vec<Location<'a>> {
    let place = finding.place.as_ref().filter(|it| !it.path.is_empty());
    let physical = place.map(|place| PhysicalLocation {
        artifact_location: artifact(&place.path),
        // What is fixed is not where it was.
        region: region(place, || {
            let excerpt = context.sources.of(finding);
            excerpt.filter(|_| !is_fixed)
        }),
    });
    let nowhere = || {
        let is_needed = context.options.audience == Audience::CodeScanning;
        is_needed.then(|| PhysicalLocation {
            artifact_location: artifact(""),
            region: None,
        })
    };
    let logical = match &finding.subject {
        Subject::Function { name } | Subject::Test { name } if !name.is_empty() => {
            vec![LogicalLocation {
                fully_qualified_name: name,
                kind: "function",
            }]
        }
        _ => Vec::new(),
    };
    let location = Location {
        physical_location: physical.or_else(nowhere),
        logical_locations: logical,
    };
    if location.physical_location.is_none() && location.logical_locations.is_empty() {
        return Vec::new();
    }
    vec![location]
}

/// Ends that lie before their beginnings are left out, as are zeros: a line of 0 is no line.
fn region(place: &Place, excerpt: impl FnOnce() -> Option<Excerpt>) -> Option<Region> {
    let start_line = place.line.filter(|line| *line > 0)?;
    let start_column = place.column.filter(|column| *column > 0);
    let end_line = place.end_line.filter(|line| *line >= start_line);
    let is_one_line = end_line.is_none_or(|line| line == start_line);
    let end_column = place.end_column.filter(|end| {
        *end > 0 && (!is_one_line || start_column.is_some_and(|start| *end >= start))
    });
    let mut region = Region {
        start_line,
        start_column,
        end_line,
        end_column,
        snippet: None,
    };
    region.snippet = excerpt()
        .and_then(|excerpt| snippet(&region, &excerpt))
        .map(Message::new);
    Some(region)
}

/// The text of a region, if the excerpt has all of it.
fn snippet(region: &Region, excerpt: &Excerpt) -> Option<String> {
    let end_line = region.end_line.unwrap_or(region.start_line);
    let skipped = region.start_line.checked_sub(excerpt.first_line)?;
    let wanted = usize::try_from(end_line - region.start_line).ok()? + 1;
    let mut lines: Vec<&str> = excerpt
        .text
        .split('\n')
        .skip(usize::try_from(skipped).ok()?)
        .take(wanted)
        .collect();
    if lines.len() < wanted {
        return None;
    }
    // The end first: where it is on the same line, the beginning does not move it.
    if let (Some(end), Some(last)) = (region.end_column, lines.last_mut()) {
        *last = last.get(..at_column(last, end)?)?;
    }
    if let (Some(start), Some(first)) = (region.start_column, lines.first_mut()) {
        *first = first.get(at_column(first, start)?..)?;
    }
    let text = lines.join("\n");
    let fits = !text.is_empty() && text.len() <= SNIPPET;
    fits.then_some(text)
}

/// Where a column begins, in bytes; the line's end for the column behind it.
fn at_column(line: &str, column: u32) -> Option<usize> {
    let skipped = usize::try_from(column).ok()?.checked_sub(1)?;
    let ends = line
        .char_indices()
        .map(|(at, _)| at)
        .chain(std::iter::once(line.len()));
    ends.into_iter().nth(skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_the_text_of_their_regions() {
        let excerpt = Excerpt {
            first_line: 4,
            text: "a\nbäcd\nef".to_owned(),
        };
        let region = |start_column, end_line, end_column| Region {
            start_line: 5,
            start_column,
            end_line,
            end_column,
            snippet: None,
        };
        let cases = [
            (region(Some(2), None, Some(4)), Some("äc")),
            (region(Some(3), Some(6), Some(2)), Some("cd\ne")),
            (region(None, None, None), Some("bäcd")),
            (region(Some(2), Some(9), None), None),
            (region(Some(7), None, None), None),
        ];
        for (region, text) in cases {
            assert_eq!(snippet(&region, &excerpt).as_deref(), text);
        }
    }
}
