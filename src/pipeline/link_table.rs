//! Linking any people tables under a declared model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::config::schema_files;
use super::people_table::PeopleTable;
use crate::error::{Error, Result, Words, words};
use crate::link::driver::{LinkageJob, run};
use crate::link::engine::block::{Blocks, RuleReport};
use crate::link::engine::cluster::Edge;
use crate::link::engine::decided::Decided;
use crate::link::engine::intern::TextNumber;
use crate::link::engine::model::{Model, Weights};
use crate::link::engine::records::{FieldCells, TableRecords};
use crate::link::engine::scope::Scope;
use crate::link::engine::train::train;
use crate::link::inspect::Inspector;
use crate::link::persons::{LinkModel, WEIGHTS};
use crate::schema::SchemaFiles;
use crate::store::table_file::write_table;

/// A linkage of people tables.
pub struct TableLinkage {
    pub records: usize,
    pub clusters: usize,
    pub rules: Vec<RuleReport>,
    pub warnings: Vec<Words>,
    pub weights: Weights,
    /// Seconds of reading, blocking, learning, scoring and clustering.
    pub seconds: Vec<(&'static str, f64)>,
}

/// The name of the nightly model among those that `link table` knows.
pub const PERSONS: &str = "persons";

/// What `xinhui link table` is asked.
pub struct TableOptions<'a> {
    /// A file, or the name of a shipped model.
    pub model: &'a str,
    pub tables: &'a [PathBuf],
    pub id: Option<&'a str>,
    pub out: &'a Path,
    /// Weights instead of learning them.
    pub weights: Option<&'a Path>,
    /// Each table holds a person once: only pairs across tables are compared.
    pub no_duplicates: bool,
}

/// Names of the models that `link table` knows without a file.
pub fn shipped_models(files: &SchemaFiles) -> Vec<String> {
    files
        .inside("link")
        .filter_map(|(path, _)| Some(path.strip_prefix("link/")?.strip_suffix(".toml")?.to_owned()))
        .collect()
}

/// Links any people tables under a model and writes `source, id, cluster`.
///
/// # Errors
/// `Input`, `Usage`, `Schema`, `Output`.
pub fn link_tables(options: &TableOptions<'_>, schemas_dir: Option<&Path>) -> Result<TableLinkage> {
    let files = schema_files(schemas_dir)?;
    let mut clock = Clock::new();
    let persons = options.model == PERSONS;
    // A model that there is not is told before a table that does not fit it.
    let model = if persons { None } else { Some(model_of(options, &files)?) };
    let mut tables: Vec<PeopleTable> =
        options.tables.iter().map(|p| PeopleTable::read_named(p, options.id)).collect::<Result<_>>()?;
    if tables.iter().enumerate().any(|(i, t)| tables[..i].iter().any(|u| u.name == t.name)) {
        return Err(Error::usage(
            "",
            words!("两张表同名，无法区分各自的记录", "two tables have one name: their records could not be told apart"),
        ));
    }
    clock.lap("read");
    let (linkage, clusters) = match &model {
        None => link_persons(options, &files, &mut tables, &mut clock)?,
        Some(model) => link_records(options, model, &tables, &mut clock)?,
    };
    write_clusters(options.out, &tables, &clusters)?;
    clock.lap("write");
    Ok(TableLinkage { seconds: clock.laps, ..linkage })
}

/// The nights' model: rows are identities, with all that is known of ID numbers and placeholders.
fn link_persons(
    options: &TableOptions<'_>,
    files: &SchemaFiles,
    tables: &mut [PeopleTable],
    clock: &mut Clock,
) -> Result<(TableLinkage, Vec<u32>)> {
    let text = options.weights.map(std::fs::read_to_string).transpose();
    let text = text.map_err(|e| Error::input(options.weights.unwrap_or(Path::new("")), e))?;
    let link = LinkModel::from_files(files, text.as_deref()).map_err(|mut e| {
        // What is wrong with weights that were given is in their file.
        if let Some(path) = options.weights.filter(|_| e.place.en == WEIGHTS) {
            e.place = path.display().into();
        }
        e
    })?;
    let (mut rows, mut places) = (Vec::new(), Vec::new());
    for (number, table) in tables.iter_mut().enumerate() {
        let batches = table.identities()?;
        // What the batches hold is not needed twice, and memory that is free need not be fetched.
        table.keep_names();
        for (indices, mut batch) in batches {
            places.extend(indices.into_iter().map(|row| (number, row as usize)));
            // A record's name is unique in its table alone.
            batch.dataset = format!("{}\u{1f}{number}", batch.dataset);
            rows.push(batch);
        }
    }
    let opened = Inspector::of(&link, &mut rows.into_iter().map(Ok))?;
    clock.lap("collect");
    opened.with(&Decided::default(), |view| {
        clock.add(&view.linkage.seconds);
        let starts = starts_of(tables);
        let mut clusters = vec![0; places.len()];
        let roots = &view.linkage.clustering.roots;
        // Rows that say too little to be anybody's are people of their own.
        let mut own = roots.len()..;
        for ((_, identity), (table, row)) in view.rows().zip(&places) {
            let root = if view.is_nobodys(identity) { own.next() } else { Some(roots[identity.index()].index()) };
            clusters[starts[*table] + row] = root.unwrap_or_default() as u32;
        }
        let linkage = TableLinkage {
            records: clusters.len(),
            clusters: distinct(&clusters),
            rules: view.linkage.linker.blocks.rules.iter().map(|r| r.report.clone()).collect(),
            warnings: Vec::new(),
            weights: link.weights.clone(),
            seconds: Vec::new(),
        };
        (linkage, clusters)
    })
}

