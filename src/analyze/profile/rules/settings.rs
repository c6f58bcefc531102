//! Rules that editors and linters enforce: line length, indentation, quotes, lints. Settings are read line by line and
//! not as a whole, so that each has its line and half of a damaged file still counts.

/// Values are no longer.
const LONGEST_VALUE: usize = 80;

type Rules = Vec<(u32, String)>;

/// `key = value` lines with the section they stand in.
fn settings(text: &str) -> impl Iterator<Item = (u32, &str, String, &str)> {
    let mut section = "";
    (1_u32..)
        .zip(text.lines())
        .filter_map(move |(number, line)| {
            let line = line.trim();
            if line.starts_with(['#', ';']) {
                return None;
            }
            if let Some(name) = line.strip_prefix('[') {
                // `[*.{js,py}]`, `[*.[ch]]`, `[tool.ruff] # comment`
                let end = name.find("] ").or_else(|| name.rfind(']'))?;
                section = name.get(..end)?.trim_matches(['[', ']']).trim();
                return None;
            }
            let (key, value) = line.split_once(['=', ':'])?;
            let value = value.split(" #").next().unwrap_or_default();
            let value = value.trim().trim_matches(['"', '\'']);
            let key = key
                .trim()
                .trim_matches(['"', '\''])
                .to_lowercase()
                .replace('_', "-");
            (!value.is_empty() && value.len() <= LONGEST_VALUE)
                .then_some((number, section, key, value))
        })
}

/// `.editorconfig`.
pub(super) fn editorconfig(text: &str) -> Rules {
    let found = settings(text).filter_map(|(line, section, key, value)| {
        let value = value.to_lowercase();
        let rule = match (key.as_str(), value.as_str()) {
            (_, "unset") => return None,
            ("indent-style", "tab") => "indent with tabs".to_owned(),
            ("indent-style", "space") => "indent with spaces".to_owned(),
            ("indent-size", _) => format!("indent by {}", number(&value)?),
            ("max-line-length", _) => length(number(&value)?),
            ("end-of-line", "lf" | "crlf" | "cr") => {
                format!("end lines with {}", value.to_uppercase())
            }
            ("quote-type", "single" | "double") => format!("use {value} quotes"),
            ("trim-trailing-whitespace", "true") => "no blanks at the end of lines".to_owned(),
            ("insert-final-newline", "true") => "end files with a newline".to_owned(),
            ("charset", "utf-8") => "write UTF-8".to_owned(),
            _ => return None,
        };
        let section =
            Some(section).filter(|section| !section.is_empty() && section.len() <= LONGEST_VALUE);
        Some((
            line,
            section.map_or_else(|| rule.clone(), |section| format!("{rule} ({section})")),
        ))
    });
    found.collect()
}

/// TOML and INI with sections: ruff, black, isort, flake8, rustfmt, clippy.
pub(super) fn sectioned(file: &str, text: &str) -> Rules {
    let found = settings(text).filter_map(|(line, section, key, value)| {
        let tool = match file.trim_start_matches('.') {
            "ruff.toml" => "ruff",
            "rustfmt.toml" => "rustfmt",
            "clippy.toml" => "clippy",
            "Cargo.toml" => match section {
                "lints.clippy" | "workspace.lints.clippy" => "lint clippy",
                "lints.rust" | "workspace.lints.rust" => "lint rustc",
                _ => return None,
            },
            _ => match section.split('.').collect::<Vec<_>>().as_slice() {
                ["flake8"] => "flake8",
                ["pycodestyle"] => "pycodestyle",
                ["tool", tool @ ("ruff" | "black" | "isort"), ..] => tool,
                _ => return None,
            },
        };
        if let Some(linter) = tool.strip_prefix("lint ") {
            return Some((line, lint(linter, &key, value)?));
        }
        let rule = match (tool, key.as_str()) {
            ("clippy", _) => format!("{} is {}", key, plain(value)?),
            ("rustfmt", "max-width")
            | ("ruff" | "black" | "isort", "line-length")
            | ("flake8" | "pycodestyle", "max-line-length") => length(number(value)?),
            ("rustfmt", "hard-tabs") => (value == "true").then(|| "indent with tabs".to_owned())?,
            ("rustfmt", "tab-spaces") | ("ruff", "indent-width") => {
                format!("indent by {}", number(value)?)
            }
            ("ruff", "indent-style") => match value {
                "tab" => "indent with tabs".to_owned(),
                "space" => "indent with spaces".to_owned(),
                _ => return None,
            },
            ("ruff", "quote-style" | "inline-quotes" | "multiline-quotes" | "docstring-quotes")
            | ("flake8", "inline-quotes" | "multiline-quotes" | "docstring-quotes") => {
                let kind = match value {
                    "single" | "'" => "single",
                    "double" | "\"" => "double",
                    _ => return None,
                };
                let what = key.split_once('-').map_or("", |(what, _)| what);
                match what {
                    "quote" | "inline" => format!("use {kind} quotes"),
                    _ => format!("use {kind} quotes ({what})"),
                }
            }
            ("flake8" | "ruff", "max-complexity") => {
                format!("functions have a complexity of at most {}", number(value)?)
            }
            _ => return None,
        };
        Some((line, format!("{tool}: {rule}")))
    });
    found.collect()
}

