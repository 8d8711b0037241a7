//! A text column as numbers of its distinct texts.

use std::sync::Arc;

use hashbrown::HashMap;
use polars::prelude::*;

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
    pub(super) fn of(column: &Column) -> PolarsResult<Coded> {
        let column = column.cast(&DataType::String)?;
        let column = column.str()?;
        let mut codes = Vec::with_capacity(column.len());
        let mut texts: Vec<String> = Vec::new();
        let mut by_text: HashMap<String, u32, foldhash::fast::FixedState> = HashMap::default();
        // The engine keeps a short text in 16 bytes whole: most rows are told apart by a number.
        let mut short: HashMap<u128, u32, foldhash::fast::FixedState> = HashMap::default();
        let nulls = (column.null_count() > 0).then(|| column.is_null());
        for chunk in column.downcast_iter() {
            // Of a long text the 16 bytes say where in this chunk it stands.
            let mut long: HashMap<u128, u32, foldhash::fast::FixedState> = HashMap::default();
            let mut before = None;
            for (row, view) in chunk.views().iter().enumerate() {
                if nulls.as_ref().is_some_and(|nulls| nulls.get(codes.len()) == Some(true)) {
                    codes.push(NO_TEXT);
                    continue;
                }
                let bits = view.as_u128();
                if let Some((same, code)) = before
                    && same == bits
                {
                    codes.push(code);
                    continue;
                }
                let seen = if view.is_inline() { &mut short } else { &mut long };
                let code = *seen.entry(bits).or_insert_with(|| {
                    let text = chunk.value(row);
                    by_text.get(text).copied().unwrap_or_else(|| {
                        let code = texts.len() as u32;
                        texts.push(text.to_owned());
                        by_text.insert(text.to_owned(), code);
                        code
                    })
                });
                before = Some((bits, code));
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
