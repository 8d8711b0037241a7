//! `xinhui template`: an empty workbook of a dataset.

use std::path::Path;

use super::config::schema_files;
use crate::error::{Error, Result, Words, words};
use crate::mend;
use crate::schema::{Schemas, Table};

/// An empty workbook.
pub struct Template {
    /// The dataset's Chinese title.
    pub title: String,
    pub bytes: Vec<u8>,
}

/// The empty workbook of a dataset, which is named by its id or its title.
///
/// # Errors
/// `Usage` if there is no such dataset; the hint names those that come closest.
pub fn template(name: &str, schemas_dir: Option<&Path>) -> Result<Template> {
    let schemas = Schemas::from_files(&schema_files(schemas_dir)?)?;
    let wanted = name.trim();
    let is_it = |t: &&Table| [&t.name, &t.title, &t.title_en].iter().any(|n| n.eq_ignore_ascii_case(wanted));
    let Some(table) = schemas.exported().find(is_it) else { return Err(unknown(wanted, &schemas)) };
    Ok(Template { title: table.title.clone(), bytes: mend::template(table, &schemas)? })
}

fn unknown(name: &str, schemas: &Schemas) -> Error {
    let far = |t: &Table| {
        let of = |known: &str| {
            let longest = known.chars().count().max(name.chars().count()).max(1);
            distance(&name.to_lowercase(), &known.to_lowercase()) * 1_000 / longest
        };
        of(&t.name).min(of(&t.title)).min(of(&t.title_en))
    };
    let mut near: Vec<&Table> = schemas.exported().collect();
    near.sort_by_key(|t| (far(t), t.name.clone()));
    let listed = |title: &dyn Fn(&Table) -> &str| {
        Words::listed(&near.iter().take(3).map(|t| format!("{} {}", t.name, title(t))).collect::<Vec<_>>())
    };
    let near = Words::new(listed(&|t| &t.title).zh, listed(&|t| &t.title_en).en);
    Error::usage(words!("“{name}”", "`{name}`"), words!("没有这个数据集", "there is no such dataset"))
        .hint(words!("是不是其中之一：", "did you mean one of these: ").and(&near))
}

/// Characters that must be changed, put in or left out to make one text of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
