//! From the text of a justfile to its recipes.

use std::collections::HashMap;

use super::super::ReadError;
use super::tokens::{Token, line};

/// A file.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    pub recipes: Vec<Recipe>,
    /// Names and what they stand for.
    pub aliases: Vec<(String, String)>,
    /// The place of the recipe that is run if none is named.
    pub default: Option<usize>,
    /// Whether there is more in other files.
    pub is_partial: bool,
    pub notes: Vec<String>,
}

/// A recipe.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipe {
    pub name: String,
    pub line: usize,
    /// What is run before it.
    pub before: Vec<Dependency>,
    /// What is run after it.
    pub after: Vec<Dependency>,
    pub is_private: bool,
    /// Whether what it needs is run at the same time.
    pub is_parallel: bool,
    /// The lines of its body.
    pub commands: Vec<String>,
}

/// A recipe that another one needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    pub recipe: String,
    /// As they stand there, those that are plain text without quotes.
    pub arguments: Vec<String>,
    pub line: usize,
}

/// Attributes that bind a recipe to systems.
const SYSTEMS: &[&str] = &[
    "android",
    "dragonfly",
    "freebsd",
    "linux",
    "macos",
    "netbsd",
    "openbsd",
    "unix",
    "windows",
];

/// The recipes of a text.
pub(super) fn parse(text: &str) -> Result<File, ReadError> {
    let mut file = File::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut attributes: Vec<String> = Vec::new();
    let (mut at, mut number) = (0, 1);
    let (mut may_repeat, mut default) = (false, None);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.lines().next().unwrap_or_default();
        let here = number;
        let (tokens, length) = line(rest, number)?;
        at += length.max(1);
        number += rest.get(..length).unwrap_or_default().matches('\n').count();
        if tokens.is_empty() {
            continue;
        }
        if first.starts_with([' ', '\t']) {
            return Err(ReadError::at(
                here,
                "an indented line that belongs to no recipe",
            ));
        }
        if first.starts_with('[') {
            attributes.extend(names_of_attributes(&tokens));
            continue;
        }
        if is_other(&tokens, here, &mut file, &mut may_repeat) {
            attributes.clear();
            continue;
        }
        let mut recipe = header(&tokens, here)?;
        // The body: what is indented, and the empty lines between.
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
            let body = rest.get(..length).unwrap_or_default();
            if !body.starts_with([' ', '\t']) && !body.trim().is_empty() {
                break;
            }
            recipe
                .commands
                .push(body.trim_end_matches(['\n', '\r']).to_owned());
            at += length;
            number += 1;
        }
        recipe.commands = commands(&recipe.commands);
        let given = std::mem::take(&mut attributes);
        let says = |name: &str| given.iter().any(|it| it == name);
        let systems: Vec<&String> = given
            .iter()
            .filter(|it| SYSTEMS.contains(&it.as_str()))
            .collect();
        let is_here = systems
            .iter()
            .any(|it| *it == "unix" && cfg!(unix) || *it == std::env::consts::OS);
        if !systems.is_empty() && !is_here {
            continue;
        }
        recipe.is_private = recipe.name.starts_with('_') || says("private");
        recipe.is_parallel = says("parallel");
        match places.get(&recipe.name).copied() {
            Some(_) if !may_repeat => {
                let what = format!("the recipe {} is there twice", recipe.name);
                return Err(ReadError::at(recipe.line, what));
            }
            Some(place) => {
                if let Some(before) = file.recipes.get_mut(place) {
                    *before = recipe;
                }
            }
            None => {
                places.insert(recipe.name.clone(), file.recipes.len());
                if says("default") {
                    default = Some(file.recipes.len());
                }
                file.recipes.push(recipe);
            }
        }
    }
    file.default = default.or((!file.recipes.is_empty()).then_some(0));
    Ok(file)
}

