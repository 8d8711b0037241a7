//! The kernels that a night spends its time in, each by itself, so that a slower one has an address.
//!
//! ```text
//! cargo bench --bench kernels                        # all, some minutes
//! cargo bench --bench kernels -- link                # those whose name holds a word
//! cargo bench --bench kernels -- --save-baseline old # kept, to compare with: --baseline old
//! ```
//!
//! All work on the contacts of one invented county, in memory. Throughput is bytes of the file, rows or pairs a second.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow::array::{Array, StringArray};
use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput};
use sha2::{Digest, Sha256};
use xinhui::engine::{Frame, strings_and_ints};
use xinhui::error::Result;
use xinhui::link::RecordNumber;
use xinhui::link::engine::block::Blocks;
use xinhui::link::engine::compare::{Comparator, damerau, jaro_winkler};
use xinhui::link::engine::decided::Decided;
use xinhui::link::engine::linker::Linker;
use xinhui::link::engine::records::{FieldCells, TableRecords};
use xinhui::link::engine::scope::Scope;
use xinhui::link::persons::LinkModel;
use xinhui::read::{ExportBytes, ExportFile, TableHead, TableSink, read_bytes};
use xinhui::schema::layout::{RawRows, identity_schema};
use xinhui::schema::resident_id::is_valid_resident_id;
use xinhui::schema::{Schemas, Source};
use xinhui::store::key::{HashName, SecretKey};
use xinhui::store::vault::Vault;
use xinhui::tally::{Tally, TallyMeasure};
use xinhui::validate::Validator;

const DATASET: &str = "station_service";
/// The last day of 2023, in days since 1970-01-01.
const AS_OF: i32 = 19_722;
const KEY: [u8; 32] = [7; 32];

/// What is read of a file.
#[derive(Default)]
struct Collected {
    fields: Vec<usize>,
    rows: Vec<RawRows>,
}

impl TableSink for Collected {
    fn begin(&mut self, head: TableHead<'_>) -> Result<()> {
        self.fields = head.fields;
        Ok(())
    }

    fn rows(&mut self, rows: RawRows) -> Result<()> {
        self.rows.push(rows);
        Ok(())
    }

    fn end(&mut self, _not_data: u64) -> Result<()> {
        Ok(())
    }

    fn abandon(&mut self) {
        self.rows.clear();
    }
}

/// The contacts of one invented county.
struct Contacts {
    schemas: Schemas,
    name: String,
    text: Bytes,
    read: Collected,
}

impl Contacts {
    fn made() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let made = Command::new(env!("CARGO_BIN_EXE_xinhui"))
            .args(["synth", "--city", "3708", "--counties", "370832", "--dirt", "none", "--formats", "csv"])
            .args(["--from", "2023-01-01", "--rows", "60000", "--out"])
            .arg(dir.path())
            .output()
            .expect("the binary starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let folder = dir.path().join("inbox/370832/station");
        let of_contacts = |path: &PathBuf| {
            path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(DATASET))
                && path.extension().is_some_and(|e| e == "csv")
        };
        let files = std::fs::read_dir(folder).expect("a folder").map(|f| f.expect("a file").path());
        let file = files.filter(of_contacts).min().expect("contacts");
        let name = format!("370832/station/{}", file.file_name().expect("a name").to_string_lossy());
        let text = Bytes::from(std::fs::read(file).expect("contacts"));
        let mut contacts =
            Contacts { schemas: Schemas::embedded().expect("declarations"), name, text, read: Collected::default() };
        contacts.read = contacts.read();
        contacts
    }

    fn read(&self) -> Collected {
        let file = ExportFile {
            name: &self.name,
            path: Path::new(&self.name),
            source: Source::named("station").expect("a source"),
            sha256: [0; 32],
            modified_day: AS_OF,
        };
        let mut read = Collected::default();
        read_bytes(&file, ExportBytes::Memory(self.text.clone()), &self.schemas, &mut read).expect("contacts");
        read
    }

    fn count(&self) -> usize {
        self.read.rows.iter().map(|rows| rows.row_numbers.len()).sum()
    }

    /// A field's cells of the first so many rows.
    fn column(&self, field: &str, rows: usize) -> Vec<String> {
        let table = self.schemas.table(DATASET).expect("declared");
        let at = self.read.fields.iter().position(|f| table.fields[*f].name == field);
        let cells = |rows: &RawRows| -> Vec<String> {
            let column: Option<&StringArray> = at.map(|at| &rows.columns[at]);
            let cell = |row| column.filter(|c| c.is_valid(row)).map_or_else(String::new, |c| c.value(row).to_owned());
            (0..rows.row_numbers.len()).map(cell).collect()
        };
        self.read.rows.iter().flat_map(cells).take(rows).collect()
    }

    fn validator(&self) -> Validator<'_> {
        let table = self.schemas.table(DATASET).expect("declared");
        Validator::new(table, &self.schemas, AS_OF, &KEY).expect("rules")
    }
}

