//! The dataset that comes closest where no line is a header, not even a part of one: its titles are there, but each is
//! spelt another way.

use super::header::Vocabulary;
use super::line::TextLine;
use super::recognise::Near;
use super::titles::meant_by;
use crate::schema::{Field, Source};

/// A header stands within this many lines from the top, in nearly all files.
const WITHIN: usize = 10;
/// No title has more characters.
const LONGEST_LABEL: usize = 40;

/// The dataset that came closest: the one that was found or, where none was, one whose titles are alike.
pub(super) fn closest(
    found: Option<Near>,
    vocabulary: &Vocabulary<'_>,
    source: Source,
    lines: &[TextLine],
) -> Option<Near> {
    found.or_else(|| by_likeness(vocabulary, source, lines))
}

/// The dataset of which a line has most titles, at least half of what the line holds; of the folder's source where two
/// have as many.
fn by_likeness(vocabulary: &Vocabulary<'_>, source: Source, lines: &[TextLine]) -> Option<Near> {
    let mut best: Option<((usize, bool), Near)> = None;
    for line in lines.iter().take(WITHIN) {
        let is_label = |text: &str| text.chars().count() <= LONGEST_LABEL && text.parse::<f64>().is_err();
        let labels: Vec<String> =
            line.filled().map(|(_, text)| text.to_owned()).filter(|text| is_label(text)).collect();
        if labels.len() < 2 {
            continue;
        }
        for (index, words) in vocabulary.tables.iter().enumerate().filter(|(_, words)| words.table.is_exported()) {
            let fields: Vec<&Field> = words.table.fields.iter().collect();
            let alike = meant_by(&labels, fields.iter().copied(), false).len();
            let rank = (alike, words.table.source == source);
            if alike < 2 || alike * 2 < labels.len() || best.as_ref().is_some_and(|(most, _)| *most >= rank) {
                continue;
            }
            let near = Near {
                table: index,
                missing: words.required.clone(),
                free: (0..fields.len()).collect(),
                unknown: labels.clone(),
                untitled: Vec::new(),
                by_name: false,
            };
            best = Some((rank, near));
        }
    }
    best.map(|(_, near)| near)
}
