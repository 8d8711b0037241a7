//! The shape of the source: who may use whom, how long a file may be, what a test must trigger.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use xinhui::diag::Code;

use crate::source::{Source, circles, functions};

/// What each module of `src/` may use. `cli` is on top, `error` at the bottom. Stages do not call each
/// other, but for `numbers`, which reads what is published again and what the ledger knows of keys, and `protect`,
/// which reads published tables.
const ARROWS: [(&str, &[&str]); 25] = [
    ("epoch", &[]),
    ("words", &[]),
    ("progress", &["words"]),
    ("reuse", &["words"]),
    ("error", &["words"]),
    ("fingerprint", &[]),
    ("diag", &["words"]),
    ("schema", &["error"]),
    ("catalogue", &["diag", "schema"]),
    ("store", &["epoch", "error"]),
    ("engine", &["error", "schema"]),
    ("tally", &["engine", "error"]),
    ("read", &["diag", "error", "schema", "store"]),
    ("validate", &["diag", "error", "schema"]),
    ("ledger", &["diag", "epoch", "error", "fingerprint", "reuse", "schema", "store"]),
    ("mend", &["error", "schema"]),
    ("link", &["diag", "epoch", "error", "fingerprint", "schema", "store"]),
    ("publish", &["catalogue", "diag", "epoch", "error", "schema", "store"]),
    ("protect", &["catalogue", "error", "publish", "schema", "store"]),
    (
        "numbers",
        &[
            "catalogue",
            "engine",
            "epoch",
            "error",
            "fingerprint",
            "ledger",
            "progress",
            "publish",
            "reuse",
            "schema",
            "store",
            "tally",
        ],
    ),
    ("deliver", &["catalogue", "epoch", "error", "fingerprint", "schema", "store"]),
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
            "fingerprint",
            "ledger",
            "link",
            "mend",
            "numbers",
            "progress",
            "protect",
            "publish",
            "read",
            "reuse",
            "schema",
            "store",
            "validate",
        ],
    ),
    ("setup", &["error", "pipeline", "schema", "store"]),
    // Evaluations, weights and names of rows are shown as they are.
    ("cli", &["deliver", "diag", "error", "link", "pipeline", "progress", "schema", "setup", "store", "synth"]),
];

/// What each wing of `src/link` may use of the others, from the lowest up.
const LINK_ARROWS: [(&str, &[&str]); 13] = [
    ("ids", &[]),
    ("person_key", &["ids"]),
    ("zh", &[]),
    ("engine", &["ids", "zh"]),
    ("evaluate", &["engine"]),
    ("propose", &["engine"]),
    ("identities", &["engine", "ids", "zh"]),
    ("decisions", &["engine", "identities", "ids"]),
    ("memory", &["engine", "identities", "ids", "person_key"]),
    ("driver", &["engine", "ids", "memory"]),
    ("persons", &["decisions", "driver", "engine", "identities", "ids", "memory", "person_key", "zh"]),
    ("inspect", &["driver", "engine", "evaluate", "identities", "ids", "persons", "zh"]),
    ("review", &["decisions", "engine", "identities", "ids", "inspect", "zh"]),
];

/// Lines of a function, and its parameters beside `self`, at most.
const MOST_LINES: usize = 80;
const MOST_PARAMETERS: usize = 6;

