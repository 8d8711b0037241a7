//! One county's dataset: all its rows ever read, their fates, and what is kept of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::context::{days, judge, text};
use super::exports::{Exports, folder};
use super::fates::Versions;
use super::findings;
use super::inputs::{LedgerContext, Parents, TableOfFile};
use super::kept_files::{StateFiles, verify_parsed};
use super::keys::{KeyFates, KeyRows, flags, lines_of, row_states, starts};
use super::known::{KnownKeys, KnownRow};
use super::listing::{Judged, Listing, TableCounts, usable_tables};
use super::mended::Mended;
use super::register::TableEntry;
use super::shrink::Shrunk;
use crate::diag::{Detail, RowFinding};
use crate::epoch;
use crate::error::{Error, Result};
use crate::fingerprint::Fingerprint;
use crate::reuse::{Layer, Reuse};
use crate::schema::layout::{KEY, REJECTED, ROW_NUMBER, VOID, column_name, plain_schema};
use crate::schema::{Load, Role, Table};
use crate::store::Store;
use crate::store::sealed_file::{Sealed, read_sealed, write_sealed};
use crate::store::table_file::{read_table, write_table};

/// The accepted row's table: an index into the partition's tables.
const TABLE: &str = "_table";
/// The accepted row's 0-based index among the data rows of its table.
const ROW_INDEX: &str = "_row_index";
/// The accepted row's file, and sheet where there is one.
const FILE: &str = "_file";
const SHEET: &str = "_sheet";

/// Where an accepted row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedRow {
    /// Index into [`Partition::tables`].
    pub table: u32,
    /// 0-based among the data rows of its table.
    pub row_index: u32,
}

/// One county's dataset after the ledger.
#[derive(Clone, Debug)]
pub struct Partition {
    pub dataset: String,
    pub county: String,
    /// In the order of export date, path and sheet.
    pub tables: Vec<TableEntry>,
    pub counts: Vec<TableCounts>,
    /// Rejected rows of each table of which no later version stands.
    pub open_rejected: Vec<u64>,
    /// Rejected rows of each table of which a later version of their key stands, but for somebody else: nobody mended them.
    pub of_others: Vec<u64>,
    /// All of these, as ranges of rows, where some have no error of their own: the header of their table lacks a column.
    pub without_column: Vec<Vec<(u32, u32)>>,
    /// Why a table is held back: its export of a snapshot dataset lost too many keys. It is no newest
    /// knowledge of the county.
    pub held_back: Vec<Option<Shrunk>>,
    /// A newer export of a snapshot dataset stands in the table's stead; empty where the last run did not say.
    pub earlier: Vec<bool>,
    /// Tables that tell what the county knows: exports in force, empty or with a row that could be used.
    delivered: Vec<bool>,
    /// Rows of a marked workbook that take no part, because the file whose rows they mend is unknown or of elsewhere.
    unplaced: Vec<u64>,
    /// The folder below the inbox in which the rows that a marked workbook mends are sent, where that is another county's.
    elsewhere: Vec<Option<String>>,
    /// Tables of a content that was replaced under its path since.
    pub replaced: Vec<bool>,
    /// The folder below county and source in which each table's file lies.
    pub folders: Vec<String>,
    /// Accepted rows, sorted by key; `path` holds them.
    pub accepted_rows: u64,
    pub path: PathBuf,
    pub findings_path: PathBuf,
    /// The latest day of an accepted event.
    newest_event: Option<i32>,
    /// Changes when anything about the partition does.
    pub fingerprint: String,
    /// Changes when the known keys do; empty where no foreign key names the dataset.
    pub known_hash: String,
    /// Whether the rows are those of the last run or were judged tonight.
    pub reuse: Reuse,
    /// Stored files that were damaged or gone, for which alone the rows were judged again.
    pub made_anew: Vec<PathBuf>,
}

/// What the last run found, beside the accepted rows: the next run compares its key with it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    fingerprint: String,
    /// The last day on which a finding about a date in the future still holds.
    last_until_day: Option<i32>,
    as_of: i32,
    counts: Vec<TableCounts>,
    open_rejected: Vec<u64>,
    of_others: Vec<u64>,
    #[serde(default)]
    without_column: Vec<Vec<(u32, u32)>>,
    held_back: Vec<Option<Shrunk>>,
    #[serde(default)]
    earlier: Vec<bool>,
    #[serde(default)]
    delivered: Vec<bool>,
    #[serde(default)]
    unplaced: Vec<u64>,
    accepted_rows: u64,
    newest_event: Option<i32>,
    known_hash: String,
    /// SHA-256 of the files that stand beside the state.
    files: StateFiles,
}

