//! The analyses beside the real tools that do the same: radon, lizard, cargo, npm, git.
//!
//! `.ci/tools` puts radon and lizard into `target/tools`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{World, tool};

/// Python's own standard library, without packages and tests: some hundred files by many hands.
fn standard_library(world: &World) -> Option<()> {
    let python = tool("python3")?;
    let said = Command::new(python)
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_paths()['stdlib'])",
        ])
        .output()
        .unwrap();
    let from = PathBuf::from(String::from_utf8(said.stdout).unwrap().trim());
    let walk = walkdir::WalkDir::new(&from)
        .into_iter()
        .filter_entry(|entry| {
            let name = entry.file_name().to_string_lossy();
            ![
                "site-packages",
                "dist-packages",
                "test",
                "tests",
                "__pycache__",
            ]
            .contains(&name.as_ref())
        });
    for entry in walk {
        let entry = entry.unwrap();
        let path = entry.path();
        if entry.file_type().is_file() && path.extension().is_some_and(|it| it == "py") {
            let to = format!("lib/{}", path.strip_prefix(&from).unwrap().display());
            world.write(&to, fs::read(path).unwrap());
        }
    }
    Some(())
}

fn run(program: &Path, args: &[&str], folder: &Path) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{} {args:?}: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

type Functions = BTreeMap<(String, u64), u64>;

fn ours(world: &World) -> Functions {
    world.tend(["run", "performance_profile"]).code(0);
    let shown = world
        .tend(["results", "show", "complexity", "--json"])
        .code(0)
        .json();
    let complex = shown["body"]["complex"].as_array().unwrap().iter();
    complex
        .filter(|function| function["cyclomatic"].as_u64().unwrap() > 10)
        .map(|function| {
            let path = function["path"].as_str().unwrap().to_owned();
            let at = (path, function["line"].as_u64().unwrap());
            (at, function["cyclomatic"].as_u64().unwrap())
        })
        .collect()
}

/// Functions and methods of radon's, closures among them, above 10.
fn radons(program: &Path, folder: &Path) -> Functions {
    fn collect(block: &Value, path: &str, found: &mut Functions) {
        for inner in ["methods", "closures"] {
            for block in block[inner].as_array().into_iter().flatten() {
                collect(block, path, found);
            }
        }
        let complexity = block["complexity"].as_u64().unwrap();
        if block["type"] != "class" && complexity > 10 {
            let at = (path.to_owned(), block["lineno"].as_u64().unwrap());
            found.insert(at, complexity);
        }
    }
    let said: Value = serde_json::from_str(&run(program, &["cc", "-j", "lib"], folder)).unwrap();
    let mut found = Functions::new();
    for (path, blocks) in said.as_object().unwrap() {
        for block in blocks.as_array().into_iter().flatten() {
            collect(block, path, &mut found);
        }
    }
    found
}

/// Whether a function has what radon counts and the definition does not: `assert`, `else` of a loop or a `try`, and
/// functions in it.
fn has_what_only_radon_counts(folder: &Path, (path, line): &(String, u64)) -> bool {
    let text = String::from_utf8_lossy(&fs::read(folder.join(path)).unwrap()).into_owned();
    let mut lines = text.lines().skip(usize::try_from(*line).unwrap() - 1);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outer = indent(lines.next().unwrap());
    // The last statement at each depth: an `else` belongs to the one at its own.
    let mut heads: BTreeMap<usize, String> = BTreeMap::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let words = line.trim_start();
        if indent(line) <= outer && !words.starts_with(')') {
            break;
        }
        let head = heads.get(&indent(line)).cloned().unwrap_or_default();
        let of_loop_or_try = ["for ", "while ", "async for ", "try:", "except"];
        let counted = words.starts_with("assert ")
            || words.starts_with("def ")
            || words.starts_with("async def ")
            || words.starts_with("else:")
                && of_loop_or_try.iter().any(|word| head.starts_with(word));
        if counted {
            return true;
        }
        heads.insert(indent(line), words.to_owned());
    }
    false
}

#[test]
fn complex_functions_are_those_of_radon_but_for_what_it_counts_besides() {
    let Some(radon) = tool("radon") else {
        return;
    };
    let world = World::new();
    let Some(()) = standard_library(&world) else {
        return;
    };
    world.commit("Library");
    let (ours, radons) = (ours(&world), radons(&radon, world.repo()));
    assert!(ours.len() > 300, "{}", ours.len());
    let only_ours: Vec<_> = ours.keys().filter(|at| !radons.contains_key(*at)).collect();
    assert_eq!(only_ours, Vec::<&(String, u64)>::new());
    let unexplained: Vec<_> = radons
        .keys()
        .filter(|at| !ours.contains_key(*at))
        .filter(|at| !has_what_only_radon_counts(world.repo(), at))
        .collect();
    assert_eq!(unexplained, Vec::<&(String, u64)>::new());
}

