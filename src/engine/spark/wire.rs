//! Messages in the encoding of protocol buffers: the few fields of Spark Connect that are used here.

use bytes::Bytes;

/// A message that is being written; fields in any order, by their number in the published `.proto` files.
#[derive(Default)]
pub(super) struct WireMessage(Vec<u8>);

impl WireMessage {
    /// A whole number or a truth value.
    pub fn number(mut self, field: u32, value: u64) -> Self {
        self.key(field, 0);
        self.varint(value);
        self
    }

    /// Bytes, a text, or a message that is finished.
    pub fn bytes(mut self, field: u32, value: impl AsRef<[u8]>) -> Self {
        let value = value.as_ref();
        self.key(field, 2);
        self.varint(value.len() as u64);
        self.0.extend_from_slice(value);
        self
    }

    /// A message within this one.
    pub fn message(self, field: u32, inner: WireMessage) -> Self {
        self.bytes(field, inner.0)
    }

    pub fn finished(self) -> Vec<u8> {
        self.0
    }

    fn key(&mut self, field: u32, kind: u64) {
        self.varint(u64::from(field) << 3 | kind);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// The last value of a field of bytes in a message; `None` where it is not there, or the message is none.
pub(super) fn bytes_of(message: &Bytes, field: u32) -> Option<Bytes> {
    let mut rest = message.clone();
    let mut found = None;
    while !rest.is_empty() {
        let key = take_varint(&mut rest)?;
        match key & 7 {
            0 => drop(take_varint(&mut rest)?),
            1 => drop(take(&mut rest, 8)?),
            2 => {
                let length = usize::try_from(take_varint(&mut rest)?).ok()?;
                let value = take(&mut rest, length)?;
                if key >> 3 == u64::from(field) {
                    found = Some(value);
                }
            }
            5 => drop(take(&mut rest, 4)?),
            _ => return None,
        }
    }
    found
}

fn take(rest: &mut Bytes, length: usize) -> Option<Bytes> {
    (length <= rest.len()).then(|| rest.split_to(length))
}

fn take_varint(rest: &mut Bytes) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
