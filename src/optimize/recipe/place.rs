//! Where the steps of a recipe are done.

use super::shape::{Piece, Recipe, Shape, Simple, Word};

impl Recipe {
    /// Puts a `cd` before each step that is done in another folder than the one before. `folders` holds for each step the
    /// folder below the repository's top, where the first step begins; empty for the top itself.
    pub fn enter(&mut self, folders: &[String]) {
        let mut at = "";
        let mut steps = Vec::with_capacity(self.steps.len());
        for (number, step) in self.steps.drain(..).enumerate() {
            let folder = folders.get(number).map_or("", String::as_str);
            if folder != at {
                steps.push(cd(&way(at, folder)));
                at = folder;
            }
            steps.push(step);
        }
        self.steps = steps;
    }
}

/// The way from one folder below a top to another.
fn way(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    let (from, to) = (parts(from), parts(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let down = to.into_iter().skip(same);
    up.chain(down).collect::<Vec<_>>().join("/")
}

fn cd(folder: &str) -> Shape {
    // A name that begins with a dash would be an option.
    let folder = if folder.starts_with('-') {
        format!("./{folder}")
    } else {
        folder.to_owned()
    };
    let words = ["cd".to_owned(), folder].map(|word| Word(vec![Piece::Text(word)]));
    Shape::Pipeline(vec![Simple {
        words: words.to_vec(),
        redirects: Vec::new(),
    }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimize::recipe::describe;

    fn entered(folders: &[&str]) -> Vec<String> {
        let step = || {
            Shape::Pipeline(vec![Simple {
                words: vec![Word(vec![Piece::Text("make".to_owned())])],
                redirects: Vec::new(),
            }])
        };
        let mut recipe = Recipe {
            name: "make".to_owned(),
            steps: folders.iter().map(|_| step()).collect(),
            parameters: Vec::new(),
            repository: None,
            risky: false,
            interactive: false,
        };
        let folders: Vec<String> = folders.iter().map(|it| (*it).to_owned()).collect();
        recipe.enter(&folders);
        recipe.steps.iter().map(|it| describe(it, &[])).collect()
    }

    #[test]
    fn a_step_is_done_where_it_was_typed() {
        assert_eq!(entered(&["", ""]), ["make", "make"]);
        assert_eq!(entered(&["a", "a"]), ["cd a", "make", "make"]);
        assert_eq!(entered(&["", "a/b"]), ["make", "cd a/b", "make"]);
        assert_eq!(
            entered(&["a/b", "a/c", ""]),
            ["cd a/b", "make", "cd ../c", "make", "cd ../..", "make"]
        );
        assert_eq!(entered(&["-x"]), ["cd ./-x", "make"]);
    }
}