/// Judges the rows of a partition, or reuses what the last run found when nothing that it depends on has changed.
/// Of a dataset that a foreign key names the known keys are kept, too.
pub(super) fn evaluate(
    context: &LedgerContext<'_>,
    table: &Table,
    county: &str,
    mut of_files: Vec<TableOfFile<'_>>,
    is_named: bool,
    (parents, parent_hashes): (&Parents, &BTreeMap<String, String>),
) -> Result<Partition> {
    // Of two workbooks that mend one row on one day the later one counts, whatever they are called.
    let saved = |t: &TableEntry| t.mends.as_ref().map_or((0, 0), |mends| mends.saved);
    let order = |t: &TableOfFile<'_>| (t.table.export_day, saved(t.table));
    let name =
        |t: &TableOfFile<'_>| (t.table.file.clone(), t.table.revision, t.table.sheet_index, t.table.sha256.clone());
    of_files.sort_by_cached_key(|t| (order(t), name(t)));
    let tables: Vec<&TableEntry> = of_files.iter().map(|t| t.table).collect();
    let exports = Exports::of(context, table, &of_files);
    let fingerprint = fingerprint(context, table, county, &tables, &exports, parent_hashes);
    let state_path = context.store.ledger(&table.name, county, "state.json");
    let path = context.store.accepted(&table.name, county);
    let findings_path = context.store.ledger(&table.name, county, "findings.parquet");
    let mut made_anew = Vec::new();
    let last = match read_sealed(&state_path)? {
        Sealed::Whole(bytes) => serde_json::from_slice::<State>(&bytes).ok(),
        Sealed::Missing => None,
        Sealed::Damaged => {
            made_anew.push(state_path.clone());
            None
        }
    };
    let key = |s: &State| (s.fingerprint.clone(), effective_day(s.last_until_day, s.as_of));
    let same = last.filter(|s| {
        let tonight = (fingerprint.clone(), effective_day(s.last_until_day, context.as_of));
        Layer::Ledger.compare(Some(&key(s)), &tonight) == Reuse::Same
    });
    let same = same.filter(|s| {
        let files = s.files.compared(context.store, &table.name, county, is_named);
        made_anew.extend(files.into_iter().filter(|(_, is_whole)| !is_whole).map(|(path, _)| path));
        made_anew.is_empty()
    });
    let (state, reuse) = match same {
        Some(state) => (state, Reuse::Same),
        None => {
            // Without its state, a partition that dies half written is evaluated again.
            let _ = std::fs::remove_file(&state_path);
            let rows = PartitionRows { context, table, county, tables: &tables, exports: &exports, is_named };
            let state = compute(rows, parents, fingerprint.clone())?;
            let bytes = serde_json::to_vec(&state).map_err(|e| Error::output(&state_path, e))?;
            write_sealed(&state_path, &bytes)?;
            (state, Reuse::Fresh)
        }
    };
    Ok(Partition {
        dataset: table.name.clone(),
        county: county.to_owned(),
        tables: tables.into_iter().cloned().collect(),
        counts: state.counts,
        open_rejected: state.open_rejected,
        of_others: state.of_others,
        without_column: state.without_column,
        held_back: state.held_back,
        earlier: state.earlier,
        delivered: state.delivered,
        unplaced: state.unplaced,
        elsewhere: of_files.iter().map(|t| t.elsewhere.clone()).collect(),
        replaced: of_files.iter().map(|t| t.replaced).collect(),
        folders: of_files.iter().map(|t| folder(&t.file.file).to_owned()).collect(),
        accepted_rows: state.accepted_rows,
        newest_event: state.newest_event,
        path,
        findings_path,
        fingerprint: format!("{fingerprint}@{}", effective_day(state.last_until_day, context.as_of)),
        known_hash: state.known_hash,
        reuse,
        made_anew,
    })
}

/// Dates in the future make findings; a later `as_of` lifts them, and only they depend on it.
fn effective_day(last_until_day: Option<i32>, as_of: i32) -> i32 {
    last_until_day.map_or(i32::MIN, |last| last.min(as_of))
}

