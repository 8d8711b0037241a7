//! The one way to compute a fingerprint of whatever a result depends on.
//!
//! A fingerprint is SHA-256 over a domain and parts. Each part is hashed with its kind and its length, so that two
//! different lists of parts never give the same bytes; the domain separates fingerprints of different things. Parts are
//! data (texts, numbers, bytes, or a value in the JSON form that it is stored in), never the debug output of a type, which
//! nobody promises to keep.
//!
//! Rows by the million are told apart by fast hashes of 64 bits instead (two sums of them and their number, or all in
//! order), which then stand in a fingerprint or beside an epoch.

use serde::Serialize;
use sha2::{Digest, Sha256};

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const BYTES: u8 = 3;
const NOTHING: u8 = 4;
const LIST: u8 = 5;

/// A fingerprint under construction.
#[derive(Clone)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Starts a fingerprint; `domain` says what kind of thing it identifies.
    pub fn new(domain: &str) -> Self {
        let mut new = Fingerprint(Sha256::new());
        new.text(domain);
        new
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.part(TEXT, text.as_bytes())
    }

    pub fn number(&mut self, number: impl Into<i128>) -> &mut Self {
        self.part(NUMBER, &number.into().to_le_bytes())
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.part(BYTES, bytes)
    }

    /// Adds that a value is absent, which differs from an empty one.
    pub fn nothing(&mut self) -> &mut Self {
        self.part(NOTHING, &[])
    }

    pub fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.nothing(),
        }
    }

    /// Adds the number of items and then each item.
    pub fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        mut add: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        let items = items.into_iter();
        self.part(LIST, &(items.len() as u64).to_le_bytes());
        items.for_each(|item| add(self, item));
        self
    }

    /// Adds a value in its serialised form (JSON).
    pub fn written(&mut self, value: &impl Serialize) -> &mut Self {
        match serde_json::to_vec(value) {
            Ok(bytes) => self.bytes(&bytes),
            Err(_) => self.nothing(),
        }
    }

    pub fn digest(&self) -> [u8; 32] {
        self.0.clone().finalize().into()
    }

    /// The digest as 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        self.digest().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn part(&mut self, kind: u8, bytes: &[u8]) -> &mut Self {
        self.0.update([kind]);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }
}
