//! The files of the commit that was looked at last, a page for each folder.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;

use bstr::{BStr, BString, ByteSlice};
use serde::{Deserialize, Serialize};

use super::{Depth, File, Means, Survey, file, joined};
use crate::analyze::cache::{FactCache, Layer, Page, Pages};
use crate::analyze::deep::{self, Deep};
use crate::analyze::facts::{self, Facts, Unread};
use crate::analyze::files::{Place, file_name, folder};
use crate::git::{Folder, Mode, Oid};

/// A file on a page.
#[derive(Serialize, Deserialize)]
struct Row {
    name: BString,
    mode: Mode,
    oid: Vec<u8>,
    place: Place,
    facts: Option<Facts>,
}

/// What is on a page of the other layer: of one file.
#[derive(Serialize, Deserialize)]
struct DeepRow {
    name: BString,
    oid: Vec<u8>,
    deep: Deep,
}

/// Deep facts of one folder, by name and blob.
type DeepFacts = HashMap<(BString, Vec<u8>), Deep>;

/// What earlier runs left.
pub(super) struct Known {
    depth: Depth,
    quick: Pages,
    deep: Pages,
    /// Folders that are taken as they are, with everything below them.
    taken: Vec<BString>,
}

/// Which pages are to be written when everything is known.
pub(super) struct Plan {
    /// The folders that were opened, with their trees.
    opened: HashMap<BString, Option<Vec<u8>>>,
    gone: Vec<BString>,
    deep_gone: Vec<BString>,
}

impl Known {
    pub(super) fn open(cache: &FactCache, means: &Means) -> Self {
        let deep = match means.depth {
            Depth::Quick => Pages::new(),
            Depth::Full => cache.pages(Layer::Deep, deep::version(&means.key)),
        };
        Self {
            depth: means.depth,
            quick: cache.pages(Layer::Quick, facts::version()),
            deep,
            taken: Vec::new(),
        }
    }

    /// Whether everything that is wanted of a folder, and of what is below it, is on pages; it is taken then.
    pub(super) fn take(&mut self, path: &BStr, tree: &Oid) -> bool {
        let tree = Some(tree.to_bytes());
        let on = |pages: &Pages| pages.get(path).is_some_and(|page| page.tree == tree);
        let known = on(&self.quick) && (self.depth == Depth::Quick || on(&self.deep));
        if known {
            self.taken.push(path.to_owned());
        }
        known
    }

    /// The files: those of folders that had to be opened with what is known of their blobs, the others as they are.
    pub(super) fn compose(self, folders: Vec<Folder>) -> (Survey, Plan) {
        let mut files = Vec::new();
        let mut live: HashSet<&BString> = HashSet::new();
        for top in &self.taken {
            for (path, page) in within(&self.quick, top) {
                live.insert(path);
                let mut deep = self.deep_facts(path);
                let rows = rows(&page.body).into_iter();
                files.extend(rows.filter_map(|row| known_file(path.as_ref(), row, &mut deep)));
            }
        }
        for folder in &folders {
            let old = self.quick.get(&folder.path).map(|page| rows(&page.body));
            let mut known: HashMap<BString, Row> = old
                .into_iter()
                .flatten()
                .map(|row| (row.name.clone(), row))
                .collect();
            let mut deep = self.deep_facts(&folder.path);
            for entry in &folder.files {
                let same = known
                    .remove(&entry.path)
                    .filter(|row| row.mode == entry.mode && row.oid == entry.oid.to_bytes());
                let found = same.and_then(|row| known_file(folder.path.as_ref(), row, &mut deep));
                files.push(found.unwrap_or_else(|| {
                    let path = joined(folder.path.as_ref(), entry.path.as_ref());
                    file(path, entry.mode, entry.oid.clone())
                }));
            }
        }
        let opened: HashMap<BString, Option<Vec<u8>>> = folders
            .into_iter()
            .map(|folder| (folder.path, folder.tree.as_ref().map(Oid::to_bytes)))
            .collect();
        let dead = |pages: &Pages| -> Vec<BString> {
            let paths = pages.keys();
            let dead = paths.filter(|path| !live.contains(path) && !opened.contains_key(*path));
            dead.cloned().collect()
        };
        let (gone, deep_gone) = (dead(&self.quick), dead(&self.deep));
        let plan = Plan {
            opened,
            gone,
            deep_gone,
        };
        (Survey { files }, plan)
    }

    fn deep_facts(&self, folder: &BString) -> DeepFacts {
        let page = self.deep.get(folder);
        let rows: Vec<DeepRow> = page
            .and_then(|page| postcard::from_bytes(&page.body).ok())
            .unwrap_or_default();
        rows.into_iter()
            .map(|row| ((row.name, row.oid), row.deep))
            .collect()
    }
}

