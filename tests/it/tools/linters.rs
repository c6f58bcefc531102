//! Linters beside themselves: what git-tend stores is what they print.

use std::path::Path;

use serde_json::json;

use super::real::{Tooled, places, told};

const PYTHON: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[tool.ruff]\nlint.select = ['E', 'F', 'W']\n[tool.pylint.main]\n",
    ),
    ("app/__init__.py", ""),
    (
        "app/main.py",
        "\"\"\"Main.\"\"\"\nimport os\nimport sys\n\n\ndef f(l):\n    x = 1; y = 2\n    if l == None:\n        return  undefined_name\n    return sys.path \n",
    ),
    (
        "app/deep/größe.py",
        "import json, re\n\nvalue = lambda: 'ä' + undefined\n\n\nclass C:\n    def m(self):\n        try:\n            pass\n        except:\n            pass\n",
    ),
    ("clean.py", "\"\"\"Nothing is wrong here.\"\"\"\n"),
];

#[test]
fn ruff_finds_what_ruff_says() {
    let Some(tooled) = Tooled::new("code_analysis", &["ruff"], &["ruff"], PYTHON) else {
        return;
    };
    tooled.tend(&["run", "code_analysis"]).code(0);
    let said = tooled.tool(
        "",
        "ruff",
        &["check", "--output-format=concise", "--no-cache", "."],
    );
    let said = told(
        &said.code(1).stdout,
        r"^(?<path>[^:]+):(?<line>\d+):(?<column>\d+): (?<rule>\w+) ",
        0,
    );
    assert!(said.len() > 8, "{said:?}");
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    assert_eq!(places(&shown), said);
    assert_eq!(shown["counts"]["open"], said.len());
    let scan = tooled.scan("code_analysis");
    assert_eq!(scan["tools"][0]["checked"], 4);
    assert_eq!(scan["tools"][0]["exit_code"], 1);
    assert_eq!(scan["dirty"], false);
    assert_eq!(scan["tools"][0]["version"], "0.17.6");
}

#[test]
fn pylint_finds_what_pylint_says() {
    let Some(tooled) = Tooled::new("code_analysis", &["pylint"], &["pylint"], PYTHON) else {
        return;
    };
    let ran = tooled.tend(&["run", "code_analysis"]);
    let said = tooled.tool(
        "",
        "pylint",
        &[
            "--persistent=no",
            "--msg-template={path}:{line}:{column}: {symbol}",
            "app/__init__.py",
            "app/main.py",
            "app/deep/größe.py",
            "clean.py",
        ],
    );
    let said = told(
        &said.stdout,
        r"^(?<path>[^:]+):(?<line>\d+):(?<column>\d+): (?<rule>[\w-]+)$",
        1,
    );
    assert!(said.len() > 8, "{said:?}");
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    assert_eq!(places(&shown), said, "{}", ran.stderr);
    assert_eq!(tooled.scan("code_analysis")["tools"][0]["checked"], 4);
}

const JAVASCRIPT: &[(&str, &str)] = &[
    ("package.json", "{\"name\": \"a\", \"type\": \"module\"}\n"),
    (
        "eslint.config.js",
        "export default [{ rules: { 'no-unused-vars': 'warn', eqeqeq: 'error', 'no-undef': 'error', semi: 'warn' } }];\n",
    ),
    (
        "src/a.js",
        "const a = 1;\nif (b == 2) {\n  c()\n}\n// eslint-disable-next-line no-undef\nd();\n",
    ),
    ("src/deep/ü.js", "let x = y == z;\nexport default 1;\n"),
    ("clean.js", "export default 1;\n"),
];

/// What eslint's `stylish` says: a line with the path, below it a line for each message.
fn stylish(text: &str, top: &std::path::Path) -> Vec<super::real::At> {
    let mut lines = String::new();
    let mut path = "";
    for line in text.lines() {
        match line.strip_prefix(top.to_str().unwrap()) {
            Some(below) => path = below.trim_start_matches('/'),
            None if line.starts_with("  ") => {
                lines.push_str(&format!("{path}|{}\n", line.trim()));
            }
            None => {}
        }
    }
    told(
        &lines,
        r"^(?<path>[^|]+)\|(?<line>\d+):(?<column>\d+) +(error|warning) .*?(  (?<rule>[\w-]+))?$",
        0,
    )
}

#[test]
fn eslint_finds_what_eslint_says() {
    let Some(tooled) = Tooled::new("code_analysis", &["eslint"], &["eslint"], JAVASCRIPT) else {
        return;
    };
    tooled.tend(&["run", "code_analysis"]).code(0);
    let said = tooled.tool("", "eslint", &["."]).code(1).stdout;
    let said = stylish(&said, tooled.world.repo());
    assert!(said.len() > 6, "{said:?}");
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    assert_eq!(places(&shown), said);
    assert_eq!(tooled.scan("code_analysis")["tools"][0]["checked"], 4);
}

