//! The linkage outside of the nights: learning weights, explaining, evaluating, linking any table.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use serde_json::json;

use super::config::{Config, schema_files};
use super::night::reference;
use super::people_table::PeopleTable;
use super::persons::accepted_identities;
use crate::error::{Error, ErrorKind, Result};
use crate::ledger::{LedgerContext, Register, evaluate};
use crate::link::block::{Blocks, RuleReport};
use crate::link::engine::{Decided, Linker, Scope};
pub use crate::link::evaluate::{as_html, as_text};
pub use crate::link::model::Weights;
pub use crate::link::opened::RowName;
pub use crate::publish::shown_key;

use crate::link::evaluate::Evaluation;
use crate::link::model::Model;
use crate::link::opened::Opened;
use crate::link::records::{Cells, TableRecords};
use crate::link::review::{Ask, Contradiction, Decisions, Labels, Problem, cases, read_workbook, write_workbook};
use crate::link::score::Ladder;
use crate::link::train::train;
use crate::link::{IdentityRows, LinkModel, MODEL, parse_model, train_on};
use crate::schema::divisions::Divisions;
use crate::schema::{SchemaFiles, Schemas};
use crate::store::Store;
use crate::store::key::SecretKey;
use crate::store::lock::StoreLock;
use crate::store::table_file::{append, write_atomic, write_table};
use crate::store::vault::Vault;

/// The model of the declarations, with the weights that were learned on the store, if any.
///
/// # Errors
/// `Schema`: the model or the weights are wrong, or of different versions.
pub fn linkage_model(files: &SchemaFiles, store: &Store) -> Result<LinkModel> {
    let path = store.weights();
    if !path.exists() {
        return LinkModel::from_files(files, None);
    }
    let text = std::fs::read_to_string(&path).map_err(|e| Error::input(&path, e))?;
    LinkModel::from_files(files, Some(&text))
}

/// Decisions that people made on the store's rows; none where there is no file.
///
/// # Errors
/// `Input`: the file cannot be read or is damaged.
pub fn load_decisions(store: &Store) -> Result<Decisions> {
    let path = store.decisions();
    if !path.exists() {
        return Ok(Decisions::default());
    }
    let text = std::fs::read_to_string(&path).map_err(|e| Error::input(&path, e))?;
    Decisions::parse(&text).map_err(|e| Error::new(ErrorKind::Input, path.display(), e))
}

/// What the manifest says of the linkage.
pub fn linkage_note(model: &LinkModel) -> serde_json::Value {
    json!({
        "model": model.model.title,
        "model_version": model.model.version,
        "weights_version": model.weights.version,
        "weights_trained_on": model.weights.trained_on,
        "fingerprint": model.fingerprint,
    })
}

/// A store whose accepted identities were read; locked as long as it stands.
pub struct OpenedStore {
    pub config: Config,
    pub store: Store,
    pub link: LinkModel,
    schemas: Schemas,
    divisions: Divisions,
    files: SchemaFiles,
    rows: Vec<IdentityRows>,
    _lock: StoreLock,
}

impl OpenedStore {
    /// Reads the identities of the store of a config, as the last nights left them.
    ///
    /// # Errors
    /// As a night's.
    pub fn open(config_path: &Path, schemas_dir: Option<&Path>) -> Result<Self> {
        let files = schema_files(schemas_dir)?;
        let schemas = Schemas::from_files(&files)?;
        let config = Config::read(config_path, &schemas)?;
        let key = SecretKey::read(&config.key_file, config.hash)?;
        if !Store::at(&config.store).register().exists() {
            return Err(Error::usage(config.store.display(), "holds no night yet").hint("run `xinhui run` first"));
        }
        let store = Store::open(&config.store)?;
        let lock = StoreLock::take(&store)?;
        let (divisions, _) = reference(&config, &schemas)?;
        let register = Register::load(&store)?;
        let context = LedgerContext { store: &store, schemas: &schemas, divisions: &divisions, as_of: config.as_of };
        let ledger = evaluate(&context, &register)?;
        let vault = Vault::open(&store.identities(), &key)?;
        let rows = accepted_identities(&vault, &schemas, &ledger.partitions)?;
        let link = linkage_model(&files, &store)?;
        Ok(OpenedStore { config, store, link, schemas, divisions, files, rows, _lock: lock })
    }

