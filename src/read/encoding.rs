//! Finds the encoding of a text and decodes it piece by piece.
//!
//! A byte order mark of UTF-16 or UTF-32 decides. Without one, text with the zero bytes typical of UTF-16 is UTF-16, and text
//! that is strictly valid UTF-8 is UTF-8. Anything else is taken as mostly UTF-8 or mostly GB18030 and decoded line by
//! line ([`super::mixed`]), because files are often joined from exports of several systems.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::content::RawContent;
use super::line::LONGEST_RECORD;
use super::mixed;

/// Bytes at the beginning that are examined before the whole text is.
const HEAD: usize = 64 << 10;
/// Bytes that are read at a time.
const PIECE: usize = 512 << 10;

/// How a text is to be decoded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coding {
    /// The whole text is in this encoding.
    Pure(&'static Encoding),
    /// The whole text is in UTF-32, which browsers and so [`encoding_rs`] do not know.
    Utf32(ByteOrder),
    /// Most of the text is in this encoding, UTF-8 or GB18030; single lines may be in the other one.
    Mixed(&'static Encoding),
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn number(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Little => u32::from_le_bytes(bytes),
            ByteOrder::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// Least number of characters by which a text is known as UTF-32.
const FEWEST_UTF32: usize = 4;

/// The byte order of a text in UTF-32: every four bytes are a character, which no other text is.
fn utf32(head: &[u8]) -> Option<ByteOrder> {
    let (units, _) = head.as_chunks::<4>();
    let is_text = |order: &ByteOrder| {
        units.iter().all(|unit| char::from_u32(order.number(*unit)).is_some_and(|c| c != '\0' && c != '\u{fffe}'))
    };
    [ByteOrder::Little, ByteOrder::Big].into_iter().filter(|_| units.len() >= FEWEST_UTF32).find(is_text)
}

/// Finds how a text is encoded; `None` for bytes that are not text.
pub(super) fn detect(content: &mut dyn RawContent) -> io::Result<Option<Coding>> {
    let mut head = Vec::new();
    content.open()?.take(HEAD as u64).read_to_end(&mut head)?;
    if let Some(order) = utf32(&head) {
        return Ok(Some(Coding::Utf32(order)));
    }
    let marked = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
    if let Some(encoding) = marked.filter(|e| *e != UTF_8) {
        return Ok(Some(Coding::Pure(encoding)));
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // In UTF-16 every separator, digit and line break has a zero byte, always on the same side. A character such as
    // U+3400 has its zero byte on the other side.
    let many = |side: usize, other: usize| side >= 2 && side * 40 >= head.len() && other * 2 <= side;
    if marked.is_none() && many(odd, even) {
        return Ok(Some(Coding::Pure(UTF_16LE)));
    }
    if marked.is_none() && many(even, odd) {
        return Ok(Some(Coding::Pure(UTF_16BE)));
    }
    let controls = head.iter().filter(|b| matches!(b, 0..=8 | 14..=25 | 28..=31 | 127)).count();
    if controls > 4 && controls * 200 > head.len() {
        return Ok(None);
    }
    if is_utf8(content.open()?)? {
        return Ok(Some(Coding::Pure(UTF_8)));
    }
    let faults = count_faults(content.open()?)?;
    let mostly =
        if faults.utf8 * 20 <= faults.utf8_sequences || faults.utf8 < faults.gb18030 { UTF_8 } else { GB18030 };
    let mut least = faults.utf8.min(faults.gb18030);
    if least * FEW > faults.bytes {
        // Neither encoding fits the whole text; test whether decoding line by line does.
        let mut text = DecodedText::new(content.open()?, Coding::Mixed(mostly));
        text.more()?;
        while !text.is_whole() {
            let held = text.rest().len();
            text.take(held);
            text.more()?;
        }
        least = text.lost;
    }
    Ok((least * FEW <= faults.bytes).then_some(Coding::Mixed(mostly)))
}

/// More than one malformed sequence in this many bytes means that the bytes are not text.
const FEW: u64 = 50;

/// Whether all bytes are strictly valid UTF-8.
fn is_utf8(mut reader: Box<dyn Read + '_>) -> io::Result<bool> {
    let mut buffer = vec![0; PIECE];
    let mut kept = 0;
    loop {
        let read = read_some(&mut *reader, &mut buffer[kept..])?;
        let held = kept + read;
        match std::str::from_utf8(&buffer[..held]) {
            Ok(_) => kept = 0,
            Err(e) if e.error_len().is_none() && read > 0 => {
                buffer.copy_within(e.valid_up_to()..held, 0);
                kept = held - e.valid_up_to();
            }
            Err(_) => return Ok(false),
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

#[derive(Default)]
struct ByteCounts {
    bytes: u64,
    utf8: u64,
    /// Valid UTF-8 sequences of more than one byte.
    utf8_sequences: u64,
    gb18030: u64,
}

/// Counts the malformed sequences of a text, read as UTF-8 and read as GB18030.
fn count_faults(mut reader: Box<dyn Read + '_>) -> io::Result<ByteCounts> {
    let mut faults = ByteCounts::default();
    let mut utf8 = UTF_8.new_decoder_without_bom_handling();
    let mut gb18030 = GB18030.new_decoder_without_bom_handling();
    let mut buffer = vec![0; PIECE];
    let mut text = String::new();
    loop {
        let read = read_some(&mut *reader, &mut buffer)?;
        faults.bytes += read as u64;
        for (decoder, count, sequences) in
            [(&mut utf8, &mut faults.utf8, Some(&mut faults.utf8_sequences)), (&mut gb18030, &mut faults.gb18030, None)]
        {
            let wide = count_malformed(decoder, &buffer[..read], read == 0, &mut text, count);
            if let Some(sequences) = sequences {
                *sequences += wide;
            }
        }
        if read == 0 {
            return Ok(faults);
        }
    }
}

/// Adds the malformed sequences to `count`, and returns the number of valid characters beyond ASCII.
fn count_malformed(decoder: &mut Decoder, mut bytes: &[u8], last: bool, text: &mut String, count: &mut u64) -> u64 {
    let mut wide = 0;
    loop {
        text.clear();
        text.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(PIECE));
        let (result, read) = decoder.decode_to_string_without_replacement(bytes, text, last);
        wide += text.as_bytes().iter().filter(|b| **b >= 0xC0).count() as u64;
        bytes = &bytes[read..];
        match result {
            DecoderResult::InputEmpty => return wide,
            DecoderResult::Malformed(..) => *count += 1,
            DecoderResult::OutputFull => {}
        }
    }
}

/// Reads until the buffer is full or the end is reached.
fn read_some(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut held = 0;
    while held < buffer.len() {
        match reader.read(&mut buffer[held..]) {
            Ok(0) => break,
            Ok(n) => held += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(held)
}

/// A text that is decoded while it is read. Malformed bytes become U+FFFD.
pub(super) struct DecodedText<'c> {
    reader: Box<dyn Read + 'c>,
    decoding: Decoding,
    raw: Vec<u8>,
    held: String,
    taken: usize,
    ended: bool,
    /// Malformed sequences found so far in a mixed text.
    lost: u64,
}

enum Decoding {
    Pure(Decoder),
    Utf32(ByteOrder),
    Mixed {
        mostly: &'static Encoding,
        /// Bytes at the start of `raw` that belong to a line whose end has not been read yet.
        kept: usize,
        /// Nothing has been decoded yet.
        at_start: bool,
    },
}

impl<'c> DecodedText<'c> {
    pub fn new(reader: Box<dyn Read + 'c>, coding: Coding) -> Self {
        let decoding = match coding {
            Coding::Pure(encoding) => Decoding::Pure(encoding.new_decoder_with_bom_removal()),
            Coding::Utf32(order) => Decoding::Utf32(order),
            Coding::Mixed(mostly) => Decoding::Mixed { mostly, kept: 0, at_start: true },
        };
        DecodedText { reader, decoding, raw: vec![0; PIECE], held: String::new(), taken: 0, ended: false, lost: 0 }
    }

    /// Decoded text that the reader has not consumed yet.
    pub fn rest(&self) -> &str {
        &self.held[self.taken..]
    }

    /// Whether the end is reached: nothing will follow [`DecodedText::rest`].
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    /// Consumes this many bytes from the beginning of [`DecodedText::rest`].
    pub fn take(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// Reads and decodes the next piece.
    pub fn more(&mut self) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        self.held.drain(..self.taken);
        self.taken = 0;
        match &mut self.decoding {
            Decoding::Pure(decoder) => {
                let read = read_some(&mut *self.reader, &mut self.raw)?;
                self.ended = read < self.raw.len();
                decode(decoder, &self.raw[..read], self.ended, &mut self.held);
            }
            Decoding::Utf32(order) => {
                let read = read_some(&mut *self.reader, &mut self.raw)?;
                self.ended = read < self.raw.len();
                // A piece is a multiple of four bytes long; only the last one may end within a character.
                let (units, cut) = self.raw[..read].as_chunks::<4>();
                let characters =
                    units.iter().map(|unit| char::from_u32(order.number(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
                self.held.extend(characters.filter(|c| *c != '\u{feff}'));
                if !cut.is_empty() {
                    self.held.push(char::REPLACEMENT_CHARACTER);
                }
            }
            Decoding::Mixed { mostly, kept, at_start } => {
                if *kept == self.raw.len() {
                    // The line is longer than one piece: make room for another.
                    self.raw.resize(self.raw.len() + PIECE, 0);
                }
                let held = *kept + read_some(&mut *self.reader, &mut self.raw[*kept..])?;
                self.ended = held < self.raw.len();
                let longest = held >= LONGEST_RECORD;
                let end = match memchr::memrchr2(b'\n', b'\r', &self.raw[..held]) {
                    _ if self.ended => held,
                    Some(at) => at + 1,
                    None if longest => held,
                    None => 0,
                };
                let from = self.held.len();
                self.lost += mixed::decode(&self.raw[..end], mostly, &mut self.held);
                if *at_start && end > 0 {
                    *at_start = false;
                    if self.held[from..].starts_with('\u{feff}') {
                        self.held.drain(from..from + '\u{feff}'.len_utf8());
                    }
                }
                self.raw.copy_within(end..held, 0);
                *kept = held - end;
            }
        }
        Ok(())
    }
}

fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, out: &mut String) {
    loop {
        out.reserve(decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(PIECE));
        let (result, used, _) = decoder.decode_to_string(bytes, out, last);
        bytes = &bytes[used..];
        if result == encoding_rs::CoderResult::InputEmpty {
            return;
        }
    }
}