fn fingerprint(
    context: &LedgerContext<'_>,
    table: &Table,
    county: &str,
    tables: &[&TableEntry],
    exports: &Exports,
    parent_hashes: &BTreeMap<String, String>,
) -> String {
    let mut fingerprint = Fingerprint::new("ledger partition");
    fingerprint.number(epoch::LEDGER).text(&context.schemas.hashes.schemas).text(county);
    fingerprint.list(tables, |f, t| {
        f.written(t);
    });
    fingerprint.list(&exports.number, |f, number| {
        f.number(*number);
    });
    for of_tables in [&exports.elsewhere, &exports.gone] {
        fingerprint.list(of_tables, |f, holds| {
            f.number(u8::from(*holds));
        });
    }
    if table.load == Load::Snapshot {
        fingerprint.bytes(&context.snapshots.min_share.to_le_bytes()).number(context.snapshots.least_keys);
        fingerprint.list(&exports.of_table, |f, export| {
            f.number(export.scope).number(export.export_day).number(u8::from(export.accepted));
        });
    }
    if table.fields.iter().any(|f| f.division.is_some()) {
        let codes: Vec<&str> = context.divisions.iter().map(|(code, _)| code).collect();
        fingerprint.list(codes, |f, code| {
            f.text(code);
        });
    }
    for fk in &table.foreign_keys {
        let parents = context.schemas.counting_as(&fk.table);
        for (name, hash) in parent_hashes {
            let (dataset, of) = name.split_once('/').unwrap_or_default();
            if parents.iter().any(|t| t.name == dataset) && (fk.city_wide || of == county) {
                fingerprint.text(name).text(hash);
            }
        }
    }
    fingerprint.hex()
}

/// The files of a store's ledger, each with whether it is what was written; what is not the next night makes anew.
pub fn compared_states(store: &Store, partitions: &[(&str, &str, bool)]) -> Result<Vec<(PathBuf, bool)>> {
    let mut files = Vec::new();
    for (dataset, county, is_named) in partitions {
        let path = store.ledger(dataset, county, "state.json");
        let state = match read_sealed(&path)? {
            Sealed::Whole(bytes) => serde_json::from_slice::<State>(&bytes).ok(),
            Sealed::Missing | Sealed::Damaged => None,
        };
        files.push((path, state.is_some()));
        // Of what no state vouches for nobody can tell.
        files.extend(state.into_iter().flat_map(|s| s.files.compared(store, dataset, county, *is_named)));
    }
    Ok(files)
}

/// What a partition is evaluated from.
#[derive(Clone, Copy)]
struct PartitionRows<'a> {
    context: &'a LedgerContext<'a>,
    table: &'a Table,
    county: &'a str,
    /// In their order.
    tables: &'a [&'a TableEntry],
    exports: &'a Exports,
    /// A foreign key names the dataset.
    is_named: bool,
}

/// A table's rows with their findings, and the last day on which a finding about a date in the future holds.
fn judge_table(
    rows: PartitionRows<'_>,
    t: &TableEntry,
    parents: &Parents,
) -> Result<(RecordBatch, Vec<RowFinding>, Option<i32>)> {
    let PartitionRows { context, table, county, .. } = rows;
    verify_parsed(context.store, t)?;
    let parts: Vec<RecordBatch> =
        read_table(&context.store.parsed(&table.name, &t.id), None)?.collect::<Result<_>>()?;
    let rows = concat_batches(&plain_schema(table), &parts)
        .map_err(|e| Error::bug(format!("rows of {}/{county}", table.name)).caused_by(e))?;
    let mut of_table = findings::read(&context.store.parsed_findings(&table.name, &t.id))?;
    let until_day = of_table.iter().filter_map(|f| f.until_day).max();
    of_table.retain(|f| f.until_day.is_none_or(|day| context.as_of < day));
    let void = flags(&rows, VOID);
    let rejected = flags(&rows, REJECTED);
    let is_skipped = |row: usize| void.value(row) || t.shifted && rejected.value(row);
    of_table.extend(judge(context, table, county, parents, &rows, &is_skipped));
    of_table.sort_by(|a, b| (a.row_index, &a.field, a.code).cmp(&(b.row_index, &b.field, b.code)));
    Ok((rows, of_table, until_day))
}

