//! The findings file by file, with their source lines, in so many bytes.

use std::collections::{HashMap, HashSet};

use askama::Template;

use super::rules::Rules;
use super::{MESSAGE, named};
use crate::analyze::summary::{counted, grouped};
use crate::findings::{Confidence, Finding, Place, Severity, Subject};
use crate::report::findings::excerpt::{Excerpt, Sources};
use crate::report::findings::{Entry, Severities, State, label, told};
use crate::report::html::escape::Markup;
use crate::report::html::link::{Link, web};
use crate::report::html::page::Page;
use crate::report::html::words::moment;
use crate::system::plain::{first_line, lines, shortened};

/// So many bytes the list may take, that the page stays below 12 MB, and a browser quick.
const LIMIT: usize = 10_800_000;
/// So many findings are shown unfolded with their files; the files after them are folded.
const UNFOLDED: usize = 60;
/// So many files are listed before the rest is folded.
const FILES: usize = 25;
/// With more findings than these, less is shown of the lines around each.
const MANY: usize = 4_000;
/// So much of a line of source is shown.
const COLUMNS: usize = 160;
/// What an excerpt takes besides its lines, and what a line takes on average, to tell for how many there is room.
const EXCERPT: usize = 60;
const LINE: usize = 52;
/// What a finding takes besides its words.
const FINDING: usize = 200;

/// The findings file by file.
pub(super) struct List {
    pub(super) markup: Markup,
    /// How many there was room for.
    pub(super) listed: usize,
    /// What there was no room for, in words.
    pub(super) left_out: Option<String>,
}

/// The findings of one file.
struct Group<'a> {
    path: Option<&'a str>,
    entries: Vec<&'a Entry>,
}

#[derive(Template)]
#[template(path = "group.html", config = "src/report/html/askama.toml")]
struct Head<'a> {
    path: Option<&'a str>,
    link: Option<String>,
    counts: Vec<(Severity, u64)>,
    new: u64,
    open: bool,
}

#[derive(Template)]
#[template(path = "finding.html", config = "src/report/html/askama.toml")]
struct Item<'a> {
    id: &'a str,
    severity: Severity,
    is_new: bool,
    rule: usize,
    place: String,
    what: String,
    label: String,
    open: bool,
    message: Option<Markup>,
    source: Option<Markup>,
    facts: Vec<String>,
    links: Vec<Link>,
}

/// The list as markup, and what there was no room for.
pub(super) fn list(page: &Page<'_>, rules: &Rules<'_>) -> List {
    let document = page.findings;
    let open = document.ordered(Entry::is_open, Entry::new_first);
    let sources = Sources::new(document, page.source);
    let many = open.len() > MANY;
    let around = if many { 1 } else { 2 };
    // Words come first, and then source lines, those of the worst first.
    let mut words: usize = open.iter().map(|entry| size(&entry.finding)).sum();
    let room = LIMIT.saturating_sub(words) / (EXCERPT + LINE * (2 * around as usize + 1));
    let with_source: HashSet<*const Entry> = open
        .iter()
        .take(room)
        .map(|entry| std::ptr::from_ref(*entry))
        .collect();
    let mut list = Markup::new();
    let mut ids = HashSet::new();
    let (mut unfolded, mut with_lines, mut missing) = (0_usize, 0_usize, 0_usize);
    let groups = groups(&open);
    for (number, group) in groups.iter().enumerate() {
        if number == FILES && groups.len() > FILES + 1 {
            list.raw("<details id=\"more\"><summary>")
                .text(groups.len() - FILES)
                .raw(" more files</summary>\n");
        }
        if list.len() >= LIMIT {
            missing += group.entries.len();
            continue;
        }
        let is_unfolded = unfolded == 0 || unfolded + group.entries.len() <= UNFOLDED;
        unfolded += if is_unfolded { group.entries.len() } else { 0 };
        list.template(&head(group, is_unfolded, many, page));
        // With scripts this is text, and nothing is built of it before it is wanted; without, it is what it says.
        let is_lazy = many && !is_unfolded;
        list.raw(if is_lazy {
            "<noscript><ol class=\"items\">\n"
        } else {
            "<ol class=\"items\">\n"
        });
        for entry in &group.entries {
            if list.len() >= LIMIT {
                missing += 1;
                continue;
            }
            words = words.saturating_sub(size(&entry.finding));
            let source = with_source
                .contains(&std::ptr::from_ref(*entry))
                .then(|| sources.of(&entry.finding))
                .flatten()
                .map(|excerpt| source(&excerpt, &entry.finding, around))
                .filter(|source| list.len() + source.len() + words <= LIMIT);
            with_lines += usize::from(source.is_some());
            let id = safe_id(&entry.finding.id).filter(|id| ids.insert(*id));
            list.template(&Item {
                id: id.unwrap_or_default(),
                source,
                ..item(entry, rules, many, page)
            });
        }
        list.raw(if is_lazy {
            "</ol></noscript></details>\n"
        } else {
            "</ol></details>\n"
        });
    }
    if groups.len() > FILES + 1 {
        list.raw("</details>\n");
    }
    let left_out = if missing > 0 {
        Some(format!(
            "{} of the least severe are not listed here",
            counted(missing as u64, "finding")
        ))
    } else if room < open.len() {
        Some(format!(
            "source lines are shown for the worst {}",
            grouped(with_lines as u64)
        ))
    } else {
        None
    };
    List {
        markup: list,
        listed: open.len() - missing,
        left_out,
    }
}

