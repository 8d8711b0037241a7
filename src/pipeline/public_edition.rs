//! The public edition of a night: published when it is due; in between, the last one stays byte for byte.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray};
use arrow::compute::kernels::zip::zip;
use arrow::compute::{concat_batches, interleave_record_batch};
use arrow::error::ArrowError;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::config::{Config, Release};
use super::outputs::{copy_labels, copy_published, output};
use crate::catalogue::{Catalogue, Edition, PublishedTable};
use crate::epoch;
use crate::error::{Error, ErrorKind, Result, logged, words};
use crate::progress::Progress;
use crate::protect::audit::audit;
use crate::protect::edition::{Protected, protect};
use crate::protect::faults::Audit;
use crate::protect::history::EarlierEdition;
use crate::protect::inputs::{Inputs, is_public};
use crate::protect::period_names::longer;
use crate::publish::{
    Manifest, ManifestDescription, ManifestOutput, WrittenFiles, column, describe, published_paths, write,
};
use crate::schema::disclosure::PublicPolicy;
use crate::schema::{PeriodKind, Schemas, day};
use crate::store::table_file::{read_table, write_table};
use crate::store::{Store, copy_file, hash_file, hex};

/// What is kept of an edition beside its tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionNote {
    /// The day that the numbers look back from.
    pub as_of: String,
    /// SHA-256 of the policy.
    pub policy: String,
    /// Kinds of periods of the tables of indicators.
    pub kinds: Vec<String>,
    /// Small cells, and hidden ones in all.
    pub small: usize,
    pub hidden: usize,
    /// The epoch of the protection that made it.
    #[serde(default = "epoch::first")]
    pub protection: u32,
    /// Whether closed periods stayed at a revision, because revised ones could not be shown to be safe: it is still to come.
    #[serde(default)]
    pub revision_is_due: bool,
}

/// The folder of what is kept of an edition.
pub(super) const DISCLOSURE: &str = "internal/disclosure";

/// The exact tables that an edition was made of.
const EXACT: &str = "internal/disclosure/exact";

impl EditionNote {
    /// The note of the edition in a snapshot; `None` where there is none.
    pub fn of(snapshot: &Path) -> Option<EditionNote> {
        serde_json::from_slice(&fs::read(snapshot.join(DISCLOSURE).join("edition.json")).ok()?).ok()
    }

    fn as_of(&self) -> i32 {
        day::parse_iso(&self.as_of).unwrap_or(i32::MIN)
    }

    /// The edition itself, in a folder, beside one by the policy of this hash.
    fn edition(&self, folder: &Path, policy: &str) -> EarlierEdition {
        let (exact, public, as_of) = (folder.join(EXACT), folder.join("public"), self.as_of());
        let (same_policy, revision_is_due) = (self.policy == policy, self.revision_is_due);
        EarlierEdition { exact, public, as_of, same_policy, revision_is_due }
    }

    fn kinds(&self) -> Vec<PeriodKind> {
        self.kinds.iter().filter_map(|k| PeriodKind::parse(k)).collect()
    }
}

