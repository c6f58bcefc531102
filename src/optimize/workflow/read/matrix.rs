//! The combinations of a matrix of GitHub Actions.

use super::yaml::{Node, Value};

/// GitHub makes no more jobs of one matrix.
pub(super) const MOST: usize = 256;

/// What one job of a matrix is given: names, those of values within values joined with dots, and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Combination {
    values: Vec<(String, Node)>,
}

impl Combination {
    /// What `matrix.<name>` stands for, if it is text.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut parts = name.split('.');
        let first = parts.next()?;
        let (_, node) = self.values.iter().find(|(key, _)| key == first)?;
        parts.try_fold(node, |node, part| node.get(part))?.text()
    }

    /// The values as GitHub shows them behind the name of a job.
    pub fn shown(&self) -> String {
        let mut texts = Vec::new();
        for (_, node) in &self.values {
            leaves(node, &mut texts);
        }
        texts.join(", ")
    }

    fn get(&self, name: &str) -> Option<&Node> {
        self.values
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, node)| node)
    }

    fn set(&mut self, name: &str, node: &Node) {
        match self.values.iter_mut().find(|(key, _)| key == name) {
            Some((_, known)) => *known = node.clone(),
            None => self.values.push((name.to_owned(), node.clone())),
        }
    }
}

fn leaves(node: &Node, texts: &mut Vec<String>) {
    match &node.value {
        Value::Scalar { text, .. } if !text.is_empty() => texts.push(text.clone()),
        Value::Scalar { .. } => {}
        Value::List(nodes) => nodes.iter().for_each(|node| leaves(node, texts)),
        Value::Map(entries) => entries.iter().for_each(|entry| leaves(&entry.node, texts)),
    }
}

/// The combinations; none if only a run can tell, or if there are more than [`MOST`].
///
/// As GitHub has it: the product of the lists, without what `exclude` matches; then each of `include` is added to the
/// combinations of the product none of whose values it would change, or is one of its own.
pub(super) fn combinations(matrix: &Node) -> Option<Vec<Combination>> {
    let mut product = vec![Combination::default()];
    let mut axes = 0;
    for entry in matrix.map()? {
        if entry.key == "include" || entry.key == "exclude" {
            continue;
        }
        let values = entry.node.list()?;
        axes += 1;
        if values.is_empty() || product.len().checked_mul(values.len())? > 64 * MOST {
            return None;
        }
        product = product
            .iter()
            .flat_map(|known| {
                values.iter().map(|value| {
                    let mut made = known.clone();
                    made.set(&entry.key, value);
                    made
                })
            })
            .collect();
    }
    if axes == 0 {
        product.clear();
    }
    if let Some(excluded) = matrix.get("exclude") {
        let excluded = excluded.list()?;
        product.retain(|made| {
            !excluded.iter().any(|out| {
                out.map().is_some_and(|out| {
                    let matches = |node: &Node, of: &Node| same(node, of);
                    !out.is_empty()
                        && out.iter().all(|entry| {
                            made.get(&entry.key)
                                .is_some_and(|node| matches(node, &entry.node))
                        })
                })
            })
        });
    }
    let original = product.clone();
    if let Some(included) = matrix.get("include") {
        for more in included.list()? {
            let more = more.map()?;
            let mut fits = false;
            for (made, original) in product.iter_mut().zip(&original) {
                let clashes = more.iter().any(|entry| {
                    original
                        .get(&entry.key)
                        .is_some_and(|node| !same(node, &entry.node))
                });
                if !clashes {
                    fits = true;
                    for entry in more {
                        made.set(&entry.key, &entry.node);
                    }
                }
            }
            if !fits {
                let mut alone = Combination::default();
                for entry in more {
                    alone.set(&entry.key, &entry.node);
                }
                product.push(alone);
            }
        }
    }
    (1..=MOST).contains(&product.len()).then_some(product)
}

fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Scalar { text, .. }, Value::Scalar { text: other, .. }) => text == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one.iter().all(|entry| {
                    other
                        .iter()
                        .any(|it| it.key == entry.key && same(&it.node, &entry.node))
                })
        }
        _ => false,
    }
}