/// What a finding takes without source lines, about.
fn size(finding: &Finding) -> usize {
    finding.message.len().min(MESSAGE) + finding.fix.as_ref().map_or(0, String::len) + FINDING
}

/// By file, those first in which the worst was found, in each by line.
fn groups<'a>(open: &[&'a Entry]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut numbers: HashMap<Option<&str>, usize> = HashMap::new();
    // They come new and worst first: so do their files.
    for entry in open {
        let path = entry.finding.place.as_ref().map(|it| it.path.as_str());
        let number = *numbers.entry(path).or_insert(groups.len());
        if number == groups.len() {
            groups.push(Group {
                path,
                entries: Vec::new(),
            });
        }
        if let Some(group) = groups.get_mut(number) {
            group.entries.push(entry);
        }
    }
    for group in &mut groups {
        group.entries.sort_by(|one, two| Entry::by_place(one, two));
    }
    groups
}

/// Where each finding has no link of its own, the file has one.
fn head<'a>(group: &Group<'a>, open: bool, many: bool, page: &Page<'_>) -> Head<'a> {
    let mut counts = Severities::default();
    for entry in &group.entries {
        counts.count(entry.finding.severity);
    }
    let is_new = |entry: &&&Entry| entry.state == State::New;
    Head {
        path: group.path,
        link: group
            .path
            .filter(|_| many)
            .and_then(|path| page.file_link(path, None)),
        counts: named(&counts),
        new: group.entries.iter().filter(is_new).count() as u64,
        open,
    }
}

/// Without its id and source. Of very many, what the file and the rule tell too is not said again.
fn item<'a>(entry: &'a Entry, rules: &Rules<'_>, many: bool, page: &Page<'_>) -> Item<'a> {
    let finding = &entry.finding;
    let told = told(finding);
    let what = first_line(&told, MESSAGE);
    let message = (what.ends_with('…')).then(|| {
        let mut markup = Markup::new();
        let all: Vec<String> = lines(&told).take(40).collect();
        markup.lines(&shortened(&all.join("\n"), 4_000));
        markup
    });
    let rule = rules.number(finding);
    let mut links = Vec::new();
    let of_rule = rules.rows.get(rule).and_then(|row| row.url.as_deref());
    if let Some(url) = web(finding.url.as_deref())
        && (!many || of_rule != Some(&url))
    {
        links.push(Link::new("about the rule", url));
    }
    if let Some(place) = &finding.place
        && let Some(url) = page.file_link(&place.path, place.line).filter(|_| !many)
    {
        links.push(Link::new("in the repository", url));
    }
    Item {
        id: "",
        severity: finding.severity,
        is_new: entry.state == State::New,
        rule,
        place: finding.place.as_ref().map(position).unwrap_or_default(),
        what,
        label: shortened(&label(finding), 120).into_owned(),
        open: entry.state == State::New && finding.severity >= Severity::High,
        message,
        source: None,
        facts: facts(entry, many, page),
        links,
    }
}

/// `line:column`, as far as it is known.
fn position(place: &Place) -> String {
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        (Some(line), None) => line.to_string(),
        _ => String::new(),
    }
}

fn facts(entry: &Entry, many: bool, page: &Page<'_>) -> Vec<String> {
    let finding = &entry.finding;
    let mut facts = Vec::new();
    if let Some(fix) = &finding.fix {
        facts.push(format!("fix: {}", first_line(fix, MESSAGE)));
    }
    if let Subject::Dependency(dependency) = &finding.subject {
        let version = dependency.version.as_deref().unwrap_or("any version");
        facts.push(format!("{} {version}", dependency.package));
        if !dependency.fixed_in.is_empty() {
            let versions = dependency.fixed_in.join(", ");
            facts.push(format!("fixed in {}", shortened(&versions, 120)));
        }
    }
    match finding.confidence {
        Some(Confidence::Low) => facts.push("low confidence".to_owned()),
        Some(Confidence::Medium) => facts.push("medium confidence".to_owned()),
        Some(Confidence::High) | None => {}
    }
    facts.extend(finding.cwe.iter().take(4).map(|cwe| format!("CWE-{cwe}")));
    if let Some(first) = finding.first_seen.as_ref().filter(|_| !many) {
        facts.push(format!("since {}", moment(first.at, page)));
    }
    facts
}

/// Ids are made of letters and digits; what a database holds may be anything.
fn safe_id(id: &str) -> Option<&str> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!id.is_empty() && id.len() <= 64 && id.bytes().all(fits)).then_some(id)
}

/// The lines of a finding and a few around them, as the items of a list that counts from the first.
fn source(excerpt: &Excerpt, finding: &Finding, around: u32) -> Markup {
    let place = finding.place.as_ref();
    let first = place.and_then(|it| it.line).unwrap_or(excerpt.first_line);
    let last = place.and_then(|it| it.end_line).unwrap_or(first).max(first);
    let from = first.saturating_sub(around).max(excerpt.first_line);
    // Of a finding that is about a whole function, its beginning is enough.
    let to = last.min(first.saturating_add(8)).saturating_add(around);
    let mut markup = Markup::new();
    markup
        .raw("<ol class=\"src\" start=\"")
        .text(from)
        .raw("\">");
    let numbered = (excerpt.first_line..).zip(excerpt.text.trim_end().split('\n'));
    for (number, line) in numbered.filter(|(number, _)| (from..=to).contains(number)) {
        let is_it = (first..=last).contains(&number);
        markup.raw(if is_it { "<li class=\"it\">" } else { "<li>" });
        markup.lines(&shortened(line.trim_end(), COLUMNS));
        markup.raw("\n");
    }
    markup.raw("</ol>");
    markup
}
