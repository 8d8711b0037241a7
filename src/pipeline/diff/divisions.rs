//! The divisions that a comparison is narrowed to, by code or by name.

use super::snapshots::Snapshot;
use crate::catalogue::{Catalogue, Edition};
use crate::error::{Error, Result, words};
use crate::pipeline::explain::places::place;
use crate::publish::{TextColumn, read};
use crate::schema::divisions::{Divisions, Level};

/// The codes of what is asked for, as either snapshot names it.
///
/// # Errors
/// `Usage`: neither has such a division, with the nearest. `Output`: a table cannot be read.
pub(super) fn codes(old: &Snapshot, new: &Snapshot, edition: Edition, asked: &[String]) -> Result<Vec<String>> {
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut named: Vec<(String, String)> = Vec::new();
    // What both name is called as the newer one calls it.
    for snapshot in [old, new] {
        let Some((path, _)) = snapshot.table(edition, &Catalogue::labels("labels/divisions").file) else { continue };
        for batch in read(&path, Some(&["division_code", "name"]))? {
            let (codes, names) = (TextColumn::of(&batch, "division_code")?, TextColumn::of(&batch, "name")?);
            let text = |column: &TextColumn<'_>, at: u32| column.texts.value(at as usize).to_owned();
            let rows = codes.text_of_row.iter().zip(names.text_of_row);
            named.extend(rows.map(|(code, name)| (text(&codes, *code), text(&names, *name))));
        }
    }
    let Some(city) = named.iter().map(|(code, _)| code).find(|code| Level::of(code) == Some(Level::City)) else {
        return of_codes(asked);
    };
    let tree = Divisions::new(&city.clone(), named);
    let code = |asked: &String| place(&tree, asked).map(|found| found.code);
    asked.iter().map(|text| code(text).map_err(|words| Error::usage("--division", words))).collect()
}

/// Snapshots of a program that published no labels: codes are taken as they are.
fn of_codes(asked: &[String]) -> Result<Vec<String>> {
    match asked.iter().find(|code| Level::of(code).is_none() || !code.bytes().all(|b| b.is_ascii_digit())) {
        None => Ok(asked.to_vec()),
        Some(code) => Err(Error::usage(
            "--division",
            words!("“{code}”不是 4、6、9 或 12 位的区划代码", "`{code}` is no division code of 4, 6, 9 or 12 digits"),
        )),
    }
}