fn read_and_validate(c: &mut Criterion, contacts: &Contacts) {
    let mut group = c.benchmark_group("read");
    group.throughput(Throughput::Bytes(contacts.text.len() as u64));
    group.bench_function("CSV to rows of text", |b| b.iter(|| contacts.read().rows.len()));
    group.bench_function("SHA-256 of the file", |b| b.iter(|| Sha256::digest(&contacts.text)));
    group.finish();
    let validator = contacts.validator();
    let mut group = c.benchmark_group("validate");
    group.throughput(Throughput::Elements(contacts.count() as u64));
    group.bench_function("rows of text to typed rows and findings", |b| {
        b.iter(|| {
            let validated = contacts.read.rows.iter().map(|rows| validator.validate(&contacts.read.fields, rows));
            validated.map(|rows| rows.expect("rows").findings.len()).sum::<usize>()
        });
    });
    let numbers = contacts.column("id_number", usize::MAX);
    group.bench_function("check digits of ID numbers", |b| {
        b.iter(|| numbers.iter().filter(|number| is_valid_resident_id(number)).count());
    });
    group.finish();
}

fn vault(c: &mut Criterion, contacts: &Contacts) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("key");
    std::fs::write(&path, KEY).expect("a key");
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    let key = SecretKey::read(&path, HashName::Sha256).expect("a key");
    let vault = Vault::open(&dir.path().join("vault"), &key).expect("a vault");
    let schema = identity_schema(contacts.schemas.table(DATASET).expect("declared")).expect("identities");
    let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let columns: Vec<&str> = names.iter().map(String::as_str).collect();
    let validator = contacts.validator();
    let identities: Vec<_> = contacts
        .read
        .rows
        .iter()
        .map(|rows| validator.validate(&contacts.read.fields, rows).expect("rows").identity.expect("identities"))
        .collect();
    let write = || {
        let mut writer = vault.create("bench", schema.clone()).expect("a file");
        identities.iter().for_each(|batch| writer.write(batch).expect("written"));
        writer.finish().expect("whole");
    };
    let mut group = c.benchmark_group("vault");
    group.throughput(Throughput::Elements(contacts.count() as u64));
    group.bench_function("identities encrypted and written", |b| b.iter(write));
    group.bench_function("identities read and decrypted", |b| {
        b.iter(|| {
            vault.read("bench", &columns).expect("a file").map(|batch| batch.expect("rows").num_rows()).sum::<usize>()
        });
    });
    group.finish();
}

