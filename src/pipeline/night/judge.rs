//! Third step: every row gets its fate, and the sums must close.

use std::collections::BTreeSet;

use super::context::Night;
use super::read::Read;
use super::record::Summary;
use crate::diag::Code;
use crate::error::{Error, ErrorKind, Result, Words, words};
use crate::ledger::{Ledger, LedgerContext, Unjudged, evaluate};
use crate::numbers::indicators::{CellGrid, Coverage};
use crate::pipeline::accept::snapshot_rules;
use crate::pipeline::books::Books;
use crate::pipeline::config::today;
use crate::pipeline::key_people::VaultPeople;
use crate::pipeline::readiness::{of_periods, of_scopes};
use crate::publish::{FileTotals, RowCounts};
use crate::schema::{Problem, day};

/// Every row that was read has one fate, and accepted rows lie in the store.
pub struct JudgedNight {
    pub read: Read,
    pub ledger: Ledger,
    /// Rows of each file and sheet by fate.
    pub totals: Vec<FileTotals>,
    pub grid: CellGrid,
    pub coverage: Coverage,
}

impl Read {
    pub fn judge(self, night: &Night<'_>) -> Result<JudgedNight> {
        night.progress.begin("ledger", 1);
        let divisions = &self.prepared.divisions;
        let context = LedgerContext {
            store: &night.store,
            schemas: &night.schemas,
            divisions,
            as_of: night.config.as_of,
            snapshots: snapshot_rules(&night.config, &night.store)?,
            people: &VaultPeople { vault: &self.prepared.vault },
            unjudged: Unjudged::default(),
        };
        let ledger = evaluate(&context, &self.register)?;
        night.progress.end();
        let newest = ledger
            .partitions
            .iter()
            .filter_map(|p| Some((night.schemas.table(&p.dataset)?, p.county.as_str(), p.newest_knowledge()?)));
        let coverage = Coverage::new(night.config.data, newest);
        let grid = CellGrid::new(divisions);
        let mut judged = JudgedNight { read: self, ledger, totals: Vec::new(), grid, coverage };
        judged.totals = judged.books(night).totals();
        judged.closing_sums()?;
        Ok(judged)
    }
}

impl JudgedNight {
    /// What the quality tables are made of.
    pub fn books<'j>(&'j self, night: &'j Night<'_>) -> Books<'j> {
        Books {
            register: &self.read.register,
            partitions: &self.ledger.partitions,
            folders: &self.read.prepared.folders,
            schemas: &night.schemas,
        }
    }

    /// Every row that was read has one fate, or nothing is published.
    fn closing_sums(&self) -> Result<()> {
        let read: u64 = self.read.register.files.iter().flat_map(|f| &f.tables).map(|t| t.rows).sum();
        let mut sum = RowCounts::default();
        self.totals.iter().for_each(|line| add(&mut sum, &line.counts));
        let fates = sum.accepted + sum.rejected + sum.duplicate + sum.superseded + sum.void;
        let in_store: u64 = self.ledger.partitions.iter().map(|p| p.accepted_rows).sum();
        if read == sum.read && read == fates && in_store == sum.accepted {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Withheld,
            words!("收尾核对", "closing sums"),
            words!("读取 {read} 行，有去向的 {fates} 行，接收 {} 行，保留 {in_store} 行，合计不符；未发布任何内容", "{read} rows were read, {fates} have a fate, {} were accepted and {in_store} kept; nothing was published",
                sum.accepted
            ),
        )
        .hint(words!("请将此情况连同文件 `private/nights.jsonl` 一并报给维护人员", "please report this with the file `private/nights.jsonl`")))
    }

    /// Settings that bend the night and do not stop it.
    fn doubts(&self, night: &Night<'_>) -> Vec<Words> {
        let of_scopes = of_scopes(&night.config, &self.read.prepared.divisions);
        of_periods(&night.config).iter().chain(&of_scopes).map(Problem::line).collect()
    }

    /// Files with rows that were read before, and of which neither the name nor the content is in the inbox now.
    fn gone_files(&self) -> usize {
        let names: BTreeSet<&str> = self.read.prepared.files.iter().map(|file| file.name.as_str()).collect();
        let contents: BTreeSet<&str> = self.read.ingested.present.iter().map(|(_, sha256)| sha256.as_str()).collect();
        let known = self.read.register.files.iter().filter(|file| !file.tables.is_empty());
        let gone = known.filter(|file| !names.contains(&*file.file) && !contents.contains(&*file.sha256));
        gone.map(|file| &file.file).collect::<BTreeSet<_>>().len()
    }

    /// What a person is told of the files and their rows.
    pub fn summary(&self, night: &Night<'_>) -> Summary {
        let ingested = &self.read.ingested;
        let mut summary = Summary {
            as_of: day::to_iso(night.config.as_of),
            as_of_is_ahead: night.config.as_of > today(),
            doubts: self.doubts(night),
            files: self.read.prepared.files.len(),
            new_files: ingested.new_files,
            new_rows: ingested.new_rows,
            gone_files: self.gone_files(),
            made_anew: self.read.read_anew.clone(),
            read_again: ingested.read_again,
            read_earlier: ingested.read_earlier.clone(),
            ..Summary::default()
        };
        for line in &self.totals {
            add(&mut summary.rows, &line.counts);
            // Rows of a workbook that lies in the wrong folder take no part: no version of them stands.
            if line.refused != Some(Code::MendsUnknownFile) {
                summary.mended_rows += line.counts.rejected.saturating_sub(line.open_rejected + line.of_others);
            }
            if !ingested.present.contains(&line.outer) {
                continue;
            }
            if let Some(code) = line.refused {
                summary.refused.push(place(line));
                summary.refused_for.push(code.to_string());
            }
            if line.held_back {
                summary.held_back.push(place(line));
            }
            let share = line.open_rejected as f64 / line.counts.read.max(1) as f64;
            if share > night.config.max_rejected_share {
                summary.over_limit.push((place(line), share));
            }
        }
        for folder in &self.read.prepared.folders {
            summary.refused.push(folder.file.clone());
            summary.refused_for.push(folder.code.to_string());
        }
        let all_well = summary.refused.is_empty() && summary.over_limit.is_empty() && summary.held_back.is_empty();
        summary.exit_code = u8::from(!all_well);
        let of_ledger = self.ledger.partitions.iter().flat_map(|p| &p.made_anew);
        summary.made_anew.extend(of_ledger.map(|path| path.display().to_string()));
        summary
    }
}

fn place(line: &FileTotals) -> String {
    if line.sheet.is_empty() { line.file.clone() } else { format!("{} [{}]", line.file, line.sheet) }
}

fn add(sum: &mut RowCounts, counts: &RowCounts) {
    sum.read += counts.read;
    sum.accepted += counts.accepted;
    sum.rejected += counts.rejected;
    sum.duplicate += counts.duplicate;
    sum.superseded += counts.superseded;
    sum.void += counts.void;
    sum.warnings += counts.warnings;
}
