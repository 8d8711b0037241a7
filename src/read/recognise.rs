//! Finds the header among the first lines of a sheet, and the dataset that it belongs to.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::header::{Forms, HeaderWords, Vocabulary, normalise, stacked_forms};
use super::line::TextLine;
use super::sink::SourceColumn;
use crate::schema::Source;
use crate::schema::mending;

/// The header must be within this many non-blank lines from the top.
pub(super) const HEADER_WITHIN: usize = 40;
/// Most rows that a header may have.
const TALLEST: usize = 3;

/// A header that was recognised.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// Index of the dataset in the vocabulary.
    pub table: usize,
    /// Index of the header's first line in the lines that were given.
    pub start: usize,
    /// Number of lines that the header takes.
    pub height: usize,
    /// Column of the sheet and index of the field, in the order of columns.
    pub columns: Vec<(usize, usize)>,
    /// Labels of columns that the dataset does not declare, as written. Filled only once the header has been chosen.
    pub unknown: Vec<String>,
    /// Fields that a second column claims as well.
    pub repeated: Vec<usize>,
    /// Required fields that no column holds.
    pub missing: Vec<usize>,
    /// The first column, where the second columns are those of the whole header again.
    pub beside: Option<usize>,
    /// Columns with values and no title. Filled only once the header has been chosen.
    pub untitled: Vec<usize>,
    /// Most columns bear the names of fields, as programs write them, and not their titles.
    pub by_name: bool,
    required: usize,
}

impl Header {
    /// Orders two candidate headers by how well they explain the table: larger share of the required fields, then more
    /// fields, then fewer rows, then higher up, then the dataset declared first.
    pub fn compare(&self, other: &Header) -> Ordering {
        let (mine, theirs) = (self.required - self.missing.len(), other.required - other.missing.len());
        (mine * other.required)
            .cmp(&(theirs * self.required))
            .then(self.columns.len().cmp(&other.columns.len()))
            .then(other.height.cmp(&self.height))
            .then(other.start.cmp(&self.start))
            .then(other.table.cmp(&self.table))
    }

    /// Whether every required field has a column.
    fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}

/// What the first lines of a sheet turned out to be.
#[derive(Clone, Debug)]
pub(super) enum Recognised {
    Header(Header),
    /// The header of this dataset, which belongs in the inbox folder of another source.
    WrongSource(usize),
    /// No header was found; the dataset that came closest, if any did.
    Nothing(Option<Near>),
}

/// The dataset whose header comes closest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Near {
    /// Index of the dataset in the vocabulary.
    pub table: usize,
    /// Required fields that no column holds.
    pub missing: Vec<usize>,
    /// Fields that no column holds, required or not.
    pub free: Vec<usize>,
    /// Labels of columns that it does not declare, as written.
    pub unknown: Vec<String>,
    /// Columns with values and no title.
    pub untitled: Vec<usize>,
    /// As [`Header::by_name`].
    pub by_name: bool,
}

/// Finds the header. `lines` are the first non-blank lines, at most [`HEADER_WITHIN`].
pub(super) fn find(vocabulary: &Vocabulary<'_>, source: Source, lines: &[TextLine]) -> Recognised {
    let hits: Vec<usize> =
        lines.iter().map(|line| line.filled().filter(|(_, text)| vocabulary.knows(&Forms::of(text))).count()).collect();
    let mut own: Option<Header> = None;
    let mut foreign: Option<Header> = None;
    // Those that come closest, of this source and of another.
    let (mut nearest, mut elsewhere): (Option<Header>, Option<Header>) = (None, None);
    for start in 0..lines.len() {
        for height in 1..=TALLEST.min(lines.len() - start) {
            // A header of one row needs two known words. In a header of several rows, the words may appear only when
            // cells are joined.
            if hits[start..start + height].iter().sum::<usize>() < if height == 1 { 2 } else { 1 } {
                continue;
            }
            let columns = column_forms(&lines[start..start + height]);
            for (index, words) in vocabulary.tables.iter().enumerate() {
                let header = lay_out(words, index, start, height, &columns);
                if !is_recognised(words, &header) {
                    let best = match words.table.source == source {
                        true => &mut nearest,
                        false if words.table.is_exported() => &mut elsewhere,
                        false => continue,
                    };
                    let more = |than: &Header| header.columns.len() > than.columns.len();
                    if header.columns.len() >= 2 && best.as_ref().is_none_or(more) {
                        *best = Some(header);
                    }
                    continue;
                }
                let best = if words.table.source == source { &mut own } else { &mut foreign };
                if best.as_ref().is_none_or(|b| header.compare(b) == Ordering::Greater) {
                    *best = Some(header);
                }
            }
        }
    }
    // A list of divisions, too, has a code and a name: whatever says more of this source is no such list.
    let says_more = |own: &Header, foreign: &Header| {
        !vocabulary.tables[foreign.table].table.is_exported() && own.columns.len() > foreign.columns.len()
    };
    let named = |header: Header| Header {
        unknown: unknown(vocabulary, lines, &header),
        untitled: untitled(lines, &header),
        ..header
    };
    match (own, foreign) {
        // The header is incomplete for this source and complete for another: it belongs to the other one.
        (Some(own), Some(foreign)) if !own.is_complete() && foreign.is_complete() && !says_more(&own, &foreign) => {
            Recognised::WrongSource(foreign.table)
        }
        (Some(own), _) => Recognised::Header(named(own)),
        (None, Some(foreign)) if nearest.as_ref().is_none_or(|near| !says_more(near, &foreign)) => {
            Recognised::WrongSource(foreign.table)
        }
        (None, _) => {
            let more = |there: &Header| nearest.as_ref().is_none_or(|here| there.columns.len() > here.columns.len());
            let closest = elsewhere.filter(more).or(nearest);
            let near = closest.map(|header| near(vocabulary, lines, header));
            Recognised::Nothing(near)
        }
    }
}

