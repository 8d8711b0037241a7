//! A text column of few distinct values, kept as numbers until it is written.

use arrow::array::StringArray;
use hashbrown::HashMap;

/// Values of a column, each distinct text once.
#[derive(Default)]
pub(super) struct TextColumn {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
    rows: Vec<u32>,
}

impl TextColumn {
    pub fn push(&mut self, text: &str) {
        let number = self.number(text);
        self.rows.push(number);
    }

    pub fn push_many(&mut self, text: &str, times: usize) {
        let number = self.number(text);
        self.rows.extend(std::iter::repeat_n(number, times));
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The place of each row's text among the sorted texts.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.texts.len() as u32).collect();
        order.sort_unstable_by(|a, b| self.texts[*a as usize].cmp(&self.texts[*b as usize]));
        let mut rank_of = vec![0; order.len()];
        for (rank, number) in order.into_iter().enumerate() {
            rank_of[number as usize] = rank as u32;
        }
        self.rows.iter().map(|n| rank_of[*n as usize]).collect()
    }

    /// The texts of rows in an order.
    pub fn taken(&self, order: &[u32]) -> StringArray {
        order.iter().map(|row| Some(self.texts[self.rows[*row as usize] as usize].as_str())).collect()
    }
}
