//! A night whose inputs are those of the last run reuses what is published.

use std::fs::{self, DirEntry};
use std::path::Path;

use super::context::Night;
use super::judge::JudgedNight;
use super::record::Summary;
use super::targets;
use crate::epoch::Epochs;
use crate::error::{ErrorKind, Result, logged};
use crate::fingerprint::Fingerprint;
use crate::numbers::reuse::keys::is_recorded;
use crate::publish::{Manifest, damaged_outputs};
use crate::reuse::{Layer, Reuse};
use crate::store::private_state::{NUMBERS, PERSONS};

/// Unchanged since the last run: the current snapshot is what would be published again.
pub struct Unchanged {
    manifest: Manifest,
    /// The bytes of its files were looked at.
    seen_whole: bool,
}

impl Unchanged {
    /// Compares the night's fingerprint with that of the current snapshot, and sees that its files are whole, and those
    /// that the next night starts from. What is made anew for that is told in the summary.
    ///
    /// # Errors
    /// `Damaged` if the persons of the last run are not what was written: their keys cannot be made again.
    pub fn since_last_run(night: &Night<'_>, fingerprint: &str, summary: &mut Summary) -> Result<Option<Self>> {
        let path = night.store.current().join("manifest.json");
        let Some(manifest) = fs::read(path).ok().and_then(|b| serde_json::from_slice::<Manifest>(&b).ok()) else {
            return Ok(None);
        };
        let reuse = Layer::Night.compare(Some(manifest.fingerprint.as_str()), fingerprint);
        // What answers questions about the snapshot is made again where it is gone, as after a rebuild.
        let is_answered = night.store.persons().is_file() && night.store.facts().is_dir() && is_recorded(&night.store);
        if reuse != Reuse::Same || !is_answered || !night.config.query_tables.as_deref().is_none_or(holds_tables) {
            return Ok(None);
        }
        // What a run that died may have written is read before anything is built on it.
        if !night.state.is_recorded(PERSONS)? {
            return Ok(None);
        }
        match night.state.verify(NUMBERS) {
            Err(e) if e.kind == ErrorKind::Damaged => {
                let said = logged("已损坏；各项数字将重新计算", "is damaged; all numbers are counted anew");
                tracing::warn!(file = NUMBERS, "{said}");
                summary.made_anew.push(night.store.private().join(NUMBERS).display().to_string());
                return Ok(None);
            }
            checked => checked?,
        }
        if night.state.saw_published(night.config.verify_days) {
            return Ok(Some(Unchanged { manifest, seen_whole: false }));
        }
        let damaged = damaged_outputs(&night.store.current(), &manifest);
        for path in &damaged {
            let said = logged(
                "与发布时的内容不一致；快照将重新生成",
                "is not what was published there; the snapshot is made anew",
            );
            tracing::warn!(file = path, "{said}");
            summary.made_anew.push(night.store.current().join(path).display().to_string());
        }
        Ok(damaged.is_empty().then_some(Unchanged { manifest, seen_whole: true }))
    }

    /// Tells of the current snapshot as a night that had made it would.
    pub fn sum_up(self, night: &Night<'_>, summary: &mut Summary) -> Result<()> {
        summary.unchanged = true;
        summary.seen_whole = self.seen_whole;
        summary.snapshot = self.manifest.snapshot;
        summary.persons = self.manifest.persons;
        targets::count_published(summary, &night.schemas, &night.store)
    }
}

/// Whether tables for other engines were written into a folder.
fn holds_tables(folder: &Path) -> bool {
    let is_table = |entry: std::io::Result<DirEntry>| {
        entry.is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "parquet"))
    };
    fs::read_dir(folder).is_ok_and(|mut entries| entries.any(is_table))
}

impl JudgedNight {
    /// A hash over all that the published tables depend on.
    pub fn fingerprint(&self, night: &Night<'_>) -> String {
        let prepared = &self.read.prepared;
        let mut f = Fingerprint::new("night");
        f.written(&Epochs::NOW);
        add_settings(&mut f, night);
        f.list(prepared.population.rows(), |f, (code, year, residents)| {
            f.text(code).number(year).number(residents);
        });
        prepared.divisions.iter().for_each(|(code, name)| {
            f.text(code).text(name);
        });
        f.list(&self.ledger.partitions, |f, p| {
            f.text(&p.fingerprint);
        });
        f.written(&self.read.register);
        f.list(&prepared.folders, |f, finding| {
            f.text(&finding.file).text(&finding.sheet).text(finding.code.as_str());
            f.text(finding.severity.as_str()).text(&finding.detail.to_string());
        });
        f.number(self.totals.len() as u64);
        f.hex()
    }
}

fn add_settings(f: &mut Fingerprint, night: &Night<'_>) {
    let (hashes, c) = (&night.schemas.hashes, &night.config);
    f.text(&hashes.schemas).text(&hashes.indicators).text(&hashes.profiles).text(&hashes.norms);
    f.text(&hashes.disclosure).text(c.release.as_str()).number(c.release_day);
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
    f.text(c.hash.as_str()).text(&night.link.fingerprint).text(&night.decisions.to_text());
    f.bytes(&night.key.mac("fingerprint", b""));
}
