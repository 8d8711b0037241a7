//! Rows of data above a header: whoever sorts a table together with its header puts it among the rows.

use super::header::Vocabulary;
use super::line::TextLine;
use super::noise;
use super::recognise::Header;
use crate::schema::FieldType;
use crate::schema::null_words::NullWords;

/// So many columns of the header, at least, have a value in a row above it.
const LEAST_CELLS: usize = 3;

/// Which of the first lines of a sheet are rows of the table whose header stands below them. They reach up to the top,
/// or to lines of titles; what stands below another line of several cells belongs to that, and is no row of this table.
pub(super) fn rows_above(vocabulary: &Vocabulary<'_>, header: &Header, lines: &[TextLine]) -> Vec<usize> {
    let of = &vocabulary.tables[header.table];
    let columns_of = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        header.columns.iter().filter(|(_, field)| wanted(*field)).map(|(column, _)| *column).collect()
    };
    let columns = columns_of(&|_| true);
    let required = columns_of(&|field| of.table.fields[field].required);
    let keys = columns_of(&|field| of.keys.contains(&field));
    let dates = columns_of(&|field| matches!(of.table.fields[field].ty, FieldType::Date | FieldType::Datetime));
    let nulls = NullWords::new(&of.table.missing_values);
    let has_digit = |cell: &str| cell.chars().any(|c| c.is_ascii_digit());
    let filled = |line: &TextLine, of: &[usize]| of.iter().filter(|column| !line.trimmed(**column).is_empty()).count();
    // Remarks and addresses may look like a footer; what a row must have does not.
    let is_footer = |line: &TextLine| {
        let has_label = keys.iter().any(|column| noise::is_labelled(line.trimmed(*column)));
        has_label || required.iter().any(|column| noise::is_footer(line.trimmed(*column)))
    };
    let may_be_row =
        |line: &TextLine| filled(line, &columns) >= LEAST_CELLS && !is_footer(line) && !noise::is_column_guide(line);
    let is_row = |line: &TextLine| {
        let is_key = |column: &usize| !nulls.holds(line.trimmed(*column)) && has_digit(line.trimmed(*column));
        // A line that says of what kind the columns are has words where dates stand.
        let is_dated = |column: &usize| line.trimmed(*column).is_empty() || has_digit(line.trimmed(*column));
        may_be_row(line)
            && filled(line, &required) * 5 >= required.len() * 4
            && !keys.is_empty()
            && keys.iter().all(is_key)
            && (dates.is_empty() || dates.iter().any(is_dated))
    };
    let above = &lines[..header.start];
    let Some(first) = above.iter().position(is_row) else { return Vec::new() };
    let is_header_of_another = |line: &TextLine| {
        line.filled().nth(LEAST_CELLS - 1).is_some() && !line.filled().any(|(_, cell)| has_digit(cell))
    };
    if above[..first].iter().any(is_header_of_another) {
        return Vec::new();
    }
    // Below one that is a row, others may lack what they must have: they are told of.
    (first..above.len()).filter(|at| may_be_row(&above[*at])).collect()
}