/// Functions that are longer, or take more: what a night prints is one list of lines.
const LONG_FUNCTIONS: [(&str, &str); 1] = [("cli/run.rs", "print")];

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
    let mut unused: BTreeSet<(&str, &str)> =
        ARROWS.iter().flat_map(|(module, uses)| uses.iter().map(move |to| (*module, *to))).collect();
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
            unused.retain(|(from, of)| (*from, *of) != (module.as_str(), to.as_str()));
            if to != module && !of_module.contains(&to.as_str()) {
                wrong.push(format!("{name}: `{module}` must not use `{to}`"));
            }
        }
        if code.contains("super::super::") {
            wrong.push(format!("{name}: `super::super::` hides where it leads; write `crate::`"));
        }
    }
    wrong.extend(unused.iter().map(|(module, to)| format!("`{module}` may use `{to}` and does not")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What each part of `numbers/` may use of the others.
const NUMBERS: [(&str, &[&str]); 12] = [
    ("facts", &[]),
    ("indicators", &["facts"]),
    ("rollups", &["facts"]),
    ("inputs", &["facts", "indicators", "rollups"]),
    ("fact_tables", &["facts"]),
    ("query_tables", &["fact_tables", "facts"]),
    // Counting takes its base facts from the counties, and reuse counts what it patches.
    ("base", &["fact_tables", "facts", "reuse"]),
    ("count", &["facts", "indicators", "inputs", "reuse", "rollups"]),
    ("reuse", &["base", "count", "fact_tables", "facts", "indicators", "rollups"]),
    ("records", &["fact_tables", "facts", "reuse"]),
    ("stations", &["base", "facts"]),
    (
        "make",
        &[
            "base",
            "count",
            "fact_tables",
            "facts",
            "indicators",
            "inputs",
            "query_tables",
            "reuse",
            "rollups",
            "stations",
        ],
    ),
];

#[test]
fn facts_indicators_and_rollups_know_nothing_of_counting_and_reuse() {
    let allowed: BTreeMap<&str, &[&str]> = NUMBERS.into_iter().collect();
    let folder = root().join("src/numbers");
    for path in rust_files(&folder) {
        let below = path.strip_prefix(&folder).expect("below").display().to_string();
        let part = below.split(['/', '.']).next().expect("a name").to_owned();
        if part == "mod" {
            continue;
        }
        let of_part = allowed.get(part.as_str()).unwrap_or_else(|| panic!("`{part}` has no place in the list"));
        let is_file = !below.contains('/');
        let text = code(&path).replace("crate::numbers::", "crate::");
        // A file that stands beside the others names them by `super`.
        let text = if is_file { text.replace("super::", "crate::") } else { text };
        assert!(!text.contains("crate::numbers::{") && !text.contains("crate::{"), "{below}: a line for each use");
        for (to, _) in &NUMBERS {
            let uses = text.contains(&format!("crate::{to}::")) && *to != part;
            assert!(!uses || of_part.contains(to), "{below}: `{part}` must not use `{to}`");
        }
    }
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
fn wings_of_the_linkage_use_those_below_them_and_no_others() {
    let src = root().join("src");
    let uses = Source::read(&src, &rust_files(&src)).uses();
    let wing = |name: &str| name.strip_prefix("link::").and_then(|n| n.split("::").next()).map(str::to_owned);
    let allowed: BTreeMap<&str, &[&str]> = LINK_ARROWS.into_iter().collect();
    let mut wrong = Vec::new();
    let mut drawn: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, of) in &uses {
        let Some(from) = wing(name) else { continue };
        let Some(may) = allowed.get(from.as_str()) else {
            wrong.push(format!("{name}: the wing `{from}` has no place in the list"));
            continue;
        };
        for to in of.iter().filter_map(|to| wing(to)).filter(|to| *to != from) {
            if !may.contains(&to.as_str()) {
                wrong.push(format!("{name}: `{from}` must not use `{to}`"));
            }
            drawn.insert((from.clone(), to));
        }
    }
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for (from, may) in LINK_ARROWS {
        for to in may {
            assert!(below.contains(to), "`{from}` uses `{to}`, which does not stand below it");
            if !drawn.contains(&(from.to_owned(), (*to).to_owned())) {
                wrong.push(format!("`{from}` may use `{to}` and does not"));
            }
        }
        below.insert(from);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A block of errors that names a kind alone tells nobody when it comes.
#[test]
fn blocks_of_errors_say_when_they_come() {
    let mut bare = Vec::new();
    for path in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&path).expect("a file");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for at in (0..lines.len()).filter(|at| lines[*at] == "/// # Errors") {
            let block = lines[at + 1..].iter().map_while(|line| line.strip_prefix("///"));
            let words = block.flat_map(str::split_whitespace).count();
            if words <= 2 {
                bare.push(format!("{}:{}", path.display(), at + 1));
            }
        }
    }
    assert!(bare.is_empty(), "{bare:#?}");
}

#[test]
fn files_do_not_use_each_other_in_circles() {
    let src = root().join("src");
    let circles = circles(&Source::read(&src, &rust_files(&src)).uses());
    let wrong: Vec<String> = circles.iter().map(|circle| circle.join(", ")).collect();
    assert!(wrong.is_empty(), "files that use each other:\n{}", wrong.join("\n"));
}

#[test]
fn circles_of_files_are_seen_through_re_exports_and_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let src = folder.path();
    let files = [
        ("a/mod.rs", "mod one; pub mod two; pub use one::One;"),
        ("a/one.rs", "use super::two::{self, Two}; pub struct One(Two); // crate::b"),
        ("a/two.rs", "pub struct Two; pub fn f() -> &'static str { \"crate::a::One\" }"),
        ("b.rs", "use crate::{a::{One as First, two}, c}; fn g() { two::f(); c::h(); }"),
        ("c.rs", "pub fn h() { let _ = super::b::X; }"),
    ];
    std::fs::create_dir(src.join("a")).expect("a folder");
    for (name, code) in files {
        std::fs::write(src.join(name), code.replace("; ", ";\n")).expect("a file");
    }
    let uses = Source::read(src, &rust_files(src)).uses();
    let of = |name: &str| uses[name].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("a"), [""; 0], "a folder that hands on uses nothing itself");
    assert_eq!(of("a::one"), ["a::two"]);
    assert_eq!(of("a::two"), [""; 0], "what stands in quotes is no path");
    assert_eq!(of("b"), ["a::one", "a::two", "c"]);
    assert_eq!(circles(&uses), [["b", "c"]]);
}