/// Publishes the edition into the snapshot that is being built, whose exact tables stand; notes its files.
///
/// # Errors
/// `Unsafe`: it cannot be shown that small cells stay open. `Output`.
pub(super) fn publish(
    config: &Config,
    schemas: &Schemas,
    store: &Store,
    progress: &Progress,
    dir: &Path,
    written: &mut WrittenFiles,
) -> Result<()> {
    if config.release == Release::Off {
        return Ok(());
    }
    let current = last_kept(store);
    let before = EditionNote::of(&current);
    // After nights without any, one is due.
    let stands = before.as_ref().filter(|_| EditionNote::of(&store.current()).is_some());
    if let Some(note) = stands.filter(|note| !is_due(note, config, schemas)) {
        tracing::info!(edition = note.as_of, "{}", logged("公开版保持不变", "the public edition stays as it is"));
        return carry_on(store, dir, written);
    }
    progress.begin("exact", 1);
    let catalogue = Catalogue::of(schemas);
    let policy = &schemas.disclosure.public;
    let has = |t: &&PublishedTable| is_public(t, policy) && dir.join(t.path(Edition::Internal)).is_file();
    let tables: Vec<&PublishedTable> = catalogue.tables.iter().filter(has).collect();
    let is_due = |b: &&EditionNote| b.revision_is_due || policy.revises(b.as_of(), config.as_of);
    let mut frozen = before.as_ref().filter(|b| !is_due(b));
    let lay = |frozen: Option<&EditionNote>| -> Result<Vec<ManifestOutput>> {
        tables.iter().map(|table| lay_exact(table, dir, &current, frozen)).collect()
    };
    let mut laid = lay(frozen)?;
    let inputs = Inputs {
        catalogue: &catalogue,
        schemas,
        exact: dir.join(EXACT),
        kinds: PeriodKind::ALL.into_iter().filter(|k| config.period_kinds.contains(k)).collect(),
        as_of: config.as_of,
        protection: epoch::PROTECTION,
        before: before.as_ref().map(|b| (current.join(EXACT), current.join("public"), b.as_of())),
    };
    progress.begin("protect", 1);
    let is_changed = before.as_ref().is_some_and(|b| b.policy != schemas.disclosure.hash);
    let mut protected = protect(&inputs);
    let stays = before.as_ref().filter(|_| frozen.is_none() && !is_changed);
    if let Some(note) = stays.filter(|_| protected.as_ref().is_err_and(|e| e.kind == ErrorKind::Unsafe)) {
        tracing::warn!(
            "{}",
            logged("修订不能证明安全，已结束的周期保持原样", "the revision is not shown to be safe and waits")
        );
        (frozen, laid) = (Some(note), lay(Some(note))?);
        protected = protect(&inputs);
    }
    let protected = protected.map_err(|e| if is_changed { after_another_policy(e) } else { e })?;
    written.outputs.append(&mut laid);
    progress.begin("edition", 1);
    let written_anew = |table: &&PublishedTable| write_public(dir, table, &protected, policy);
    written.outputs.extend(tables.par_iter().map(written_anew).collect::<Result<Vec<_>>>()?);
    copy_labels(dir, &catalogue, &mut written.outputs)?;
    describe(dir, &catalogue, Edition::Public, &day::to_iso(config.as_of), written)?;
    write_disclosure(dir, &protected, &inputs, written)?;
    progress.begin("audit", 1);
    // The last gate: the edition as it lies there, by the witnesses as they lie there.
    // Closed periods stay, so the edition before stands for those before it.
    let last = before.as_ref().map(|b| b.edition(&current, &schemas.disclosure.hash));
    let found = audit(&inputs, &dir.join("public"), &dir.join(DISCLOSURE), last.as_slice())?;
    refuse(&found).map_err(|e| if is_changed { after_another_policy(e) } else { e })?;
    let note = EditionNote {
        as_of: day::to_iso(config.as_of),
        policy: schemas.disclosure.hash.clone(),
        kinds: inputs.kinds.iter().map(|k| k.as_str().to_owned()).collect(),
        small: found.small,
        hidden: found.hidden,
        protection: epoch::PROTECTION,
        revision_is_due: frozen.is_some_and(|b| is_due(&b)),
    };
    written.descriptions.push(write_note(dir, &note)?);
    Ok(())
}

/// What is shown of a table.
fn write_public(
    dir: &Path,
    table: &PublishedTable,
    protected: &Protected,
    policy: &PublicPolicy,
) -> Result<ManifestOutput> {
    let of_rollup = table.rollup().is_some();
    let lowest = if of_rollup { policy.rollups_lowest_level } else { policy.lowest_level };
    let batches = protected.batches(table, &dir.join(EXACT).join(&table.file), lowest)?;
    let (rows, sha256) = write(dir, table, Edition::Public, batches)?;
    Ok(ManifestOutput { path: table.path(Edition::Public), sha256, rows })
}

fn write_note(dir: &Path, note: &EditionNote) -> Result<ManifestDescription> {
    let path = dir.join(DISCLOSURE).join("edition.json");
    let text = serde_json::to_string_pretty(note).map_err(|e| Error::output(&path, e))?;
    fs::write(&path, text + "\n").map_err(|e| Error::output(&path, e))?;
    Ok(ManifestDescription { path: format!("{DISCLOSURE}/edition.json"), sha256: hex(&hash_file(&path)?) })
}

/// The snapshot with the last edition that is kept: the current one, or one before it where editions were off since.
fn last_kept(store: &Store) -> PathBuf {
    let current = store.current();
    let kept = newest_edition(store).filter(|_| EditionNote::of(&current).is_none());
    kept.map_or(current, |id| store.snapshots().join(id))
}

/// The edition that is in force, with its snapshot: the current one's, or the newest that is kept.
pub fn last_edition(store: &Store) -> Option<(String, EditionNote)> {
    let current = store.current_id().and_then(|id| Some((id, EditionNote::of(&store.current())?)));
    current.or_else(|| {
        let id = newest_edition(store)?;
        let note = EditionNote::of(&store.snapshots().join(&id))?;
        Some((id, note))
    })
}

