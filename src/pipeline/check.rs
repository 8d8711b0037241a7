//! `xinhui check`: finds all problems of declarations and config at once, without data.

use std::path::Path;

use super::config::{Config, schema_files};
use super::queries::try_queries;
pub use super::readiness::Found;
use crate::error::{Result, Words, words};
use crate::link::engine::model::Model;
use crate::link::persons::{LinkModel, MODEL, WEIGHTS};
use crate::schema::{Problem, SchemaFiles, Schemas};

/// Returns every problem found, and what is to be noticed; both empty if there is nothing.
///
/// # Errors
/// `Schema` if the folder of declarations cannot be read.
pub fn check(schemas_dir: Option<&Path>, config: Option<&Path>) -> Result<Found> {
    let files = schema_files(schemas_dir)?;
    let (schemas, mut problems) = Schemas::parse(&files);
    problems.extend(of_linkage(&files));
    let mut notices = Vec::new();
    let Some(schemas) = schemas else { return Ok(Found { problems, notices }) };
    let mut norms = schemas.norms.clone();
    if let Some(path) = config {
        let (config, of_config) = Config::parse(path, &schemas);
        problems.extend(of_config);
        if let Some(config) = config {
            norms = config.norms.clone();
            problems.extend(super::feeds::problems(&config));
            notices.extend(super::feeds::notices(&config));
            let mut found = super::readiness::found(&config, &schemas, schemas_dir);
            problems.append(&mut found.problems);
            notices.append(&mut found.notices);
        }
    }
    for e in try_queries(&schemas, &norms)? {
        let folder = match schemas.facts.get(e.place.en.as_ref()).map(|f| f.kind) {
            Some(crate::schema::FactKind::Base) => format!("{}/facts/base/{}.sql", files.origin, e.place.en),
            Some(crate::schema::FactKind::Window) => format!("{}/facts/window/{}.sql", files.origin, e.place.en),
            Some(crate::schema::FactKind::Period) => format!("{}/facts/period/{}.sql", files.origin, e.place.en),
            None => e.place.en.clone().into_owned(),
        };
        // A file with known problems is skipped: its query would fail for the same reasons.
        if problems.iter().any(|p| p.place.en == folder) {
            continue;
        }
        problems.push(Problem { place: folder.into(), message: e.message.clone() });
    }
    Ok(Found { problems, notices })
}

/// Problems of the linkage models and weights.
fn of_linkage(files: &SchemaFiles) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut one = |path: &str, message: Words| {
        problems.push(Problem { place: format!("{}/{path}", files.origin).into(), message });
    };
    for (path, text) in files.inside("link") {
        if let Err(messages) = Model::parse(text) {
            messages.into_iter().for_each(|m| one(path, m));
        }
    }
    for name in [MODEL, WEIGHTS] {
        if !files.files.contains_key(name) {
            one(name, words!("缺少此文件", "is missing"));
            return problems;
        }
    }
    if let Err(e) = LinkModel::from_files(files, None) {
        one(&e.place.en, e.message.clone());
    }
    problems
}