/// `[private]`, `[linux, group('x')]`
fn names_of_attributes(tokens: &[Token<'_>]) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0_usize;
    let mut before = "";
    for token in tokens {
        match token {
            Token::Sign("(" | "[") => depth += 1,
            Token::Sign(")" | "]") => depth = depth.saturating_sub(1),
            Token::Name(name) if depth == 1 && matches!(before, "[" | ",") => {
                names.push((*name).to_owned());
            }
            _ => {}
        }
        before = token.raw();
    }
    names
}

/// Reads what is no recipe; whether it was that.
fn is_other(tokens: &[Token<'_>], line: usize, file: &mut File, may_repeat: &mut bool) -> bool {
    use Token::{Name, Sign, Text};
    match tokens {
        [Name("alias"), Name(alias), Sign(":="), target @ ..] => {
            let target: String = target.iter().map(|it| it.raw()).collect();
            file.aliases.push(((*alias).to_owned(), target));
            true
        }
        [Name("set"), Name(setting), rest @ ..]
            if matches!(rest.first(), None | Some(Sign(":="))) =>
        {
            if *setting == "allow-duplicate-recipes" {
                *may_repeat = !matches!(rest, [_, Name("false")]);
            }
            true
        }
        [Name("import"), more @ .., Text(path)]
            if more.iter().all(|it| matches!(it, Sign("?") | Name("x"))) =>
        {
            file.is_partial = true;
            file.notes.push(format!("line {line}: {path} is not read"));
            true
        }
        [Name("mod"), rest @ ..] if is_module(rest) => {
            let words: Vec<&str> = rest.iter().map(|it| it.raw()).collect();
            file.notes.push(format!(
                "line {line}: the module {} is not read",
                words.join(" ")
            ));
            true
        }
        [Name("unexport"), Name(_)] => true,
        _ => is_assignment(tokens),
    }
}

/// A constant, or a function that the file defines: `:=` stands outside of all brackets, as it does in no recipe.
fn is_assignment(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    tokens.iter().any(|token| {
        match token.raw() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Sign(":=")
    })
}

fn is_module(rest: &[Token<'_>]) -> bool {
    let rest = match rest {
        [Token::Sign("?"), rest @ ..] => rest,
        _ => rest,
    };
    matches!(
        rest,
        [Token::Name(_)]
            | [Token::Name(_), Token::Text(_)]
            | [Token::Name(_), Token::Name("x"), Token::Text(_)]
    )
}

/// `@name parameters: needs && more`
fn header(tokens: &[Token<'_>], line: usize) -> Result<Recipe, ReadError> {
    let wrong = |what: &str| ReadError::at(line, what);
    let tokens = match tokens {
        [Token::Sign("@"), rest @ ..] => rest,
        _ => tokens,
    };
    let Some((Token::Name(name), rest)) = tokens.split_first() else {
        return Err(wrong("neither a recipe nor a setting"));
    };
    let mut depth = 0_usize;
    let colon = rest.iter().position(|token| {
        match token.raw() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *token == Token::Sign(":")
    });
    let Some(colon) = colon else {
        return Err(wrong("a recipe without a colon"));
    };
    let mut recipe = Recipe {
        name: (*name).to_owned(),
        line,
        ..Recipe::default()
    };
    let mut rest = rest.get(colon + 1..).unwrap_or_default();
    let mut behind = false;
    while let Some((token, after)) = rest.split_first() {
        let need = match token {
            Token::Sign("&&") => {
                behind = true;
                rest = after;
                continue;
            }
            Token::Sign("(") => {
                let end = closing(after).ok_or_else(|| wrong("( is not closed"))?;
                let inside = after.get(..end).unwrap_or_default();
                rest = after.get(end + 1..).unwrap_or_default();
                let (recipe, arguments) =
                    named(inside).ok_or_else(|| wrong("( without a recipe"))?;
                Dependency {
                    recipe,
                    arguments: self::arguments(arguments),
                    line,
                }
            }
            Token::Name(_) => {
                let (recipe, after) = named(rest).ok_or_else(|| wrong("no recipe"))?;
                rest = after;
                Dependency {
                    recipe,
                    arguments: Vec::new(),
                    line,
                }
            }
            other => {
                return Err(ReadError::at(
                    line,
                    format!("{} where a recipe should be", other.raw()),
                ));
            }
        };
        if behind {
            recipe.after.push(need);
        } else {
            recipe.before.push(need);
        }
    }
    Ok(recipe)
}

/// Where the bracket closes that was opened before.
fn closing(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| match token.raw() {
        "(" => {
            depth += 1;
            false
        }
        ")" if depth == 0 => true,
        ")" => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

/// A name of a recipe, with those of its modules, and what stands behind it.
fn named<'a, 't>(tokens: &'a [Token<'t>]) -> Option<(String, &'a [Token<'t>])> {
    let (Token::Name(first), mut rest) = tokens.split_first()? else {
        return None;
    };
    let mut name = (*first).to_owned();
    while let [Token::Sign("::"), Token::Name(next), after @ ..] = rest {
        name.push_str("::");
        name.push_str(next);
        rest = after;
    }
    Some((name, rest))
}

/// Arguments: an expression begins where no sign joins it to the one before.
fn arguments(tokens: &[Token<'_>]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let (mut depth, mut joined) = (0_usize, false);
    for token in tokens {
        let raw = token.raw();
        let word = match token {
            Token::Text(text) if !text.starts_with('`') => text.trim_matches(['\'', '"']),
            _ => raw,
        };
        let is_sign = matches!(token, Token::Sign(_)) && raw != "(" && raw != "{";
        let opens_call = raw == "("
            && matches!(found.last(), Some(last) if last.ends_with(|it: char| it.is_alphanumeric()));
        match found.last_mut() {
            Some(last) if depth > 0 || joined || is_sign || opens_call => last.push_str(word),
            _ => found.push(word.to_owned()),
        }
        match raw {
            "(" | "{" => depth += 1,
            ")" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        joined = is_sign && raw != ")" && raw != "}";
    }
    found
}

/// The lines that the body runs; a script of its own, with `#!`, is one.
fn commands(body: &[String]) -> Vec<String> {
    let lines: Vec<&str> = body.iter().map(|it| it.trim()).collect();
    if lines
        .iter()
        .find(|it| !it.is_empty())
        .is_some_and(|it| it.starts_with("#!"))
    {
        return vec![lines.join("\n").trim().to_owned()];
    }
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in lines {
        let begun = line.strip_suffix('\\');
        let text = begun.unwrap_or(line);
        match found.last_mut() {
            Some(last) if open => last.push_str(text),
            _ => {
                let text = text.trim_start_matches(['@', '-']).trim_start();
                if text.is_empty() || text.starts_with('#') {
                    continue;
                }
                found.push(text.to_owned());
            }
        }
        open = begun.is_some();
    }
    found
}
