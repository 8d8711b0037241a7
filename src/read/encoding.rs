//! Which encoding a text is in, and reading it piece by piece.
//!
//! A byte order mark decides; else text with the zero bytes of UTF-16 is that; else UTF-8 where it
//! holds strictly, and GB18030 where it does not.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::content::Content;

/// Bytes that are looked at before the whole text is.
const HEAD: usize = 64 << 10;
/// Bytes read at a time.
const PIECE: usize = 512 << 10;

/// The encoding of a text, or `None` for bytes that are no text.
///
/// # Errors
/// What reading gives.
pub(super) fn detect(content: &mut dyn Content) -> io::Result<Option<&'static Encoding>> {
    let mut head = Vec::new();
    content.open()?.take(HEAD as u64).read_to_end(&mut head)?;
    if let Some((encoding, _)) = Encoding::for_bom(&head) {
        return Ok(Some(encoding));
    }
    if head.starts_with(&[0x84, 0x31, 0x95, 0x33]) {
        return Ok(Some(GB18030));
    }
    let zeros = |parity: usize| head.iter().skip(parity).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // Every separator, digit and line break of UTF-16 has a zero byte on the same side; a character
    // such as U+3400 has one on the other.
    let many = |side: usize, other: usize| side >= 2 && side * 40 >= head.len() && other * 2 <= side;
    if many(odd, even) {
        return Ok(Some(UTF_16LE));
    }
    if many(even, odd) {
        return Ok(Some(UTF_16BE));
    }
    let controls = head.iter().filter(|b| matches!(b, 0..=8 | 14..=25 | 28..=31 | 127)).count();
    if controls > 4 && controls * 200 > head.len() {
        return Ok(None);
    }
    if is_utf8(content.open()?)? {
        return Ok(Some(UTF_8));
    }
    let faults = count_faults(content.open()?)?;
    let encoding =
        if faults.utf8 * 20 <= faults.utf8_sequences || faults.utf8 < faults.gb18030 { UTF_8 } else { GB18030 };
    let least = if encoding == UTF_8 { faults.utf8 } else { faults.gb18030 };
    Ok((least * 50 <= faults.bytes).then_some(encoding))
}

/// Strictly UTF-8 from the first byte to the last.
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
struct Faults {
    bytes: u64,
    utf8: u64,
    /// Whole UTF-8 sequences of more than one byte.
    utf8_sequences: u64,
    gb18030: u64,
}

/// Counts what is wrong with a text as UTF-8 and as GB18030.
fn count_faults(mut reader: Box<dyn Read + '_>) -> io::Result<Faults> {
    let mut faults = Faults::default();
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

/// Counts malformed sequences; gives the number of well-formed characters beyond ASCII.
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

/// A text that is decoded as it is read. What is malformed becomes U+FFFD.
pub(super) struct Text<'c> {
    reader: Box<dyn Read + 'c>,
    decoder: Decoder,
    raw: Vec<u8>,
    held: String,
    taken: usize,
    ended: bool,
}

impl<'c> Text<'c> {
    pub fn new(reader: Box<dyn Read + 'c>, encoding: &'static Encoding) -> Self {
        Text {
            reader,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; PIECE],
            held: String::new(),
            taken: 0,
            ended: false,
        }
    }

    /// What has been read and not been taken.
    pub fn rest(&self) -> &str {
        &self.held[self.taken..]
    }

    /// Nothing more will come behind [`Text::rest`].
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    /// Takes bytes from the beginning of [`Text::rest`].
    pub fn take(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// Reads the next piece.
    pub fn more(&mut self) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        self.held.drain(..self.taken);
        self.taken = 0;
        let read = read_some(&mut *self.reader, &mut self.raw)?;
        self.ended = read < self.raw.len();
        let mut bytes = &self.raw[..read];
        loop {
            self.held.reserve(self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(PIECE));
            let (result, used, _) = self.decoder.decode_to_string(bytes, &mut self.held, self.ended);
            bytes = &bytes[used..];
            if result == encoding_rs::CoderResult::InputEmpty {
                return Ok(());
            }
        }
    }
}
