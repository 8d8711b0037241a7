//! The books of a night: what became of every file ever read, and every finding, as the ledger has them, in the
//! plain form in which they are published.

use crate::diag::{Code, Detail, FileFinding, Severity};
use crate::ledger::{FileEntry, FindingEntry, Partition, Register, TableCounts, TableEntry};
use crate::publish::{FilePlaceFinding, FileTotals, FindingPlace, NightFindings, RowCounts, RowFindingsFile};
use crate::schema::{Schemas, Source};

/// What the books are made of.
pub struct Books<'a> {
    pub register: &'a Register,
    pub partitions: &'a [Partition],
    /// Findings about folders of the inbox, and about files that were not read, of tonight.
    pub folders: &'a [FileFinding],
    pub schemas: &'a Schemas,
}

impl Books<'_> {
    /// The lines of the reconciliation, sorted.
    pub fn totals(&self) -> Vec<FileTotals> {
        let mut lines = Vec::new();
        for file in &self.register.files {
            let line = |of: &str, sheet: &str, sha256: &str| FileTotals {
                county: file.county.clone(),
                source: file.source.as_str().to_owned(),
                file: of.to_owned(),
                sheet: sheet.to_owned(),
                sha256: sha256.to_owned(),
                outer: (file.file.clone(), file.sha256.clone()),
                ..FileTotals::default()
            };
            let warnings = |of: &str, sheet: &str| {
                file.findings
                    .iter()
                    .filter(|f| f.file == of && f.sheet == sheet && f.severity() == Severity::Warning)
                    .map(|f| f.detail.stands_for())
                    .sum::<u64>()
            };
            for table in &file.tables {
                let mut total = line(&table.file, &table.sheet, &table.sha256);
                total.dataset.clone_from(&table.dataset);
                total.not_data = table.not_data;
                let found = self
                    .partitions
                    .iter()
                    .filter(|p| p.dataset == table.dataset && p.county == file.county)
                    .find_map(|p| p.tables.iter().position(|t| t == table).map(|at| (p, at)));
                if let Some((p, at)) = found {
                    total.counts = row_counts(&p.counts[at]);
                    total.open_rejected = p.open_rejected[at];
                    total.of_others = p.of_others[at];
                    total.held_back = p.held_back[at].is_some();
                    let unplaced = p.unplaced(at).map(|_| Code::MendsUnknownFile);
                    total.refused = unplaced.or_else(|| beside(file, table));
                }
                total.counts.warnings += warnings(&table.file, &table.sheet);
                lines.push(total);
            }
            for refused in &file.refused {
                let mut total = line(&refused.file, &refused.sheet, &refused.sha256);
                total.counts.warnings = warnings(&refused.file, &refused.sheet);
                let of_refused = file.findings.iter().find(|f| {
                    f.severity() == Severity::Error
                        && f.file == refused.file
                        && (f.sheet == refused.sheet || f.sheet.is_empty())
                });
                total.refused = of_refused.and_then(|f| f.code());
                lines.push(total);
            }
        }
        lines.sort_by(|a, b| {
            (&a.county, &a.source, &a.dataset, &a.file, &a.sheet, &a.sha256)
                .cmp(&(&b.county, &b.source, &b.dataset, &b.file, &b.sheet, &b.sha256))
        });
        lines
    }

    /// All findings of the night.
    pub fn findings(&self) -> NightFindings {
        let mut files: Vec<FilePlaceFinding> = self.folders.iter().map(|f| of_folder(self.schemas, f)).collect();
        self.register.files.iter().for_each(|file| files.extend(self.of_file(file)));
        let mut rows = Vec::new();
        for partition in self.partitions {
            let places = self.places(partition);
            for (place, shrunk) in places.iter().zip(&partition.held_back) {
                files.extend(shrunk.map(|shrunk| FilePlaceFinding {
                    place: place.clone(),
                    code: Code::RegisterShrunk,
                    severity: Severity::Error,
                    detail: Detail::Keys { has: shrunk.has, stood: shrunk.stood },
                }));
            }
            for (at, place) in places.iter().enumerate() {
                files.extend(partition.unplaced(at).map(|detail| FilePlaceFinding {
                    place: place.clone(),
                    code: Code::MendsUnknownFile,
                    severity: Severity::Error,
                    detail,
                }));
            }
            rows.push(RowFindingsFile {
                dataset: partition.dataset.clone(),
                path: partition.findings_path.clone(),
                places,
            });
        }
        NightFindings { files, rows }
    }

    fn of_file<'f>(&'f self, file: &'f FileEntry) -> impl Iterator<Item = FilePlaceFinding> + 'f {
        let replaced = self.register.is_replaced(file);
        file.findings.iter().filter_map(move |f| {
            let dataset =
                file.tables.iter().find(|t| t.file == f.file && t.sheet == f.sheet).map_or("", |t| t.dataset.as_str());
            // A finding of a member of an archive bears the member's hash, as the reconciliation does.
            let tables = file.tables.iter().map(|t| (&t.file, &t.sheet, &t.sha256));
            let refused = file.refused.iter().map(|r| (&r.file, &r.sheet, &r.sha256));
            let of_member: Vec<_> = tables.chain(refused).filter(|(of, ..)| **of == f.file).collect();
            let of_sheet = of_member.iter().find(|(_, sheet, _)| **sheet == f.sheet);
            let sha256 = of_sheet.or(of_member.first()).map_or(&file.sha256, |(.., sha256)| *sha256);
            let place = FindingPlace {
                county: file.county.clone(),
                source: file.source.as_str().to_owned(),
                dataset: dataset.to_owned(),
                file: f.file.clone(),
                sheet: f.sheet.clone(),
                sha256: sha256.clone(),
                replaced,
                ..FindingPlace::default()
            };
            Some(FilePlaceFinding { place, code: f.code()?, severity: f.severity(), detail: f.detail.clone() })
        })
    }

    /// The place of each table of a partition.
    fn places(&self, partition: &Partition) -> Vec<FindingPlace> {
        let source = self.schemas.table(&partition.dataset).map_or("", |table| table.source.as_str());
        let tables = partition.tables.iter().zip(&partition.replaced);
        tables
            .map(|(table, replaced)| FindingPlace {
                county: partition.county.clone(),
                source: source.to_owned(),
                dataset: partition.dataset.clone(),
                file: table.file.clone(),
                sheet: table.sheet.clone(),
                sha256: table.sha256.clone(),
                replaced: *replaced,
                called: table.called.clone(),
            })
            .collect()
    }
}

