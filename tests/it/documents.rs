//! What the README and the pages of `docs/` say is what the program does, and what they name exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use xinhui::catalogue::{Catalogue, ColumnRole, Key, data_dictionary};
use xinhui::diag::{Code, Lang, explain};
use xinhui::schema::{Load, Schemas, Source};

const CHINESE: &str = ".zh-CN.md";
/// Pages for those who change the program: one is enough, in English or in both languages at once.
const ONE_LANGUAGE: [&str; 3] = ["architecture.md", "glossary.md", "source.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn page(name: &str) -> String {
    text(&root().join(name))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).expect("below the root").display().to_string()
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, extensions));
        } else if path.extension().is_some_and(|e| extensions.contains(&e.to_string_lossy().as_ref())) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The READMEs and all pages.
fn pages() -> Vec<PathBuf> {
    let mut pages =
        vec![root().join("README.md"), root().join("README.zh-CN.md"), root().join("sample-data/README.md")];
    pages.extend(files(&root().join("docs"), &["md"]));
    pages.extend(files(&root().join("benches"), &["md"]));
    pages
}

/// A page in each language.
fn both(name: &str) -> [(String, Lang); 2] {
    [(page(&format!("{name}.md")), Lang::En), (page(&format!("{name}{CHINESE}")), Lang::Zh)]
}

fn help(words: &[&str]) -> Option<String> {
    let output =
        Command::new(env!("CARGO_BIN_EXE_xinhui")).args(words).args(["--help", "--lang", "en"]).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_readme_has_at_most_12_kilobytes_and_shows_the_two_commands() {
    for (readme, _) in both("README") {
        assert!(readme.len() <= 12_000, "{} bytes", readme.len());
        for command in ["cargo run --release -- run --config sample-data/xinhui.toml", "cargo test --release"] {
            assert!(readme.lines().any(|line| line == command), "{command}");
        }
    }
}

#[test]
fn every_page_for_users_stands_in_both_languages_and_in_the_index() {
    let names: BTreeSet<String> = files(&root().join("docs"), &["md"])
        .iter()
        .map(|p| p.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    let (english, chinese) = (page("docs/README.md"), page("docs/README.zh-CN.md"));
    for name in names.iter().filter(|n| !n.ends_with(CHINESE)) {
        let alone = ONE_LANGUAGE.contains(&name.as_str());
        let twin = name.replace(".md", CHINESE);
        assert_eq!(names.contains(&twin), !alone, "{name}");
        if name != "README.md" {
            assert!(english.contains(&format!("]({name})")), "docs/README.md does not name {name}");
            let name = if alone { name } else { &twin };
            assert!(chinese.contains(&format!("]({name})")), "docs/README.zh-CN.md does not name {name}");
        }
    }
}

#[test]
fn both_languages_list_every_finding_code_with_its_meaning_and_remedy() {
    for (findings, lang) in both("docs/findings") {
        for code in Code::ALL {
            let row = format!("| `{code}` |");
            let line = findings.lines().find(|l| l.starts_with(&row)).unwrap_or_else(|| panic!("{code} has no row"));
            let words = explain(*code, lang);
            for told in [words.title, words.explanation, words.remedy, &format!("`{}` |", code.refines())] {
                assert!(line.contains(told), "the row of {code} does not say: {told}");
            }
        }
    }
}

#[test]
fn readme_and_operations_list_the_exit_codes_of_the_help() {
    let help = help(&[]).unwrap();
    let (_, table) = help.split_once("Exit codes:\n").unwrap();
    // A row that is too long for a terminal goes on below itself.
    let table = table.replace("\n       ", " ");
    let rows: Vec<(&str, &str)> = table.lines().filter_map(|l| l.trim().split_once("  ")).collect();
    assert_eq!(rows.len(), 8);
    for (text, lang) in both("README").into_iter().chain(both("docs/operations")) {
        for (code, meaning) in &rows {
            let row =
                if lang == Lang::En { format!("| {code} | {} |\n", meaning.trim()) } else { format!("\n| {code} | ") };
            assert!(text.contains(&row), "{code}: {meaning}");
        }
    }
}

/// The part of a page below the heading that names a table's folder.
fn section<'p>(page: &'p str, title: &str) -> &'p str {
    let (_, after) = page.split_once(&format!("\n**{title}**")).unwrap_or_else(|| panic!("no **{title}**"));
    after.split("\n**").next().expect("a part").split("\n## ").next().expect("a part")
}

