//! Limits how many findings of one kind are listed one by one; the rest are counted.

use std::collections::HashMap;

use super::{Code, Detail, FileFinding, RowFinding, Severity};

/// Findings that are listed: for each code within one file, and for each code and field within one table.
pub const MOST_LISTED: usize = 1_000;

/// Collects the findings about the rows of one table: for each code and field the first [`MOST_LISTED`] are listed, the
/// rest are counted.
#[derive(Debug, Default)]
pub struct RowFindings {
    listed: Vec<RowFinding>,
    /// Searched linearly, because there are few.
    kinds: Vec<ListedKind>,
}

#[derive(Debug)]
struct ListedKind {
    code: Code,
    field: Option<String>,
    listed: usize,
    /// The first finding beyond the limit, and how many such findings there are.
    more: Option<(RowFinding, u64)>,
}

impl RowFindings {
    /// Adds a finding. With `keep_dated`, findings that end on a later day are always listed, because later nights
    /// judge the rows by this list.
    pub fn push(&mut self, finding: RowFinding, keep_dated: bool) {
        if keep_dated && finding.until_day.is_some() {
            self.listed.push(finding);
            return;
        }
        let known = self.kinds.iter().position(|k| k.code == finding.code && k.field == finding.field);
        let at = known.unwrap_or_else(|| {
            self.kinds.push(ListedKind { code: finding.code, field: finding.field.clone(), listed: 0, more: None });
            self.kinds.len() - 1
        });
        let kind = &mut self.kinds[at];
        match &mut kind.more {
            Some((_, count)) => *count += finding.detail.stands_for(),
            None if kind.listed == MOST_LISTED => {
                let count = finding.detail.stands_for();
                kind.more = Some((finding, count));
            }
            None => {
                kind.listed += 1;
                self.listed.push(finding);
            }
        }
    }

    /// The listed findings and, for each kind beyond the limit, one finding with the number of the rest; sorted by row.
    pub fn finish(self) -> Vec<RowFinding> {
        let mut all = self.listed;
        all.extend(self.kinds.into_iter().filter_map(|k| k.more).map(|(f, count)| RowFinding {
            detail: Detail::More(count),
            value_masked: String::new(),
            ..f
        }));
        all.sort_by(|a, b| (a.row_index, &a.field, a.code).cmp(&(b.row_index, &b.field, b.code)));
        all
    }
}

/// Limits the findings about a file and its members: those of one code beyond [`MOST_LISTED`] are replaced by one
/// finding that says how many they are.
pub fn listed(findings: Vec<FileFinding>) -> Vec<FileFinding> {
    let mut seen: HashMap<(Code, Severity), usize> = HashMap::new();
    let mut out: Vec<FileFinding> = Vec::new();
    let mut more: Vec<(FileFinding, u64)> = Vec::new();
    for finding in findings {
        let kind = (finding.code, finding.severity);
        let so_far = seen.entry(kind).or_default();
        *so_far += 1;
        if *so_far <= MOST_LISTED {
            out.push(finding);
        } else if let Some((_, count)) = more.iter_mut().find(|(f, _)| (f.code, f.severity) == kind) {
            *count += 1;
        } else {
            more.push((finding, 1));
        }
    }
    out.extend(more.into_iter().map(|(f, count)| FileFinding { detail: Detail::More(count), ..f }));
    out
}