/// A finding about what lies in the inbox, whose path says as much of its county and source as is right.
/// Whether another table stands beside this one and was not read.
fn beside(file: &FileEntry, table: &TableEntry) -> Option<Code> {
    let is_beside =
        |f: &&FindingEntry| matches!(f.detail, Detail::Beside(_)) && f.file == table.file && f.sheet == table.sheet;
    file.findings.iter().find(is_beside).and_then(FindingEntry::code)
}

fn of_folder(schemas: &Schemas, f: &FileFinding) -> FilePlaceFinding {
    let mut parts = f.file.split('/');
    let (county, folder) = (parts.next().unwrap_or_default(), parts.next());
    let source = folder.and_then(|name| schemas.sources().into_iter().find(|s| s.as_str() == name));
    let place = FindingPlace {
        county: county.to_owned(),
        source: source.map_or("", Source::as_str).to_owned(),
        file: f.file.clone(),
        sheet: f.sheet.clone(),
        ..FindingPlace::default()
    };
    FilePlaceFinding { place, code: f.code, severity: f.severity, detail: f.detail.clone() }
}

fn row_counts(of: &TableCounts) -> RowCounts {
    let TableCounts { read, accepted, rejected, duplicate, superseded, void, warnings } = *of;
    RowCounts { read, accepted, rejected, duplicate, superseded, void, warnings }
}