/// The model that is asked for: a shipped one, or one of a file.
fn model_of(options: &TableOptions<'_>, files: &SchemaFiles) -> Result<Model> {
    let name = format!("link/{}.toml", options.model);
    let text = match files.files.get(&name) {
        Some(text) => text.clone(),
        None => {
            let path = Path::new(options.model);
            if !path.is_file() {
                let known = Words::listed(&[shipped_models(files), vec![PERSONS.to_owned()]].concat());
                let wrong = words!(
                    "`{}` 既不是文件，也不在内置模型之列：",
                    "`{}` is neither a file nor one of ",
                    options.model
                );
                return Err(Error::usage("--model", wrong.and(&known)));
            }
            std::fs::read_to_string(path).map_err(|e| Error::input(path, e))?
        }
    };
    Model::parse(&text).map_err(|problems| Error::schema(options.model, Words::joined(&problems, "\n")))
}

/// Any other model: rows are records as they stand.
fn link_records(
    options: &TableOptions<'_>,
    model: &Model,
    tables: &[PeopleTable],
    clock: &mut Clock,
) -> Result<(TableLinkage, Vec<u32>)> {
    // Records in an order of their own, so that the order of lines has no part in the result.
    let mut order: Vec<(usize, usize)> =
        tables.iter().enumerate().flat_map(|(t, table)| (0..table.rows()).map(move |row| (t, row))).collect();
    order.sort_by(|a, b| (a.0, tables[a.0].id(a.1)).cmp(&(b.0, tables[b.0].id(b.1))));
    let (table_records, lacking) = records_of(model, tables, &order)?;
    let records = table_records.records();
    let first_table = (options.no_duplicates && tables.len() == 2).then(|| tables[0].rows() as u32);
    let scope = Scope { first_table };
    let blocks = Blocks::new(model, &records);
    clock.lap("block");
    let weights = match options.weights {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Error::input(path, e))?;
            Weights::parse(&text).map_err(|e| Error::schema(path.display(), e))?
        }
        None => train(model, &records, &blocks, format!("{} records of the tables themselves", records.len()), scope),
    };
    clock.lap("learn");
    let trained = weights.of(model).map_err(|e| Error::schema(words!("权重", "weights"), e))?;
    let decided = Decided::default();
    let own_ids = vec![TextNumber::EMPTY; records.len()];
    let apart = |_: &[Edge]| Vec::new();
    let linkage = run(LinkageJob {
        model,
        trained: &trained,
        records: &records,
        blocks: Some(blocks),
        scope,
        own_ids: &own_ids,
        decided: &decided,
        apart: &apart,
        with_ranges: false,
        before: None,
    });
    clock.add(&linkage.seconds[1..]);
    let lacks = |name| words!("各表中都没有与字段 `{name}` 对应的列", "no table has a column for the field `{name}`");
    let warnings = weights.warnings.iter().cloned().chain(lacking.iter().map(lacks)).collect();
    // Back to the order of lines.
    let starts = starts_of(tables);
    let mut clusters = vec![0; order.len()];
    for (record, (table, row)) in order.iter().enumerate() {
        clusters[starts[*table] + row] = linkage.clustering.roots[record].index() as u32;
    }
    let linkage = TableLinkage {
        records: order.len(),
        clusters: distinct(&clusters),
        rules: linkage.linker.blocks.rules.iter().map(|r| r.report.clone()).collect(),
        warnings,
        weights,
        seconds: Vec::new(),
    };
    Ok((linkage, clusters))
}