#[test]
fn functions_are_short_and_take_few_parameters() {
    let found = functions("fn a<F: Fn(u32) -> u32>(&mut self, x: HashMap<u32, u8>, f: F,) -> u8 {\n  1\n}\nfn b();");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].lines, found[0].parameters), ("a", 3, 2));
    let mut wrong = Vec::new();
    let mut excepted: BTreeSet<(String, String)> =
        LONG_FUNCTIONS.iter().map(|(file, name)| ((*file).to_owned(), (*name).to_owned())).collect();
    for path in rust_files(&root().join("src")) {
        let file = path.strip_prefix(root().join("src")).expect("below").display().to_string();
        for f in functions(&std::fs::read_to_string(&path).expect("a source file")) {
            if f.lines <= MOST_LINES && f.parameters <= MOST_PARAMETERS {
                continue;
            }
            let is_known = LONG_FUNCTIONS.contains(&(file.as_str(), f.name.as_str()));
            excepted.remove(&(file.clone(), f.name.clone()));
            if !is_known {
                wrong.push(format!("(\"{file}\", \"{}\"), // {} lines, {} parameters", f.name, f.lines, f.parameters));
            }
        }
    }
    assert!(wrong.is_empty(), "too long, or with too many parameters:\n{}", wrong.join("\n"));
    assert!(excepted.is_empty(), "no exceptions any more: {excepted:?}");
}

#[test]
fn one_module_knows_the_engine_and_one_writes_to_the_terminal() {
    for path in rust_files(&root().join("src")) {
        let name = path.strip_prefix(root().join("src")).expect("below").display().to_string();
        let code = code(&path);
        if !name.starts_with("engine/polars/") {
            // The folder is named where it is declared, and where the engine that is compiled in is named.
            let code = match name.as_str() {
                "engine/mod.rs" => code.replacen("mod polars;", "", 1),
                "engine/embedded.rs" => code.replacen("use super::polars::Polars as Embedded;", "", 1),
                _ => code.clone(),
            };
            assert!(!code.to_lowercase().contains("polars"), "{name} names the engine");
        }
        if name != "cli/printer.rs" {
            for word in ["println!", "print!(", "eprint!(", "dbg!(", "stdout()", "stderr().lock()"] {
                assert!(!code.contains(word), "{name}: {word} belongs to cli/printer.rs");
            }
        }
    }
}

/// Names of types that code declares, with the line of each.
fn declared_types(code: &str) -> Vec<&str> {
    let name = |line: &'_ str| -> Option<usize> {
        let mut at = line.len() - line.trim_start().len();
        if line[at..].starts_with("pub") {
            let rest = &line[at + 3..];
            let visible = if rest.starts_with('(') { rest.find(") ")? + 2 } else { 1 };
            at += 3 + visible;
        }
        let word = ["struct ", "enum ", "trait ", "union "].into_iter().find(|w| line[at..].starts_with(w));
        // An indented `type` is an associated type, which its trait names.
        let word = word.or_else(|| (!line.starts_with(' ') && line[at..].starts_with("type ")).then_some("type "))?;
        Some(at + word.len())
    };
    let word = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    code.lines().filter_map(|line| name(line).map(|at| &line[at..at + word(&line[at..])])).collect()
}

#[test]
fn the_name_of_a_type_means_one_thing() {
    let code =
        "pub struct A;\n    pub(super) enum B<T> {\nimpl X for A {\n    type C = u8;\n}\ntype D = u8;\nstructure(E)";
    assert_eq!(declared_types(code), ["A", "B", "D"]);
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in rust_files(&root().join("src")) {
        let file = path.strip_prefix(root()).expect("below").display().to_string();
        for name in declared_types(&self::code(&path)) {
            places.entry(name.to_owned()).or_default().push(file.clone());
        }
    }
    assert!(places.len() > 500, "few types were found: {}", places.len());
    places.retain(|_, files| files.len() > 1);
    assert!(places.is_empty(), "declared more than once: {places:#?}");
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

/// Where published tables lie is said by the catalogue alone.
#[test]
fn paths_of_published_tables_stand_in_the_catalogue_alone() {
    let src = root().join("src");
    for path in rust_files(&src).iter().filter(|path| !path.starts_with(src.join("catalogue"))) {
        let text = code(path);
        for of_table in
            ["starts_with(\"rollups/", "scorecard.parquet\"", "cells.parquet\"", "moves.parquet\"", "\"tables.parquet"]
        {
            assert!(!text.contains(of_table), "{}: {of_table}", path.display());
        }
    }
}

#[test]
fn every_code_of_a_finding_is_triggered_by_a_test() {
    let tests: Vec<String> = rust_files(&root().join("tests"))
        .iter()
        // These name them all.
        .filter(|p| !["tidy.rs", "diag.rs", "users_language/messages.rs"].iter().any(|all| p.ends_with(all)))
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
