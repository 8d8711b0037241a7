//! Rows of data above a header: whoever sorts a table together with its header puts it among the rows.

use super::header::Vocabulary;
use super::line::TextLine;
use super::noise;
use super::recognise::Header;
use crate::schema::FieldType;
use crate::schema::null_words::NullWords;

/// So many columns of the header, at least, have a value in a row above it.
const LEAST_CELLS: usize = 3;

/// What a row looks like under a header.
struct RowForm {
    columns: Vec<usize>,
    required: Vec<usize>,
    keys: Vec<usize>,
    dates: Vec<usize>,
    nulls: NullWords,
}

impl RowForm {
    fn of(vocabulary: &Vocabulary<'_>, header: &Header) -> Self {
        let of = &vocabulary.tables[header.table];
        let columns_of = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
            header.columns.iter().filter(|(_, field)| wanted(*field)).map(|(column, _)| *column).collect()
        };
        RowForm {
            columns: columns_of(&|_| true),
            required: columns_of(&|field| of.table.fields[field].required),
            keys: columns_of(&|field| of.keys.contains(&field)),
            dates: columns_of(&|field| matches!(of.table.fields[field].ty, FieldType::Date | FieldType::Datetime)),
            nulls: NullWords::new(&of.table.missing_values),
        }
    }

    /// Whether a line may be a row that lacks what it must have.
    fn may_be_row(&self, line: &TextLine) -> bool {
        // Remarks and addresses may look like a footer; what a row must have does not.
        let has_label = self.keys.iter().any(|column| noise::is_labelled(line.trimmed(*column)));
        let is_footer = has_label || self.required.iter().any(|column| noise::is_footer(line.trimmed(*column)));
        filled(line, &self.columns) >= LEAST_CELLS && !is_footer && !noise::is_column_guide(line)
    }

    fn is_row(&self, line: &TextLine) -> bool {
        let is_key = |column: &usize| !self.nulls.holds(line.trimmed(*column)) && has_digit(line.trimmed(*column));
        // A line that says of what kind the columns are has words where dates stand.
        let is_dated = |column: &usize| line.trimmed(*column).is_empty() || has_digit(line.trimmed(*column));
        self.may_be_row(line)
            && filled(line, &self.required) * 5 >= self.required.len() * 4
            && !self.keys.is_empty()
            && self.keys.iter().all(is_key)
            && (self.dates.is_empty() || self.dates.iter().any(is_dated))
    }
}

fn has_digit(cell: &str) -> bool {
    cell.chars().any(|c| c.is_ascii_digit())
}

fn filled(line: &TextLine, of: &[usize]) -> usize {
    of.iter().filter(|column| !line.trimmed(**column).is_empty()).count()
}

/// Which of the first lines of a sheet are rows of the table whose header stands below them. They reach up to the top,
/// or to lines of titles; what stands below another line of several cells belongs to that, and is no row of this table.
pub(super) fn rows_above(vocabulary: &Vocabulary<'_>, header: &Header, lines: &[TextLine]) -> Vec<usize> {
    let form = RowForm::of(vocabulary, header);
    let above = &lines[..header.start];
    let Some(first) = above.iter().position(|line| form.is_row(line)) else { return Vec::new() };
    let is_header_of_another = |line: &TextLine| {
        line.filled().nth(LEAST_CELLS - 1).is_some() && !line.filled().any(|(_, cell)| has_digit(cell))
    };
    if above[..first].iter().any(is_header_of_another) {
        return Vec::new();
    }
    // Below one that is a row, others may lack what they must have: they are told of.
    (first..above.len()).filter(|at| form.may_be_row(&above[*at])).collect()
}

/// Whether the first lines of a sheet without a header go on with the table of a sheet before it, which has this header.
pub(super) fn go_on(vocabulary: &Vocabulary<'_>, header: &Header, lines: &[TextLine]) -> bool {
    let form = RowForm::of(vocabulary, header);
    lines.iter().filter(|line| form.is_row(line)).count() * 2 > lines.len()
}

/// Whether most of these lines are those of a table: several cells, and not words alone.
pub(super) fn looks_like_a_table(lines: &[TextLine]) -> bool {
    lines.iter().filter(|line| is_like_a_row(line)).count() * 2 > lines.len()
}

/// Whether a line above the header looks like a row and is none of those that were taken for rows.
pub(super) fn rows_passed_over(header: &Header, above: &[TextLine], early: &[usize]) -> bool {
    let passed = above[..header.start].iter().enumerate().filter(|(at, _)| !early.contains(at));
    passed.into_iter().any(|(_, line)| is_like_a_row(line))
}

fn is_like_a_row(line: &TextLine) -> bool {
    let is_footer = |(_, cell): (usize, &str)| noise::is_footer(cell) || noise::is_labelled(cell);
    line.filled().any(|(_, cell)| has_digit(cell))
        && line.filled().nth(LEAST_CELLS - 1).is_some()
        && !line.filled().any(is_footer)
}