fn compute(rows: PartitionRows<'_>, parents: &Parents, fingerprint: String) -> Result<State> {
    let PartitionRows { context, table, county, tables, exports, is_named } = rows;
    let wrong = |e| Error::bug(format!("rows of {}/{county}", table.name)).caused_by(e);
    let schema = plain_schema(table);
    let judged: Vec<(RecordBatch, Vec<RowFinding>, Option<i32>)> =
        tables.par_iter().map(|t| judge_table(rows, t, parents)).collect::<Result<_>>()?;
    let last_until_day = judged.iter().filter_map(|(.., until_day)| *until_day).max();
    let (batches, mut row_findings): (Vec<RecordBatch>, Vec<Vec<RowFinding>>) =
        judged.into_iter().map(|(rows, of_table, _)| (rows, of_table)).unzip();
    let starts = starts(&batches);
    let line_of = lines_of(&batches);
    let mut states = row_states(table, &exports.of_table, &batches, &row_findings);
    let mended = Mended::lay((table.load, exports), tables, &batches, &starts, &mut states);
    let versions = Versions::of(&states);
    let keys = KeyRows {
        table,
        people: context.people,
        tables,
        exports: &exports.number,
        of_table: &exports.of_table,
        starts: &starts,
        min_share: context.snapshots.min_share,
        least_keys: context.snapshots.least_keys,
        line_of: &line_of,
    };
    let KeyFates { fates, held_back, earlier, shared } = keys.judge(&mut states, &versions, &mut row_findings)?;
    let judged = Judged {
        tables,
        starts: &starts,
        states: &states,
        versions: &versions,
        fates: &fates,
        mended: &mended,
        shared: &shared,
    };
    let listing = judged.list(&mut row_findings)?;
    let usable = usable_tables(tables, &states, &fates.of_row);
    let in_force = |t: usize| held_back[t].is_none() && !(table.load == Load::Snapshot && earlier[t]);
    let delivered = usable.iter().enumerate().map(|(t, usable)| *usable && in_force(t)).collect();
    let places: Vec<u32> = states.iter().map(|s| s.place).collect();
    drop(states);
    let all = concat_batches(&schema, &batches).map_err(wrong)?;
    let mut keys_hash = String::new();
    if is_named {
        let known = known_keys(table, &all, &fates.known);
        known.save(&context.store.ledger(&table.name, county, "known.parquet"))?;
        keys_hash = known_hash(&known);
    }
    write_accepted(rows, &starts, &all, &fates.accepted)?;
    write_findings(rows, &batches, &row_findings, &listing, &places)?;
    Ok(State {
        files: StateFiles::of(context.store, &table.name, county, is_named)?,
        fingerprint,
        last_until_day,
        as_of: context.as_of,
        counts: listing.counts,
        open_rejected: listing.open_rejected,
        of_others: listing.of_others,
        without_column: listing.without_column,
        held_back,
        earlier,
        delivered,
        unplaced: mended.unknown,
        accepted_rows: fates.accepted.len() as u64,
        newest_event: newest_event(table, &all, &fates.accepted),
        known_hash: keys_hash,
    })
}

fn newest_event(table: &Table, all: &RecordBatch, accepted: &[u32]) -> Option<i32> {
    let field = table.field(table.event_date.as_deref()?)?;
    let events = days(all, &column_name(field))?;
    accepted.iter().map(|row| *row as usize).filter(|row| events.is_valid(*row)).map(|row| events.value(row)).max()
}

fn known_keys(table: &Table, all: &RecordBatch, rows: &[u32]) -> KnownKeys {
    let keys = text(all, KEY).expect("the key column");
    let column =
        |field: Option<&str>| field.and_then(|name| table.field(name)).and_then(|f| text(all, &column_name(f)));
    let divisions = column(table.division_field.as_deref());
    let fields: Vec<_> = table.place_fields.iter().map(|name| column(Some(name))).collect();
    let events = table.event_date.as_deref().and_then(|n| table.field(n)).and_then(|f| days(all, &column_name(f)));
    let mut known = KnownKeys { fields: table.place_fields.clone(), ..KnownKeys::default() };
    for row in rows {
        let row = *row as usize;
        let given = |a: Option<&StringArray>| a.filter(|a| a.is_valid(row)).map(|a| a.value(row).to_owned());
        known.rows.insert(
            keys.value(row).to_owned(),
            KnownRow {
                division_code: given(divisions),
                fields: fields.iter().map(|column| given(*column)).collect(),
                event_day: events.filter(|e| e.is_valid(row)).map(|e| e.value(row)),
            },
        );
    }
    known
}

fn known_hash(known: &KnownKeys) -> String {
    let mut sorted: Vec<_> = known.rows.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    let mut fingerprint = Fingerprint::new("known keys");
    fingerprint.list(sorted, |f, (key, row)| {
        // Of a parent's own values only the day judges its children; the rest is read anew.
        f.text(key);
        match row.event_day {
            Some(day) => f.number(day),
            None => f.nothing(),
        };
    });
    fingerprint.hex()
}