/// The newest snapshot that holds an edition: what was published then is known for good.
pub(super) fn newest_edition(store: &Store) -> Option<String> {
    store.snapshot_ids().into_iter().rev().find(|id| EditionNote::of(&store.snapshots().join(id)).is_some())
}

/// Lays an exact table beside the edition, with the closed periods of the edition before where these are frozen.
fn lay_exact(
    table: &PublishedTable,
    dir: &Path,
    current: &Path,
    frozen: Option<&EditionNote>,
) -> Result<ManifestOutput> {
    let (from, to) = (dir.join(table.path(Edition::Internal)), dir.join(EXACT).join(&table.file));
    fs::create_dir_all(to.parent().unwrap_or(dir)).map_err(|e| Error::output(&to, e))?;
    let earlier = current.join(EXACT).join(&table.file);
    // What lies there may be the very file of the exact table.
    fs::remove_file(&to).or_else(|e| if e.kind() == NotFound { Ok(()) } else { Err(Error::output(&to, e)) })?;
    match frozen.filter(|_| earlier.is_file()) {
        None => copy_file(&from, &to)?,
        Some(note) => {
            let merged = with_closed_periods(table, &from, &earlier, note.as_of())?;
            write_table(&to, &merged, &std::collections::BTreeMap::new())?;
        }
    }
    noted(dir, &to)
}

/// What was hidden and why, and the witnesses: for the office itself.
fn write_disclosure(dir: &Path, protected: &Protected, inputs: &Inputs<'_>, written: &mut WrittenFiles) -> Result<()> {
    for (table, batch) in protected.disclosure(inputs)? {
        written.outputs.push(output(dir, &table, [Ok(batch)])?);
    }
    Ok(())
}

fn refuse(found: &Audit) -> Result<()> {
    if found.wrong_in_all == 0 {
        return Ok(());
    }
    let faults = found.wrong_in_all;
    let message = found.wrong[0].at(words!(
        "审核发现 {faults} 处问题，未发布任何内容",
        "the audit found {faults} faults; nothing was published",
    ));
    Err(Error::new(ErrorKind::Unsafe, words!("公开版", "public edition"), message)
        .hint(words!("请将此情况报给维护人员", "please report this")))
}

/// What an edition by another policy showed cannot be taken back.
fn after_another_policy(e: Error) -> Error {
    e.hint(words!(
        "上一版是按另一套规则公布的，其中显示过的数已为人所知，新规则下不一定还能隐去：请改回原来的 schemas/disclosure.toml",
        "the last edition was made by another policy, and what it showed is known, so that it can perhaps not be hidden by \
         the new one: go back to the schemas/disclosure.toml of before"
    ))
}

/// A new edition is due: each night, or on the first night on or after its day of the month, or when the policy
/// has changed.
fn is_due(note: &EditionNote, config: &Config, schemas: &Schemas) -> bool {
    if note.policy != schemas.disclosure.hash || config.release == Release::Nightly {
        return true;
    }
    let (year, month, of_month) = day::civil(config.as_of);
    let this = day::from_ymd(year, month, u32::from(config.release_day));
    let last_due = match this {
        Some(due) if of_month >= u32::from(config.release_day) => due,
        _ => {
            let (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
            day::from_ymd(year, month, u32::from(config.release_day)).unwrap_or(i32::MIN)
        }
    };
    note.as_of() < last_due
}

/// The files of the edition before, byte for byte.
fn carry_on(store: &Store, dir: &Path, written: &mut WrittenFiles) -> Result<()> {
    let path = store.current().join("manifest.json");
    let bytes = fs::read(&path).map_err(|e| Error::unreadable_store(&path, e))?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|e| Error::damaged(&path, words!("已损坏", "is damaged")).caused_by(e))?;
    for (path, sha256) in published_paths(&manifest).filter(|(path, _)| is_of_edition(path)) {
        copy_published(store, dir, path)?;
        if hex(&hash_file(&dir.join(path))?) != sha256 {
            return Err(Error::damaged(
                &store.current().join(path),
                words!("与发布时的内容不一致", "is not what was published"),
            ));
        }
    }
    written.outputs.extend(manifest.outputs.into_iter().filter(|file| is_of_edition(&file.path)));
    written.descriptions.extend(manifest.descriptions.into_iter().filter(|file| is_of_edition(&file.path)));
    Ok(())
}

