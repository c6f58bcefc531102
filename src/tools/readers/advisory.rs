//! What audits have in common: one name for an advisory that has many, one name for a package that may be written in
//! several ways, and how bad an advisory is.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use crate::findings::{Dependency, Severity};

/// How bad a known fault is of which nobody says how bad it is: enough to be looked at (`pip-audit` knows no severities).
pub const UNRATED: Severity = Severity::High;

/// An advisory under its chosen name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The chosen one.
    pub advisory: String,
    /// The others, sorted.
    pub aliases: Vec<String>,
}

/// Chooses one name of an advisory among all that it has: the GitHub Security Advisory's, else the CVE's, else another;
/// the smallest of several. The order in which a tool lists them plays no part, and neither does their case.
pub fn choose<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> Option<Names> {
    let names: BTreeSet<String> = names
        .into_iter()
        .map(|name| canonical(name.as_ref()))
        .filter(|name| !name.is_empty())
        .collect();
    let advisory = names.iter().min_by_key(|name| (rank(name), *name))?.clone();
    Some(Names {
        aliases: names.into_iter().filter(|name| *name != advisory).collect(),
        advisory,
    })
}

fn rank(name: &str) -> u8 {
    if name.starts_with("GHSA-") {
        0
    } else if name.starts_with("CVE-") {
        1
    } else {
        2
    }
}

/// `GHSA-` has small letters behind it; the others that are numbered by year have capital ones throughout.
fn canonical(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    let name = plain.trim();
    match name.split_once('-') {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case("GHSA") => {
            format!("GHSA-{}", rest.to_ascii_lowercase())
        }
        Some((prefix, _))
            if ["CVE", "RUSTSEC", "PYSEC"]
                .iter()
                .any(|known| prefix.eq_ignore_ascii_case(known)) =>
        {
            name.to_ascii_uppercase()
        }
        _ => name.to_owned(),
    }
}

/// A package's name as its ecosystem (the type of a package URL) compares names. Where names that differ in case are
/// different packages, they stay as they are.
pub fn package_name(ecosystem: &str, name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = plain.trim();
    match ecosystem {
        // PEP 503.
        "pypi" => {
            let mut normal = String::with_capacity(name.len());
            for c in name.chars() {
                if matches!(c, '-' | '_' | '.') {
                    if !normal.ends_with('-') {
                        normal.push('-');
                    }
                } else {
                    normal.extend(c.to_lowercase());
                }
            }
            normal
        }
        "composer" | "nuget" | "github" | "hex" | "pub" => name.to_lowercase(),
        _ => name.to_owned(),
    }
}

/// The type of a package URL for OSV's name of an ecosystem (`crates.io`, `Debian:12`); its own name in small letters if
/// there is none.
pub fn ecosystem(osv: &str) -> String {
    let name = osv.split(':').next().unwrap_or(osv).trim();
    let purl = match name {
        "PyPI" => "pypi",
        "npm" => "npm",
        "crates.io" => "cargo",
        "Go" => "golang",
        "Maven" => "maven",
        "RubyGems" => "gem",
        "Packagist" => "composer",
        "NuGet" => "nuget",
        "Hex" => "hex",
        "Pub" => "pub",
        "GitHub Actions" => "github",
        "CRAN" => "cran",
        "Hackage" => "hackage",
        "ConanCenter" => "conan",
        "SwiftURL" => "swift",
        "Debian" | "Ubuntu" => "deb",
        "Alpine" | "Wolfi" | "Chainguard" => "apk",
        "AlmaLinux" | "Rocky Linux" | "Red Hat" | "SUSE" | "openSUSE" => "rpm",
        other => return other.to_lowercase(),
    };
    purl.to_owned()
}

/// A known fault of a package, under its chosen name; nothing if it has no name.
pub fn dependency<N: AsRef<str>>(
    ecosystem: &str,
    package: &str,
    version: Option<&str>,
    names: impl IntoIterator<Item = N>,
) -> Option<Dependency> {
    let names = choose(names)?;
    Some(Dependency {
        ecosystem: ecosystem.to_owned(),
        package: package_name(ecosystem, package),
        version: version
            .map(|version| version.trim().to_owned())
            .filter(|version| !version.is_empty()),
        advisory: names.advisory,
        aliases: names.aliases,
        fixed_in: Vec::new(),
        direct: None,
    })
}

