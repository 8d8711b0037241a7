//! What a person is known by outside of the vault.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

use rayon::slice::ParallelSliceMut;

use super::ids::KeyNumber;

/// A person's key: 128 bits of a keyed hash, written as 32 hexadecimal digits. The order of keys is that
/// of their texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonKey(NonZero<u128>);

impl PersonKey {
    /// Bytes of a key.
    pub const LEN: usize = 16;

    /// The key of a hash; that of 0, which never comes, is 1.
    pub fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        PersonKey(NonZero::new(u128::from_be_bytes(bytes)).unwrap_or(NonZero::<u128>::MIN))
    }

    /// The bits as a number.
    pub fn to_u128(self) -> u128 {
        self.0.get()
    }

    pub fn to_bytes(self) -> [u8; Self::LEN] {
        self.0.get().to_be_bytes()
    }

    /// The first 63 bits: the number that facts know a person by.
    pub fn number(self) -> i64 {
        (self.0.get() >> 65) as i64
    }

    /// The 32 digits.
    pub fn digits(self) -> [u8; 2 * Self::LEN] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 2 * Self::LEN];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.to_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        text
    }
}

impl fmt::Display for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no key: not 32 lower-case hexadecimal digits, or all of them 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no person key: 32 lower-case hexadecimal digits are one")]
pub struct NoPersonKey;

impl FromStr for PersonKey {
    type Err = NoPersonKey;

    fn from_str(text: &str) -> Result<Self, NoPersonKey> {
        if text.len() != 2 * Self::LEN {
            return Err(NoPersonKey);
        }
        let mut key = 0u128;
        for byte in text.bytes() {
            let digit = match byte {
                b'0'..=b'9' => byte - b'0',
                b'a'..=b'f' => byte - b'a' + 10,
                _ => return Err(NoPersonKey),
            };
            key = key << 4 | u128::from(digit);
        }
        NonZero::new(key).map(PersonKey).ok_or(NoPersonKey)
    }
}

/// Distinct keys, numbered in their order. Keys are hashes, so that their first bits tell about where one
/// stands.
#[derive(Clone, Default)]
pub struct SortedKeys {
    keys: Vec<PersonKey>,
    /// By first bits: number of the first key with these or greater ones.
    starts: Vec<u32>,
    bits: u32,
}

impl SortedKeys {
    pub fn new(mut keys: Vec<PersonKey>) -> Self {
        keys.par_sort_unstable();
        keys.dedup();
        let bits = keys.len().max(2).ilog2();
        let mut starts = vec![0; (1 << bits) + 1];
        for key in &keys {
            starts[(key.0.get() >> (128 - bits)) as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        SortedKeys { keys, starts, bits }
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys in their order.
    pub fn all(&self) -> &[PersonKey] {
        &self.keys
    }

    pub fn get(&self, number: KeyNumber) -> PersonKey {
        self.keys[number.index()]
    }

    pub fn number(&self, key: PersonKey) -> Option<KeyNumber> {
        let bucket = (key.0.get() >> (128 - self.bits.max(1))) as usize;
        let (from, to) = (*self.starts.get(bucket)?, *self.starts.get(bucket + 1)?);
        self.keys[from as usize..to as usize].binary_search(&key).ok().map(|at| KeyNumber::new(from as usize + at))
    }
}