/// Accepted rows sorted by key: the plain fields, and where each row comes from.
fn write_accepted(rows: PartitionRows<'_>, starts: &[u32], all: &RecordBatch, accepted: &[u32]) -> Result<()> {
    let PartitionRows { context, table, county, tables, .. } = rows;
    let wrong = |e| Error::bug(format!("accepted rows of {}/{county}", table.name)).caused_by(e);
    let origins: Vec<AcceptedRow> = accepted
        .iter()
        .map(|row| {
            let t = starts.partition_point(|s| s <= row) - 1;
            // Empty tables share a start with the table after them; the last one holds the row.
            AcceptedRow { table: t as u32, row_index: row - starts[t] }
        })
        .collect();
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    let mut names = vec![ROW_NUMBER.to_owned()];
    names.extend(
        table
            .fields
            .iter()
            .filter(|f| crate::schema::layout::is_plain(f) && !matches!(f.role, Role::Void))
            .map(column_name),
    );
    for name in names {
        let (index, field) = all.schema_ref().column_with_name(&name).expect("a plain column");
        fields.push(field.clone());
        columns.push(all.column(index).clone());
    }
    let plain = RecordBatch::try_new(Arc::new(Schema::new(fields.clone())), columns).map_err(wrong)?;
    let plain = take_record_batch(&plain, &UInt32Array::from(accepted.to_vec())).map_err(wrong)?;
    let mut columns = plain.columns().to_vec();
    let text = |of: &dyn Fn(&TableEntry) -> &str| {
        Arc::new(origins.iter().map(|o| Some(of(tables[o.table as usize]))).collect::<StringArray>()) as ArrayRef
    };
    columns.push(text(&|t| &t.file));
    columns.push(text(&|t| &t.sheet));
    columns.push(Arc::new(origins.iter().map(|o| Some(o.table)).collect::<UInt32Array>()));
    columns.push(Arc::new(origins.iter().map(|o| Some(o.row_index)).collect::<UInt32Array>()));
    fields.push(Field::new(FILE, DataType::Utf8, false));
    fields.push(Field::new(SHEET, DataType::Utf8, false));
    fields.push(Field::new(TABLE, DataType::UInt32, false));
    fields.push(Field::new(ROW_INDEX, DataType::UInt32, false));
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(wrong)?;
    write_table(&context.store.accepted(&table.name, county), &batch, &BTreeMap::new())
}

/// Findings of accepted and rejected rows, with the row's place and key, the table in whose export it stands, and where
/// the last row stands that says the same.
fn write_findings(
    rows: PartitionRows<'_>,
    batches: &[RecordBatch],
    row_findings: &[Vec<RowFinding>],
    listing: &Listing,
    place_of_row: &[u32],
) -> Result<()> {
    let PartitionRows { context, table, county, .. } = rows;
    let flat: Vec<RowFinding> = row_findings.iter().flatten().cloned().collect();
    let starts = starts(batches);
    let line_of = lines_of(batches);
    let mut tables = Vec::with_capacity(flat.len());
    let mut places = Vec::with_capacity(flat.len());
    let mut numbers = Vec::with_capacity(flat.len());
    let mut keys: Vec<Option<&str>> = Vec::with_capacity(flat.len());
    for (t, of_table) in row_findings.iter().enumerate() {
        let row_keys = text(&batches[t], KEY).expect("the key column");
        for f in of_table {
            let row = f.row_index as usize;
            tables.push(t as u32);
            places.push(place_of_row[starts[t] as usize + row]);
            numbers.push(line_of(starts[t] + f.row_index));
            keys.push(row_keys.is_valid(row).then(|| row_keys.value(row)));
        }
    }
    let table_of = |row: u32| starts.partition_point(|s| *s <= row) - 1;
    let again: Vec<usize> = listing.again.iter().map(|row| table_of(*row)).collect();
    let again_rows = listing.again.iter().zip(&again).map(|(row, t)| row - starts[*t]);
    let shared: Vec<Option<u32>> = listing.shared.iter().map(|row| row.map(&line_of)).collect();
    let batch = findings::to_batch(&flat)?;
    let mut fields: Vec<Arc<Field>> = batch.schema().fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    let number = |all: Vec<u32>| Arc::new(UInt32Array::from(all)) as ArrayRef;
    for (name, ty, null, column) in [
        ("table", DataType::UInt32, false, number(tables)),
        ("place", DataType::UInt32, false, number(places)),
        ("row_number", DataType::UInt32, false, number(numbers)),
        ("again_table", DataType::UInt32, false, number(again.iter().map(|t| *t as u32).collect())),
        ("again_row", DataType::UInt32, false, number(again_rows.collect())),
        ("again_number", DataType::UInt32, false, number(listing.again.iter().map(|row| line_of(*row)).collect())),
        ("shared_number", DataType::UInt32, true, Arc::new(UInt32Array::from(shared)) as ArrayRef),
        ("record_key", DataType::Utf8, true, Arc::new(StringArray::from(keys)) as ArrayRef),
        ("mended", DataType::Boolean, false, Arc::new(BooleanArray::from(listing.done.clone())) as ArrayRef),
        ("settled", DataType::Boolean, false, Arc::new(BooleanArray::from(listing.settled.clone())) as ArrayRef),
    ] {
        fields.push(Arc::new(Field::new(name, ty, null)));
        columns.push(column);
    }
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
        .map_err(|e| Error::bug("findings").caused_by(e))?;
    write_table(&context.store.ledger(&table.name, county, "findings.parquet"), &batch, &BTreeMap::new())
}