    /// The rows, laid open under the store's model.
    ///
    /// # Errors
    /// Bugs.
    pub fn opened(&self) -> Result<Opened<'_>> {
        Opened::of(&self.link, &mut self.rows.iter().cloned().map(Ok))
    }

    /// Learns weights from the store's rows and keeps them; those of before stay beside them under
    /// their version.
    ///
    /// # Errors
    /// `Schema`, `Output`.
    pub fn train(&self) -> Result<Weights> {
        let text = self.files.files.get(MODEL).ok_or_else(|| Error::schema(MODEL, "is missing"))?;
        let model = parse_model(text)?;
        let of = format!(
            "the store of the city {} as of {}",
            self.config.city,
            crate::schema::day::to_iso(self.config.as_of)
        );
        let mut weights = train_on(&model, &mut self.rows.iter().cloned().map(Ok), &of)?;
        let path = self.store.weights();
        let before = std::fs::read_to_string(&path).ok().and_then(|t| Weights::parse(&t).ok());
        weights.version = before.as_ref().map_or(self.link.weights.version, |b| b.version) + 1;
        std::fs::create_dir_all(self.store.linkage()).map_err(|e| Error::output(&path, e))?;
        if let Some(before) = before {
            let kept = self.store.linkage().join(format!("weights-{}.json", before.version));
            write_atomic(&kept, before.to_text().as_bytes())?;
        }
        write_atomic(&path, weights.to_text().as_bytes())?;
        Ok(weights)
    }
}

/// A workbook of doubtful cases.
pub struct Review {
    pub path: PathBuf,
    pub cases: usize,
}

/// Writes the doubtful cases of a store as a workbook below `private/`, the most important first.
///
/// # Errors
/// As [`OpenedStore::open`]; `Output`.
pub fn review(store: &OpenedStore, most: usize) -> Result<Review> {
    let decisions = load_decisions(&store.store)?;
    let opened = store.opened()?;
    let named = opened.identities_of(decisions.rows());
    let as_of = store.config.as_of;
    let resolved = decisions.resolve(as_of, &|row| named.get(row).copied());
    let decided = resolved.decided();
    let found = opened.with(&decided, |view| cases(view, &decided, Ask { most, ..Ask::default() }))?;
    let titles: BTreeMap<&str, &str> =
        store.schemas.tables.iter().map(|t| (t.name.as_str(), t.title.as_str())).collect();
    let dataset = |code: &str| titles.get(code).map_or_else(|| code.to_owned(), |t| (*t).to_owned());
    let place = |code: &str| store.divisions.name(code).map_or_else(|| code.to_owned(), str::to_owned);
    let bytes = write_workbook(&found, Labels { dataset: &dataset, place: &place }, as_of)?;
    let path = store.store.linkage().join(format!("review-{}.xlsx", crate::schema::day::to_iso(as_of)));
    std::fs::create_dir_all(store.store.linkage()).map_err(|e| Error::output(&path, e))?;
    write_atomic(&path, &bytes)?;
    Ok(Review { path, cases: found.len() })
}

/// What became of the answers in a workbook.
pub struct Taken {
    pub taken: usize,
    pub undecided: usize,
    pub blank: usize,
    pub problems: Vec<Problem>,
    pub contradictions: Vec<Contradiction>,
    /// Decisions about rows that are not there.
    pub unknown: usize,
}

/// Takes the answers of a workbook into a store; they hold from the next night on.
///
/// # Errors
/// As [`OpenedStore::open`]; `Input`: the file is no such workbook.
pub fn decide(store: &OpenedStore, workbook: &Path) -> Result<Taken> {
    let as_of = store.config.as_of;
    let answers = read_workbook(workbook, as_of)?;
    let mut decisions = load_decisions(&store.store)?;
    let lines: String = answers.decisions.iter().map(|d| d.to_line()).collect();
    for decision in &answers.decisions {
        decisions.add(decision.clone()).map_err(|e| Error::bug(format!("a decision that was checked: {e}")))?;
    }
    if !lines.is_empty() {
        append(&store.store.decisions(), &lines)?;
    }
    let named = store.opened()?.identities_of(decisions.rows());
    let resolved = decisions.resolve(as_of, &|row| named.get(row).copied());
    Ok(Taken {
        taken: answers.decisions.len(),
        undecided: answers.undecided,
        blank: answers.blank,
        problems: answers.problems,
        contradictions: resolved.contradictions,
        unknown: resolved.unknown.len(),
    })
}

