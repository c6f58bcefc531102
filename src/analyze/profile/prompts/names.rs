//! Languages and frameworks as they are named in English sentences.

/// How a name is told from a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    /// In whatever case.
    Any,
    /// It is a word too: only with a capital letter, and not where a sentence begins.
    Capital,
}

use Writing::{Any, Capital};

/// MIRA's fifteen languages and what else programs are often written in: as written, and the language's name.
const LANGUAGES: [(&str, &str, Writing); 31] = [
    ("bash", "Shell", Any),
    ("c#", "C#", Any),
    ("c++", "C++", Any),
    ("clojure", "Clojure", Any),
    ("cpp", "C++", Any),
    ("csharp", "C#", Any),
    ("css", "CSS", Any),
    ("dart", "Dart", Capital),
    ("elixir", "Elixir", Capital),
    ("erlang", "Erlang", Any),
    ("go", "Go", Capital),
    ("golang", "Go", Any),
    ("haskell", "Haskell", Any),
    ("html", "HTML", Any),
    ("java", "Java", Any),
    ("javascript", "JavaScript", Any),
    ("julia", "Julia", Capital),
    ("kotlin", "Kotlin", Any),
    ("lua", "Lua", Any),
    ("ocaml", "OCaml", Any),
    ("perl", "Perl", Any),
    ("php", "PHP", Any),
    ("python", "Python", Any),
    ("ruby", "Ruby", Any),
    ("rust", "Rust", Any),
    ("scala", "Scala", Any),
    ("shell", "Shell", Capital),
    ("sql", "SQL", Any),
    ("swift", "Swift", Capital),
    ("typescript", "TypeScript", Any),
    ("zig", "Zig", Capital),
];

/// MIRA's thirteen frameworks and some others.
const FRAMEWORKS: [(&str, &str, Writing); 27] = [
    ("actix", "Actix", Any),
    ("angular", "Angular", Any),
    ("axum", "Axum", Any),
    ("bevy", "Bevy", Capital),
    ("django", "Django", Any),
    ("express", "Express", Capital),
    ("fastapi", "FastAPI", Any),
    ("flask", "Flask", Any),
    ("flutter", "Flutter", Capital),
    ("jest", "Jest", Capital),
    ("laravel", "Laravel", Any),
    ("next.js", "Next.js", Any),
    ("nextjs", "Next.js", Any),
    ("nuxt", "Nuxt", Any),
    ("phoenix", "Phoenix", Capital),
    ("playwright", "Playwright", Any),
    ("pytest", "pytest", Any),
    ("pytorch", "PyTorch", Any),
    ("rails", "Rails", Any),
    ("react", "React", Capital),
    ("spring", "Spring", Capital),
    ("svelte", "Svelte", Any),
    ("tauri", "Tauri", Any),
    ("tensorflow", "TensorFlow", Any),
    ("tokio", "Tokio", Any),
    ("vitest", "Vitest", Any),
    ("vue", "Vue", Any),
];

/// The language that a word names. `begins` says that a sentence begins with it.
pub(super) fn language(word: &str, begins: bool) -> Option<&'static str> {
    named(&LANGUAGES, word, begins)
}

/// The framework that a word names, likewise.
pub(super) fn framework(word: &str, begins: bool) -> Option<&'static str> {
    named(&FRAMEWORKS, word, begins)
}

fn named(
    table: &'static [(&'static str, &'static str, Writing)],
    word: &str,
    begins: bool,
) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let place = table.binary_search_by(|(written, _, _)| (*written).cmp(lower.as_str()));
    let (_, name, writing) = table.get(place.ok()?)?;
    let is_name = match writing {
        Any => true,
        Capital => !begins && word.starts_with(|c: char| c.is_ascii_uppercase()),
    };
    is_name.then_some(*name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_names_too_need_a_capital() {
        assert!(LANGUAGES.is_sorted_by(|one, other| one.0 < other.0));
        assert!(FRAMEWORKS.is_sorted_by(|one, other| one.0 < other.0));
        assert_eq!(language("Go", false), Some("Go"));
        assert_eq!(language("go", false), None);
        assert_eq!(language("Go", true), None);
        assert_eq!(language("RUST", true), Some("Rust"));
        assert_eq!(framework("Next.js", false), Some("Next.js"));
        assert_eq!(framework("next", false), None);
    }
}
