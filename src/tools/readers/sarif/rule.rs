//! The rule of a result, and its message in the rule's words.

use std::collections::{BTreeMap, HashMap};

use super::super::common::{LONGEST_MESSAGE, clean_text};
use super::model::{Component, Message, Outcome, Reference, Rule, Tool};

/// A rule's name is followed upwards through so many parts.
const DEEPEST: usize = 16;
/// The number of the driver among the components; its extensions follow.
const DRIVER: usize = 0;

/// The rules of a tool and its extensions.
pub(super) struct Rules<'a> {
    /// The driver, then the extensions.
    components: Vec<&'a Component>,
    by_guid: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, usize>,
    by_id: HashMap<(usize, &'a str), &'a Rule>,
    /// Whoever has it, the driver first.
    by_id_alone: HashMap<&'a str, &'a Rule>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(tool: &'a Tool) -> Self {
        let components: Vec<&Component> = std::iter::once(&tool.driver)
            .chain(&tool.extensions)
            .collect();
        let mut rules = Self {
            components: Vec::new(),
            by_guid: HashMap::new(),
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            by_id_alone: HashMap::new(),
        };
        for (at, component) in components.iter().enumerate() {
            if let Some(guid) = &component.guid {
                rules.by_guid.entry(guid).or_insert(at);
            }
            rules.by_name.entry(&component.name).or_insert(at);
            for rule in &component.rules {
                rules.by_id.entry((at, &rule.id)).or_insert(rule);
                rules.by_id_alone.entry(&rule.id).or_insert(rule);
            }
        }
        Self {
            components,
            ..rules
        }
    }

    /// The rule of a result: by `rule` or `ruleIndex` if those name one (3.27.6, 3.27.7), else by its name. What is behind
    /// a slash in a result's name is a part of the rule (3.5.4).
    pub(super) fn of(&self, result: &Outcome) -> Option<&'a Rule> {
        let reference = result.rule.as_ref();
        let component = self.component(reference);
        let at = reference.and_then(|reference| index(reference.index));
        let at = at.or_else(|| index(result.rule_index));
        let by_index = at.and_then(|at| self.components.get(component)?.rules.get(at));
        let id = result
            .rule_id
            .as_deref()
            .or_else(|| reference?.id.as_deref());
        match (by_index, id) {
            // An index that contradicts the name is a tool's mistake.
            (Some(rule), Some(id)) if !is_part(id, &rule.id) => {
                self.named(component, id).or(Some(rule))
            }
            (Some(rule), _) => Some(rule),
            (None, id) => self.named(component, id?),
        }
    }

    fn component(&self, reference: Option<&Reference>) -> usize {
        let Some(to) = reference.and_then(|reference| reference.tool_component.as_ref()) else {
            return DRIVER;
        };
        let by_index = index(to.index).map(|at| at.saturating_add(1));
        by_index
            .or_else(|| self.by_guid.get(to.guid.as_deref()?).copied())
            .or_else(|| self.by_name.get(to.name.as_deref()?).copied())
            .unwrap_or(DRIVER)
    }

    fn named(&self, component: usize, id: &str) -> Option<&'a Rule> {
        let mut id = id;
        for _ in 0..DEEPEST {
            let own = self.by_id.get(&(component, id));
            if let Some(rule) = own.or_else(|| self.by_id_alone.get(id)) {
                return Some(rule);
            }
            id = id.rsplit_once('/')?.0;
        }
        None
    }

    /// What a result says: its own words, or the rule's with the result's arguments in them (3.11).
    pub(super) fn message(&self, result: &Outcome, rule: Option<&Rule>) -> String {
        let Some(message) = &result.message else {
            return described(rule);
        };
        let own = message.text.as_deref().or(message.markdown.as_deref());
        let template = own.or_else(|| {
            let id = message.id.as_deref()?;
            let of = |strings: Option<&'a BTreeMap<String, Message>>| {
                let string = strings?.get(id)?;
                string.text.as_deref().or(string.markdown.as_deref())
            };
            let of_rule = rule.and_then(|rule| {
                let string = rule.message_strings.as_ref()?.get(id)?;
                string.text.as_deref().or(string.markdown.as_deref())
            });
            of_rule.or_else(|| of(self.components.first()?.global_message_strings.as_ref()))
        });
        let text = template.map(|template| clean_text(&filled(template, &message.arguments)));
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| described(rule))
    }
}

fn described(rule: Option<&Rule>) -> String {
    let description = rule.and_then(|rule| rule.short_description.as_ref());
    let text = description.and_then(|it| it.text.as_deref().or(it.markdown.as_deref()));
    text.map(|text| clean_text(start(text))).unwrap_or_default()
}

/// As much of a text as can be shown, with room for what is cut out of it: many results may share it.
fn start(text: &str) -> &str {
    let end = text.len().min(LONGEST_MESSAGE * 8);
    // A character has at most four bytes.
    (0..4)
        .find_map(|back| text.get(..end.checked_sub(back)?))
        .unwrap_or_default()
}

fn index(number: Option<i64>) -> Option<usize> {
    // -1 says that there is none.
    usize::try_from(number?).ok()
}

fn is_part(id: &str, rule: &str) -> bool {
    id.strip_prefix(rule)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `{0}` is an argument, `{{` and `}}` are braces (3.11.5). A placeholder without an argument stays. Arguments may be long
/// and placeholders many: what nobody would be shown is not put together.
fn filled(template: &str, arguments: &[String]) -> String {
    let mut text = String::new();
    let mut rest = start(template);
    while let Some(at) = rest.find(['{', '}']) {
        if text.len() > LONGEST_MESSAGE * 8 {
            return text;
        }
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let placeholder = from
            .strip_prefix('{')
            .and_then(|from| from.split_once('}'))
            .and_then(|(number, after)| {
                Some((arguments.get(number.parse::<usize>().ok()?)?, after))
            });
        if let Some((argument, after)) = placeholder {
            text.push_str(start(argument));
            rest = after;
        } else {
            let doubled = from.starts_with("{{") || from.starts_with("}}");
            text.push_str(from.get(..1).unwrap_or_default());
            rest = from.get(if doubled { 2 } else { 1 }..).unwrap_or_default();
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::filled;

    #[test]
    fn placeholders_are_filled() {
        let arguments = ["one".to_owned(), "{0}".to_owned()];
        for (template, expected) in [
            ("a {0} b {1}", "a one b {0}"),
            ("{{0}} {2} {x} {", "{0} {2} {x} {"),
            ("}} é{0}é", "} éoneé"),
        ] {
            assert_eq!(filled(template, &arguments), expected);
        }
        let long = ["x".repeat(100_000)];
        assert!(filled(&"{0}".repeat(100_000), &long).len() < 200_000);
    }
}
