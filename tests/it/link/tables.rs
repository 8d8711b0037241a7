//! Tables of any people for the engine's tests: cells as text, a model beside them.

use xinhui::link::engine::model::Model;
use xinhui::link::engine::records::{FieldCells, TableRecords};

/// A model, or every problem of it.
pub fn model(text: &str) -> Model {
    Model::parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Rows as records; a row has a cell for each field of the model, in its order.
pub fn records<S: AsRef<str>>(model: &Model, rows: &[Vec<S>]) -> TableRecords {
    let cells: Vec<Option<FieldCells<'_>>> = (0..model.fields.len())
        .map(|f| Some(FieldCells { own: Box::new(move |r: usize| rows[r][f].as_ref()), guardian: None }))
        .collect();
    TableRecords::new(model, rows.len(), &cells)
}

/// A fixed draw (SplitMix64): the same tables on every machine.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below
    }

    /// True with a chance in thousandths.
    pub fn happens(&mut self, thousandths: u64) -> bool {
        self.roll(1000) < thousandths
    }
}