#[test]
fn complex_functions_are_nearly_those_of_lizard() {
    let Some(lizard) = tool("lizard") else {
        return;
    };
    let world = World::new();
    let Some(()) = standard_library(&world) else {
        return;
    };
    world.commit("Library");
    let said = run(&lizard, &["-l", "python", "--csv", "lib"], world.repo());
    let lizards: BTreeSet<(String, u64)> = said
        .lines()
        .filter_map(|line| {
            // `nloc,ccn,token,parameters,length,"location","file","name","signature",start,end`
            let mut fields = line.split(',');
            let complexity: u64 = fields.nth(1)?.parse().ok()?;
            let mut quoted = line.split('"');
            let path = quoted.nth(3)?.to_owned();
            let start = line.rsplit(',').nth(1)?.parse().ok()?;
            (complexity > 10).then_some((path, start))
        })
        .collect();
    let ours: BTreeSet<(String, u64)> = ours(&world).into_keys().collect();
    let both = ours.intersection(&lizards).count();
    // Lizard counts `finally` besides, and misses what follows in a one-line compound statement.
    assert!(both * 100 >= ours.len() * 98, "{both} of {}", ours.len());
    assert!(
        both * 100 >= lizards.len() * 95,
        "{both} of {}",
        lizards.len()
    );
}

#[test]
fn the_bill_of_materials_names_what_cargo_names() {
    let cargo = std::env::var_os("CARGO")
        .map(PathBuf::from)
        .or_else(|| tool("cargo"));
    let Some(cargo) = cargo else { return };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let args = [
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--all-features",
    ];
    let metadata: Value = serde_json::from_str(&run(&cargo, &args, here)).unwrap();
    let expected: BTreeSet<String> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_string())
        .map(|package| {
            format!(
                "{}@{}",
                package["name"].as_str().unwrap(),
                package["version"].as_str().unwrap()
            )
        })
        .collect();
    let world = World::new();
    for name in ["Cargo.toml", "Cargo.lock"] {
        world.write(name, fs::read(here.join(name)).unwrap());
    }
    world.commit("Package");
    let bill = world.tend(["sbom"]).code(0).json();
    let found: BTreeSet<String> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|component| component["purl"].as_str()?.strip_prefix("pkg:cargo/"))
        .map(|purl| purl.replace("%2B", "+"))
        .collect();
    assert_eq!(found, expected);
}

/// The packages below a node of `npm ls`.
fn collect(node: &Value, packages: &Value, found: &mut BTreeSet<String>) {
    for (name, below) in node["dependencies"].as_object().into_iter().flatten() {
        // Folders of the repository are no packages, and of an alias the bill has the package.
        let entry = &packages[format!("node_modules/{name}")];
        let is_alias = entry["name"].is_string() || entry["link"] == true;
        if let Some(version) = below["version"].as_str()
            && !is_alias
        {
            found.insert(format!("{name}@{version}"));
        }
        collect(below, packages, found);
    }
}

#[test]
fn the_dependency_map_names_what_npm_names() {
    let Some(npm) = tool("npm") else { return };
    let world = World::new();
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lockfiles/npm3/package-lock.json");
    let lock = fs::read(fixture).unwrap();
    world.write("package-lock.json", &lock);
    // The lock file repeats the manifests of the folders that it is about.
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    for (folder, manifest) in lock["packages"].as_object().unwrap() {
        if !folder.contains("node_modules") {
            let path = Path::new(folder).join("package.json");
            world.write(path.to_str().unwrap(), manifest.to_string());
        }
    }
    world.commit("Package");
    let args = ["ls", "--all", "--json", "--package-lock-only"];
    let said = world
        .command(npm)
        .args(args)
        .current_dir(world.repo())
        .output()
        .unwrap();
    let tree: Value = serde_json::from_slice(&said.stdout).unwrap();
    let mut expected = BTreeSet::new();
    collect(&tree, &lock["packages"], &mut expected);
    assert!(expected.len() > 2, "{tree}");
    let bill = world.tend(["sbom"]).code(0).json();
    let found: BTreeSet<String> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|component| {
            let name = match component["group"].as_str() {
                Some(group) => format!("{group}/{}", component["name"].as_str()?),
                None => component["name"].as_str()?.to_owned(),
            };
            component["purl"]
                .as_str()?
                .starts_with("pkg:npm/")
                .then(|| {
                    format!(
                        "{name}@{}",
                        component["version"].as_str().unwrap_or_default()
                    )
                })
        })
        .collect();
    assert!(found.is_superset(&expected), "{found:?} {expected:?}");
}

#[test]
fn hot_files_are_those_of_the_command_that_stands_beside_them() {
    let world = World::new();
    for (round, files) in [&["a", "b"][..], &["a"], &["c d", "a"], &["b", "ü"]]
        .iter()
        .enumerate()
    {
        for file in *files {
            world.write(file, format!("{round}\n"));
        }
        world.commit("x");
    }
    world.tend(["run", "patterns"]).code(0);
    let body = world
        .tend(["results", "show", "pattern", "--json"])
        .code(0)
        .json()["body"]
        .clone();
    let hot = &body["history"]["hot_files"];
    let command = hot["command"].as_str().unwrap();
    let output = world
        .command("sh")
        .args([
            "-c",
            &command.replacen("git ", "git -c core.quotePath=off ", 1),
        ])
        .current_dir(world.repo())
        .output()
        .unwrap();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for path in String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter(|line| !line.is_empty())
    {
        *expected
            .entry(path.trim_matches('"').to_owned())
            .or_default() += 1;
    }
    let found: BTreeMap<String, u64> = hot["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            (
                file["path"].as_str().unwrap().to_owned(),
                file["changes"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found["a"], 3);
    assert_eq!(found, expected);
}
