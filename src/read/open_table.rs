//! A table of a sheet while its rows are read: which lines below its header are rows, and from which columns they are taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::batch::TextBatch;
use super::header::Vocabulary;
use super::line::TextLine;
use super::noise;
use super::our_columns::OurColumns;
use super::recognise::{self, Header, Recognised};
use super::sink::TableSink;
use crate::diag::{Detail, FileFinding};
use crate::error::Result;
use crate::schema::mending::{self, RowMark};
use crate::schema::null_words::NullWords;
use crate::schema::{FieldType, Source, Table};

/// A total says less than this of names, dates and codes.
const WHO_AND_WHEN: usize = 4;

/// So many columns of dates and numbers, at least, tell a line of words from a row.
const LEAST_DIGITS: usize = 2;

/// What the number of a cell means if its column holds dates.
#[derive(Debug)]
pub(super) struct NotedDate {
    pub line: u32,
    pub column: usize,
    pub text: String,
    /// Applies only to a column of birth dates.
    pub birth_only: bool,
}

/// One column of a merged block of cells: its first and last line and the column.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergedCells {
    pub first: u32,
    pub last: u32,
    pub column: usize,
}

/// A table whose rows are being read.
#[derive(Debug)]
pub(super) struct OpenTable<'s> {
    /// Index of the dataset in the vocabulary.
    pub index: usize,
    pub table: &'s Table,
    /// Index of each field that is handed over, and the column that it is currently taken from.
    pub fields: Vec<usize>,
    pub sources: Vec<Option<usize>>,
    /// Columns of the primary key.
    pub keys: Vec<usize>,
    pub nulls: NullWords,
    pub batch: TextBatch,
    pub not_data: u64,
    /// The lines above the header and those of the header, which printed pages repeat.
    pub echoes: Vec<Vec<(usize, String)>>,
    /// No data row has come yet.
    pub at_top: bool,
    /// Fields that a later header of the sheet has and the first one lacks.
    pub left_out: Vec<usize>,
    /// Columns of divisions, where a merged cell applies to each of its lines.
    pub fills: Vec<MergedFill>,
    pub ours: OurColumns,
    /// What a workbook of ours lacks, for rows of it that nobody can tell from others.
    pub missing: Vec<FileFinding>,
    /// The last line of the header.
    pub header_line: u32,
    /// Lines above the header look like rows and were not taken for any.
    pub passed_over: bool,
    /// A row was handed over.
    pub has_rows: bool,
}

/// A merged block of a division column that is being filled in.
#[derive(Debug)]
pub(super) struct MergedFill {
    column: usize,
    value: String,
    until: u32,
}

/// What a line below the header is.
pub(super) enum LineKind {
    Data,
    NotData,
    Header(Header),
    /// The header of this dataset, which belongs to another source.
    WrongSource(usize),
}

pub(super) fn echo(line: &TextLine) -> Vec<(usize, String)> {
    line.filled().map(|(column, text)| (column, text.to_owned())).collect()
}

