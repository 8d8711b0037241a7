//! Turns the lines of one sheet or text file into a table: finds the header, hands over the data rows, and counts the
//! lines that are not data.

use super::batch::TextBatch;
use super::header::Vocabulary;
use super::line::LONGEST_RECORD;
use super::line::TextLine;
use super::nearest::closest;
use super::noise;
use super::our_columns::{OurColumns, Returned, begins_with};
use super::recognise::{self, HEADER_WITHIN, Header, Near, Recognised};
use super::rows_above::rows_above;
use super::sink::{TableHead, TableSink};
use super::titles;
use crate::diag::{Code, Detail, FileFinding, Severity};
use crate::error::Result;
use crate::schema::mending::{self, RowMark};
use crate::schema::null_words::NullWords;
use crate::schema::{FieldType, Source, Table};

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
    /// It holds text but no header; the dataset that came closest, if any did.
    NoHeader(Option<Near>),
    /// It holds the header of this dataset, which belongs to another source.
    WrongSource(usize),
    /// The line of this number is longer than any record may be.
    TooLong(u32),
}

/// One column of a merged block of cells: its first and last line and the column.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergedCells {
    pub first: u32,
    pub last: u32,
    pub column: usize,
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
}

/// Lines of titles above a table, at most.
const MOST_TITLES: usize = 4;

/// A total says less than this of names, dates and codes.
const WHO_AND_WHEN: usize = 4;

/// What the number of a cell means if its column holds dates.
#[derive(Debug)]
struct NotedDate {
    line: u32,
    column: usize,
    text: String,
    /// Applies only to a column of birth dates.
    birth_only: bool,
}

#[derive(Debug)]
enum SheetState<'s> {
    /// No header yet: the first non-blank lines are collected here.
    Looking(Vec<TextLine>),
    Open(Box<OpenTable<'s>>),
    Unrecognised(SheetOutcome),
}

/// A table whose rows are being read.
#[derive(Debug)]
struct OpenTable<'s> {
    /// Index of the dataset in the vocabulary.
    index: usize,
    table: &'s Table,
    /// Index of each field that is handed over, and the column that it is currently taken from.
    fields: Vec<usize>,
    sources: Vec<Option<usize>>,
    /// Columns of the primary key.
    keys: Vec<usize>,
    nulls: NullWords,
    batch: TextBatch,
    not_data: u64,
    /// The lines above the header and those of the header, which printed pages repeat.
    echoes: Vec<Vec<(usize, String)>>,
    /// No data row has come yet.
    at_top: bool,
    /// Fields that a later header of the sheet has and the first one lacks.
    left_out: Vec<usize>,
    /// Columns of divisions, where a merged cell applies to each of its lines.
    fills: Vec<MergedFill>,
    ours: OurColumns,
    /// What a workbook of ours lacks, for rows of it that nobody can tell from others.
    missing: Vec<FileFinding>,
    /// A row was handed over.
    has_rows: bool,
}

/// A merged block of a division column that is being filled in.
#[derive(Debug)]
struct MergedFill {
    column: usize,
    value: String,
    until: u32,
}

/// What a line below the header is.
enum LineKind {
    Data,
    NotData,
    Header(Header),
    /// The header of this dataset, which belongs to another source.
    WrongSource(usize),
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
        }
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
                    Returned::Cut => {
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
            SheetState::Unrecognised(_) => Ok(()),
        }
    }

    /// Ends the sheet; returns what it turned out to be, and the findings about its columns.
    pub fn finish(mut self, sink: &mut dyn TableSink) -> Result<(SheetOutcome, Vec<FileFinding>)> {
        if matches!(self.state, SheetState::Looking(_)) {
            self.look(sink)?;
        }
        self.take_lone(sink)?;
        let outcome = match self.state {
            SheetState::Open(mut reading) => {
                reading.end(sink)?;
                let taken_out = reading.taken_out();
                if taken_out.is_empty() || reading.has_rows {
                    self.findings.append(&mut reading.missing);
                }
                if !taken_out.is_empty() {
                    let detail = Detail::TakenOut(taken_out.into());
                    self.findings.push(self.place.finding(Code::MissingColumn, Severity::Error, detail));
                }
                SheetOutcome::Table
            }
            SheetState::Unrecognised(outcome) => outcome,
            SheetState::Looking(_) => SheetOutcome::Empty,
        };
        Ok((outcome, self.findings))
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
            self.state = SheetState::Unrecognised(SheetOutcome::OurPage);
            return Ok(());
        }
        match recognise::find(self.vocabulary, self.source, &lines) {
            Recognised::Nothing(near) => {
                let near = closest(near, self.vocabulary, self.source, &lines);
                self.state = SheetState::Unrecognised(SheetOutcome::NoHeader(near));
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
        let there = fields.iter().map(|field| mending::field_digits(&table.fields[*field].name)).collect();
        let ours = OurColumns::of(columns.clone(), above, there);
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
        sink.begin(TableHead { mends: ours.mends, ..self.place.head(table, fields.clone()) })?;
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
            has_rows: false,
        };
        reading.lay(header, &self.vocabulary.tables[header.table].keys);
        self.state = SheetState::Open(Box::new(reading));
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

fn echo(line: &TextLine) -> Vec<(usize, String)> {
    line.filled().map(|(column, text)| (column, text.to_owned())).collect()
}

impl OpenTable<'_> {
    /// Sets the columns that fields are taken from.
    fn lay(&mut self, header: &Header, keys: &[usize]) {
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
    fn kind(&mut self, line: &TextLine, vocabulary: &Vocabulary<'_>, source: Source) -> Option<LineKind> {
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
    fn is_lone(&self, line: &TextLine) -> bool {
        let mut filled = line.filled();
        let (Some((_, text)), None) = (filled.next(), filled.next()) else { return false };
        self.fields.len() > 2 && !self.ours.mends && text.chars().any(char::is_alphabetic)
    }

    /// Whether a line is the header again, or that of another table.
    fn is_header(&self, line: &TextLine, vocabulary: &Vocabulary<'_>, source: Source) -> bool {
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
        if self.at_top && noise::is_column_guide(line) {
            return LineKind::NotData;
        }
        self.at_top = false;
        LineKind::Data
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
    fn dates(&self, line: &mut TextLine, noted: &[NotedDate]) {
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

    fn data(
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

    /// Titles of the columns that rows had and the sheet has not.
    fn taken_out(&self) -> Vec<String> {
        let lost = &self.ours.lost;
        let fields = self.table.fields.iter().filter(|f| lost.contains(&mending::field_digits(&f.name)));
        fields.map(|f| f.title.clone()).collect()
    }

    fn end(&mut self, sink: &mut dyn TableSink) -> Result<()> {
        if !self.batch.is_empty() {
            sink.rows(self.batch.take())?;
        }
        sink.end(self.not_data)
    }
}