impl Partition {
    /// The column of the accepted rows that says which of the tables a row is of.
    pub const TABLE: &str = TABLE;

    /// The day of the newest accepted event.
    pub fn newest_event(&self) -> Option<i32> {
        self.newest_event
    }

    /// The exports that tell what the county knows: not those that are held back, and none of which no row could be
    /// used.
    pub fn deliveries(&self) -> impl Iterator<Item = &TableEntry> {
        self.tables.iter().zip(&self.delivered).filter(|(_, delivered)| **delivered).map(|(table, _)| table)
    }

    /// The day of the county's newest knowledge of the dataset: the latest of the dates of its exports, those
    /// that are held back aside, and of its accepted events.
    pub fn newest_knowledge(&self) -> Option<i32> {
        let is_export = |t: &TableEntry| t.mends.is_none();
        let in_force =
            self.tables.iter().zip(&self.held_back).filter(|(t, held_back)| held_back.is_none() && is_export(t));
        in_force.map(|(t, _)| t.export_day).chain(self.newest_event).max()
    }

    /// The same of what could be used: the latest of the dates of its deliveries and of its accepted events.
    pub fn newest_usable(&self) -> Option<i32> {
        self.deliveries().map(|t| t.export_day).chain(self.newest_event).max()
    }

    /// What there is to say of the rows of a table that take no part, because what they mend is not known here.
    pub fn unplaced(&self, table: usize) -> Option<Detail> {
        let rows = self.unplaced.get(table).copied().filter(|rows| *rows > 0)?;
        Some(match self.elsewhere[table].clone() {
            Some(folder) => Detail::OfFolder { rows, folder },
            None => Detail::Rows(rows),
        })
    }

    /// Record keys, event days and origins of the accepted rows, in the file's order.
    pub fn accepted(&self, table: &Table) -> Result<(StringArray, Option<arrow::array::Int32Array>, Vec<AcceptedRow>)> {
        let event = table.event_date.as_deref().and_then(|n| table.field(n)).map(column_name);
        let mut names: Vec<&str> = table.primary_key.iter().map(String::as_str).collect();
        names.extend(event.as_deref());
        names.extend([TABLE, ROW_INDEX]);
        let batches: Vec<RecordBatch> = read_table(&self.path, Some(&names))?.collect::<Result<_>>()?;
        let wrong = |e| Error::bug("accepted rows").caused_by(e);
        let Some(first) = batches.first() else {
            return Ok((StringArray::from(Vec::<&str>::new()), None, Vec::new()));
        };
        let all = concat_batches(first.schema_ref(), &batches).map_err(wrong)?;
        let numbers = |name: &str| -> &UInt32Array {
            all.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("a column of ours")
        };
        let (tables, rows) = (numbers(TABLE), numbers(ROW_INDEX));
        let origins =
            (0..all.num_rows()).map(|i| AcceptedRow { table: tables.value(i), row_index: rows.value(i) }).collect();
        let keys = text(&all, &table.primary_key[0]).expect("the key field").clone();
        let events = event.and_then(|name| days(&all, &name).cloned());
        Ok((keys, events, origins))
    }
}
