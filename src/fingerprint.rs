//! One way to name what something depends on.
//!
//! A fingerprint is SHA-256 over a domain and parts. Each part is written with its kind and its length, so that
//! no two lists of parts run into each other; the domain keeps fingerprints of different things apart. What goes
//! in is data (texts, numbers, bytes), never the debug form of a type: a renamed field is no other input.

use serde::Serialize;
use sha2::{Digest, Sha256};

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const BYTES: u8 = 3;
const NOTHING: u8 = 4;
const LIST: u8 = 5;

/// A fingerprint that is being made.
#[derive(Clone)]
pub struct Fingerprint(Sha256);

impl Fingerprint {
    /// Starts a fingerprint of things of one kind.
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

    /// Says that something is not there, which is not the same as empty.
    pub fn nothing(&mut self) -> &mut Self {
        self.part(NOTHING, &[])
    }

    pub fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.nothing(),
        }
    }

    /// The number of the items, and then each of them.
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

    /// A value in the form in which it is written to files.
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
