//! What the README says of codes is what the program does.

use std::process::Command;

use xinhui::diag::{Code, Lang, explain};

const ENGLISH: &str = include_str!("../../README.md");
const CHINESE: &str = include_str!("../../README.zh-CN.md");

#[test]
fn both_readmes_list_every_finding_code_with_its_meaning_and_remedy() {
    for (readme, lang) in [(ENGLISH, Lang::En), (CHINESE, Lang::Zh)] {
        for code in Code::ALL {
            let row = format!("| `{code}` |");
            let line = readme.lines().find(|l| l.starts_with(&row)).unwrap_or_else(|| panic!("{code} has no row"));
            let words = explain(*code, lang);
            for told in [words.title, words.explanation, words.remedy, &format!("`{}` |", code.refines())] {
                assert!(line.contains(told), "the row of {code} does not say: {told}");
            }
        }
    }
}

#[test]
fn both_readmes_list_the_exit_codes_of_the_help() {
    let help = Command::new(env!("CARGO_BIN_EXE_xinhui")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, table) = help.split_once("Exit codes:\n").unwrap();
    let rows: Vec<(&str, &str)> = table.lines().filter_map(|l| l.trim().split_once("  ")).collect();
    assert_eq!(rows.len(), 7);
    for (code, meaning) in rows {
        assert!(ENGLISH.contains(&format!("| {code} | {} |\n", meaning.trim())), "{code}: {meaning}");
        assert!(CHINESE.contains(&format!("\n| {code} | ")), "{code}");
    }
}

#[test]
fn both_readmes_name_every_published_column() {
    let indicators = xinhui::indicators::indicator_schema();
    let scorecard = xinhui::indicators::scorecard_schema();
    for field in indicators.fields().iter().chain(scorecard.fields()) {
        let name = format!("`{}`", field.name());
        assert!(ENGLISH.contains(&name) && CHINESE.contains(&name), "{name}");
    }
    let schemas = xinhui::schema::Schemas::embedded().unwrap();
    for rollup in &schemas.rollups {
        for readme in [ENGLISH, CHINESE] {
            let row = readme.lines().find(|l| l.starts_with(&format!("| `{}`", rollup.name)));
            let row = row.unwrap_or_else(|| panic!("{} has no row", rollup.name));
            for dimension in &rollup.dimensions {
                assert!(row.contains(&format!("`{}`", dimension.name)), "{}: {}", rollup.name, dimension.name);
            }
            for measure in &rollup.measures {
                assert!(row.contains(&format!("`{}`", measure.0)), "{}: {}", rollup.name, measure.0);
            }
        }
    }
}
