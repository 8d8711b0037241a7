//! One line of a sheet: its number and its cells.

use super::sink::SourceLine;

/// Longest record in bytes; a longer one counts as damaged.
pub(super) const LONGEST_RECORD: usize = 16 << 20;

/// Marks a cell that the line does not have.
const ABSENT: (u32, u32) = (u32::MAX, u32::MAX);

/// The cells of a line, stored in one string whose memory is used again for the next line.
#[derive(Clone, Debug, Default)]
pub(super) struct TextLine {
    /// The line number that a spreadsheet shows, from 1.
    pub number: u32,
    text: String,
    cells: Vec<(u32, u32)>,
    /// Cells far to the right of the others, by column, so that a stray cell does not cost a long row of absent ones.
    far: Vec<(usize, (u32, u32))>,
}

/// A cell that would leave more than this many absent cells before it is stored in `far`.
const NEAR: usize = 256;

impl TextLine {
    /// Clears the line for the next one.
    pub fn start(&mut self, number: u32) {
        self.number = number;
        self.text.clear();
        self.cells.clear();
        self.far.clear();
    }

    /// Appends a cell.
    pub fn push(&mut self, cell: &str) {
        let from = self.text.len();
        self.text.push_str(cell);
        self.cells.push((from as u32, self.text.len() as u32));
    }

    /// Appends the inside of a quoted cell; doubled quotes become single ones.
    pub fn push_quoted(&mut self, cell: &str) {
        let from = self.text.len();
        let mut rest = cell;
        while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
            self.text.push_str(&rest[..=at]);
            rest = &rest[(at + 2).min(rest.len())..];
        }
        self.text.push_str(rest);
        self.cells.push((from as u32, self.text.len() as u32));
    }

    /// Sets the cell of a column, which may lie beyond the last one.
    pub fn place(&mut self, column: usize, cell: &str) {
        let from = self.text.len();
        self.text.push_str(cell);
        let place = (from as u32, self.text.len() as u32);
        if column >= self.cells.len() + NEAR {
            match self.far.binary_search_by_key(&column, |(c, _)| *c) {
                Ok(at) => self.far[at].1 = place,
                Err(at) => self.far.insert(at, (column, place)),
            }
            return;
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, ABSENT);
            let near = self.far.partition_point(|(c, _)| *c <= column);
            for (column, place) in self.far.drain(..near) {
                self.cells[column] = place;
            }
        }
        self.cells[column] = place;
    }

    /// Fills the line from a record without quotes.
    pub fn split(&mut self, record: &str, separator: u8) {
        self.text.push_str(record);
        let mut from = 0u32;
        for at in memchr::memchr_iter(separator, record.as_bytes()) {
            self.cells.push((from, at as u32));
            from = at as u32 + 1;
        }
        self.cells.push((from, record.len() as u32));
    }

    /// The cell of a column; `None` where there is none.
    pub fn get(&self, column: usize) -> Option<&str> {
        match self.cells.get(column) {
            Some(&(from, to)) if from != u32::MAX => Some(&self.text[from as usize..to as usize]),
            Some(_) => None,
            None => {
                let at = self.far.binary_search_by_key(&column, |(c, _)| *c).ok()?;
                let (from, to) = self.far[at].1;
                Some(&self.text[from as usize..to as usize])
            }
        }
    }

    /// The cell of a column without surrounding blanks; empty where there is none.
    pub fn trimmed(&self, column: usize) -> &str {
        self.get(column).map_or("", trim)
    }

    /// Number of columns, absent cells included.
    pub fn width(&self) -> usize {
        self.far.last().map_or(self.cells.len(), |(column, _)| column + 1)
    }

    /// Bytes of all cells.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Columns that hold more than blanks, with their trimmed text.
    pub fn filled(&self) -> impl Iterator<Item = (usize, &str)> {
        (0..self.cells.len())
            .chain(self.far.iter().map(|(column, _)| *column))
            .map(|c| (c, self.trimmed(c)))
            .filter(|(_, t)| !t.is_empty())
    }

    /// No cell holds more than blanks.
    pub fn is_blank(&self) -> bool {
        self.filled().next().is_none()
    }
}

impl SourceLine for TextLine {
    fn number(&self) -> u32 {
        self.number
    }

    fn cell(&self, column: usize) -> Option<&str> {
        self.get(column)
    }
}

/// Without surrounding blanks: white space of any script, and the marks of no width that web pages and
/// exports leave behind.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank_char)
}

/// White space, or a mark of no width or of direction.
pub(super) fn is_blank_char(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{ad}' | '\0')
}