/// Learns the weights of a night's model from a people table.
///
/// # Errors
/// `Input`, `Usage`, `Schema`.
pub fn train_on_table(path: &Path, trained_on: &str, schemas_dir: Option<&Path>) -> Result<Weights> {
    let files = schema_files(schemas_dir)?;
    let text = files.files.get(MODEL).ok_or_else(|| Error::schema(MODEL, "is missing"))?;
    let rows = PeopleTable::read(path, None)?.identities()?;
    train_on(&parse_model(text)?, &mut rows.into_iter().map(Ok), trained_on)
}

/// Persons of rows, as a file says: `person`, and `county`, `dataset`, `record_key`, or `id` alone.
pub struct Truth {
    by_row: HashMap<(String, String, String), u32>,
    by_id: HashMap<String, u32>,
}

impl Truth {
    /// Reads a CSV.
    ///
    /// # Errors
    /// `Input`; `Usage`: a column is missing.
    pub fn read(path: &Path) -> Result<Self> {
        let table = PeopleTable::read(path, None).or_else(|_| PeopleTable::read(path, Some("record_key")))?;
        let lacks = |name: &str| Error::usage(path.display(), format!("has no column `{name}`"));
        let persons = table.column(&["person"]).ok_or_else(|| lacks("person"))?;
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut truth = Truth { by_row: HashMap::new(), by_id: HashMap::new() };
        let keys = table.column(&["record_key"]);
        for row in 0..table.rows() {
            let next = numbers.len() as u32;
            let person = *numbers.entry(persons.value(row)).or_insert(next);
            match keys {
                Some(keys) => {
                    let text =
                        |name: &str| table.column(&[name]).ok_or_else(|| lacks(name)).map(|c| c.value(row).to_owned());
                    truth.by_row.insert((text("dataset")?, text("county")?, keys.value(row).to_owned()), person);
                }
                None => {
                    truth.by_id.insert(table.id(row).to_owned(), person);
                }
            }
        }
        Ok(truth)
    }

    /// The person of a row.
    pub fn person(&self, dataset: &str, county: &str, key: &str) -> Option<u32> {
        if self.by_row.is_empty() {
            return self.by_id.get(key).copied();
        }
        self.by_row.get(&(dataset.to_owned(), county.to_owned(), key.to_owned())).copied()
    }
}

/// Evaluates the linkage of a store against the truth.
///
/// # Errors
/// As [`OpenedStore::open`].
pub fn evaluate_store(config: &Path, schemas_dir: Option<&Path>, truth: &Truth) -> Result<Evaluation> {
    let store = OpenedStore::open(config, schemas_dir)?;
    store.opened()?.with(&Decided::default(), |view| view.evaluate(&|d, c, k| truth.person(d, c, k)))
}

/// Evaluates the nights' linkage on a people table against the truth.
///
/// # Errors
/// `Input`, `Usage`, `Schema`.
pub fn evaluate_people(people: &Path, schemas_dir: Option<&Path>, truth: &Truth) -> Result<Evaluation> {
    let link = LinkModel::from_files(&schema_files(schemas_dir)?, None)?;
    let rows = PeopleTable::read(people, None)?.identities()?;
    let opened = Opened::of(&link, &mut rows.into_iter().map(Ok))?;
    opened.with(&Decided::default(), |view| view.evaluate(&|d, c, k| truth.person(d, c, k)))
}

/// Why two rows are, or are not, one person.
pub struct Why {
    pub ladder: Ladder,
    pub join: f32,
    pub review: f32,
    /// Both rows state the same: they were one before anything was compared.
    pub same_identity: bool,
    pub one_person: bool,
    /// The rule that brings the pair together; none does where the pair was never compared.
    pub rule: Option<String>,
    /// Identities of the first row's person.
    pub identities: usize,
    /// Bits of the weakest pair that the first row's person hangs on: no cut of the cluster costs less.
    pub weakest_cut: Option<f32>,
}

