//! The reference data: the divisions of a city and their population.

use std::path::Path;

use super::config::Config;
use super::given::GivenFile;
use super::inbox::{InboxFile, reference_files};
use super::reader_jobs::{Answer, Job, Start};
use super::reader_limits::ReaderLimits;
use super::reader_process::{ReaderProcess, is_own_program};
use super::reference_file::{ReferenceFile, read_reference_file, too_much};
use crate::error::{Error, Result, Words, words};
use crate::numbers::indicators::Residents;
use crate::schema::Schemas;
use crate::schema::divisions::Divisions;

/// How many other cities a message names.
const NAMED: usize = 5;

/// The divisions alone; see [`read_reference`].
///
/// # Errors
/// `Input` or `Schema` if reference data are missing or wrong.
pub fn divisions_of(config: &Config, schemas: &Schemas, schemas_dir: Option<&Path>) -> Result<Divisions> {
    read_reference(config, schemas, schemas_dir).map(|(divisions, _)| divisions)
}

/// Reads the divisions and the population from the reference folder of a config.
///
/// # Errors
/// `Input` or `Schema` if reference data are missing or wrong.
pub fn read_reference(
    config: &Config,
    schemas: &Schemas,
    schemas_dir: Option<&Path>,
) -> Result<(Divisions, Residents)> {
    let given = as_given(config, schemas, schemas_dir)?;
    Ok((Divisions::new(&config.city, given.divisions), Residents::new(given.population)))
}

/// The same rows as they stand in the files, repeated ones too.
pub(super) fn as_given(config: &Config, schemas: &Schemas, schemas_dir: Option<&Path>) -> Result<ReferenceFile> {
    let files = reference_files(&config.reference)?;
    let limits = ReaderLimits {
        memory_mb: config.reader_memory_mb,
        seconds: config.reader_seconds,
        schemas_dir: schemas_dir.map(Path::to_owned),
    };
    let start = Start::new(schemas, config.as_of, &limits, None);
    let mut reader = ReaderProcess::new(&start, &limits);
    let mut all = ReferenceFile::default();
    for file in &files {
        let mut of_file = read_file(file, config, schemas, &mut reader)?;
        all.divisions.append(&mut of_file.divisions);
        all.population.append(&mut of_file.population);
        all.faults.append(&mut of_file.faults);
        all.other_cities.append(&mut of_file.other_cities);
        all.unfilled += of_file.unfilled;
    }
    if !all.faults.is_empty() {
        return Err(Error::schema("", Words::joined(&all.faults, "\n")).hint(words!(
            "请更正基础数据：区划决定每一个数字",
            "mend the reference data: divisions decide every number"
        )));
    }
    if all.divisions.is_empty() {
        let said = words!("其中没有地市 {} 的区划", "holds no division of the city {}", config.city);
        let put = words!(
            "请在此文件夹中放入区划表 divisions.csv（列 code、name）：市、各县、乡镇、村的代码和名称",
            "put the table of divisions there, divisions.csv with the columns code and name: the city and every county, town \
             and village"
        );
        if all.other_cities.is_empty() {
            return Err(Error::schema(config.reference.display(), said).hint(put));
        }
        let others: Vec<&String> = all.other_cities.iter().take(NAMED).collect();
        let Words { zh, en } = Words::listed(&others);
        let more = Words::and_more(all.other_cities.len().saturating_sub(NAMED));
        let said = said.and(&words!("，只有地市 {zh}", ", but those of {en}")).and(&more);
        return Err(Error::schema(config.reference.display(), said)
            .hint(words!("请更正配置中的 `city`；或者", "correct `city` in the config, or ").and(&put)));
    }
    Ok(all)
}

fn read_file(
    file: &InboxFile,
    config: &Config,
    schemas: &Schemas,
    reader: &mut ReaderProcess<'_>,
) -> Result<ReferenceFile> {
    let given = GivenFile::new(&file.name, &file.path, file.source, file.modified_day);
    if !is_own_program() {
        return read_reference_file(&given, &config.city, schemas, config.as_of);
    }
    let size = std::fs::metadata(&file.path).map_err(|e| Error::input(&file.path, e))?.len();
    match reader.ask(&Job::Reference(given, config.city.clone()), size)? {
        Ok(Answer::Reference(rows)) => Ok(rows),
        Ok(_) => Err(Error::bug("a reader answered what was not asked")),
        Err(limit) => Err(too_much(&file.path, &limit)),
    }
}