#[test]
fn a_file_that_cannot_be_parsed_is_not_checked_beside_what_is_found_elsewhere() {
    let wrong = ("app/broken.py", "def f(:\n    pass\n");
    let python = [PYTHON, &[wrong]].concat();
    let javascript = [JAVASCRIPT, &[("src/broken.js", "let = = 1;\n")]].concat();
    for (tool, files, broken) in [
        ("ruff", &python, "app/broken.py"),
        ("pylint", &python, "app/broken.py"),
        ("eslint", &javascript, "src/broken.js"),
    ] {
        let Some(tooled) = Tooled::new("code_analysis", &[tool], &[tool], files) else {
            return;
        };
        tooled.tend(&["run", "code_analysis"]);
        let scan = tooled.scan("code_analysis");
        let report = &scan["tools"][0];
        assert_eq!(scan["verdict"], "findings", "{tool}: {report}");
        let unchecked: Vec<_> = report["unchecked"]
            .as_array()
            .unwrap_or_else(|| panic!("{tool}: {report}"))
            .iter()
            .map(|one| one["what"].as_str().unwrap())
            .collect();
        assert_eq!(unchecked, [broken], "{tool}: {report}");
        let others = places(&scan).iter().filter(|at| at.0 != broken).count();
        assert!(others > 3, "{tool}: {scan}");
        // Alone, it is not clean either.
        for (path, text) in files {
            if *path != broken && !path.contains("config") && !path.ends_with("toml") {
                let keep = if Path::new(path).extension().is_some_and(|it| it == "json") {
                    *text
                } else {
                    ""
                };
                tooled.world.write(path, keep);
            }
        }
        tooled.world.commit("only what is broken says anything");
        tooled.tend(&["run", "code_analysis"]);
        let verdict = tooled.scan("code_analysis")["verdict"].clone();
        assert!(
            ["findings", "not-checked"].contains(&verdict.as_str().unwrap()),
            "{tool}: {verdict}"
        );
    }
}

#[test]
fn without_a_configuration_eslint_has_checked_nothing() {
    let files = [("package.json", "{}\n"), ("a.js", "let x = 1;\n")];
    let Some(tooled) = Tooled::new("code_analysis", &["eslint"], &["eslint"], &files) else {
        return;
    };
    tooled.tend(&["run", "code_analysis"]).code(0);
    let scan = tooled.scan("code_analysis");
    assert_eq!(scan["verdict"], "not-checked");
    assert_eq!(
        scan["tools"][0]["reason"],
        "no eslint.config file, which this version of eslint needs"
    );
    assert_eq!(scan["status"], "success");
    assert_eq!(scan["tools"][0]["install"], json!(null));
}

#[test]
fn clippy_finds_what_clippy_says() {
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
        ),
        (
            "Cargo.lock",
            "version = 3\n\n[[package]]\nname = \"tiny\"\nversion = \"0.1.0\"\n",
        ),
        (".gitignore", "/target\n"),
        (
            "src/lib.rs",
            "//! Tiny.\nmod deep;\npub use deep::twice;\n/// Whether it is so.\npub fn is(a: bool) -> bool {\n    if a == true {\n        return true;\n    }\n    false\n}\n",
        ),
        (
            "src/deep/mod.rs",
            "/// Twice.\npub fn twice(n: &Vec<u8>) -> usize {\n    let unused = 1;\n    n.len() * 2 + n.len() - n.len()\n}\n",
        ),
    ];
    let Some(tooled) = Tooled::new("code_analysis", &["clippy"], &["cargo-clippy"], &files) else {
        return;
    };
    tooled.tend(&["run", "code_analysis"]).code(0);
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    let said = tooled.tool(
        "",
        "cargo",
        &["clippy", "--offline", "--message-format=short"],
    );
    let mut said: Vec<_> = told(
        &said.code(0).stderr,
        r"^(?<path>[^: ]+):(?<line>\d+):(?<column>\d+): (warning|error)",
        0,
    );
    said.sort();
    let mut found = places(&shown);
    assert!(
        found
            .iter()
            .any(|at| at.0 == "src/deep/mod.rs" && at.3 == "clippy::ptr_arg"),
        "{found:?}"
    );
    for at in &mut found {
        at.3.clear();
    }
    found.sort();
    assert!(said.len() >= 3, "{said:?}");
    assert_eq!(found, said);
}
