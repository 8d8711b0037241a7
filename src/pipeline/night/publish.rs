//! Last step: all tables in one folder, published by one rename.

use std::fs;
use std::path::Path;

use rayon::prelude::*;

use super::context::Night;
use super::count::CountedNight;
use super::labels;
use super::record::{Summary, now};
use super::targets;
use crate::catalogue::{Catalogue, Edition};
use crate::epoch::{self, Epochs};
use crate::error::{Error, Result};
use crate::numbers::facts::PeriodKind;
use crate::numbers::indicators::{Places, gaps_batch, indicator_batch, scorecard_batch};
use crate::numbers::make::NightRollup;
use crate::numbers::reuse::county_facts::remove_unused;
use crate::pipeline::linkage::linkage_note;
use crate::pipeline::outputs::{Outputs, copy_published, output};
use crate::pipeline::public_edition::{self, EditionNote, newest_edition};
use crate::publish::{
    FileTotals, Manifest, ManifestInput, ManifestOutput, WrittenFiles, describe, reconciliation, rejects,
};
use crate::schema::{Rollup, day};
use crate::store::snapshot::{SnapshotBuilder, prune};

/// The snapshot is current.
pub struct PublishedNight {
    pub snapshot: String,
    pub persons: u64,
    pub contradictory_decisions: u64,
    /// What could not be written that only saves time or space.
    unwritten: Vec<Error>,
}

impl PublishedNight {
    pub fn sum_up(self, summary: &mut Summary) {
        summary.snapshot = self.snapshot;
        summary.persons = self.persons;
        summary.contradictory_decisions = self.contradictory_decisions;
        summary.seen_whole = true;
        self.unwritten.into_iter().for_each(|e| summary.go_without(Err(e)));
    }
}

