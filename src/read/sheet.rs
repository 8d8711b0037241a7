//! Turns the lines of one sheet or text file into a table: finds the header, hands over the data rows, and counts the
//! lines that are not data.

use super::batch::TextBatch;
use super::header::Vocabulary;
use super::line::{LONGEST_RECORD, TextLine};
use super::nearest::closest;
use super::open_table::{LineKind, MergedCells, NotedDate, OpenTable, echo};
use super::our_columns::{OurColumns, Returned, are_ours, begins_with};
use super::recognise::{self, HEADER_WITHIN, Header, Near, Recognised};
use super::rows_above::{go_on, looks_like_a_table, rows_above, rows_passed_over};
use super::sink::{TableHead, TableSink};
use super::titles;
use crate::diag::{Code, Detail, FileFinding, Severity};
use crate::error::Result;
use crate::schema::mending;
use crate::schema::null_words::NullWords;
use crate::schema::{Source, Table};

/// Which sheet of which file is being read.
#[derive(Clone, Debug)]
pub(super) struct SheetPlace {
    pub file: String,
    pub sha256: [u8; 32],
    pub export_day: i32,
    pub sheet: String,
    pub sheet_index: u32,
}

impl SheetPlace {
    pub fn head<'s>(&self, table: &'s Table, fields: Vec<usize>) -> TableHead<'s> {
        TableHead {
            file: self.file.clone(),
            sha256: self.sha256,
            export_day: self.export_day,
            sheet: self.sheet.clone(),
            sheet_index: self.sheet_index,
            table,
            fields,
            mends: false,
            untitled: Vec::new(),
        }
    }

    pub fn finding(&self, code: Code, severity: Severity, detail: Detail) -> FileFinding {
        FileFinding { file: self.file.clone(), sheet: self.sheet.clone(), code, severity, detail }
    }
}

/// What became of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SheetOutcome {
    /// It held a table, which was handed to the sink.
    Table,
    /// It holds nothing but blanks.
    Empty,
    /// It is a page of a workbook of ours that holds no data.
    OurPage,
    /// It is the overview of a workbook of rows to mend.
    OurOverview,
    /// It holds text but no header; the dataset that came closest, if any did.
    NoHeader(Option<Near>),
    /// It holds the header of this dataset, which belongs to another source.
    WrongSource(usize),
    /// The header of this dataset stands in this line, too far below rows to be taken for theirs.
    HeaderBelow { table: usize, line: u32 },
    /// No header, but rows of this dataset, whose header a sheet before it has.
    Continued(usize),
    /// A sheet of a workbook of ours whose header was taken away.
    OurHeaderGone,
    /// The line of this number is longer than any record may be.
    TooLong(u32),
}

/// Warnings about the columns of a recognised header.
pub(super) fn column_findings(place: &SheetPlace, table: &Table, header: &Header) -> Vec<FileFinding> {
    let found = titles::column_details(table, header).into_iter();
    found.map(|(code, severity, detail)| place.finding(code, severity, detail)).collect()
}

/// Takes the lines of a sheet in order and hands the rows of its table to the sink.
#[derive(Debug)]
pub(super) struct SheetReader<'a, 's> {
    vocabulary: &'a Vocabulary<'s>,
    source: Source,
    place: SheetPlace,
    /// Merged cells of the sheet, sorted by first line.
    merged: Vec<MergedCells>,
    findings: Vec<FileFinding>,
    /// Cells whose number reads differently if their column turns out to hold dates.
    noted: Vec<NotedDate>,
    state: SheetState<'s>,
    /// Lines below the header in each of which a text stands alone: where a header follows, they are its titles.
    lone: Vec<TextLine>,
    before: SheetsBefore,
    /// The header of its own first table.
    own: Option<Header>,
}

/// What the sheets before one held.
#[derive(Clone, Debug, Default)]
pub(super) struct SheetsBefore {
    /// The header of the last table.
    pub header: Option<Header>,
    /// One is the overview of a workbook of rows to mend.
    pub overview: bool,
}

