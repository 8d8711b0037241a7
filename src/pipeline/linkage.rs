//! The linkage of a store outside of its nights: learning, explaining, evaluating, review and decisions.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::accept::snapshot_rules;
use super::accepted::accepted_identities;
use super::config::{Config, schema_files};
use super::key_people::VaultPeople;
use super::people_table::PeopleTable;
use super::reference_data::read_reference;
use super::store_key::store_key;
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::ledger::{LedgerContext, Register, Unjudged, evaluate};
use crate::link::decisions::{Contradiction, Decisions, Resolved};
use crate::link::engine::decided::Decided;
use crate::link::engine::model::Weights;
use crate::link::engine::score::Ladder;
use crate::link::evaluate::Evaluation;
use crate::link::identities::IdentityRows;
use crate::link::identities::RowName;
use crate::link::inspect::Inspector;
use crate::link::persons::{LinkModel, MODEL, parse_model, train_on};
use crate::link::review::{AnswerProblem, Ask, Labels, cases, read_workbook, write_workbook};
use crate::schema::divisions::Divisions;
use crate::schema::nearest::nearest;
use crate::schema::{SchemaFiles, Schemas, Table};
use crate::store::Store;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_state::{PrivateState, REGISTER};
use crate::store::table_file::{append, write_atomic};
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
    let text = std::fs::read_to_string(&path).map_err(|e| Error::unreadable_store(&path, e))?;
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
    let text = std::fs::read_to_string(&path).map_err(|e| Error::unreadable_store(&path, e))?;
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
        let key = store_key(&config)?;
        if !Store::at(&config.store).register().exists() {
            return Err(Error::usage(config.store.display(), words!("其中还没有运行记录", "holds no night yet"))
                .hint(words!("请先运行 `xinhui run`", "run `xinhui run` first")));
        }
        let store = Store::open(&config.store)?;
        let lock = StoreLock::take(&store, Holder::Command)?;
        let (divisions, _) = read_reference(&config, &schemas, schemas_dir)?;
        let state = PrivateState::open(&store)?;
        state.verify("identities/vault.json")?;
        state.verify(REGISTER)?;
        state.verify_of_commands()?;
        let register = Register::load(&store)?;
        let vault = Vault::open(&store.identities(), &key)?;
        let context = LedgerContext {
            store: &store,
            schemas: &schemas,
            divisions: &divisions,
            as_of: config.as_of,
            snapshots: snapshot_rules(&config, &store)?,
            people: &VaultPeople { vault: &vault },
            unjudged: Unjudged::default(),
        };
        let ledger = evaluate(&context, &register)?;
        let rows = accepted_identities(&vault, &schemas, &ledger.partitions)?;
        let link = linkage_model(&files, &store)?;
        Ok(OpenedStore { config, store, link, schemas, divisions, files, rows, _lock: lock })
    }

    /// The rows, laid open under the store's model.
    pub fn opened(&self) -> Result<Inspector<'_>> {
        Inspector::of(&self.link, &mut self.rows.iter().cloned().map(Ok))
    }

    /// What people decided on the store's rows, as it stands today.
    pub fn resolved(&self, opened: &Inspector<'_>) -> Result<Resolved> {
        let decisions = load_decisions(&self.store)?;
        let named = opened.identities_of(decisions.rows());
        Ok(decisions.resolve(self.config.as_of, &|row| named.get(row).copied()))
    }

    /// Learns weights from the store's rows and keeps them; those of before stay beside them under
    /// their version.
    pub fn train(&self) -> Result<Weights> {
        let text = self.files.files.get(MODEL).ok_or_else(|| Error::schema(MODEL, words!("缺失", "is missing")))?;
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
        if let Some(before) = before {
            let kept = self.store.linkage().join(format!("weights-{}.json", before.version));
            write_atomic(&kept, before.to_text().as_bytes())?;
        }
        write_atomic(&path, weights.to_text().as_bytes())?;
        PrivateState::open(&self.store)?.vouch_for_commands()?;
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
    let opened = store.opened()?;
    let resolved = store.resolved(&opened)?;
    let as_of = store.config.as_of;
    let decided = resolved.decided();
    let found = opened.with(&decided, |view| cases(view, &decided, Ask { most, ..Ask::default() }))?;
    let titles: BTreeMap<&str, &str> =
        store.schemas.tables.iter().map(|t| (t.name.as_str(), t.title.as_str())).collect();
    let dataset = |code: &str| titles.get(code).map_or_else(|| code.to_owned(), |t| (*t).to_owned());
    let place = |code: &str| store.divisions.name(code).map_or_else(|| code.to_owned(), str::to_owned);
    let bytes = write_workbook(&found, Labels { dataset: &dataset, place: &place }, as_of)?;
    let path = free_place(&store.store.linkage(), &format!("review-{}", crate::schema::day::to_iso(as_of)), &bytes);
    write_atomic(&path, &bytes)?;
    Ok(Review { path, cases: found.len() })
}