impl CountedNight<'_> {
    /// Publishes the night; before that `memories_kept` waits for what only the next run needs.
    pub fn publish(
        mut self,
        night: &Night<'_>,
        fingerprint: &str,
        summary: &mut Summary,
        memories_kept: impl FnOnce() -> Result<()>,
    ) -> Result<PublishedNight> {
        night.progress.begin("publish", 1);
        let builder = SnapshotBuilder::begin(&night.store, &night.started.replace([':', '-'], ""), fingerprint)?;
        let id = builder.id().to_owned();
        targets::count(summary, &self.numbers.scores);
        let mut written = WrittenFiles { outputs: self.write_tables(night, builder.dir())?, descriptions: Vec::new() };
        let (catalogue, as_of) = (Catalogue::of(&night.schemas), day::to_iso(night.config.as_of));
        let Night { config, schemas, store, progress, .. } = night;
        public_edition::publish(config, schemas, store, progress, builder.dir(), &mut written)?;
        describe(builder.dir(), &catalogue, Edition::Internal, &as_of, &mut written)?;
        night.progress.begin("finish", 1);
        self.write_manifest(night, builder.dir(), &id, fingerprint, written)?;
        // What the linkage keeps only saves the next run time.
        let mut unwritten: Vec<Error> = memories_kept().err().into_iter().collect();
        builder.publish()?;
        let mut record = std::mem::take(&mut self.numbers.record);
        record.snapshot.clone_from(&id);
        unwritten.extend(record.save(&night.store).err());
        remove_unused(&night.store, &record.facts);
        unwritten
            .extend(prune(&night.store, night.config.keep_snapshots, newest_edition(&night.store).as_deref()).err());
        Ok(PublishedNight {
            snapshot: id,
            persons: self.linkage.persons,
            contradictory_decisions: self.linkage.contradictory_decisions,
            unwritten,
        })
    }

    fn write_tables(&mut self, night: &Night<'_>, dir: &Path) -> Result<Vec<ManifestOutput>> {
        let rollups = std::mem::take(&mut self.numbers.rollups);
        // Each keeps a core busy for a while before it has something for all of them.
        let (indicators, rollups) =
            rayon::join(|| self.write_indicators(night, dir), || write_rollups(night, dir, rollups));
        let mut outputs = Outputs { dir: dir.to_owned(), written: indicators? };
        let scores = scorecard_batch(&self.numbers.scores)?;
        outputs.add(&Catalogue::scorecard(), [Ok(scores)])?;
        outputs.add(&Catalogue::gaps(), [gaps_batch(&self.numbers.scores)])?;
        outputs.written.extend(rollups?);
        outputs.add(&Catalogue::reconciliation(), [reconciliation(&self.judged.totals)])?;
        outputs.add(&Catalogue::rejects(), rejects(&self.judged.books(night).findings(), &night.schemas)?)?;
        labels::write(night, self.judged, &self.numbers.stations, &mut outputs)?;
        Ok(outputs.written)
    }

    fn write_indicators(&self, night: &Night<'_>, dir: &Path) -> Result<Vec<ManifestOutput>> {
        let (prepared, numbers) = (&self.judged.read.prepared, &self.numbers);
        let places = Places {
            divisions: &prepared.divisions,
            grid: &self.judged.grid,
            population: &prepared.population,
            coverage: &self.judged.coverage,
        };
        let write = |kind: &PeriodKind| {
            let periods: Vec<_> = numbers.periods.iter().filter(|p| p.kind == *kind).collect();
            let batches = night.schemas.indicators.iter().enumerate().map(|(index, indicator)| {
                let cells = |period: usize, level| numbers.of(index, periods[period], level);
                indicator_batch(indicator, &periods, &places, cells)
            });
            output(dir, &Catalogue::indicators_of(*kind), batches)
        };
        night.config.period_kinds.par_iter().map(write).collect()
    }

    fn write_manifest(
        &self,
        night: &Night<'_>,
        dir: &Path,
        id: &str,
        fingerprint: &str,
        written: WrittenFiles,
    ) -> Result<()> {
        let hashes = &night.schemas.hashes;
        let manifest = Manifest {
            tool: "xinhui".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            snapshot: id.to_owned(),
            as_of: day::to_iso(night.config.as_of),
            started: night.started.clone(),
            published: now(),
            settings: night.config.written.clone(),
            norms: serde_json::to_value(&night.config.norms).unwrap_or_default(),
            hashes: serde_json::json!({
                "schemas": hashes.schemas,
                "indicators": hashes.indicators,
                "profiles": hashes.profiles,
                "norms": hashes.norms,
                "disclosure": hashes.disclosure,
            }),
            generation: night.state.next_generation(),
            fingerprint: fingerprint.to_owned(),
            // An edition that was carried on is as old as its note says.
            epochs: Epochs {
                protection: EditionNote::of(dir).map_or(epoch::PROTECTION, |note| note.protection),
                ..Epochs::NOW
            },
            read_earlier: self.judged.read.ingested.read_earlier.clone(),
            persons: self.linkage.persons,
            person_ranges: serde_json::to_value(&self.ranges).unwrap_or_default(),
            linkage: linkage_note(&night.link),
            inputs: self.judged.totals.iter().map(manifest_input).collect(),
            outputs: written.outputs,
            descriptions: written.descriptions,
        };
        let path = dir.join("manifest.json");
        let text = serde_json::to_string_pretty(&manifest).map_err(|e| Error::output(&path, e))?;
        fs::write(&path, text + "\n").map_err(|e| Error::output(&path, e))
    }
}

fn write_rollups(night: &Night<'_>, dir: &Path, rollups: Vec<NightRollup<'_>>) -> Result<Vec<ManifestOutput>> {
    let write = |(rollup, of_night): (&Rollup, NightRollup<'_>)| {
        let table = match of_night {
            NightRollup::Counted(table) => table,
            NightRollup::SameFile(file) => {
                copy_published(&night.store, dir, &file.path)?;
                return Ok(file);
            }
        };
        let published = Catalogue::rollup(rollup, &night.schemas.facts);
        output(dir, &published, [table.finish(&published.schema(Edition::Internal))])
    };
    night.schemas.rollups.par_iter().zip(rollups).map(write).collect()
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