fn link(c: &mut Criterion, contacts: &Contacts) {
    const PEOPLE: usize = 20_000;
    let shipped = LinkModel::embedded().expect("a model");
    let columns: Vec<Vec<String>> =
        ["name", "sex", "birth_date", "id_number", "", "phone", "", "address", "residence_code"]
            .iter()
            .map(|field| contacts.column(field, PEOPLE))
            .collect();
    let rows = columns[0].len();
    let cells: Vec<Option<FieldCells<'_>>> = columns
        .iter()
        .take(shipped.model.fields.len())
        .map(|column| Some(FieldCells { own: Box::new(|row: usize| column[row].as_str()), guardian: None }))
        .collect();
    let table = TableRecords::new(&shipped.model, rows, &cells);
    let records = table.records();
    let blocks = || Blocks::new(&shipped.model, &records);
    let linker = || Linker::new(&shipped.model, &shipped.trained, &records, blocks(), Scope::default());
    let mut group = c.benchmark_group("link");
    group.throughput(Throughput::Elements(rows as u64));
    group.bench_function("people to records", |b| {
        b.iter(|| TableRecords::new(&shipped.model, rows, &cells).records().len())
    });
    group.bench_function("records to blocks", |b| b.iter(blocks));
    group.bench_function("blocks to scored pairs", |b| {
        b.iter_batched(linker, |mut linker| linker.edges().len(), BatchSize::LargeInput);
    });
    let mut whole = linker();
    let edges = whole.edges();
    let nobody = vec![Default::default(); rows];
    let join = shipped.model.thresholds.join;
    group.bench_function("scored pairs to clusters", |b| {
        b.iter(|| whole.cluster(&edges, &nobody, &Decided { must: &[], cannot: &[] }, join).roots.len());
    });
    group.finish();
    let mut group = c.benchmark_group("compare");
    let pairs: Vec<(usize, usize)> = (0..1000).map(|i| (i % rows, (i * 7919 + 1) % rows)).collect();
    group.throughput(Throughput::Elements(pairs.len() as u64));
    let comparator = Comparator::new(&shipped.model, &records);
    group.bench_function("two records, all fields", |b| {
        b.iter(|| {
            let pattern = |&(x, y): &(usize, usize)| comparator.pattern(RecordNumber::new(x), RecordNumber::new(y));
            pairs.iter().map(pattern).fold(0, u64::wrapping_add)
        });
    });
    let address = |of: usize| columns[7][of].as_str();
    group.bench_function("Jaro-Winkler of addresses", |b| {
        b.iter(|| pairs.iter().map(|&(x, y)| jaro_winkler(address(x), address(y))).sum::<f32>());
    });
    group.bench_function("Damerau-Levenshtein of addresses", |b| {
        b.iter(|| pairs.iter().map(|&(x, y)| damerau(address(x), address(y))).sum::<usize>());
    });
    group.finish();
}

/// A fact of as many rows as a county has contacts: places of three levels, two kinds, persons.
fn fact() -> Frame {
    const ROWS: usize = 200_000;
    let text = |of: fn(usize) -> String| (0..ROWS).map(|row| Some(of(row))).collect();
    let whole = |of: fn(usize) -> usize| (0..ROWS).map(|row| i64::try_from(of(row)).ok()).collect();
    strings_and_ints(
        vec![
            ("village", text(|row| format!("370832{:06}", row * 7919 % 640))),
            ("town", text(|row| format!("370832{:03}", row * 7919 % 640 / 40))),
            ("kind", text(|row| ["hotline", "room", "visit", "group"][row % 4].to_owned())),
        ],
        vec![("person", whole(|row| row * 31 % 60_000)), ("day", whole(|row| 19_358 + row % 365))],
    )
    .expect("columns of one length")
}

fn numbers(c: &mut Criterion) {
    let fact = fact();
    let measures = [TallyMeasure::Rows, TallyMeasure::Distinct("person".to_owned())];
    let keys = ["village", "town", "kind"];
    let tally = || Tally::new(&fact, &keys, &measures).expect("columns").expect("whole numbers");
    let mut group = c.benchmark_group("numbers");
    group.throughput(Throughput::Elements(fact.rows() as u64));
    group.bench_function("columns coded for a tally", |b| b.iter(|| black_box(tally())));
    let made = tally();
    group.bench_function("rows and persons of town and kind", |b| {
        b.iter(|| made.groups(&["town", "kind"]).measures.len())
    });
    group.bench_function("rows and persons of village and kind", |b| {
        b.iter(|| made.groups(&["village", "kind"]).measures.len());
    });
    group.bench_function("digest of a fact by month", |b| b.iter(|| fact.digest(Some("day")).expect("columns").len()));
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let contacts = Contacts::made();
    read_and_validate(&mut criterion, &contacts);
    vault(&mut criterion, &contacts);
    link(&mut criterion, &contacts);
    numbers(&mut criterion);
    criterion.final_summary();
}