/// Whether a file of a snapshot belongs to its public edition, which may be older than the night.
pub(super) fn is_of_edition(path: &str) -> bool {
    path.starts_with("public/") || path.starts_with(DISCLOSURE)
}

fn noted(dir: &Path, path: &Path) -> Result<ManifestOutput> {
    let rows = read_table(path, Some(&[]))?.map(|b| b.map(|b| b.num_rows() as u64)).sum::<Result<u64>>()?;
    let below = path.strip_prefix(dir).unwrap_or(path).to_string_lossy().into_owned();
    Ok(ManifestOutput { path: below, sha256: hex(&hash_file(path)?), rows })
}

fn whole(path: &Path) -> Result<RecordBatch> {
    let batches = read_table(path, None)?.collect::<Result<Vec<_>>>()?;
    let schema = crate::store::table_file::columns_of(path)?;
    concat_batches(&schema, &batches).map_err(|e| Error::bug("a table in one").caused_by(e))
}

/// A table in which closed periods stand as the edition before had them.
fn with_closed_periods(table: &PublishedTable, now: &Path, before: &Path, as_of: i32) -> Result<RecordBatch> {
    let (now, before) = (whole(now)?, whole(before)?);
    let keys: Vec<&str> =
        table.keys().filter(|k| k.ty == crate::catalogue::ColumnType::Text).map(|k| k.name.as_str()).collect();
    let closed: Vec<bool> = match before.column_by_name("complete") {
        Some(_) => {
            let complete: &BooleanArray = column(&before, "complete")?;
            (0..before.num_rows()).map(|row| complete.value(row)).collect()
        }
        None => {
            let due: &Date32Array = column(&before, "due")?;
            (0..before.num_rows()).map(|row| due.value(row) <= as_of).collect()
        }
    };
    let mut taken: Vec<(usize, usize)> = Vec::with_capacity(now.num_rows());
    if table.rollup().is_some() {
        // A row stands only where there is something: closed periods have the rows that they had, and where they had
        // none, none comes beside a longer one that stays.
        let key = |batch: &RecordBatch| -> Result<Vec<String>> {
            let columns = keys.iter().map(|k| column(batch, k)).collect::<Result<Vec<&StringArray>>>()?;
            let of = |row: usize| columns.iter().map(|c| c.value(row)).collect::<Vec<_>>().join("\u{1}");
            Ok((0..batch.num_rows()).map(of).collect())
        };
        let (keys_now, keys_before) = (key(&now)?, key(&before)?);
        let (was, is): (&StringArray, &StringArray) = (column(&before, "period")?, column(&now, "period")?);
        let periods: BTreeSet<&str> = (0..before.num_rows()).filter(|r| closed[*r]).map(|r| was.value(r)).collect();
        let mut rows: Vec<(&str, (usize, usize))> = Vec::new();
        for (row, key) in keys_now.iter().enumerate() {
            let period = is.value(row);
            if !periods.contains(period) && !longer(period).iter().any(|longer| periods.contains(&**longer)) {
                rows.push((key, (0, row)));
            }
        }
        for (row, key) in keys_before.iter().enumerate() {
            if closed[row] {
                rows.push((key, (1, row)));
            }
        }
        rows.sort();
        taken.extend(rows.into_iter().map(|r| r.1));
    } else if same_columns(&now, &before, &keys) {
        return closed_of_same_rows(&now, &before, closed);
    } else {
        let [keys_now, keys_before] = numbered(&now, &before, &keys)?;
        let of: HashMap<u128, usize, foldhash::fast::FixedState> =
            keys_before.into_iter().enumerate().filter(|(row, _)| closed[*row]).map(|(row, k)| (k, row)).collect();
        taken.extend(keys_now.iter().enumerate().map(|(row, key)| of.get(key).map_or((0, row), |before| (1, *before))));
    }
    interleave_record_batch(&[&now, &before], &taken).map_err(|e| Error::bug("closed periods").caused_by(e))
}

/// Whether two tables have the same rows in the same order: most nights end in the month of the one before.
fn same_columns(now: &RecordBatch, before: &RecordBatch, keys: &[&str]) -> bool {
    keys.iter().all(|key| now.column_by_name(key) == before.column_by_name(key))
}