/// Where an advisory can be read, told by its name.
pub fn address(advisory: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !advisory.chars().all(plain) {
        return None;
    }
    let (prefix, _) = advisory.split_once('-')?;
    Some(match prefix {
        "GHSA" => format!("https://github.com/advisories/{advisory}"),
        "CVE" => format!("https://nvd.nist.gov/vuln/detail/{advisory}"),
        "RUSTSEC" => format!("https://rustsec.org/advisories/{advisory}.html"),
        "PYSEC" | "GO" | "OSV" | "MAL" => format!("https://osv.dev/vulnerability/{advisory}"),
        _ => return None,
    })
}

/// The severity of a CVSS vector (2.0, 3.0, 3.1, 4.0) or of a bare base score.
pub fn severity(cvss: &str) -> Option<Severity> {
    let cvss = cvss.trim();
    let score = match cvss.parse::<f64>() {
        Ok(score) => score,
        Err(_) => cvss::Cvss::from_str(cvss).ok()?.score(),
    };
    (0.0..=10.0)
        .contains(&score)
        .then(|| Severity::of_score(score))
}

/// The severity that an advisory database's word stands for: npm's and GitHub's.
pub fn severity_of_word(word: &str) -> Option<Severity> {
    Some(match word.trim().to_ascii_lowercase().as_str() {
        "critical" => Severity::Critical,
        "high" | "important" => Severity::High,
        "moderate" | "medium" => Severity::Medium,
        "low" | "minor" => Severity::Low,
        "info" | "informational" | "none" | "negligible" => Severity::Info,
        _ => return None,
    })
}

