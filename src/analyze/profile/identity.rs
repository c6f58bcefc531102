//! Who the user is: what git is configured with, and who confirms it.
//!
//! Names and addresses enter the profile from the configuration and from the user's word alone. Whatever else names
//! people (licences, manifests, trailers) can only confirm one that is known: everybody whom it does not match is
//! somebody else and is dropped.

use std::collections::BTreeSet;

use super::attribute::{Observation, START};
use super::holders::Mention;
use super::keys::EMAILS;
use super::value::{Value, clean, folded};

const CONFIG: &str = "git config";
/// What git's configured name and address are worth.
const NAME: f64 = 0.8;
const EMAIL: f64 = 1.0;

/// The user, as far as it is certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    name: Option<String>,
    email: Option<String>,
    /// Every address, this one and earlier ones, folded.
    addresses: BTreeSet<String>,
}

impl Owner {
    /// From `user.name` and `user.email`, and from the addresses that the profile knows
    /// ([`super::Profile::emails`]): git was configured with them before, or the user named them.
    pub fn new(name: Option<&str>, email: Option<&str>, known: &[String]) -> Self {
        let given = |text: Option<&str>| text.map(clean).filter(|text| !text.is_empty());
        let (name, email) = (given(name), given(email));
        let known = known.iter().map(String::as_str).chain(email.as_deref());
        let addresses = known.map(folded).filter(|address| !address.is_empty());
        Self {
            addresses: addresses.collect(),
            name,
            email,
        }
    }

    /// The configured name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Every address, in lower case, ascending.
    pub fn addresses(&self) -> Vec<&str> {
        self.addresses.iter().map(String::as_str).collect()
    }

    /// Whether an address is the user's, in whatever case.
    pub fn has_address(&self, email: &str) -> bool {
        self.addresses.contains(&folded(email))
    }

    /// Whether a name is the user's, in whatever case.
    pub fn has_name(&self, name: &str) -> bool {
        let own = self.name.as_deref().map(folded);
        own.is_some_and(|own| own == folded(name))
    }

    /// What the configuration says.
    pub fn configured(&self) -> Vec<Observation> {
        let mut found = Vec::new();
        if let Some(name) = &self.name {
            found.push(seen("identity.name", Value::text(name), CONFIG, NAME));
        }
        if let Some(email) = &self.email {
            found.push(seen("identity.email", Value::text(email), CONFIG, EMAIL));
            found.push(seen(EMAILS, Value::list([email]), CONFIG, EMAIL));
        }
        found
    }

    /// What people who are named somewhere confirm: those who are the user, by name or by address. Always the user's own
    /// spelling, and once for each source.
    pub fn confirmed_by(&self, mentions: &[Mention]) -> Vec<Observation> {
        let mut found: Vec<Observation> = Vec::new();
        let mut add = |observation: Observation| {
            let known = |other: &Observation| {
                (other.key, &other.source) == (observation.key, &observation.source)
            };
            if !found.iter().any(known) {
                found.push(observation);
            }
        };
        for mention in mentions {
            let named = mention.name.as_deref().filter(|name| self.has_name(name));
            if let (Some(_), Some(own)) = (named, &self.name) {
                add(seen(
                    "identity.name",
                    Value::text(own),
                    mention.source,
                    START,
                ));
            }
            let address = mention.email.as_deref();
            let Some(address) = address.filter(|email| self.has_address(email)) else {
                continue;
            };
            match &self.email {
                Some(own) if folded(own) == folded(address) => {
                    add(seen(
                        "identity.email",
                        Value::text(own),
                        mention.source,
                        START,
                    ));
                }
                _ => {}
            }
            // It is one of those that are known: this cannot add one.
            add(seen(EMAILS, Value::list([address]), mention.source, START));
        }
        found
    }
}

pub(super) fn seen(key: &'static str, value: Value, source: &str, confidence: f64) -> Observation {
    Observation {
        key,
        value,
        source: source.to_owned(),
        confidence,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mention(name: &str, email: &str) -> Mention {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Mention {
            name: given(name),
            email: given(email),
            source: "LICENSE",
        }
    }

    fn owner() -> Owner {
        Owner::new(
            Some("Jane Doe"),
            Some("Jane@x.org"),
            &["old@x.org".to_owned()],
        )
    }

    #[test]
    fn the_configuration_is_believed() {
        let told: Vec<_> = owner()
            .configured()
            .into_iter()
            .map(|seen| format!("{} {} {}", seen.key, seen.value, seen.confidence))
            .collect();
        assert_eq!(
            told,
            [
                "identity.name Jane Doe 0.8",
                "identity.email Jane@x.org 1",
                "identity.emails Jane@x.org 1"
            ]
        );
        assert_eq!(Owner::new(None, Some(" "), &[]).configured(), []);
    }

    #[test]
    fn others_are_dropped_and_the_user_is_confirmed() {
        let told = |name, email| -> Vec<String> {
            let seen = owner().confirmed_by(&[mention(name, email)]);
            seen.iter()
                .map(|seen| format!("{} {}", seen.key, seen.value))
                .collect()
        };
        let nothing: [&str; 0] = [];
        assert_eq!(told("John Roe", "john@x.org"), nothing);
        assert_eq!(told("Jane", ""), nothing);
        // Two people may have one name: the address does not follow from it.
        assert_eq!(told("jane  doe", "other@y.org"), ["identity.name Jane Doe"]);
        // Two people may share an address: the name does not follow from it.
        assert_eq!(
            told("The Team", "JANE@x.org"),
            ["identity.email Jane@x.org", "identity.emails JANE@x.org"]
        );
        assert_eq!(told("", "old@x.org"), ["identity.emails old@x.org"]);
    }

    proptest! {
        #[test]
        fn nothing_of_others_comes_through(names in proptest::collection::vec("[a-z]{4,9}", 0..20)) {
            let mentions: Vec<_> = names.iter().map(|name| mention(name, &format!("{name}@else"))).collect();
            prop_assert_eq!(owner().confirmed_by(&mentions), vec![]);
        }
    }
}
