//! `schemas/` as checked values. Knows no engine.

pub mod codes;
pub mod credit_code;
pub mod day;
pub mod divisions;
pub mod layout;
pub mod resident_id;
mod source;
pub mod table;

use crate::error::{Error, Result};

pub use codes::{CodeLists, Scales};
pub use source::SchemaFiles;
pub use table::{Field, FieldType, Load, Role, Source, Table};

/// One problem of the declarations, with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub place: String,
    pub message: String,
}

/// Everything declared.
#[derive(Clone, Debug)]
pub struct Schemas {
    pub tables: Vec<Table>,
    pub codes: CodeLists,
    pub scales: Scales,
}

impl Schemas {
    /// The declarations compiled into the binary.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Schema`]; the compiled ones are held right by a test.
    pub fn embedded() -> Result<Self> {
        Self::from_files(&SchemaFiles::embedded())
    }

    /// Checks declarations; all problems are in the error's message.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Schema`].
    pub fn from_files(files: &SchemaFiles) -> Result<Self> {
        let (schemas, problems) = Self::parse(files);
        if problems.is_empty() {
            return Ok(schemas);
        }
        let lines: Vec<String> = problems.iter().map(|p| format!("{}: {}", p.place, p.message)).collect();
        Err(Error::schema(&files.origin, lines.join("\n")))
    }

    /// Reads what can be read, with every problem found.
    pub fn parse(files: &SchemaFiles) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut tables = Vec::new();
        for (path, text) in files.inside("tables") {
            match table::parse(text) {
                Ok(table) => tables.push(table),
                Err(messages) => problems.extend(
                    messages.into_iter().map(|message| Problem { place: format!("{}/{path}", files.origin), message }),
                ),
            }
        }
        let codes = parse_toml(files, "codes.toml", &mut problems).unwrap_or_default();
        let scales = parse_toml(files, "scales.toml", &mut problems).unwrap_or_default();
        (Schemas { tables, codes, scales }, problems)
    }

    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|t| t.name == name)
    }
}

fn parse_toml<T: serde::de::DeserializeOwned>(
    files: &SchemaFiles,
    path: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let place = format!("{}/{path}", files.origin);
    match files.files.get(path) {
        None => {
            problems.push(Problem { place, message: "is missing".to_owned() });
            None
        }
        Some(text) => toml::from_str(text)
            .map_err(|e| problems.push(Problem { place, message: e.to_string().trim_end().to_owned() }))
            .ok(),
    }
}