/// The numbers of weaknesses in texts such as `CWE-78`, `external/cwe/cwe-078` and `CWE-78: OS Command Injection`.
pub fn cwe_numbers<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<u32> {
    let mut numbers: Vec<u32> = texts.into_iter().filter_map(cwe_number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

fn cwe_number(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let (before, rest) = lower.split_once("cwe-")?;
    if !before.is_empty() && !before.ends_with('/') {
        return None;
    }
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok().filter(|number| *number > 0)
}

/// What would mend it: the versions without the fault.
pub fn upgrade(package: &str, fixed_in: &[String]) -> Option<String> {
    match fixed_in {
        [] => None,
        all => Some(format!("upgrade {package} to {}", all.join(" or "))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_chosen_name_is_the_best_known_one() {
        let chosen = choose(["PYSEC-2021-66", "CVE-2020-28493", "ghsa-G3RQ-g295-4j3m"]).unwrap();
        assert_eq!(chosen.advisory, "GHSA-g3rq-g295-4j3m");
        assert_eq!(chosen.aliases, ["CVE-2020-28493", "PYSEC-2021-66"]);
        let chosen = choose(["RUSTSEC-2020-1", "cve-2021-2", "CVE-2021-1"]).unwrap();
        assert_eq!(chosen.advisory, "CVE-2021-1");
        assert_eq!(choose(["GO-2021-1", "A-1", " "]).unwrap().advisory, "A-1");
        assert_eq!(choose([""; 2]), None);
    }

    #[test]
    fn names_are_compared_as_their_ecosystems_compare_them() {
        for (ecosystem, name, normal) in [
            ("pypi", "Zope._.Interface", "zope-interface"),
            ("npm", "@Babel/Core", "@Babel/Core"),
            ("npm", "JSONStream", "JSONStream"),
            ("composer", "Laravel/Framework", "laravel/framework"),
            ("nuget", "Newtonsoft.Json", "newtonsoft.json"),
            (
                "golang",
                "github.com/BurntSushi/toml",
                "github.com/BurntSushi/toml",
            ),
            ("cargo", "serde_json", "serde_json"),
            ("maven", "org.Apache:log4j", "org.Apache:log4j"),
        ] {
            assert_eq!(package_name(ecosystem, name), normal);
        }
        assert_eq!(ecosystem("Debian:12"), "deb");
        assert_eq!(ecosystem("crates.io"), "cargo");
        assert_eq!(ecosystem("Bitnami"), "bitnami");
    }

    #[test]
    fn vectors_of_all_versions_have_a_score() {
        for (vector, expected) in [
            (
                "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                Some(Severity::Critical),
            ),
            (
                "CVSS:3.0/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
                Some(Severity::Medium),
            ),
            (
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
                Some(Severity::High),
            ),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P", Some(Severity::High)),
            ("9.8", Some(Severity::Critical)),
            ("0.0", Some(Severity::Info)),
            ("11", None),
            ("NaN", None),
            ("CVSS:9/AV:N", None),
            ("", None),
        ] {
            assert_eq!(severity(vector), expected, "{vector}");
        }
    }

    #[test]
    fn weaknesses_are_told_by_their_numbers() {
        let texts = [
            "external/cwe/cwe-078",
            "CWE-79: XSS",
            "CWE-79",
            "security",
            "not-cwe-5",
            "cwe-",
            "CWE-99999999999",
        ];
        assert_eq!(cwe_numbers(texts), [78, 79]);
    }

    #[test]
    fn advisories_have_addresses() {
        assert_eq!(
            address("RUSTSEC-2020-0071").unwrap(),
            "https://rustsec.org/advisories/RUSTSEC-2020-0071.html"
        );
        assert_eq!(address("GHSA-x\"><script>"), None);
        assert_eq!(address("755"), None);
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            "[gG][hH][sS][aA]-[0-9a-zA-Z]{4}",
            "[cC][vV][eE]-20[0-9]{2}-[0-9]{1,4}",
            "(PYSEC|RUSTSEC|pysec|GO|SNYK)-[0-9]{1,3}",
            ".{0,6}",
        ]
    }

    proptest! {
        #[test]
        fn every_listing_of_the_same_names_chooses_the_same(
            (names, shuffled) in proptest::collection::vec(name(), 0..8)
                .prop_flat_map(|names| (Just(names.clone()), Just(names).prop_shuffle())),
            again in any::<prop::sample::Index>(),
        ) {
            let chosen = choose(&names);
            let mut shuffled = shuffled;
            if !shuffled.is_empty() {
                shuffled.push(again.get(&names).to_ascii_uppercase().replace("GHSA", "ghsa"));
            }
            let other = choose(&shuffled);
            // Writing one of the names otherwise may only add a name where its case has a meaning.
            prop_assert_eq!(chosen.as_ref().map(|it| rank(&it.advisory)), other.as_ref().map(|it| rank(&it.advisory)));
            let Some(chosen) = chosen else { return Ok(()) };
            shuffled.pop();
            prop_assert_eq!(choose(&shuffled), Some(chosen.clone()));
            // The choice is one of the names, the others are all there, and choosing among the result changes nothing.
            prop_assert!(names.iter().any(|name| canonical(name) == chosen.advisory));
            prop_assert!(chosen.aliases.is_sorted() && !chosen.aliases.contains(&chosen.advisory));
            let all: Vec<&String> = chosen.aliases.iter().chain([&chosen.advisory]).collect();
            prop_assert_eq!(choose(all), Some(chosen.clone()));
            prop_assert!(chosen.aliases.iter().all(|alias| (rank(&chosen.advisory), &chosen.advisory) < (rank(alias), alias)));
        }

        #[test]
        fn normal_names_stay_as_they_are(ecosystem in "pypi|npm|nuget|cargo", name in ".{0,20}") {
            let normal = package_name(&ecosystem, &name);
            prop_assert_eq!(package_name(&ecosystem, &normal), normal);
        }

        #[test]
        fn any_vector_is_read(vector in "(CVSS:[0-9.]{1,3}/)?([A-Z]{1,2}:[A-Z]/?){0,12}|.{0,30}") {
            let _ = severity(&vector);
        }
    }
}
