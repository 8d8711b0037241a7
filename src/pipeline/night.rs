//! One night, whole.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::accept::snapshot_rules;
use super::carry::KeptKeys;
use super::config::{Config, schema_files};
use super::county_facts::sweep;
use super::heal::{read_again, read_gone_again};
use super::inbox;
use super::ingest::Ingest;
use super::key_people::KeptPeople;
use super::linkage::{linkage_model, linkage_note, load_decisions};
use super::night_record::{NightRecord, Summary, note, now};
use super::numbers::{NightRollup, NumberInputs, Numbers};
use super::outputs::{Outputs, output, take_over};
use super::persons::{NightPersons, identify};
use super::progress::Progress;
use super::reader_process::Limits;
use super::reading::Reading;
use super::reference::reference;
use super::standing::damaged_outputs;
use crate::catalogue::{Catalogue, Edition};
use crate::diag::FileFinding;
use crate::epoch::Epochs;
use crate::error::{Error, ErrorKind, Result};
use crate::facts::PeriodKind;
use crate::fingerprint::Fingerprint;
use crate::indicators::{CellGrid, Coverage, Population, Verdict, indicator_batch, scorecard_batch};
use crate::ledger::{Ledger, LedgerContext, Register, SnapshotScope, TableCounts, evaluate};
use crate::link::review::Decisions;
use crate::link::{LinkModel, LinkSettings};
use crate::publish::{
    FileTotals, Manifest, ManifestInput, ManifestOutput, QualityInputs, reconciliation, rejects, totals,
};
use crate::schema::divisions::Divisions;
use crate::schema::{Rollup, SchemaFiles, Schemas, day};
use crate::store::key::SecretKey;
use crate::store::layout::Store;
use crate::store::lock::{Holder, StoreLock};
use crate::store::private_state::{PERSONS, PrivateState, REGISTER};
use crate::store::snapshot::{SnapshotBuilder, prune};
use crate::store::vault::Vault;

/// Runs the night of a config.
///
/// # Errors
/// Whatever stops a run; nothing is half published then.
pub fn run(config_path: &Path, schemas_dir: Option<&Path>, progress: &Progress) -> Result<Summary> {
    let files = schema_files(schemas_dir)?;
    let schemas = Schemas::from_files(&files)?;
    let config = Config::read(config_path, &schemas)?;
    let key = SecretKey::read(&config.key_file, config.hash)?;
    let store = Store::open(&config.store)?;
    let _lock = StoreLock::take(&store, Holder::Run)?;
    run_locked(OpenedStore { config, schemas, files: &files, schemas_dir, key, store }, progress)
}

/// A store that is locked for a night, with its settings.
pub(super) struct OpenedStore<'a> {
    pub config: Config,
    pub schemas: Schemas,
    pub files: &'a SchemaFiles,
    /// Where the declarations come from, for the processes that read files.
    pub schemas_dir: Option<&'a Path>,
    pub key: SecretKey,
    pub store: Store,
}

/// A night in a store that is locked.
///
/// # Errors
/// As [`run`].
pub(super) fn run_locked(opened: OpenedStore<'_>, progress: &Progress) -> Result<Summary> {
    let started = now();
    let store = opened.store.clone();
    let process = std::process::id();
    let begun = NightRecord {
        started: started.clone(),
        process,
        ended: String::new(),
        error: String::new(),
        summary: Summary::default(),
    };
    // A full disk of logs stops no night.
    let noted = note(&store, &begun);
    let mut result = begin_and_run(opened, progress, started.clone());
    if let Ok(summary) = &mut result {
        summary.go_without(noted);
    }
    let mut record = NightRecord { ended: now(), ..begun };
    match &result {
        Ok(summary) => record.summary = summary.clone(),
        Err(e) => {
            record.error = e.to_string();
            record.summary.exit_code = e.kind.exit_code();
        }
    }
    let noted = note(&store, &record);
    if let Ok(summary) = &mut result {
        summary.go_without(noted);
    }
    result
}

