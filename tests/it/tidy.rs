//! The shape of the source: who may use whom, how long a file may be, what a test must trigger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use xinhui::diag::Code;

/// What each module of `src/` may use. `cli` is on top, `error` at the bottom. Stages do not call each
/// other, but for `indicators` and `rollup`, which run over the facts of a window, and `publish`, which
/// writes the ledger's books down.
const ARROWS: [(&str, &[&str]); 20] = [
    ("epoch", &[]),
    ("error", &[]),
    ("fingerprint", &[]),
    ("diag", &["error"]),
    ("schema", &["diag", "error"]),
    ("catalogue", &["diag", "schema"]),
    ("store", &["epoch", "error"]),
    ("engine", &["error", "schema"]),
    ("read", &["diag", "error", "schema", "store"]),
    ("validate", &["diag", "engine", "error", "schema"]),
    ("ledger", &["diag", "engine", "epoch", "error", "fingerprint", "schema", "store"]),
    ("link", &["diag", "engine", "epoch", "error", "fingerprint", "schema", "store"]),
    ("facts", &["engine", "error", "schema"]),
    ("rollup", &["engine", "error", "facts", "schema"]),
    ("indicators", &["catalogue", "engine", "error", "facts", "schema"]),
    ("publish", &["catalogue", "diag", "engine", "epoch", "error", "ledger", "schema", "store"]),
    ("deliver", &["catalogue", "diag", "error", "fingerprint", "schema", "store"]),
    ("synth", &["diag", "error", "schema"]),
    (
        "pipeline",
        &[
            "catalogue",
            "deliver",
            "diag",
            "engine",
            "epoch",
            "error",
            "facts",
            "fingerprint",
            "indicators",
            "ledger",
            "link",
            "publish",
            "read",
            "rollup",
            "schema",
            "store",
            "validate",
        ],
    ),
    ("cli", &["deliver", "diag", "error", "pipeline", "schema", "store", "synth"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Lines of code, without comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a source file");
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn module_of(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).expect("below src");
    let first = below.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// Modules that the code names after `crate::`, groups in braces too.
fn used(code: &str) -> BTreeSet<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => {
                used.insert(word(rest));
            }
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (i, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            used.insert(word(&group[i..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    used
}

#[test]
fn modules_use_those_below_them_and_no_others() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let mut wrong = Vec::new();
    for path in rust_files(&root().join("src")) {
        let module = module_of(&path);
        let code = code(&path);
        let name = path.strip_prefix(root()).expect("below").display().to_string();
        if module == "main" {
            assert!(code.lines().count() < 40 && !code.contains("mod "), "main.rs parses, runs and exits");
            continue;
        }
        if module == "lib" {
            continue;
        }
        let Some(of_module) = allowed.get(module.as_str()) else {
            wrong.push(format!("{name}: the module `{module}` has no place in the list"));
            continue;
        };
        for to in used(&code) {
            if to != module && !of_module.contains(&to.as_str()) {
                wrong.push(format!("{name}: `{module}` must not use `{to}`"));
            }
        }
        if code.contains("super::super::") {
            wrong.push(format!("{name}: `super::super::` hides where it leads; write `crate::`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_list_of_arrows_has_no_circle_and_sees_groups() {
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for (module, uses) in ARROWS {
        for to in uses {
            assert!(below.contains(to), "`{module}` uses `{to}`, which does not stand below it");
        }
        below.insert(module);
    }
    let modules: BTreeSet<String> = rust_files(&root().join("src")).iter().map(|p| module_of(p)).collect();
    for (module, _) in ARROWS {
        assert!(modules.contains(module), "`{module}` is no module");
    }
    let found =
        used("use crate::{error::{Error, Result}, read};\nuse crate::diag::Code;\nlet x = crate::store::hex(b);");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["diag", "error", "read", "store"]);
}

#[test]
fn one_module_knows_the_engine_and_one_writes_to_the_terminal() {
    for path in rust_files(&root().join("src")) {
        let name = path.strip_prefix(root().join("src")).expect("below").display().to_string();
        let code = code(&path);
        if !name.starts_with("engine/") {
            assert!(!code.contains("polars::") && !code.contains("use polars"), "{name} names the engine");
        }
        if name != "cli/printer.rs" {
            for word in ["println!", "print!(", "eprint!(", "dbg!(", "stdout()", "stderr().lock()"] {
                assert!(!code.contains(word), "{name}: {word} belongs to cli/printer.rs");
            }
        }
    }
}

#[test]
fn a_file_has_one_purpose_and_at_most_600_lines() {
    for path in rust_files(&root().join("src")) {
        let name = path.strip_prefix(root()).expect("below").display().to_string();
        let text = std::fs::read_to_string(&path).expect("a source file");
        assert!(text.lines().count() <= 600, "{name} has {} lines", text.lines().count());
        assert!(text.starts_with("//!"), "{name} does not say what it is");
        for vague in ["util", "helper", "common", "misc"] {
            assert!(!path.file_stem().expect("a name").to_string_lossy().contains(vague), "{name}");
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    for folder in ["src", "tests"] {
        for path in rust_files(&root().join(folder)) {
            let text = std::fs::read_to_string(&path).expect("a source file");
            // Written apart, so that this list is none of its own finds.
            for word in [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["unimplem", "ented!"], ["#[igno", "re"]] {
                assert!(!text.contains(&word.concat()), "{}: {}", path.display(), word.concat());
            }
        }
    }
}

#[test]
fn every_code_of_a_finding_is_triggered_by_a_test() {
    let tests: Vec<String> = rust_files(&root().join("tests"))
        .iter()
        .filter(|p| !p.ends_with("tidy.rs") && !p.ends_with("diag.rs"))
        .map(|p| code(p))
        .collect();
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|c| {
            let names = [format!("{}\"", c.as_str()), format!("{} ", c.as_str()), format!("Code::{c:?}")];
            !tests.iter().any(|t| names.iter().any(|n| t.contains(n)))
        })
        .map(|c| c.as_str())
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