impl SheetsBefore {
    /// Adds a sheet.
    pub fn add(&mut self, end: &SheetEnd) {
        if end.header.is_some() {
            self.header.clone_from(&end.header);
        }
        self.overview |= end.outcome == SheetOutcome::OurOverview;
    }
}

/// How a sheet ended.
pub(super) struct SheetEnd {
    pub outcome: SheetOutcome,
    /// Findings about its columns.
    pub findings: Vec<FileFinding>,
    /// The header of its first table.
    pub header: Option<Header>,
}

/// Lines of titles above a table, at most.
const MOST_TITLES: usize = 4;

#[derive(Debug)]
enum SheetState<'s> {
    /// No header yet: the first non-blank lines are collected here.
    Looking(Vec<TextLine>),
    Open(Box<OpenTable<'s>>),
    /// The first lines are those of a table and hold no header; the dataset that came closest, if any did.
    Seeking(Option<Near>),
    Unrecognised(SheetOutcome),
}

impl<'a, 's> SheetReader<'a, 's> {
    pub fn new(vocabulary: &'a Vocabulary<'s>, source: Source, place: SheetPlace, merged: Vec<MergedCells>) -> Self {
        SheetReader {
            vocabulary,
            source,
            place,
            merged,
            findings: Vec::new(),
            noted: Vec::new(),
            state: SheetState::Looking(Vec::new()),
            lone: Vec::new(),
            before: SheetsBefore::default(),
            own: None,
        }
    }

    /// Tells what the sheets before it held.
    pub fn behind(self, before: &SheetsBefore) -> Self {
        SheetReader { before: before.clone(), ..self }
    }

    /// Whether no table can come of this sheet any more: its first lines hold no header.
    pub fn is_hopeless(&self) -> bool {
        matches!(self.state, SheetState::Unrecognised(_))
    }

    /// Notes what the number in a cell of a coming line means if its column turns out to hold dates.
    pub fn note_date(&mut self, line: u32, column: usize, (text, birth_only): (String, bool)) {
        if !self.is_hopeless() {
            self.noted.push(NotedDate { line, column, text, birth_only });
        }
    }

    /// Takes the next line, which may be modified.
    pub fn line(&mut self, line: &mut TextLine, sink: &mut dyn TableSink) -> Result<()> {
        let taken = self.take_in_turn(line, sink);
        if !matches!(self.state, SheetState::Looking(_)) {
            self.noted.clear();
        }
        taken
    }

    /// Takes a line once it is clear what stands before it.
    fn take_in_turn(&mut self, line: &mut TextLine, sink: &mut dyn TableSink) -> Result<()> {
        let SheetState::Open(reading) = &mut self.state else { return self.take(line, sink) };
        let is_lone = reading.is_lone(line);
        if self.lone.is_empty() && !is_lone {
            return self.take(line, sink);
        }
        if line.is_blank() {
            return Ok(());
        }
        if is_lone && self.lone.len() < MOST_TITLES {
            self.lone.push(line.clone());
            return Ok(());
        }
        if !self.lone.is_empty() && reading.is_header(line, self.vocabulary, self.source) {
            reading.not_data += self.lone.len() as u64;
            self.lone.clear();
        }
        self.take_lone(sink)?;
        self.take(line, sink)
    }

    fn take_lone(&mut self, sink: &mut dyn TableSink) -> Result<()> {
        std::mem::take(&mut self.lone).iter_mut().try_for_each(|line| self.take(line, sink))
    }

