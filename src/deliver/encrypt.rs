//! Encrypts a package or a workbook to its receivers, in the format of age (version 1, X25519 recipients; see
//! <https://age-encryption.org/v1>): whoever has a receiver's identity opens it with `age` or any program of that
//! format. The primitives are those of `ring`.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::primitives::decode::CheckedHrpstring;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result, Words, words};

/// How a receiver's key begins.
const HRP: &str = "age";
/// Plain bytes of a chunk; each has a tag of its own, so that a file is encrypted piece by piece.
const CHUNK: usize = 64 * 1024;
const INFO_OF_RECIPIENT: &[u8] = b"age-encryption.org/v1/X25519";

/// The public key of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

impl Recipient {
    /// Receivers as a file lists them: a line `age1…` for each; lines that begin with `#` are comments.
    ///
    /// # Errors
    /// What is wrong with the text, without repeating it: a secret key may have been put there.
    pub fn list(text: &str) -> Result<Vec<Recipient>, Words> {
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#'));
        let mut recipients = Vec::new();
        for (at, line) in lines {
            let n = at + 1;
            if line.starts_with("AGE-SECRET-KEY-") {
                return Err(words!(
                    "第 {n} 行是私钥，应为以 age1 开头的公钥；私钥只由接收方保管",
                    "line {n} is a secret key: a public key begins with age1, and the secret one stays with the receiver"
                ));
            }
            recipients.push(Recipient::parse(line).ok_or_else(|| {
                words!(
                    "第 {n} 行不是 age 公钥（age1…，由接收方用 age-keygen 生成）",
                    "line {n} is no public key of age (age1…, made by the receiver with age-keygen)"
                )
            })?);
        }
        match recipients.is_empty() {
            true => Err(words!("文件中没有公钥（age1…）", "the file holds no public key (age1…)")),
            false => Ok(recipients),
        }
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn parse(line: &str) -> Option<Recipient> {
        let checked = CheckedHrpstring::new::<bech32::Bech32>(line).ok()?;
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let is_plain = checked.hrp().as_str() == HRP;
        bytes.try_into().ok().filter(|_| is_plain).map(Recipient)
    }

    /// The stanza of the header that hands the file's key to this receiver.
    fn stanza(&self, file_key: &[u8; 16], rng: &SystemRandom) -> Option<String> {
        let secret = EphemeralPrivateKey::generate(&X25519, rng).ok()?;
        let share = secret.compute_public_key().ok()?;
        let salt = [share.as_ref(), &self.0].concat();
        let wrapping = agree_ephemeral(secret, &UnparsedPublicKey::new(&X25519, self.0), |shared| {
            derive(&salt, shared, INFO_OF_RECIPIENT)
        });
        let mut body = file_key.to_vec();
        seal(&wrapping.ok()??, [0; 12], &mut body)?;
        Some(format!("-> X25519 {}\n{}\n", STANDARD_NO_PAD.encode(share), STANDARD_NO_PAD.encode(body)))
    }
}

/// Encrypts a file to its receivers; each of them alone can open it.
///
/// # Errors
/// `Output`: a file cannot be written; `Usage`: a receiver's key is none that anything can be encrypted to.
pub fn encrypt(from: &Path, to: &Path, recipients: &[Recipient]) -> Result<()> {
    let input = File::open(from).map_err(|e| Error::unreadable_store(from, e))?;
    let file = File::create(to).map_err(|e| Error::output(to, e))?;
    let mut out = BufWriter::new(file);
    let failed = |side: Side, e| match side {
        Side::In => Error::unreadable_store(from, e),
        Side::Out => Error::output(to, e),
    };
    encrypt_stream(BufReader::with_capacity(CHUNK, input), &mut out, recipients, failed)?;
    let written = out.into_inner().map_err(std::io::IntoInnerError::into_error).and_then(|f| f.sync_all());
    written.map_err(|e| Error::output(to, e))
}

/// The same of bytes that stand in no file.
///
/// # Errors
/// `Usage`: a receiver's key is none that anything can be encrypted to.
pub fn encrypted(bytes: &[u8], recipients: &[Recipient]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len() + CHUNK);
    let failed = |_, e| Error::bug("bytes in memory cannot be read or written").caused_by(e);
    encrypt_stream(bytes, &mut out, recipients, failed)?;
    Ok(out)
}

/// Which end of a stream failed.
enum Side {
    In,
    Out,
}

fn encrypt_stream(
    mut input: impl Read,
    out: &mut impl Write,
    recipients: &[Recipient],
    failed: impl Fn(Side, std::io::Error) -> Error,
) -> Result<()> {
    let rng = SystemRandom::new();
    let mut file_key = [0; 16];
    let mut nonce = [0; 16];
    let unusable = || {
        Error::usage(
            "encrypt_to",
            words!(
                "无法用接收方的公钥加密：请向接收方重新索取",
                "nothing can be encrypted to a receiver's key: ask for another"
            ),
        )
    };
    rng.fill(&mut file_key).and_then(|()| rng.fill(&mut nonce)).map_err(|_| Error::bug("no random numbers"))?;
    let mut header = String::from("age-encryption.org/v1\n");
    for recipient in recipients {
        header += &recipient.stanza(&file_key, &rng).ok_or_else(unusable)?;
    }
    header += "---";
    let mac_key = derive(&[], &file_key, b"header").ok_or_else(unusable)?;
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &mac_key), header.as_bytes());
    header += &format!(" {}\n", STANDARD_NO_PAD.encode(mac));
    let payload_key = derive(&nonce, &file_key, b"payload").ok_or_else(unusable)?;

    out.write_all(header.as_bytes()).and_then(|()| out.write_all(&nonce)).map_err(|e| failed(Side::Out, e))?;
    let mut ahead = read_chunk(&mut input).map_err(|e| failed(Side::In, e))?;
    for counter in 0u64.. {
        let mut chunk = ahead;
        ahead = match chunk.len() {
            CHUNK => read_chunk(&mut input).map_err(|e| failed(Side::In, e))?,
            _ => Vec::new(),
        };
        let is_last = ahead.is_empty();
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&counter.to_be_bytes());
        nonce[11] = u8::from(is_last);
        seal(&payload_key, nonce, &mut chunk).ok_or_else(|| Error::bug("a chunk that cannot be encrypted"))?;
        out.write_all(&chunk).map_err(|e| failed(Side::Out, e))?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// A whole chunk, or what is left.
fn read_chunk(input: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(CHUNK + CHACHA20_POLY1305.tag_len());
    input.take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

/// HKDF-SHA-256; `None` where the library refuses, which for 32 bytes it does not.
fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    let info = [info];
    let pseudo_random = Salt::new(HKDF_SHA256, salt).extract(secret);
    pseudo_random.expand(&info, HKDF_SHA256).and_then(|okm| okm.fill(&mut key)).ok()?;
    Some(key)
}

fn seal(key: &[u8; 32], nonce: [u8; 12], bytes: &mut Vec<u8>) -> Option<()> {
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).ok()?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), bytes).ok()
}