fn near(vocabulary: &Vocabulary<'_>, lines: &[TextLine], header: Header) -> Near {
    let unknown = unknown(vocabulary, lines, &header);
    let held = |field: &usize| header.columns.iter().any(|(_, f)| f == field);
    let free = (0..vocabulary.tables[header.table].table.fields.len()).filter(|f| !held(f)).collect();
    let untitled = untitled(lines, &header);
    Near { table: header.table, missing: header.missing, free, unknown, untitled, by_name: header.by_name }
}

/// Columns that every list may have and no dataset needs: numbers of lines, and remarks.
const NOBODY_MISSES: [&str; 9] = ["序号", "顺序号", "行号", "备注", "no", "no.", "seq", "remark", "remarks"];

/// The labels of the columns that the header's dataset does not declare, as written.
fn unknown(vocabulary: &Vocabulary<'_>, lines: &[TextLine], header: &Header) -> Vec<String> {
    let words = &vocabulary.tables[header.table];
    let mut seen = HashSet::new();
    column_forms(&lines[header.start..header.start + header.height])
        .into_iter()
        .filter(|(label, forms)| !label.is_empty() && (forms.is_empty() || words.field(forms).is_none()))
        .map(|(label, _)| label)
        .filter(|label| !mending::is_ours(label) && !NOBODY_MISSES.contains(&normalise(label).as_str()))
        .filter(|label| seen.insert(label.clone()))
        .collect()
}

/// Columns without a title that hold values in at least half of the lines below the header that are at hand.
fn untitled(lines: &[TextLine], header: &Header) -> Vec<usize> {
    let below = header.start + header.height;
    let titled = column_forms(&lines[header.start..below]);
    let rows: Vec<&TextLine> = lines[below..].iter().filter(|line| line.filled().nth(1).is_some()).collect();
    let width = rows.iter().map(|row| row.width()).max().unwrap_or(0);
    let has_title = |column: usize| titled.get(column).is_some_and(|(label, _)| !label.is_empty());
    let is_filled = |column: usize| rows.iter().filter(|row| !row.trimmed(column).is_empty()).count() * 2 >= rows.len();
    // Numbers of lines need no title.
    let counts = |column: usize| {
        let numbers: Vec<Option<u64>> = rows.iter().map(|row| row.trimmed(column).parse().ok()).collect();
        numbers.windows(2).all(|pair| matches!(pair, [Some(a), Some(b)] if a.checked_add(1) == Some(*b)))
    };
    let is_meant = |column: &usize| !has_title(*column) && is_filled(*column) && !counts(*column);
    (0..width).filter(is_meant).take(MOST_UNTITLED).collect()
}

/// Columns without a title that are told, at most.
const MOST_UNTITLED: usize = 5;

/// The columns of a header as they stand in the file, each under one label that names the same field, or none, when it
/// stands alone.
pub(super) fn source_columns(vocabulary: &Vocabulary<'_>, lines: &[TextLine], header: &Header) -> Vec<SourceColumn> {
    let words = &vocabulary.tables[header.table];
    let rows = &lines[header.start..header.start + header.height];
    let mut groups = vec![""; rows.len()];
    let mut columns = Vec::new();
    for (at, (label, forms)) in column_forms(rows).into_iter().enumerate() {
        for (group, row) in groups.iter_mut().zip(rows) {
            let cell = row.trimmed(at);
            if !cell.is_empty() {
                *group = cell;
            }
        }
        if label.is_empty() {
            continue;
        }
        let field = header.columns.iter().find(|(column, _)| *column == at).map(|(_, field)| *field);
        if field.is_none() && words.field(&forms).is_some() {
            // A second column for a field: it is not read.
            continue;
        }
        let named = |label: &str| words.field(&Forms::of(label)).map(|(field, _)| field);
        let label = match field {
            Some(of) if named(&label) != field => words.table.fields[of].title.clone(),
            None if named(&label).is_some() => {
                let above: Vec<&str> = groups.iter().copied().filter(|g| !g.is_empty()).collect();
                above.join("/")
            }
            _ => label,
        };
        columns.push(SourceColumn { at, label, field });
    }
    columns
}