/// The rows of `before` where they are closed, else those of `now`, which are of the same keys.
fn closed_of_same_rows(now: &RecordBatch, before: &RecordBatch, closed: Vec<bool>) -> Result<RecordBatch> {
    let wrong = |e: ArrowError| Error::bug("closed periods").caused_by(e);
    let closed = BooleanArray::from(closed);
    // Names and dates are the same in both, and need no copy.
    let merge = |(now, before): (&ArrayRef, &ArrayRef)| {
        if now == before { Ok(Arc::clone(now)) } else { zip(&closed, before, now).map_err(wrong) }
    };
    let columns: Vec<ArrayRef> = now.columns().par_iter().zip(before.columns()).map(merge).collect::<Result<_>>()?;
    RecordBatch::try_new(now.schema(), columns).map_err(wrong)
}

/// The keys of the rows of two tables as numbers, the same number for the same key.
fn numbered(now: &RecordBatch, before: &RecordBatch, keys: &[&str]) -> Result<[Vec<u128>; 2]> {
    let mut out = [vec![0_u128; now.num_rows()], vec![0_u128; before.num_rows()]];
    for key in keys {
        let columns: [&StringArray; 2] = [column(now, key)?, column(before, key)?];
        let mut numbers: HashMap<&str, u128> = HashMap::new();
        let of_text: Vec<Vec<u128>> = columns
            .iter()
            .map(|column| {
                let mut last = ("", None);
                let mut of = |text| {
                    if last.1.is_none() || last.0 != text {
                        let next = numbers.len() as u128;
                        last = (text, Some(*numbers.entry(text).or_insert(next)));
                    }
                    last.1.unwrap_or_default()
                };
                (0..column.len()).map(|row| of(column.value(row))).collect()
            })
            .collect();
        let many = numbers.len().max(1) as u128;
        for (out, of_text) in out.iter_mut().zip(of_text) {
            out.iter_mut().zip(of_text).for_each(|(out, number)| *out = *out * many + number);
        }
    }
    Ok(out)
}

/// The editions of the snapshots that are kept beside one and older than it, each once.
fn earlier_editions(snapshot: &Path, note: &EditionNote) -> Vec<EarlierEdition> {
    let Ok(snapshot) = snapshot.canonicalize() else { return Vec::new() };
    let beside = snapshot.parent().and_then(|folder| fs::read_dir(folder).ok());
    let mut folders: Vec<PathBuf> = beside.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| *folder < snapshot);
    folders.sort();
    let mut seen: Vec<EditionNote> = vec![note.clone()];
    let mut editions = Vec::new();
    for folder in folders.into_iter().rev() {
        let Some(of_folder) = EditionNote::of(&folder) else { continue };
        if !seen.contains(&of_folder) {
            editions.push(of_folder.edition(&folder, &note.policy));
            seen.push(of_folder);
        }
    }
    editions
}

/// What the edition of a snapshot was made of.
pub(super) fn inputs_of<'a>(
    snapshot: &Path,
    schemas: &'a Schemas,
    catalogue: &'a Catalogue,
    note: &EditionNote,
) -> Inputs<'a> {
    Inputs {
        catalogue,
        schemas,
        exact: snapshot.join(EXACT),
        kinds: note.kinds(),
        as_of: note.as_of(),
        protection: note.protection,
        before: None,
    }
}

/// That a snapshot has no public edition, and how one comes about.
pub(super) fn no_edition(snapshot: &Path) -> Error {
    Error::usage(snapshot.display(), words!("没有公开版", "has no public edition"))
        .hint(words!("配置中 `[public] release` 决定是否发布公开版", "`[public] release` of the config publishes one"))
}

/// What an audit of the current edition, or of a snapshot's, says.
///
/// # Errors
/// `Usage`: there is no edition. `Output`: it cannot be read.
pub fn verify_edition(snapshot: &Path, schemas: &Schemas) -> Result<(EditionNote, Audit)> {
    let note = EditionNote::of(snapshot).ok_or_else(|| no_edition(snapshot))?;
    if note.policy != schemas.disclosure.hash {
        // By the rules of another policy everything would seem wrong.
        let mut found = Audit::default();
        found.fault(|| {
            words!(
                "该版是按另一套规则制作的，无法用当前规则审核：请用 --schemas 给出制作时的规则",
                "the edition was made with another policy, and is not audited by this one: name that one by --schemas"
            )
        });
        return Ok((note, found));
    }
    let catalogue = Catalogue::of(schemas);
    let inputs = inputs_of(snapshot, schemas, &catalogue, &note);
    let public = snapshot.join("public");
    let found = audit(&inputs, &public, &snapshot.join(DISCLOSURE), &earlier_editions(snapshot, &note))?;
    Ok((note, found))
}