/// Sees that the private state is whole, runs the night, and vouches for what it left.
fn begin_and_run(opened: OpenedStore<'_>, progress: &Progress, started: String) -> Result<Summary> {
    let OpenedStore { config, schemas, files, schemas_dir, key, store } = opened;
    let mut state = PrivateState::open(&store)?;
    state.verify("identities/vault.json")?;
    state.verify(REGISTER)?;
    state.verify_of_commands()?;
    let link = linkage_model(files, &store)?;
    let decisions = load_decisions(&store)?;
    state.begin()?;
    let night = Night { config, schemas, schemas_dir, link, decisions, key, store, progress, started, state: &state };
    let mut made_anew = Vec::new();
    let mut summary = loop {
        match night.run() {
            // What is damaged again after its export was read again is no matter of that export.
            Err(e)
                if e.kind == ErrorKind::Damaged
                    && !made_anew.contains(&e.place)
                    && read_again(&night.config, &night.store, &e.place)? =>
            {
                tracing::warn!(file = e.place, "{}; its export is read again", e.message);
                made_anew.push(e.place);
            }
            result => break result?,
        }
    };
    summary.made_anew.append(&mut made_anew);
    let seen_whole = summary.seen_whole;
    state.end(seen_whole)?;
    Ok(summary)
}

struct Night<'a> {
    config: Config,
    schemas: Schemas,
    schemas_dir: Option<&'a Path>,
    link: LinkModel,
    decisions: Decisions,
    key: SecretKey,
    store: Store,
    progress: &'a Progress,
    started: String,
    state: &'a PrivateState,
}

/// A night whose rows all have their fates.
struct JudgedNight<'a> {
    ledger: &'a Ledger,
    quality: &'a QualityInputs<'a>,
    lines: &'a [FileTotals],
    divisions: &'a Divisions,
    population: &'a Population,
    fingerprint: String,
}