/// Recognises a header given as a single line or a list of names.
pub(super) fn of_names(vocabulary: &Vocabulary<'_>, source: Source, names: &TextLine) -> Recognised {
    find(vocabulary, source, std::slice::from_ref(names))
}

/// The dataset whose header a line is; told from most rows without looking at it closely.
pub(super) fn header_of(vocabulary: &Vocabulary<'_>, source: Source, line: &TextLine) -> Option<usize> {
    if !line.filled().take(3).any(|(_, cell)| vocabulary.may_be_header(cell)) {
        return None;
    }
    match of_names(vocabulary, source, line) {
        Recognised::Header(header) => Some(header.table),
        Recognised::WrongSource(index) if vocabulary.tables[index].table.is_exported() => Some(index),
        Recognised::WrongSource(_) | Recognised::Nothing(_) => None,
    }
}

/// Whether a header has the whole primary key and at least three fifths of the required fields.
fn is_recognised(words: &HeaderWords<'_>, header: &Header) -> bool {
    let matched = header.required - header.missing.len();
    words.keys.iter().all(|k| !header.missing.contains(k)) && matched * 5 >= header.required * 3
}

/// The label and the possible names of each column below these header rows.
fn column_forms(rows: &[TextLine]) -> Vec<(String, Forms)> {
    let width = rows.iter().map(TextLine::width).max().unwrap_or(0);
    let mut groups = vec![""; rows.len()];
    (0..width)
        .map(|column| {
            let levels: Vec<&str> = rows.iter().map(|row| row.trimmed(column)).collect();
            for (group, cell) in groups.iter_mut().zip(&levels) {
                if !cell.is_empty() {
                    *group = cell;
                }
            }
            let label = levels.iter().rev().find(|cell| !cell.is_empty()).copied().unwrap_or("");
            let forms = if rows.len() == 1 { Forms::of(label) } else { stacked_forms(&levels, &groups) };
            (label.to_owned(), forms)
        })
        .collect()
}

/// Whether the columns that claim a field again are those of a second table beside the first: they have the key and four
/// fifths of its fields, and begin where the first one ends.
fn is_whole_again(header: &Header, words: &HeaderWords<'_>, from: usize) -> bool {
    let before = header.columns.iter().filter(|(column, _)| *column < from).count();
    let most = |count: usize| count >= 3 && count * 5 >= header.columns.len() * 4;
    words.keys.iter().all(|key| header.repeated.contains(key)) && most(header.repeated.len()) && most(before)
}

fn lay_out(words: &HeaderWords<'_>, table: usize, start: usize, height: usize, columns: &[(String, Forms)]) -> Header {
    let named: Vec<Option<(usize, bool)>> =
        columns.iter().map(|(_, forms)| if forms.is_empty() { None } else { words.field(forms) }).collect();
    let mut owner: Vec<Option<usize>> = vec![None; words.table.fields.len()];
    for to_the_letter in [true, false] {
        for (column, name) in named.iter().enumerate() {
            if let Some((field, exact)) = *name
                && exact == to_the_letter
                && owner[field].is_none()
            {
                owner[field] = Some(column);
            }
        }
    }
    let mut header = Header {
        table,
        start,
        height,
        columns: Vec::new(),
        unknown: Vec::new(),
        repeated: Vec::new(),
        missing: words.required.iter().copied().filter(|f| owner[*f].is_none()).collect(),
        beside: None,
        untitled: Vec::new(),
        by_name: false,
        required: words.required.len(),
    };
    let mut first_again = None;
    for (column, name) in named.iter().enumerate() {
        match *name {
            Some((field, _)) if owner[field] == Some(column) => header.columns.push((column, field)),
            Some((field, _)) if !header.repeated.contains(&field) => {
                first_again = first_again.or(Some(column));
                header.repeated.push(field);
            }
            Some(_) | None => {}
        }
    }
    header.beside = first_again.filter(|from| is_whole_again(&header, words, *from));
    let fields = &words.table.fields;
    let is_name =
        |(column, field): &&(usize, usize)| columns[*column].0.trim().eq_ignore_ascii_case(&fields[*field].name);
    header.by_name = header.columns.iter().filter(is_name).count() * 2 > header.columns.len();
    header
}