/// Explains a pair of rows of a store.
///
/// # Errors
/// `Usage`: there is no such accepted row.
pub fn why(store: &OpenedStore, a: &RowName, b: &RowName) -> Result<Why> {
    let missing = |row: &RowName| {
        Error::usage(format!("{}/{}/{}", row.county, row.dataset, row.record_key), "is no accepted row about a person")
            .hint("name a row as COUNTY/DATASET/RECORD_KEY, such as 370832/hospital_patient/HZ0001")
    };
    let opened = store.opened()?;
    let decisions = load_decisions(&store.store)?;
    let named = opened.identities_of(decisions.rows());
    let resolved = decisions.resolve(store.config.as_of, &|row| named.get(row).copied());
    opened.with(&resolved.decided(), |view| {
        let x = view.identity(a).ok_or_else(|| missing(a))?;
        let y = view.identity(b).ok_or_else(|| missing(b))?;
        let roots = &view.clustering.roots;
        let rule = view.linker.blocks.first_rule(x.min(y), x.max(y)).map(|r| view.linker.model.rules[r].name.clone());
        Ok(Why {
            ladder: view.ladder(x, y),
            join: view.linker.model.thresholds.join,
            review: view.linker.model.thresholds.review,
            same_identity: x == y,
            one_person: roots[x as usize] == roots[y as usize],
            rule,
            identities: roots.iter().filter(|r| **r == roots[x as usize]).count(),
            weakest_cut: view.weakest_cut(roots[x as usize]),
        })
    })?
}

/// A linkage of people tables.
pub struct TableLinkage {
    pub records: usize,
    pub clusters: usize,
    pub rules: Vec<RuleReport>,
    pub warnings: Vec<String>,
    pub weights: Weights,
    /// Seconds of reading, blocking, learning, scoring and clustering.
    pub seconds: Vec<(&'static str, f64)>,
}

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
    let tables: Vec<PeopleTable> =
        options.tables.iter().map(|p| PeopleTable::read(p, options.id)).collect::<Result<_>>()?;
    if tables.iter().enumerate().any(|(i, t)| tables[..i].iter().any(|u| u.name == t.name)) {
        return Err(Error::usage("", "two tables have one name: their records could not be told apart"));
    }
    clock.lap("read");
    let persons = options.model == "persons";
    let (linkage, clusters) = if persons {
        link_persons(options, &files, &tables, &mut clock)?
    } else {
        link_records(options, &files, &tables, &mut clock)?
    };
    write_clusters(options.out, &tables, &clusters)?;
    clock.lap("write");
    Ok(TableLinkage { seconds: clock.laps, ..linkage })
}

/// The nights' model: rows are identities, with all that is known of ID numbers and placeholders.
fn link_persons(
    options: &TableOptions<'_>,
    files: &SchemaFiles,
    tables: &[PeopleTable],
    clock: &mut Clock,
) -> Result<(TableLinkage, Vec<u32>)> {
    let text = options.weights.map(std::fs::read_to_string).transpose();
    let text = text.map_err(|e| Error::input(options.weights.unwrap_or(Path::new("")), e))?;
    let link = LinkModel::from_files(files, text.as_deref())?;
    let mut rows = Vec::new();
    for (number, table) in tables.iter().enumerate() {
        for mut batch in table.identities()? {
            // A record's name is unique in its table alone.
            batch.dataset = format!("{}\u{1f}{number}", batch.dataset);
            rows.push(batch);
        }
    }
    let opened = Opened::of(&link, &mut rows.into_iter().map(Ok))?;
    clock.lap("collect");
    opened.with(&Decided::default(), |view| {
        clock.add(&view.seconds);
        let mut of_row: HashMap<(&str, &str), u32> = HashMap::new();
        for ((dataset, _, key), identity) in view.rows() {
            of_row.insert(
                (dataset.rsplit('\u{1f}').next().unwrap_or_default(), key),
                view.clustering.roots[identity as usize],
            );
        }
        let mut clusters = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            let number = number.to_string();
            clusters.extend((0..table.rows()).map(|row| of_row[&(number.as_str(), table.id(row))]));
        }
        let linkage = TableLinkage {
            records: clusters.len(),
            clusters: distinct(&clusters),
            rules: view.linker.blocks.rules.iter().map(|r| r.report.clone()).collect(),
            warnings: Vec::new(),
            weights: link.weights.clone(),
            seconds: Vec::new(),
        };
        (linkage, clusters)
    })
}