/// Where a workbook of these bytes can be written without taking away another that somebody may be filling in.
fn free_place(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let is_free = |path: &PathBuf| match std::fs::read(path) {
        Ok(there) => there == bytes,
        Err(e) => e.kind() == std::io::ErrorKind::NotFound,
    };
    let numbered = (2u32..).map(|n| folder.join(format!("{name}_{n}.xlsx")));
    let mut places = std::iter::once(folder.join(format!("{name}.xlsx"))).chain(numbered);
    places.find(is_free).expect("a folder holds fewer files than there are numbers")
}

/// What became of the answers in a workbook.
pub struct Taken {
    pub taken: usize,
    pub undecided: usize,
    pub blank: usize,
    pub problems: Vec<AnswerProblem>,
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
        decisions.add(decision.clone()).map_err(|e| Error::bug(format!("a decision that was checked: {}", e.en)))?;
    }
    if !lines.is_empty() {
        append(&store.store.decisions(), &lines)?;
        PrivateState::open(&store.store)?.vouch_for_commands()?;
    }
    let resolved = store.resolved(&store.opened()?)?;
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
    let text = files.files.get(MODEL).ok_or_else(|| Error::schema(MODEL, words!("缺失", "is missing")))?;
    let rows = PeopleTable::read(path)?.identities()?;
    train_on(&parse_model(text)?, &mut rows.into_iter().map(|(_, rows)| Ok(rows)), trained_on)
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
        let hint = || {
            words!(
                "实际归属的文件须有 county、dataset、record_key、person 四列；评估人员表（--people）时为 id、person 两列",
                "a file of true persons has the columns county, dataset, record_key, person; for a people table (--people) id, \
                 person"
            )
        };
        let lacks =
            |name: &str| Error::usage(path.display(), words!("缺少列 `{name}`", "has no column `{name}`")).hint(hint());
        let table = match PeopleTable::read_named(path, None) {
            Err(e) if e.kind == ErrorKind::Usage => {
                PeopleTable::read_named(path, Some("record_key")).map_err(|e| e.hint(hint()))?
            }
            table => table?,
        };
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
pub fn evaluate_store(config: &Path, schemas_dir: Option<&Path>, truth: &Truth) -> Result<Evaluation> {
    let store = OpenedStore::open(config, schemas_dir)?;
    let opened = store.opened()?;
    let resolved = store.resolved(&opened)?;
    opened.with(&resolved.decided(), |view| view.evaluate(&|d, c, k| truth.person(d, c, k)))
}