/// `unwrap_used = "deny"`, `pedantic = { level = "warn", priority = -1 }`
fn lint(linter: &str, key: &str, value: &str) -> Option<String> {
    let level = value
        .split(['"', '\''])
        .find(|word| matches!(*word, "warn" | "deny" | "forbid"))?;
    let name = key.replace('-', "_");
    let verb = match level {
        "warn" => "warns of",
        "deny" => "denies",
        _ => "forbids",
    };
    plain(&name).map(|name| format!("{linter} {verb} {name}"))
}

/// JSON, YAML and JavaScript: prettier's settings, and those rules of `ESLint` that are about layout.
///
/// A key counts wherever it is followed by a colon, outside of comments that have a line for themselves.
pub(super) fn script(file: &str, text: &str) -> Rules {
    let mut found: Rules = Vec::new();
    // In `package.json`, prettier's settings have a place; ESLint's are not kept there any more.
    let tool = if file.contains("eslint") {
        "eslint"
    } else {
        "prettier"
    };
    let keys: &[&str] = if tool == "prettier" {
        &[
            "printWidth",
            "tabWidth",
            "useTabs",
            "singleQuote",
            "semi",
            "trailingComma",
            "endOfLine",
        ]
    } else {
        &[
            "max-len",
            "indent",
            "quotes",
            "semi",
            "max-lines",
            "complexity",
        ]
    };
    let mut at = 0;
    for (number, line) in (1_u32..).zip(text.split_inclusive('\n')) {
        let from = at;
        at += line.len();
        if line.trim_start().starts_with(['/', '#', '*']) {
            continue;
        }
        for key in keys {
            let Some(value) = line.find(key).and_then(|place| {
                let before = line.get(..place)?.chars().next_back();
                let is_key = before.is_none_or(|c| c.is_whitespace() || "\"'{,/".contains(c));
                let after = text.get(from + place + key.len()..)?;
                let after = after
                    .strip_prefix(['"', '\''])
                    .unwrap_or(after)
                    .trim_start();
                is_key.then(|| after.strip_prefix(':').map(value))?
            }) else {
                continue;
            };
            let rule = if tool == "prettier" {
                prettier(key, &value)
            } else {
                eslint(key, &value)
            };
            found.extend(rule.map(|rule| (number, format!("{tool}: {rule}"))));
        }
    }
    found
}

/// A value as it is written: up to the end of the list it opens, else up to a comma, a brace or the end of the line.
fn value(text: &str) -> String {
    let mut depth = 0_u32;
    let text = text.trim_start_matches([' ', '\t']);
    let mut taken = String::new();
    for c in text.chars().take(LONGEST_VALUE * 2) {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' | ',' | '\n' | '#' if depth == 0 => break,
            ']' | '}' => depth -= 1,
            _ => {}
        }
        taken.push(c);
        if depth == 0 && matches!(c, ']' | '}') {
            break;
        }
    }
    taken.trim().to_owned()
}

fn prettier(key: &str, value: &str) -> Option<String> {
    let value = value.trim_matches(['"', '\'']);
    Some(match (key, value) {
        ("printWidth", _) => length(number(value)?),
        ("tabWidth", _) => format!("indent by {}", number(value)?),
        ("useTabs", "true") => "indent with tabs".to_owned(),
        ("useTabs", "false") => "indent with spaces".to_owned(),
        ("singleQuote", "true") => "use single quotes".to_owned(),
        ("singleQuote", "false") => "use double quotes".to_owned(),
        ("semi", "true") => "end statements with semicolons".to_owned(),
        ("semi", "false") => "no semicolons at the end of statements".to_owned(),
        ("trailingComma", "all" | "es5" | "none") => format!("trailing commas: {value}"),
        ("endOfLine", "lf" | "crlf") => format!("end lines with {}", value.to_uppercase()),
        _ => return None,
    })
}