/// A folder's page and those of the folders below it.
fn within<'p>(pages: &'p Pages, top: &BString) -> impl Iterator<Item = (&'p BString, &'p Page)> {
    let mut from = top.clone();
    let mut to = top.clone();
    let own = if top.is_empty() {
        None
    } else {
        from.push(b'/');
        // What follows the slash in the order of bytes.
        to.push(b'/' + 1);
        pages.get_key_value(top)
    };
    let end = if top.is_empty() {
        Bound::Unbounded
    } else {
        Bound::Excluded(to)
    };
    own.into_iter()
        .chain(pages.range((Bound::Included(from), end)))
}

fn rows(body: &[u8]) -> Vec<Row> {
    postcard::from_bytes(body).unwrap_or_default()
}

fn known_file(folder: &BStr, row: Row, deep: &mut DeepFacts) -> Option<File> {
    let deep = if deep.is_empty() {
        None
    } else {
        deep.remove(&(row.name.clone(), row.oid.clone()))
    };
    Some(File {
        path: joined(folder, row.name.as_ref()),
        mode: row.mode,
        oid: Oid::from_bytes(&row.oid).ok()?,
        place: row.place,
        // What is missing today may be here tomorrow.
        facts: row
            .facts
            .filter(|facts| facts.unread != Some(Unread::Missing)),
        deep,
        language: None,
        is_counted: false,
    })
}

impl Plan {
    /// Writes the pages of the folders that were opened.
    pub(super) fn keep(self, survey: &Survey, means: &Means, cache: &mut FactCache) {
        if self.opened.is_empty() && self.gone.is_empty() && self.deep_gone.is_empty() {
            return;
        }
        let mut by_folder: BTreeMap<&BStr, Vec<&File>> = BTreeMap::new();
        for path in self.opened.keys() {
            by_folder.entry(path.as_ref()).or_default();
        }
        for file in &survey.files {
            if let Some(files) = by_folder.get_mut(folder(file.path.as_ref())) {
                files.push(file);
            }
        }
        let incomplete = incomplete(&by_folder);
        let quick = self.pages(&by_folder, &incomplete, |files| {
            let rows: Vec<Row> = files.iter().map(|file| row(file)).collect();
            postcard::to_allocvec(&rows)
        });
        cache.put_pages(Layer::Quick, facts::version(), &quick, &self.gone);
        if means.depth == Depth::Full {
            let deep = self.pages(&by_folder, &incomplete, |files| {
                let rows: Vec<DeepRow> = files.iter().filter_map(|file| deep_row(file)).collect();
                postcard::to_allocvec(&rows)
            });
            let version = deep::version(&means.key);
            cache.put_pages(Layer::Deep, version, &deep, &self.deep_gone);
        }
    }

    /// The pages of one layer. The tree of a folder is told only when nothing is missing in it and below it.
    fn pages(
        &self,
        by_folder: &BTreeMap<&BStr, Vec<&File>>,
        incomplete: &HashSet<&BStr>,
        body: impl Fn(&[&File]) -> postcard::Result<Vec<u8>>,
    ) -> Pages {
        let mut pages = Pages::new();
        for (path, files) in by_folder {
            if let Ok(body) = body(files) {
                let tree = self.opened.get(*path).cloned().flatten();
                let tree = tree.filter(|_| !incomplete.contains(path));
                pages.insert((*path).to_owned(), Page { tree, body });
            }
        }
        pages
    }
}

/// The folders with files whose blobs are not here, and those above them.
fn incomplete<'f>(by_folder: &BTreeMap<&'f BStr, Vec<&'f File>>) -> HashSet<&'f BStr> {
    let mut incomplete = HashSet::new();
    for (path, files) in by_folder {
        if files.iter().any(|file| is_missing(file)) {
            let mut at = *path;
            while incomplete.insert(at) && !at.is_empty() {
                at = folder(at);
            }
        }
    }
    incomplete
}

fn is_missing(file: &File) -> bool {
    let unread = file.facts.as_ref().and_then(|facts| facts.unread);
    unread == Some(Unread::Missing)
}

fn row(file: &File) -> Row {
    Row {
        name: file_name(file.path.as_ref()).as_bstr().to_owned(),
        mode: file.mode,
        oid: file.oid.to_bytes(),
        place: file.place,
        facts: file.facts.clone(),
    }
}

fn deep_row(file: &File) -> Option<DeepRow> {
    Some(DeepRow {
        name: file_name(file.path.as_ref()).as_bstr().to_owned(),
        oid: file.oid.to_bytes(),
        deep: file.deep.clone()?,
    })
}