/// Evaluates the nights' linkage on a people table against the truth.
///
/// # Errors
/// `Input`, `Usage`, `Schema`.
pub fn evaluate_people(people: &Path, schemas_dir: Option<&Path>, truth: &Truth) -> Result<Evaluation> {
    let link = LinkModel::from_files(&schema_files(schemas_dir)?, None)?;
    let rows = PeopleTable::read(people)?.identities()?;
    let opened = Inspector::of(&link, &mut rows.into_iter().map(|(_, rows)| Ok(rows)))?;
    opened.with(&Decided::default(), |view| view.evaluate(&|d, c, k| truth.person(d, c, k)))
}

/// Why two rows are, or are not, one person.
pub struct Why {
    pub ladder: Ladder,
    pub join: f32,
    pub review: f32,
    /// Both rows state the same.
    pub same_identity: bool,
    pub one_person: bool,
    /// One of the rows states too little to be anybody's: it is a person of its own, whatever it says.
    pub says_too_little: bool,
    /// The rule that brings the pair together; none does where the pair was never compared.
    pub rule: Option<String>,
    /// Identities of the first row's person.
    pub identities: usize,
    /// Bits of the weakest pair that the first row's person hangs on: no cut of the cluster costs less.
    pub weakest_cut: Option<f32>,
}

/// That a row is none of those that were linked; where its dataset is none, the nearest.
fn no_such_row(schemas: &Schemas, row: &RowName) -> Error {
    let place = format!("{}/{}/{}", row.county, row.dataset, row.record_key);
    let dataset = &row.dataset;
    if schemas.exported().all(|table| table.name != *dataset) {
        let wrong = words!("没有数据集“{dataset}”", "there is no dataset `{dataset}`");
        let names = schemas.exported().flat_map(|table| [table.name.as_str(), &table.title, &table.title_en]);
        let near = nearest(dataset, names, 1).first().copied();
        let is_it = |t: &&Table, near: &str| [&t.name, &t.title, &t.title_en].iter().any(|name| name.as_str() == near);
        let meant = near.and_then(|near| schemas.exported().find(|table| is_it(table, near)));
        let hint = meant.map_or_else(named_so, |table| {
            let (name, title) = (&table.name, &table.title);
            words!("是否应为 {name}（{title}）？", "did you mean `{name}`?")
        });
        return Error::usage(place, wrong).hint(hint);
    }
    Error::usage(place, words!("不是已接收的、有关人员的数据行", "is no accepted row about a person")).hint(named_so())
}

fn named_so() -> Words {
    words!(
        "数据行写作“县代码/数据集/记录主键”，例如 370832/hospital_patient/HZ0001",
        "name a row as COUNTY/DATASET/RECORD_KEY, such as 370832/hospital_patient/HZ0001"
    )
}

/// Explains a pair of rows of a store.
///
/// # Errors
/// `Usage`: there is no such accepted row.
pub fn why(store: &OpenedStore, a: &RowName, b: &RowName) -> Result<Why> {
    let missing = |row: &RowName| no_such_row(&store.schemas, row);
    let opened = store.opened()?;
    let resolved = store.resolved(&opened)?;
    opened.with(&resolved.decided(), |view| {
        let x = view.identity(a).ok_or_else(|| missing(a))?;
        let y = view.identity(b).ok_or_else(|| missing(b))?;
        let roots = &view.linkage.clustering.roots;
        let says_too_little = view.is_nobodys(x) || view.is_nobodys(y);
        let rule = view
            .linkage
            .linker
            .blocks
            .first_rule(x.min(y).record(), x.max(y).record())
            .map(|r| view.linkage.linker.model.rules[r].name.clone());
        Ok(Why {
            ladder: view.ladder(x, y),
            join: view.linkage.linker.model.thresholds.join,
            review: view.linkage.linker.model.thresholds.review,
            same_identity: x == y,
            one_person: a == b || (roots[x.index()] == roots[y.index()] && !says_too_little),
            says_too_little,
            rule,
            identities: roots.iter().filter(|r| **r == roots[x.index()]).count(),
            weakest_cut: view.weakest_cut(roots[x.index()]),
        })
    })?
}