    fn take(&mut self, line: &mut TextLine, sink: &mut dyn TableSink) -> Result<()> {
        if line.bytes() > LONGEST_RECORD && !self.is_hopeless() {
            if matches!(self.state, SheetState::Open(_)) {
                sink.abandon();
            }
            self.state = SheetState::Unrecognised(SheetOutcome::TooLong(line.number));
        }
        match &mut self.state {
            SheetState::Open(reading) => {
                let mark = match reading.ours.strip(line) {
                    Returned::Row(mark) => mark,
                    Returned::AsSent(right) => {
                        reading.not_data += 1;
                        right.iter().for_each(|mark| sink.right(mark));
                        return Ok(());
                    }
                    Returned::Bent => {
                        reading.not_data += 1;
                        return Ok(());
                    }
                };
                let kind = reading.kind(line, self.vocabulary, self.source);
                match kind {
                    None => Ok(()),
                    Some(LineKind::NotData) => {
                        reading.not_data += 1;
                        Ok(())
                    }
                    Some(LineKind::Data) => {
                        reading.dates(line, &self.noted);
                        reading.data(line, mark, &self.merged, sink)
                    }
                    Some(LineKind::Header(header)) => self.header_below(header, line, sink),
                    Some(LineKind::WrongSource(index)) => {
                        reading.end(sink)?;
                        self.state = SheetState::Unrecognised(SheetOutcome::WrongSource(index));
                        Ok(())
                    }
                }
            }
            SheetState::Looking(waiting) => {
                if !line.is_blank() {
                    waiting.push(line.clone());
                    if waiting.len() == HEADER_WITHIN {
                        return self.look(sink);
                    }
                }
                Ok(())
            }
            SheetState::Seeking(_) => {
                if let Some(table) = recognise::header_of(self.vocabulary, self.source, line) {
                    let outcome = SheetOutcome::HeaderBelow { table, line: line.number };
                    self.state = SheetState::Unrecognised(outcome);
                }
                Ok(())
            }
            SheetState::Unrecognised(_) => Ok(()),
        }
    }

    /// Ends the sheet.
    pub fn finish(mut self, sink: &mut dyn TableSink) -> Result<SheetEnd> {
        if matches!(self.state, SheetState::Looking(_)) {
            self.look(sink)?;
        }
        self.take_lone(sink)?;
        let outcome = match self.state {
            SheetState::Open(mut reading) => {
                reading.end(sink)?;
                let bent = reading.bent();
                if bent.is_empty() || reading.has_rows {
                    self.findings.append(&mut reading.missing);
                }
                let bent = bent.into_iter().map(|of| self.place.finding(Code::MissingColumn, Severity::Error, of));
                self.findings.extend(bent);
                if reading.is_all_above() {
                    let detail = titles::header_below(reading.table, reading.header_line);
                    self.findings.push(self.place.finding(Code::NoHeader, Severity::Warning, detail));
                }
                SheetOutcome::Table
            }
            SheetState::Unrecognised(outcome) => outcome,
            SheetState::Seeking(near) => SheetOutcome::NoHeader(near),
            SheetState::Looking(_) => SheetOutcome::Empty,
        };
        Ok(SheetEnd { outcome, findings: self.findings, header: self.own })
    }

    /// Ends a sheet that cannot be read further; returns the findings about its columns.
    pub fn abandon(self, sink: &mut dyn TableSink) -> Vec<FileFinding> {
        if matches!(self.state, SheetState::Open(_)) {
            sink.abandon();
        }
        self.findings
    }

    fn look(&mut self, sink: &mut dyn TableSink) -> Result<()> {
        let SheetState::Looking(waiting) = &mut self.state else {
            return Ok(());
        };
        let mut lines = std::mem::take(waiting);
        if lines.is_empty() {
            return Ok(());
        }
        if begins_with(&lines[0], mending::NO_DATA) {
            let is_overview = lines[0].filled().any(|(_, cell)| cell.ends_with(mending::OVERVIEW));
            let page = if is_overview { SheetOutcome::OurOverview } else { SheetOutcome::OurPage };
            self.state = SheetState::Unrecognised(page);
            return Ok(());
        }
        match recognise::find(self.vocabulary, self.source, &lines) {
            Recognised::Nothing(_) if are_ours(&lines) => {
                self.state = SheetState::Unrecognised(SheetOutcome::OurHeaderGone);
            }
            Recognised::Nothing(near) => {
                let near = closest(near, self.vocabulary, self.source, &lines);
                let before = self.before.header.as_ref().filter(|header| go_on(self.vocabulary, header, &lines));
                self.state = match before {
                    Some(header) => SheetState::Unrecognised(SheetOutcome::Continued(header.table)),
                    None if lines.len() == HEADER_WITHIN && looks_like_a_table(&lines) => SheetState::Seeking(near),
                    None => SheetState::Unrecognised(SheetOutcome::NoHeader(near)),
                };
            }
            Recognised::WrongSource(index) => self.state = SheetState::Unrecognised(SheetOutcome::WrongSource(index)),
            Recognised::Header(header) => {
                let below = header.start + header.height;
                let early = rows_above(self.vocabulary, &header, &lines);
                self.begin(&header, (&lines[..below], &early), sink)?;
                for at in early.into_iter().chain(below..lines.len()) {
                    self.take_in_turn(&mut lines[at], sink)?;
                }
            }
        }
        Ok(())
    }