/// Rows of tables as the records that a model looks at, in their order, and the fields that no table has a column for.
///
/// # Errors
/// `Usage`: the tables have none of the model's columns.
pub(super) fn records_of<'m>(
    model: &'m Model,
    tables: &[PeopleTable],
    order: &[(usize, usize)],
) -> Result<(TableRecords, Vec<&'m str>)> {
    let parts = date_parts(model, tables);
    let cells: Vec<Option<FieldCells<'_>>> = model
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| {
            let columns = |names: &[String]| -> Option<Vec<Option<&StringArray>>> {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let of: Vec<Option<&StringArray>> = tables.iter().map(|t| t.column(&names)).collect();
                of.iter().any(Option::is_some).then_some(of)
            };
            if let Some(of) = columns(&field.columns) {
                return Some(FieldCells {
                    own: reader(order, of),
                    guardian: columns(&field.guardian_columns).map(|of| reader(order, of)),
                });
            }
            let joined: Vec<Option<&StringArray>> = parts[index].iter().map(Option::as_ref).collect();
            joined.iter().any(Option::is_some).then(|| FieldCells { own: reader(order, joined), guardian: None })
        })
        .collect();
    let lacking: Vec<&str> =
        model.fields.iter().zip(&cells).filter(|c| c.1.is_none()).map(|c| c.0.name.as_str()).collect();
    if lacking.len() == model.fields.len() {
        return Err(Error::usage(
            "",
            words!("各表中没有模型所用的任何一列", "the tables have none of the model's columns"),
        ));
    }
    Ok((TableRecords::new(model, order.len(), &cells), lacking))
}

/// Where the rows of each table begin among those of all.
fn starts_of(tables: &[PeopleTable]) -> Vec<usize> {
    let start = |at: &mut usize, table: &PeopleTable| Some(std::mem::replace(at, *at + table.rows()));
    tables.iter().scan(0, start).collect()
}

/// Reads a column of records that lie in several tables, in their order.
fn reader<'a>(order: &'a [(usize, usize)], of: Vec<Option<&'a StringArray>>) -> Box<dyn Fn(usize) -> &'a str + 'a> {
    Box::new(move |record| {
        let (table, row) = order[record];
        of[table].map_or("", |c| c.value(row))
    })
}

/// Dates that stand in three columns, as eight digits: by field and table.
fn date_parts(model: &Model, tables: &[PeopleTable]) -> Vec<Vec<Option<StringArray>>> {
    let of = |names: &[String], table: &PeopleTable| -> Option<StringArray> {
        let [y, m, d] = names else { return None };
        let columns = [table.column(&[y])?, table.column(&[m])?, table.column(&[d])?];
        let joined = (0..table.rows()).map(|row| {
            let [y, m, d] = columns.map(|c| c.value(row).trim());
            Some(if y.is_empty() || m.is_empty() || d.is_empty() {
                String::new()
            } else {
                format!("{y:0>4}{m:0>2}{d:0>2}")
            })
        });
        Some(joined.collect())
    };
    model.fields.iter().map(|f| tables.iter().map(|t| of(&f.parts, t)).collect()).collect()
}

fn distinct(clusters: &[u32]) -> usize {
    let mut all = clusters.to_vec();
    all.sort_unstable();
    all.dedup();
    all.len()
}

/// Writes the clusters, numbered from 1 in the order of their first records.
fn write_clusters(out: &Path, tables: &[PeopleTable], clusters: &[u32]) -> Result<()> {
    let mut numbers = vec![0; clusters.iter().max().map_or(0, |most| *most as usize + 1)];
    let mut last = 0;
    let number = |cluster: &u32| {
        let number = &mut numbers[*cluster as usize];
        if *number == 0 {
            last += 1;
            *number = last;
        }
        *number
    };
    let numbered = Int64Array::from_iter_values(clusters.iter().map(number));
    let sources: StringArray =
        tables.iter().flat_map(|t| std::iter::repeat_n(t.name.as_str(), t.rows())).map(Some).collect();
    let ids: StringArray = tables.iter().flat_map(|t| (0..t.rows()).map(|row| Some(t.id(row)))).collect();
    let schema = Arc::new(Schema::new(vec![
        Field::new("source", DataType::Utf8, false),
        Field::new("id", DataType::Utf8, false),
        Field::new("cluster", DataType::Int64, false),
    ]));
    let columns: Vec<ArrayRef> = vec![Arc::new(sources), Arc::new(ids), Arc::new(numbered)];
    let batch = RecordBatch::try_new(schema, columns).map_err(|e| Error::bug("clusters").caused_by(e))?;
    write_table(out, &batch, &BTreeMap::new())
}

struct Clock {
    last: std::time::Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Clock {
    fn new() -> Self {
        Clock { last: std::time::Instant::now(), laps: Vec::new() }
    }

    /// Takes over what was measured elsewhere since the last lap.
    fn add(&mut self, laps: &[(&'static str, f64)]) {
        self.laps.extend_from_slice(laps);
        self.last = std::time::Instant::now();
    }

    fn lap(&mut self, name: &'static str) {
        let now = std::time::Instant::now();
        self.laps.push((name, (now - self.last).as_secs_f64()));
        self.last = now;
    }
}