#[test]
fn both_languages_name_every_column_of_every_published_table_and_no_other() {
    let catalogue = Catalogue::of(&Schemas::embedded().unwrap());
    let code = Regex::new("`([a-z0-9_]+)`").unwrap();
    for (outputs, _) in both("docs/outputs") {
        for table in &catalogue.tables {
            let (family, name) = table.name.split_once('/').unwrap_or((&table.name, ""));
            let part = section(&outputs, if family == "quality" { name } else { family });
            let row = part.lines().find(|l| l.starts_with(&format!("| `{name}`")));
            let of_table: Vec<&str> = match (family, row) {
                ("rollups", Some(row)) => row.split('|').collect(),
                ("rollups", None) => panic!("{name} has no row"),
                _ => vec![part],
            };
            for column in &table.columns {
                let named = format!("`{}`", column.name);
                let place = match column.role {
                    _ if family != "rollups" => of_table[0],
                    ColumnRole::Key(Key::Dimension { .. }) => of_table[2],
                    ColumnRole::Measure(_) => of_table[3],
                    _ => part,
                };
                assert!(place.contains(&named), "{}: {}", table.name, column.name);
            }
            for cell in of_table.iter().skip(2) {
                for found in code.captures_iter(cell) {
                    assert!(table.column(&found[1]).is_some(), "{} has no {}", table.name, &found[1]);
                }
            }
        }
        let rows = section(&outputs, "rollups").lines().filter(|l| l.starts_with("| `")).count();
        assert_eq!(rows, catalogue.tables.iter().filter(|t| t.name.starts_with("rollups/")).count());
    }
}

/// The data dictionary is made from the catalogue: run this test with `XINHUI_DICTIONARY=write` after a change.
#[test]
fn the_data_dictionary_is_what_the_catalogue_gives() {
    let catalogue = Catalogue::of(&Schemas::embedded().unwrap());
    for (ending, lang) in [(".md", Lang::En), (CHINESE, Lang::Zh)] {
        let path = root().join(format!("docs/data-dictionary{ending}"));
        let made = data_dictionary(&catalogue, lang);
        if std::env::var("XINHUI_DICTIONARY").is_ok_and(|v| v == "write") {
            std::fs::write(&path, &made).expect("written");
        }
        assert!(text(&path) == made, "{} is of another catalogue: see the comment of this test", shown(&path));
    }
}

#[test]
fn both_languages_list_every_dataset_and_plan() {
    let schemas = Schemas::embedded().unwrap();
    for ((inbox, lang), (outputs, _)) in both("docs/inbox").into_iter().zip(both("docs/outputs")) {
        for table in schemas.tables.iter().filter(|t| t.source != Source::REFERENCE) {
            let row = inbox.lines().find(|l| l.starts_with(&format!("| `{}` |", table.name)));
            let row = row.unwrap_or_else(|| panic!("{} has no row", table.name));
            let replaces = ["replaces", "整体替换"].iter().any(|word| row.contains(word));
            assert_eq!(replaces, table.load == Load::Snapshot, "{}", table.name);
            let names_people = row.ends_with("| yes |") || row.ends_with("| 是 |");
            assert_eq!(names_people, table.person_bearing, "{}", table.name);
            for told in table.primary_key.iter().map(|key| format!("`{key}`")).chain([table.title.clone()]) {
                assert!(row.contains(&told), "{}: {told}", table.name);
            }
        }
        for word in schemas.tables.iter().flat_map(|t| &t.missing_values) {
            let shown = [word.clone(), word.to_lowercase()].iter().any(|w| inbox.contains(&format!("`{w}`")));
            assert!(shown, "`{word}` is not among the words for what is not given");
        }
        for profile in &schemas.profiles {
            let row = format!(
                "| `{}` | `{}` | {} | {} |",
                profile.name,
                profile.division,
                profile.document,
                profile.targets.len()
            );
            assert!(outputs.contains(&row), "{}: no row {row}", if lang == Lang::En { "English" } else { "Chinese" });
        }
    }
}

#[test]
fn both_languages_explain_every_key_of_a_config() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("xinhui.toml");
    let complete = "store = \"s\"\ninbox = \"i\"\nreference = \"r\"\ncity = \"3708\"\n";
    let mut keys = BTreeSet::new();
    for table in ["", "[periods]", "[data]", "[identity]", "[engine]", "[[profile_scope]]"] {
        let before = if table.is_empty() { "" } else { complete };
        std::fs::write(&path, format!("{before}{table}\nno_such_key = 1\n")).unwrap();
        let output =
            Command::new(env!("CARGO_BIN_EXE_xinhui")).args(["check", "--lang", "en", "--config"]).arg(&path).output();
        let output = output.unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let (_, expected) = said.split_once("expected").unwrap_or_else(|| panic!("{table}: {said}"));
        keys.extend(expected.split('`').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(keys.len() > 20 && keys.contains("stale_days") && keys.contains("divisions"), "{keys:?}");
    for (configuration, _) in both("docs/configuration") {
        for key in &keys {
            let named = Regex::new(&format!("\n\\|[^|]*[`\\[, ]{key}[`\\], ]")).unwrap();
            assert!(named.is_match(&configuration), "{key} has no row");
        }
    }
}

/// Lines of the shell blocks of a page.
fn shell_lines(page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut in_shell = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(language) => in_shell = !in_shell && language == "sh",
            None if in_shell => lines.push(line.split(" #").next().unwrap_or_default().trim().to_owned()),
            None => {}
        }
    }
    lines
}