    /// Begins a table; `above` are the lines from the top to the end of the header, and those among them that are rows.
    fn begin(
        &mut self,
        header: &Header,
        (above, early): (&[TextLine], &[usize]),
        sink: &mut dyn TableSink,
    ) -> Result<()> {
        let table = self.vocabulary.tables[header.table].table;
        let fields: Vec<usize> = header.columns.iter().map(|(_, field)| *field).collect();
        let columns = recognise::source_columns(self.vocabulary, above, header);
        let digits = |(at, field): &(usize, usize)| (*at, mending::field_digits(&table.fields[*field].name));
        let there = header.columns.iter().map(digits).collect();
        let mut ours = OurColumns::of(columns.clone(), above, there);
        // Whatever was taken out of a sheet, it is one of our workbook.
        ours.mends |= self.before.overview;
        let found = column_findings(&self.place, table, header);
        // What else a workbook of ours has was said of the file that its rows come from.
        let (missing, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|f| f.code == Code::MissingColumn);
        let missing = match ours.mends {
            true => missing,
            false => {
                self.findings.extend(missing.into_iter().chain(others));
                Vec::new()
            }
        };
        let head = self.place.head(table, fields.clone());
        sink.begin(TableHead { mends: ours.mends, untitled: header.untitled.clone(), ..head })?;
        sink.columns(columns);
        let mut reading = OpenTable {
            index: header.table,
            table,
            sources: Vec::new(),
            keys: Vec::new(),
            nulls: NullWords::new(&table.missing_values),
            batch: TextBatch::new(fields.len()),
            fields,
            not_data: (above.len() - early.len()) as u64,
            echoes: (0..above.len()).filter(|at| !early.contains(at)).map(|at| echo(&above[at])).collect(),
            at_top: true,
            left_out: Vec::new(),
            fills: Vec::new(),
            ours,
            missing,
            header_line: above.last().map_or(0, |line| line.number),
            passed_over: rows_passed_over(header, above, early),
            has_rows: false,
        };
        reading.lay(header, &self.vocabulary.tables[header.table].keys);
        self.state = SheetState::Open(Box::new(reading));
        self.own.get_or_insert_with(|| header.clone());
        Ok(())
    }

    /// Handles a header among the data: the same one repeated, perhaps with its columns in another order, or the header
    /// of the next table of the sheet.
    fn header_below(&mut self, header: Header, line: &TextLine, sink: &mut dyn TableSink) -> Result<()> {
        let SheetState::Open(reading) = &mut self.state else {
            return Ok(());
        };
        if reading.index != header.table {
            reading.end(sink)?;
            return self.begin(&header, (std::slice::from_ref(line), &[]), sink);
        }
        reading.not_data += 1;
        for (_, field) in header.columns.iter().filter(|(_, field)| !reading.fields.contains(field)) {
            let detail = Detail::Column(titles::called(&reading.table.fields[*field], header.by_name));
            let finding = self.place.finding(Code::UnknownColumn, Severity::Warning, detail);
            if !reading.left_out.contains(field) {
                reading.left_out.push(*field);
                self.findings.push(finding);
            }
        }
        reading.lay(&header, &self.vocabulary.tables[header.table].keys);
        Ok(())
    }
}
