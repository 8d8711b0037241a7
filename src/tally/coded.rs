//! A text column as numbers of its distinct texts.

use std::sync::Arc;

use arrow::array::MAX_INLINE_VIEW_LEN;
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use hashbrown::HashMap;

use crate::engine::Frame;
use crate::error::{Error, Result};

/// The code of a value that is null.
pub const NO_TEXT: u32 = u32::MAX;

/// Values of a text column, each distinct text once.
#[derive(Clone, Debug, Default)]
pub struct Coded {
    /// Index into the texts, by row; [`NO_TEXT`] for null.
    pub codes: Vec<u32>,
    pub texts: Arc<Vec<String>>,
}

impl Coded {
    /// Codes the texts of a column.
    ///
    /// # Errors
    /// `Bug` when there is no such column or it holds no text.
    pub fn of(frame: &Frame, column: &str) -> Result<Coded> {
        let mut codes = Vec::with_capacity(frame.rows());
        let mut texts: Vec<String> = Vec::new();
        let mut by_text: HashMap<String, u32, foldhash::fast::FixedState> = HashMap::default();
        // A short text stands in 16 bytes whole: most rows are told apart by a number.
        let mut short: HashMap<u128, u32, foldhash::fast::FixedState> = HashMap::default();
        for chunk in frame.column(column)? {
            let wrong = |e| Error::bug(format!("the column `{column}` cannot be read as text: {e}"));
            let chunk = cast(chunk, &DataType::Utf8View).map_err(wrong)?;
            let chunk = chunk.as_string_view();
            // Of a long text the 16 bytes say where in this chunk it stands.
            let mut long: HashMap<u128, u32, foldhash::fast::FixedState> = HashMap::default();
            let mut before = None;
            for (row, bits) in chunk.views().iter().enumerate() {
                if chunk.is_null(row) {
                    codes.push(NO_TEXT);
                    continue;
                }
                if let Some((same, code)) = before
                    && same == *bits
                {
                    codes.push(code);
                    continue;
                }
                let is_short = *bits as u32 <= MAX_INLINE_VIEW_LEN;
                let seen = if is_short { &mut short } else { &mut long };
                let code = *seen.entry(*bits).or_insert_with(|| {
                    let text = chunk.value(row);
                    by_text.get(text).copied().unwrap_or_else(|| {
                        let code = texts.len() as u32;
                        texts.push(text.to_owned());
                        by_text.insert(text.to_owned(), code);
                        code
                    })
                });
                before = Some((*bits, code));
                codes.push(code);
            }
        }
        Ok(Coded { codes, texts: Arc::new(texts) })
    }

    /// The same texts, for these rows in this order.
    pub(super) fn taken(&self, rows: &[u32]) -> Coded {
        Coded { codes: rows.iter().map(|row| self.codes[*row as usize]).collect(), texts: self.texts.clone() }
    }
}