#[test]
fn every_command_shown_exists_with_its_options() {
    let plain = Regex::new("^[a-z][a-z-]*$").unwrap();
    let span = Regex::new("`(xinhui [^`\n]+)`").unwrap();
    let mut seen = BTreeSet::new();
    for path in pages() {
        let text = text(&path);
        let spans = span.captures_iter(&text).map(|c| c[1].to_owned());
        for line in shell_lines(&text).into_iter().filter(|l| l.starts_with("xinhui ")).chain(spans) {
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            let mut command: Vec<&str> = Vec::new();
            for word in words.iter().take_while(|w| plain.is_match(w)) {
                command.push(word);
                if help(&command).is_none() {
                    command.pop();
                    break;
                }
            }
            assert!(!command.is_empty(), "{}: `{line}` is no command", shown(&path));
            let help = help(&command).expect("a command");
            let options: Vec<&str> = help.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
            for option in words.iter().filter(|w| w.starts_with("--")) {
                let name = option.split(['=', '|']).next().unwrap_or_default();
                assert!(options.contains(&name), "{}: `{line}` has no option {name}", shown(&path));
            }
            seen.insert(command.join(" "));
        }
    }
    for command in
        ["run", "check", "status", "validate", "explain", "verify", "rebuild", "accept", "key new", "link why"]
    {
        assert!(seen.contains(command), "no page shows `xinhui {command}`: {seen:?}");
    }
}