impl Night<'_> {
    fn run(&self) -> Result<Summary> {
        self.progress.begin("reference", 1);
        let (divisions, population) = reference(&self.config, &self.schemas, self.schemas_dir)?;
        let vault = Vault::open(&self.store.identities(), &self.key)?;
        let (files, mut folders) = inbox::list(&self.config.inbox, &self.config.reference, &divisions)?;
        let mut register = Register::load(&self.store)?;
        let read_anew = read_gone_again(&self.config, &self.store, &self.schemas, &mut register)?;
        let ingest = Ingest {
            reading: Reading {
                schemas: &self.schemas,
                store: &self.store,
                vault: &vault,
                as_of: self.config.as_of,
                content_key: self.key.derive("content"),
            },
            limits: Limits {
                memory_mb: self.config.reader_memory_mb,
                seconds: self.config.reader_seconds,
                schemas_dir: self.schemas_dir.map(Path::to_owned),
            },
            quiet_seconds: self.config.quiet_seconds,
            progress: self.progress,
        };
        let ingested = ingest.run(&files, &mut register)?;
        folders.extend(ingested.left);
        register.save(&self.store)?;
        self.progress.begin("ledger", 1);
        let context = LedgerContext {
            store: &self.store,
            schemas: &self.schemas,
            divisions: &divisions,
            as_of: self.config.as_of,
            snapshots: snapshot_rules(&self.config, &self.store)?,
            people: &KeptPeople { vault: &vault },
        };
        let ledger = evaluate(&context, &register)?;
        self.progress.end();
        let quality = QualityInputs {
            register: &register,
            partitions: &ledger.partitions,
            folders: &folders,
            schemas: &self.schemas,
        };
        let lines = totals(&quality);
        self.closing_sums(&register, &ledger, &lines)?;

        let mut summary = Summary {
            as_of: day::to_iso(self.config.as_of),
            files: files.len(),
            new_files: ingested.new_files,
            new_rows: ingested.new_rows,
            made_anew: read_anew,
            read_again: ingested.read_again,
            read_earlier: ingested.read_earlier,
            ..Summary::default()
        };
        for line in &lines {
            add(&mut summary.rows, &line.counts);
            if !ingested.present.contains(&line.outer) {
                continue;
            }
            if line.refused {
                summary.refused.push(place(line));
            }
            if line.held_back {
                summary.held_back.push(place(line));
            }
            let share = line.open_rejected as f64 / line.counts.read.max(1) as f64;
            if share > self.config.max_rejected_share {
                summary.over_limit.push((place(line), share));
            }
        }
        summary.refused.extend(folders.iter().map(|f| f.file.clone()));
        let all_well = summary.refused.is_empty() && summary.over_limit.is_empty() && summary.held_back.is_empty();
        summary.exit_code = u8::from(!all_well);

        let fingerprint = self.fingerprint(&ledger, &lines, &folders, &divisions, &population, &register);
        if let Some((before, seen_whole)) = self.standing(&fingerprint) {
            summary.unchanged = true;
            summary.seen_whole = seen_whole;
            summary.snapshot = before.snapshot;
            summary.persons = before.persons;
            self.count_verdicts(&mut summary)?;
        } else {
            let (ledger, quality, lines) = (&ledger, &quality, &lines);
            let (divisions, population) = (&divisions, &population);
            let judged = JudgedNight { ledger, quality, lines, divisions, population, fingerprint };
            self.state.verify(PERSONS)?;
            self.publish(&mut summary, &vault, judged)?;
            summary.seen_whole = true;
        }
        self.progress.end();
        summary.stages = self.progress.took().into_iter().map(|(name, took)| (name, took.as_secs_f64())).collect();
        Ok(summary)
    }

    /// The manifest of the current snapshot, when it was made of the very same things and its files are what
    /// it says; and whether their bytes were looked at for that.
    fn standing(&self, fingerprint: &str) -> Option<(Manifest, bool)> {
        let path = self.store.current().join("manifest.json");
        let manifest: Manifest = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        if manifest.fingerprint != fingerprint || !self.store.persons().is_file() {
            return None;
        }
        if self.state.saw_published(self.config.verify_days) {
            return Some((manifest, false));
        }
        let damaged = damaged_outputs(&self.store.current(), &manifest);
        for path in &damaged {
            tracing::warn!(file = path, "is not what was published there; the snapshot is made anew");
        }
        damaged.is_empty().then_some((manifest, true))
    }

    /// Every row that was read has one fate.
    fn closing_sums(&self, register: &Register, ledger: &Ledger, lines: &[FileTotals]) -> Result<()> {
        let read: u64 = register.files.iter().flat_map(|f| &f.tables).map(|t| t.rows).sum();
        let mut sum = TableCounts::default();
        lines.iter().for_each(|l| add(&mut sum, &l.counts));
        let fates = sum.accepted + sum.rejected + sum.duplicate + sum.superseded + sum.void;
        let kept: u64 = ledger.partitions.iter().map(|p| p.accepted_rows).sum();
        if read == sum.read && read == fates && kept == sum.accepted {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Withheld,
            "closing sums",
            format!(
                "{read} rows were read, {fates} have a fate, {} were accepted and {kept} kept; nothing was published",
                sum.accepted
            ),
        )
        .hint("please report this with the file `private/nights.jsonl`"))
    }

    /// A hash over all that the published tables depend on.
    fn fingerprint(
        &self,
        ledger: &Ledger,
        lines: &[FileTotals],
        folders: &[FileFinding],
        divisions: &Divisions,
        population: &Population,
        register: &Register,
    ) -> String {
        let mut f = Fingerprint::new("night");
        f.written(&Epochs::NOW);
        self.fingerprint_of_settings(&mut f);
        f.list(population.rows(), |f, (code, year, residents)| {
            f.text(code).number(year).number(residents);
        });
        divisions.iter().for_each(|(code, name)| {
            f.text(code).text(name);
        });
        f.list(&ledger.partitions, |f, p| {
            f.text(&p.fingerprint);
        });
        f.written(register);
        f.list(folders, |f, finding| {
            f.text(&finding.file).text(&finding.sheet).text(finding.code.as_str());
            f.text(finding.severity.as_str()).text(&finding.detail);
        });
        f.number(lines.len() as u64);
        f.hex()
    }

    fn fingerprint_of_settings(&self, f: &mut Fingerprint) {
        let (hashes, c) = (&self.schemas.hashes, &self.config);
        f.text(&hashes.schemas).text(&hashes.indicators).text(&hashes.profiles).text(&hashes.norms);
        f.written(&c.norms).number(c.as_of).number(c.periods_from);
        f.number(c.data.from_day).number(c.data.stale_days).number(c.data.stale_site_days);
        f.list(&c.period_kinds, |f, kind| {
            f.text(kind.as_str());
        });
        match &c.profiles {
            Some(names) => f.list(names, |f, name| {
                f.text(name);
            }),
            None => f.nothing(),
        };
        f.list(&c.overlays, |f, overlay| {
            f.text(&overlay.profile).list(&overlay.divisions, |f, code| {
                f.text(code);
            });
        });
        f.text(c.hash.as_str()).text(&self.link.fingerprint).text(&self.decisions.to_text());
        f.bytes(&self.key.mac("fingerprint", b""));
    }

    fn publish(&self, summary: &mut Summary, vault: &Vault, judged: JudgedNight<'_>) -> Result<()> {
        let today = self.config.as_of;
        let settings = LinkSettings { model: &self.link, decisions: &self.decisions, today, memory: None };
        let (persons, unkept) = identify(
            &self.store,
            vault,
            &self.key,
            &self.schemas,
            &judged.ledger.partitions,
            self.config.snapshot_scope == SnapshotScope::Folder,
            &settings,
            self.progress,
        )?;
        // What only the next night needs is written beside the work on this one's numbers.
        std::thread::scope(|scope| {
            let keeping = scope.spawn(move || unkept.keep(vault));
            let kept = move || keeping.join().map_err(|_| Error::bug("a memory could not be kept"))?;
            self.publish_persons(summary, persons, judged, kept)
        })
    }

    fn publish_persons(
        &self,
        summary: &mut Summary,
        persons: NightPersons,
        judged: JudgedNight<'_>,
        memory_kept: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        let JudgedNight { ledger, quality, lines, divisions, population, fingerprint } = judged;
        summary.contradictory_decisions = persons.summary.contradictory_decisions;
        summary.persons = persons.summary.persons;
        let ranges = serde_json::to_value(&persons.ranges).unwrap_or_default();
        let grid = CellGrid::new(divisions);
        let newest = ledger
            .partitions
            .iter()
            .filter_map(|p| Some((self.schemas.table(&p.dataset)?, p.county.as_str(), p.newest_knowledge()?)));
        let coverage = Coverage::new(self.config.data, newest);
        let inputs = NumberInputs {
            config: &self.config,
            schemas: &self.schemas,
            divisions,
            grid: &grid,
            population,
            coverage: &coverage,
            parents: &ledger.parents,
            partitions: &ledger.partitions,
            store: &self.store,
            progress: self.progress,
        };
        let mut numbers = inputs.run(&persons)?;
        let kept = KeptKeys {
            snapshot: String::new(),
            keys: std::mem::take(&mut numbers.keys),
            facts: std::mem::take(&mut numbers.facts),
        };
        drop(persons);
        self.progress.begin("publish", 1);
        let mut id = format!("{}-{}", self.started.replace([':', '-'], ""), &fingerprint[..8]);
        if self.store.current_id().as_ref() == Some(&id) {
            // Made anew, because it is damaged, within the second in which it was published.
            id.push_str("-2");
        }
        let builder = SnapshotBuilder::begin(&self.store, &id)?;
        let mut outputs = Outputs { dir: builder.dir().to_owned(), written: Vec::new() };
        for score in &numbers.scores {
            count_verdict(summary, score.verdict.as_str());
            if matches!(score.verdict, Verdict::NotMet | Verdict::Behind) {
                let value = score.value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
                summary.shortfalls.push([
                    score.profile.clone(),
                    score.division_name.clone(),
                    score.indicator.clone(),
                    value,
                    format!("{} {}", score.op, score.target),
                ]);
            }
        }
        let rollups = std::mem::take(&mut numbers.rollups);
        // Each keeps a core busy for a while before it has something for all of them.
        let (indicators, rollups) = rayon::join(
            || self.write_indicators(builder.dir(), &numbers, divisions, &grid, population, &coverage),
            || self.write_rollups(builder.dir(), rollups),
        );
        outputs.written.extend(indicators?);
        let scores = scorecard_batch(&numbers.scores)?;
        outputs.add(&Catalogue::scorecard(), [Ok(scores)])?;
        outputs.written.extend(rollups?);
        outputs.add(&Catalogue::reconciliation(), [reconciliation(lines)])?;
        outputs.add(&Catalogue::rejects(), rejects(quality)?)?;
        let manifest = Manifest {
            tool: "xinhui".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            snapshot: id.clone(),
            as_of: day::to_iso(self.config.as_of),
            started: self.started.clone(),
            published: now(),
            settings: self.config.written.clone(),
            norms: serde_json::to_value(&self.config.norms).unwrap_or_default(),
            hashes: serde_json::json!({
                "schemas": self.schemas.hashes.schemas,
                "indicators": self.schemas.hashes.indicators,
                "profiles": self.schemas.hashes.profiles,
                "norms": self.schemas.hashes.norms,
            }),
            generation: self.state.next_generation(),
            fingerprint,
            epochs: Epochs::NOW,
            read_earlier: summary.read_earlier.clone(),
            persons: summary.persons,
            person_ranges: ranges,
            linkage: linkage_note(&self.link),
            inputs: lines.iter().map(manifest_input).collect(),
            outputs: outputs.written,
        };
        let path = builder.dir().join("manifest.json");
        let text = serde_json::to_string_pretty(&manifest).map_err(|e| Error::output(&path, e))?;
        fs::write(&path, text + "\n").map_err(|e| Error::output(&path, e))?;
        // What is remembered only saves the next night time.
        summary.go_without(memory_kept());
        builder.publish()?;
        let kept = KeptKeys { snapshot: id.clone(), ..kept };
        summary.go_without(kept.save(&self.store));
        sweep(&self.store, &kept.facts);
        summary.snapshot = id;
        summary.go_without(prune(&self.store, self.config.keep_snapshots).map(drop));
        Ok(())
    }

    fn write_indicators(
        &self,
        dir: &Path,
        numbers: &Numbers<'_>,
        divisions: &Divisions,
        grid: &CellGrid,
        population: &Population,
        coverage: &Coverage,
    ) -> Result<Vec<ManifestOutput>> {
        let write = |kind: &PeriodKind| {
            let periods: Vec<_> = numbers.periods.iter().filter(|p| p.kind == *kind).collect();
            let batches = self.schemas.indicators.iter().enumerate().map(|(index, indicator)| {
                indicator_batch(indicator, &periods, divisions, grid, population, coverage, |period, level| {
                    numbers.of(index, periods[period], level)
                })
            });
            output(dir, &Catalogue::indicators_of(*kind), batches)
        };
        self.config.period_kinds.par_iter().map(write).collect()
    }

    fn write_rollups(&self, dir: &Path, rollups: Vec<NightRollup<'_>>) -> Result<Vec<ManifestOutput>> {
        let write = |(rollup, of_night): (&Rollup, NightRollup<'_>)| {
            let table = match of_night {
                NightRollup::Counted(table) => table,
                NightRollup::Whole(file) => {
                    take_over(&self.store, dir, &file.path)?;
                    return Ok(file);
                }
            };
            let published = Catalogue::rollup(rollup, &self.schemas.facts);
            output(dir, &published, [table.finish(&published.schema(Edition::Internal))])
        };
        self.schemas.rollups.par_iter().zip(rollups).map(write).collect()
    }

    /// Verdicts of the standing snapshot, for the summary of a night that changed nothing.
    fn count_verdicts(&self, summary: &mut Summary) -> Result<()> {
        use arrow::array::{Array, Float64Array, StringArray};
        let path = self.store.current().join(Catalogue::scorecard().path(Edition::Internal));
        for batch in crate::store::table_file::read_table(&path, None)? {
            let batch = batch?;
            let text = |name: &str| -> &StringArray {
                batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("a text column")
            };
            let number = |name: &str| -> &Float64Array {
                batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref()).expect("a number column")
            };
            for row in 0..batch.num_rows() {
                let verdict = text("verdict").value(row);
                count_verdict(summary, verdict);
                if matches!(verdict, "not_met" | "behind") {
                    let value = number("value");
                    summary.shortfalls.push([
                        text("profile").value(row).to_owned(),
                        text("division_name").value(row).to_owned(),
                        text("indicator").value(row).to_owned(),
                        if value.is_valid(row) { format!("{:.2}", value.value(row)) } else { "-".to_owned() },
                        format!("{} {}", text("op").value(row), number("target").value(row)),
                    ]);
                }
            }
        }
        Ok(())
    }
}

fn manifest_input(line: &FileTotals) -> ManifestInput {
    ManifestInput {
        path: line.file.clone(),
        sheet: line.sheet.clone(),
        dataset: line.dataset.clone(),
        sha256: line.sha256.clone(),
        rows: line.counts.clone(),
    }
}

fn place(line: &FileTotals) -> String {
    if line.sheet.is_empty() { line.file.clone() } else { format!("{} [{}]", line.file, line.sheet) }
}

fn add(sum: &mut TableCounts, counts: &TableCounts) {
    sum.read += counts.read;
    sum.accepted += counts.accepted;
    sum.rejected += counts.rejected;
    sum.duplicate += counts.duplicate;
    sum.superseded += counts.superseded;
    sum.void += counts.void;
    sum.warnings += counts.warnings;
}

fn count_verdict(summary: &mut Summary, verdict: &str) {
    match verdict {
        "met" => summary.met += 1,
        "not_met" => summary.not_met += 1,
        "on_track" => summary.on_track += 1,
        "behind" => summary.behind += 1,
        "incomplete" => summary.incomplete += 1,
        _ => summary.no_data += 1,
    }
}