/// Any other model: rows are records as they stand.
fn link_records(
    options: &TableOptions<'_>,
    files: &SchemaFiles,
    tables: &[PeopleTable],
    clock: &mut Clock,
) -> Result<(TableLinkage, Vec<u32>)> {
    let name = format!("link/{}.toml", options.model);
    let text = match files.files.get(&name) {
        Some(text) => text.clone(),
        None => {
            let path = Path::new(options.model);
            if !path.is_file() {
                let known = [shipped_models(files), vec!["persons".to_owned()]].concat().join(", ");
                return Err(Error::usage(
                    "--model",
                    format!("`{}` is neither a file nor one of {known}", options.model),
                ));
            }
            std::fs::read_to_string(path).map_err(|e| Error::input(path, e))?
        }
    };
    let model = Model::parse(&text).map_err(|problems| Error::schema(options.model, problems.join("\n")))?;
    // Records in an order of their own, so that the order of lines has no part in the result.
    let mut order: Vec<(usize, usize)> =
        tables.iter().enumerate().flat_map(|(t, table)| (0..table.rows()).map(move |row| (t, row))).collect();
    order.sort_by(|a, b| (a.0, tables[a.0].id(a.1)).cmp(&(b.0, tables[b.0].id(b.1))));
    let parts = date_parts(&model, tables);
    let cells: Vec<Option<Cells<'_>>> = model
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
                return Some(Cells {
                    own: reader(&order, of),
                    guardian: columns(&field.guardian_columns).map(|of| reader(&order, of)),
                });
            }
            let joined: Vec<Option<&StringArray>> = parts[index].iter().map(Option::as_ref).collect();
            joined.iter().any(Option::is_some).then(|| Cells { own: reader(&order, joined), guardian: None })
        })
        .collect();
    let lacking: Vec<&str> =
        model.fields.iter().zip(&cells).filter(|c| c.1.is_none()).map(|c| c.0.name.as_str()).collect();
    if lacking.len() == model.fields.len() {
        return Err(Error::usage("", "the tables have none of the model's columns"));
    }
    let table_records = TableRecords::new(&model, order.len(), &cells);
    let records = table_records.records();
    let first_table = (options.no_duplicates && tables.len() == 2).then(|| tables[0].rows() as u32);
    let scope = Scope { first_table };
    let blocks = Blocks::new(&model, &records);
    clock.lap("block");
    let weights = match options.weights {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Error::input(path, e))?;
            Weights::parse(&text).map_err(|e| Error::schema(path.display(), e))?
        }
        None => train(&model, &records, &blocks, format!("{} records of the tables themselves", records.len()), scope),
    };
    clock.lap("learn");
    let trained = weights.of(&model).map_err(|e| Error::schema("weights", e))?;
    let mut linker = Linker::new(&model, &trained, &records, blocks, scope);
    let edges = linker.edges();
    clock.lap("score");
    let own_ids = vec![0; records.len()];
    let clustering = linker.cluster(&edges, &own_ids, &Decided::default(), model.thresholds.join);
    clock.lap("cluster");
    let mut warnings = weights.warnings.clone();
    warnings.extend(lacking.iter().map(|name| format!("no table has a column for the field `{name}`")));
    // Back to the order of lines.
    let starts: Vec<usize> = tables
        .iter()
        .scan(0, |at, t| {
            let start = *at;
            *at += t.rows();
            Some(start)
        })
        .collect();
    let mut clusters = vec![0; order.len()];
    for (record, (table, row)) in order.iter().enumerate() {
        clusters[starts[*table] + row] = clustering.roots[record];
    }
    let linkage = TableLinkage {
        records: order.len(),
        clusters: distinct(&clusters),
        rules: linker.blocks.rules.iter().map(|r| r.report.clone()).collect(),
        warnings,
        weights,
        seconds: Vec::new(),
    };
    Ok((linkage, clusters))
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
    let mut numbers: HashMap<u32, i64> = HashMap::new();
    let numbered: Int64Array = clusters
        .iter()
        .map(|c| {
            let next = numbers.len() as i64 + 1;
            Some(*numbers.entry(*c).or_insert(next))
        })
        .collect();
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