/// `["error", 2]`, `["warn", {code: 100}]`, `"error"`.
fn eslint(key: &str, value: &str) -> Option<String> {
    let words: Vec<&str> = value
        .split(|c: char| !(c.is_alphanumeric() || c == '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let (severity, options) = words.split_first()?;
    if !matches!(*severity, "error" | "warn" | "1" | "2") {
        return None;
    }
    let first_number = || options.iter().find_map(|word| number(word));
    let has = |word: &str| options.contains(&word);
    Some(match key {
        "max-len" => length(first_number()?),
        "max-lines" => format!("files have at most {} lines", first_number()?),
        "complexity" => format!("functions have a complexity of at most {}", first_number()?),
        "indent" if has("tab") => "indent with tabs".to_owned(),
        "indent" => format!("indent by {}", first_number().unwrap_or(4)),
        "quotes" if has("single") => "use single quotes".to_owned(),
        "quotes" if has("backtick") => "use backticks for quotes".to_owned(),
        "quotes" => "use double quotes".to_owned(),
        "semi" if has("never") => "no semicolons at the end of statements".to_owned(),
        "semi" => "end statements with semicolons".to_owned(),
        _ => return None,
    })
}

fn length(characters: u32) -> String {
    format!("lines have at most {characters} characters")
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// A word or a number, nothing that has a structure of its own.
fn plain(text: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!text.is_empty() && text.chars().all(is_plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rules: Rules) -> Vec<String> {
        rules
            .into_iter()
            .map(|(line, text)| format!("{line} {text}"))
            .collect()
    }

    #[test]
    fn editors() {
        let text = "root = true\n[*]\nindent_style = space\nindent_size=4 # four\n[*.{js,ts}]\nquote_type = single\n\
                    [Makefile]\nindent_style = tab\nindent_size = unset\nmax_line_length = off\n";
        assert_eq!(
            told(editorconfig(text)),
            [
                "3 indent with spaces (*)",
                "4 indent by 4 (*)",
                "6 use single quotes (*.{js,ts})",
                "8 indent with tabs (Makefile)",
            ]
        );
    }

    #[test]
    fn linters_of_python_and_rust() {
        for (file, text, expected) in [
            (
                "pyproject.toml",
                "[tool.ruff]\nline-length = 100\n[tool.ruff.format]\nquote-style = \"single\"\n[project]\nline-length = 3\n\
                 [tool.black]\nline-length=88",
                &[
                    "2 ruff: lines have at most 100 characters",
                    "4 ruff: use single quotes",
                    "8 black: lines have at most 88 characters",
                ][..],
            ),
            (
                "setup.cfg",
                "[flake8]\nmax-line-length: 120\n",
                &["2 flake8: lines have at most 120 characters"],
            ),
            (
                "rustfmt.toml",
                "max_width = 110\nhard_tabs = true\n",
                &[
                    "1 rustfmt: lines have at most 110 characters",
                    "2 rustfmt: indent with tabs",
                ],
            ),
            (
                "Cargo.toml",
                "[lints.clippy]\npedantic = { level = \"warn\", priority = -1 }\nunwrap_used = \"deny\"\nx = \"allow\"\n\
                 [lints.rust]\nunsafe_code = \"forbid\"\n[dependencies]\nserde = \"warn\"\n",
                &[
                    "2 clippy warns of pedantic",
                    "3 clippy denies unwrap_used",
                    "6 rustc forbids unsafe_code",
                ],
            ),
            (
                ".clippy.toml",
                "too-many-lines-threshold = 80\ndoc-valid-idents = [\"a\"]\n",
                &["1 clippy: too-many-lines-threshold is 80"],
            ),
        ] {
            assert_eq!(told(sectioned(file, text)), expected, "{file}");
        }
    }

    #[test]
    fn linters_of_javascript() {
        let text = "{\"printWidth\": 100, \"singleQuote\": true,\n  \"semi\": false}";
        assert_eq!(
            told(script(".prettierrc", text)),
            [
                "1 prettier: lines have at most 100 characters",
                "1 prettier: use single quotes",
                "2 prettier: no semicolons at the end of statements",
            ]
        );
        let text = "// quotes: 'error'\nexport default [{ rules: {\n  'max-len': ['error', {\n    code: 90 }],\n  indent: [\"warn\", 2],\n\
                    \x20 quotes: ['error', 'single'],\n  semi: 'off', complexity: [2, 12]\n}}]";
        assert_eq!(
            told(script("eslint.config.js", text)),
            [
                "3 eslint: lines have at most 90 characters",
                "5 eslint: indent by 2",
                "6 eslint: use single quotes",
                "7 eslint: functions have a complexity of at most 12",
            ]
        );
        assert_eq!(
            told(script(
                ".prettierrc.yaml",
                "tabWidth: 2\nuseTabs: false # no\n"
            )),
            ["1 prettier: indent by 2", "2 prettier: indent with spaces"]
        );
    }
}
