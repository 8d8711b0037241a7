//! Published files read again: their columns, and which of them are still what the manifest says.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, DictionaryArray, RecordBatch, StringArray};
use arrow::datatypes::UInt32Type;
use rayon::prelude::*;

use super::{Manifest, ManifestOutput};
use crate::error::{Error, Result};
use crate::store::{Store, hash_file, hex};

/// A text column of a published table: each distinct text once, and for each row the place of its text.
pub struct TextColumn<'b> {
    pub text_of_row: &'b [u32],
    pub texts: &'b StringArray,
}

impl<'b> TextColumn<'b> {
    /// The column of a name.
    ///
    /// # Errors
    /// A bug: the table was written without it.
    pub fn of(batch: &'b RecordBatch, name: &str) -> Result<Self> {
        let of_rows: &DictionaryArray<UInt32Type> = column(batch, name)?;
        let texts = of_rows.values().as_any().downcast_ref();
        let texts = texts.ok_or_else(|| Error::bug(format!("the published column `{name}` holds no texts")))?;
        Ok(TextColumn { text_of_row: of_rows.keys().values(), texts })
    }

    /// What each distinct text stands for.
    pub fn each<T>(&self, of: impl Fn(&str) -> T) -> Vec<T> {
        (0..self.texts.len()).map(|i| of(self.texts.value(i))).collect()
    }
}

/// A column of a published table, as an array of its type.
///
/// # Errors
/// A bug: the table was written without it, or with another type.
pub fn column<'b, A: 'static>(batch: &'b RecordBatch, name: &str) -> Result<&'b A> {
    let column = batch.column_by_name(name).and_then(|c| c.as_any().downcast_ref());
    column.ok_or_else(|| Error::bug(format!("the published column `{name}` is missing")))
}

/// Files of the current snapshot that still are what its manifest says, by path.
pub fn published_files(store: &Store) -> BTreeMap<String, ManifestOutput> {
    let manifest = std::fs::read(store.current().join("manifest.json")).ok();
    let manifest = manifest.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok());
    let outputs = manifest.map(|m| m.outputs).unwrap_or_default().into_par_iter();
    outputs.filter(|file| is_whole(&store.current(), file)).map(|file| (file.path.clone(), file)).collect()
}

/// Paths of the outputs below a snapshot that are not what its manifest says.
pub fn damaged_outputs(snapshot: &Path, manifest: &Manifest) -> Vec<String> {
    let outputs = manifest.outputs.par_iter();
    outputs.filter(|file| !is_whole(snapshot, file)).map(|file| file.path.clone()).collect()
}

fn is_whole(snapshot: &Path, file: &ManifestOutput) -> bool {
    hash_file(&snapshot.join(&file.path)).is_ok_and(|hash| hex(&hash) == file.sha256)
}