/// A page without its blocks of code.
fn prose(page: &str) -> String {
    let mut in_code = false;
    let kept = page.lines().filter(|line| {
        in_code ^= line.starts_with("```");
        !in_code && !line.starts_with("```")
    });
    kept.collect::<Vec<_>>().join("\n")
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = prose(page);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in pages() {
        for found in link.captures_iter(&prose(&text(&path))) {
            let target = &found[1];
            if target.contains("://") {
                continue;
            }
            seen += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let to = if file.is_empty() { path.clone() } else { path.parent().expect("a folder").join(file) };
            if !to.exists() {
                wrong.push(format!("{}: {target} is no file", shown(&path)));
            } else if !anchor.is_empty() && !anchors(&text(&to)).contains(anchor) {
                wrong.push(format!("{}: {target} is no heading", shown(&path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 100, "{seen} links");
}

/// The walk names functions as links to their files: "[`Type::name`](../src/…)".
#[test]
fn the_newcomers_walk_names_files_and_functions_that_exist() {
    let architecture = page("docs/architecture.md");
    let (_, walk) = architecture.split_once("## A newcomer's walk").expect("the walk");
    let (walk, _) = walk.split_once("\n## ").expect("what follows the walk");
    assert_eq!(walk.matches("\n### ").count(), 3);
    let link = Regex::new(r"\[`([^`\]]+)`\]\(\.\./(src/[^)]+\.rs)\)").unwrap();
    let mut functions = 0;
    for found in link.captures_iter(walk) {
        let (name, file) = (&found[1], &found[2]);
        let source = text(&root().join(file));
        if name == file {
            continue;
        }
        let mut parts = name.rsplit("::");
        let item = parts.next().expect("a name");
        let defined = Regex::new(&format!(r"\b(fn|struct|enum) {item}\b")).unwrap();
        assert!(defined.is_match(&source), "{file} has no `{item}`");
        functions += usize::from(!item.starts_with(char::is_uppercase));
        if let Some(owner) = parts.next().filter(|o| o.starts_with(char::is_uppercase)) {
            let has_methods = Regex::new(&format!(r"impl(<[^>]*>)? (\w+ for )?{owner}\b")).unwrap();
            assert!(has_methods.is_match(&source), "{file} has no methods of `{owner}`");
        }
    }
    assert!(functions > 40, "the walk names {functions} functions");
}

/// What a source file says of itself: the first sentence of the comment that it begins with.
fn purpose(path: &Path) -> String {
    let text = text(path);
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let first: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let first = first.join(" ");
    assert!(!first.is_empty(), "{} does not say what it is for", shown(path));
    let end = first.find(". ").unwrap_or(first.len());
    // A link inside the code is no link on a page.
    Regex::new(r"\[(`[^`\]]+`)\](\([^)]*\))?")
        .unwrap()
        .replace_all(first[..end].trim_end_matches(['.', ':']), "$1")
        .into_owned()
}

#[test]
fn the_page_of_source_files_is_what_they_say_of_themselves() {
    let mut folders: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in files(&root().join("src"), &["rs"]) {
        let folder = path.parent().expect("a folder").strip_prefix(root()).expect("below");
        folders.entry(folder.to_string_lossy().replace('\\', "/")).or_default().push(path);
    }
    let mut made = "# Every source file\n\nWhat each file says of itself, by folder; how they hang together is in \
                    [architecture](architecture.md). A test makes this page: `XINHUI_SOURCE=write`.\n"
        .to_owned();
    for (folder, mut paths) in folders {
        paths.sort();
        let (of_folder, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|p| p.ends_with("mod.rs"));
        made += &format!("\n## {folder}\n\n");
        if let Some(path) = of_folder.first() {
            made += &format!("{}.\n\n", purpose(path));
        }
        for path in files {
            let name = path.file_name().expect("a name").to_string_lossy();
            made += &format!("- [{name}](../{folder}/{name}): {}\n", purpose(&path));
        }
    }
    let at = root().join("docs/source.md");
    if std::env::var("XINHUI_SOURCE").is_ok_and(|mode| mode == "write") {
        std::fs::write(&at, &made).expect("written");
    }
    assert!(text(&at) == made, "docs/source.md is not what the files say: run this test with XINHUI_SOURCE=write");
}

/// Comments of a source file, and the whole of any other.
fn said_in(path: &Path) -> String {
    let text = text(path);
    if path.extension().is_none_or(|e| e != "rs") {
        return text;
    }
    text.lines().filter(|l| l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_cites_a_file_that_is_not_here() {
    let mut places = pages();
    for folder in ["src", "tests", "benches", "schemas", "scripts", "docs", ".ci"] {
        places.extend(files(&root().join(folder), &["rs", "toml", "sql", "json", "py"]));
    }
    places.push(root().join(".ci/run"));
    let known: Vec<String> = places.iter().map(|p| format!("/{}", shown(p))).collect();
    // A document or source anywhere; other files where their folder says that they are of this repository.
    let document = Regex::new(r"(?:[\w.-]+/)*[\w.-]*\w\.(?:md|rs|py)\b").unwrap();
    let of_repository = Regex::new(r"`((?:src|docs|schemas|tests|scripts|benches|\.ci)/[\w./-]+)`").unwrap();
    // Written apart, so that this list is none of its own finds.
    let outside = [["../sha", "red"], ["../se", "eds"], ["backgr", "ound.md"], ["/ro", "ot/"], ["/wo", "rk/"]];
    let mut wrong = Vec::new();
    for path in &places {
        let said = said_in(path);
        let exists = |cited: &str| {
            let folder = path.parent().expect("a folder");
            [folder, root(), &root().join("docs")].iter().any(|f| f.join(cited).exists())
                || known.iter().any(|k| k.ends_with(&format!("/{cited}")))
        };
        for found in document.find_iter(&said) {
            // An address on the web, the end of a longer name, or a pattern.
            let before = said[..found.start()].chars().next_back().unwrap_or(' ');
            let no_name = matches!(before, '/' | '*' | '.' | '{' | '}' | '<' | '>')
                || (found.as_str().starts_with('.') && !found.as_str().starts_with(".ci/"));
            if no_name || exists(found.as_str()) {
                continue;
            }
            wrong.push(format!("{}: {}", shown(path), found.as_str()));
        }
        for found in of_repository.captures_iter(&said) {
            if !exists(&found[1]) {
                wrong.push(format!("{}: {}", shown(path), &found[1]));
            }
        }
        for word in outside.map(|parts| parts.concat()) {
            if said.contains(&word) {
                wrong.push(format!("{}: {word}", shown(path)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rows_that_pages_name_to_link_why_stand_in_the_sample() {
    let truth = page("sample-data/truth.csv");
    let rows: BTreeSet<String> =
        truth.lines().map(|line| line.splitn(4, ',').take(3).collect::<Vec<_>>().join("/")).collect();
    let named = Regex::new("link why ([^ `]+) ([^ `\n]+)").unwrap();
    for path in pages() {
        for found in named.captures_iter(&text(&path)) {
            for row in [&found[1], &found[2]] {
                assert!(rows.contains(row), "{}: the sample has no row {row}", shown(&path));
            }
        }
    }
    for (linkage, _) in both("docs/linkage") {
        assert!(named.is_match(&linkage), "the page on linkage asks why two rows are one person");
    }
}