impl OpenTable<'_> {
    /// Sets the columns that fields are taken from.
    pub fn lay(&mut self, header: &Header, keys: &[usize]) {
        let column_of = |field: &usize| header.columns.iter().find(|(_, f)| f == field).map(|(column, _)| *column);
        self.sources = self.fields.iter().map(column_of).collect();
        self.keys = keys.iter().filter_map(column_of).collect();
        self.fills = header
            .columns
            .iter()
            .filter(|(_, field)| {
                let field = &self.table.fields[*field];
                field.division.is_some() && field.identity().is_none()
            })
            .map(|(column, _)| MergedFill { column: *column, value: String::new(), until: 0 })
            .collect();
    }

    fn is_null(&self, cell: &str) -> bool {
        self.nulls.holds(cell)
    }

    /// Tells what a line is; `None` for a blank one.
    pub fn kind(&mut self, line: &TextLine, vocabulary: &Vocabulary<'_>, source: Source) -> Option<LineKind> {
        let mut filled = line.filled();
        let (_, first) = filled.next()?;
        let few = filled.nth(1).is_none();
        let plain = |cell: &str| {
            !noise::may_be_noise(cell)
                && !vocabulary.may_be_header(cell)
                && !self.echoes.iter().any(|e| e.first().is_some_and(|(_, text)| text == cell))
        };
        let keyed = self.keys.iter().all(|column| {
            let cell = line.trimmed(*column);
            !cell.is_empty() && !self.is_null(cell) && plain(cell)
        });
        if !self.at_top && !few && keyed && plain(first) {
            return Some(LineKind::Data);
        }
        Some(self.closer(line, vocabulary, source))
    }

    /// Whether a text stands alone in a line of a table of several columns, as the title of a next table does.
    pub fn is_lone(&self, line: &TextLine) -> bool {
        let mut filled = line.filled();
        let (Some((_, text)), None) = (filled.next(), filled.next()) else { return false };
        self.fields.len() > 2 && !self.ours.mends && text.chars().any(char::is_alphabetic)
    }

    /// Whether a line is the header again, or that of another table.
    pub fn is_header(&self, line: &TextLine, vocabulary: &Vocabulary<'_>, source: Source) -> bool {
        let is_echo =
            |e: &Vec<(usize, String)>| e.len() > 2 && line.filled().eq(e.iter().map(|(c, t)| (*c, t.as_str())));
        self.echoes.iter().any(is_echo)
            || !matches!(recognise::of_names(vocabulary, source, line), Recognised::Nothing(_))
    }

    /// Examines a line that may be something other than data.
    fn closer(&mut self, line: &TextLine, vocabulary: &Vocabulary<'_>, source: Source) -> LineKind {
        let is_echo = |e: &Vec<(usize, String)>| line.filled().eq(e.iter().map(|(c, t)| (*c, t.as_str())));
        if self.echoes.iter().any(is_echo) {
            return LineKind::NotData;
        }
        if line.filled().take(3).any(|(_, cell)| vocabulary.may_be_header(cell)) {
            match recognise::of_names(vocabulary, source, line) {
                Recognised::Header(header) => return LineKind::Header(header),
                Recognised::WrongSource(index) if vocabulary.tables[index].table.is_exported() => {
                    return LineKind::WrongSource(index);
                }
                Recognised::WrongSource(_) | Recognised::Nothing(_) => {}
            }
        }
        if vocabulary.is_title(line) {
            return LineKind::NotData;
        }
        if noise::is_noise(line, &self.keys, |cell| self.is_null(cell)) && !self.says_who_and_when(line) {
            return LineKind::NotData;
        }
        // The line fills no column of the dataset, for example it holds only a serial number.
        if self.sources.iter().flatten().all(|column| line.trimmed(*column).is_empty()) {
            return LineKind::NotData;
        }
        let explains = || self.is_example(line) || self.tells_of_columns(line);
        if self.at_top && (noise::is_column_guide(line) || !self.ours.mends && explains()) {
            return LineKind::NotData;
        }
        self.at_top = false;
        LineKind::Data
    }

    /// Whether a line right below the header shows how a row is filled in: its key, or what stands before it, says so.
    fn is_example(&self, line: &TextLine) -> bool {
        let first = line.filled().next().map(|(_, cell)| cell);
        first.into_iter().chain(self.keys.iter().map(|column| line.trimmed(*column))).any(noise::is_example)
    }

    /// Whether a line right below the header says in words what its columns are, as titles in another language or formats
    /// do: its key, its dates and its numbers have no digit.
    fn tells_of_columns(&self, line: &TextLine) -> bool {
        let has_digit = |column: &usize| line.trimmed(*column).chars().any(char::is_numeric);
        // Where values stand beside their titles, dates and numbers are in the line, though not where they should be.
        let is_number = |cell: &str| {
            cell.chars().any(char::is_numeric) && cell.chars().all(|c| c.is_numeric() || "-/.:年月日 ".contains(c))
        };
        let is_said = |column: &usize| {
            let cell = line.trimmed(*column);
            !cell.is_empty() && !self.is_null(cell)
        };
        let has_digits = |index: &usize| {
            let field = &self.table.fields[self.fields[*index]];
            matches!(field.ty, FieldType::Integer | FieldType::Number | FieldType::Date | FieldType::Datetime)
        };
        let columns: Vec<usize> =
            (0..self.fields.len()).filter(has_digits).filter_map(|index| self.sources[index]).filter(is_said).collect();
        columns.len() >= LEAST_DIGITS
            && !line.filled().any(|(_, cell)| is_number(cell))
            && !columns.iter().chain(&self.keys).any(has_digit)
            && self.keys.iter().any(is_said)
    }

    /// Whether a line that begins like a total or a footer says what only a row says: several names, dates or codes, and
    /// no further label.
    fn says_who_and_when(&self, line: &TextLine) -> bool {
        if line.filled().skip(1).any(|(_, cell)| noise::is_footer(cell) || noise::is_total(cell)) {
            return false;
        }
        let of_rows = |index: &usize| {
            let field = &self.table.fields[self.fields[*index]];
            let is_date = matches!(field.ty, FieldType::Date | FieldType::Datetime);
            is_date || field.codes.is_some() || field.division.is_some() || field.identity().is_some()
        };
        let columns = (0..self.fields.len()).filter(of_rows).filter_map(|index| self.sources[index]);
        let first = line.filled().next().map(|(column, _)| column);
        let is_said = |column: &usize| {
            let cell = line.trimmed(*column);
            Some(*column) != first && !self.keys.contains(column) && !cell.is_empty() && !self.is_null(cell)
        };
        columns.filter(is_said).count() >= WHO_AND_WHEN
    }

    /// Replaces noted numbers by the dates that they mean, in columns of dates.
    pub fn dates(&self, line: &mut TextLine, noted: &[NotedDate]) {
        let number = line.number;
        for note in noted.iter().filter(|note| note.line == number) {
            let index = self.sources.iter().position(|column| *column == Some(note.column));
            let Some(field) = index.map(|index| &self.table.fields[self.fields[index]]) else { continue };
            let birth = field.kind == Some(crate::schema::table::ValueForm::BirthDate);
            if matches!(field.ty, FieldType::Date | FieldType::Datetime) && (birth || !note.birth_only) {
                line.place(note.column, &note.text);
            }
        }
    }

    pub fn data(
        &mut self,
        line: &mut TextLine,
        mark: Option<RowMark>,
        merged: &[MergedCells],
        sink: &mut dyn TableSink,
    ) -> Result<()> {
        if !merged.is_empty() {
            self.fill(line, merged);
        }
        self.has_rows = true;
        sink.line(line);
        self.batch.push(line, &self.sources);
        if self.ours.mends {
            self.batch.mark(mark);
        }
        if self.batch.is_full() { sink.rows(self.batch.take()) } else { Ok(()) }
    }

    /// Copies a merged cell of a division column into every line that it spans.
    fn fill(&mut self, line: &mut TextLine, merged: &[MergedCells]) {
        for fill in &mut self.fills {
            let cell = line.trimmed(fill.column);
            if cell.is_empty() {
                if line.number <= fill.until {
                    line.place(fill.column, &fill.value);
                }
                continue;
            }
            let from = merged.partition_point(|m| m.first < line.number);
            let block = merged[from..].iter().take_while(|m| m.first == line.number).find(|m| m.column == fill.column);
            fill.until = block.map_or(0, |m| m.last);
            if block.is_some() {
                fill.value = cell.to_owned();
            }
        }
    }

    /// What was done to the columns of a workbook of ours, for which rows of it are not taken.
    pub fn bent(&self) -> Vec<Detail> {
        let titles = |of: &BTreeSet<u16>| -> Arc<[String]> {
            let fields = self.table.fields.iter().filter(|f| of.contains(&mending::field_digits(&f.name)));
            fields.map(|f| f.title.clone()).collect()
        };
        let (lost, moved) = (titles(&self.ours.lost), titles(&self.ours.moved));
        let lost = (!lost.is_empty()).then_some(Detail::TakenOut(lost));
        lost.into_iter().chain((!moved.is_empty()).then_some(Detail::MovedTitles(moved))).collect()
    }

    /// Whether what looks like rows stands above the header alone, and was not taken for any.
    pub fn is_all_above(&self) -> bool {
        !self.has_rows && self.passed_over
    }

    pub fn end(&mut self, sink: &mut dyn TableSink) -> Result<()> {
        if !self.batch.is_empty() {
            sink.rows(self.batch.take())?;
        }
        sink.end(self.not_data)
    }
}
