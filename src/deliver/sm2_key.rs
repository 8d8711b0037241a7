//! Signatures by SM2 over SM3 (GB/T 32918.2), keys in PEM and signatures in DER as OpenSSL has them.
//!
//! The signer bears the name that the standard gives to those who agreed on none, `1234567812345678`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::sec1::ToEncodedPoint as _;

const SIGNER: &str = "1234567812345678";

/// What stands before the number of a secret key (PKCS #8), between it and the point, and before the point of a public
/// key: all of it is the same in every key on this curve.
const BEFORE_SECRET: &[u8] = &[
    0x30, 0x81, 0x87, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x81, 0x1c, 0xcf,
    0x55, 1, 0x82, 0x2d, 4, 0x6d, 0x30, 0x6b, 2, 1, 1, 4, 0x20,
];
const BETWEEN: &[u8] = &[0xa1, 0x44, 3, 0x42, 0];
const BEFORE_PUBLIC: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x82,
    0x2d, 3, 0x42, 0,
];

/// A secret key. Never printed.
pub struct Sm2Secret(SigningKey);

/// A public key.
#[derive(Clone, Debug)]
pub struct Sm2Public(VerifyingKey);

impl Sm2Secret {
    /// The key of a number; `None` where it is none of the curve's.
    pub fn of_seed(seed: &[u8; 32]) -> Option<Sm2Secret> {
        SigningKey::from_slice(SIGNER, seed).ok().map(Sm2Secret)
    }

    pub fn public(&self) -> Sm2Public {
        Sm2Public(self.0.verifying_key().clone())
    }

    pub fn to_text(&self) -> String {
        let point = self.public().point();
        pem("PRIVATE KEY", &[BEFORE_SECRET, &self.0.to_bytes(), BETWEEN, &point].concat())
    }

    pub fn parse(text: &str) -> Option<Sm2Secret> {
        let der = der(text, "PRIVATE KEY")?;
        let rest = der.strip_prefix(BEFORE_SECRET)?;
        let key = Sm2Secret::of_seed(rest.get(..32)?.try_into().ok()?)?;
        (rest[32..] == [BETWEEN, &key.public().point()].concat()).then_some(key)
    }

    /// The signature of some bytes: the same for the same bytes and key.
    pub fn sign(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let signature: Signature = self.0.try_sign(bytes).ok()?;
        Some(signature_der(&signature))
    }
}

impl Sm2Public {
    /// The point, not compressed.
    fn point(&self) -> Vec<u8> {
        self.0.to_encoded_point(false).as_bytes().to_vec()
    }

    pub fn to_text(&self) -> String {
        pem("PUBLIC KEY", &[BEFORE_PUBLIC, &self.point()].concat())
    }

    pub fn parse(text: &str) -> Option<Sm2Public> {
        let der = der(text, "PUBLIC KEY")?;
        VerifyingKey::from_sec1_bytes(SIGNER, der.strip_prefix(BEFORE_PUBLIC)?).ok().map(Sm2Public)
    }

    /// Whether these bytes are, in the one spelling that [`Sm2Secret::sign`] has, a signature of the others.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let Some(parsed) = parse_signature(signature) else { return false };
        signature_der(&parsed) == signature && self.0.verify(bytes, &parsed).is_ok()
    }
}

/// Two numbers in DER.
fn signature_der(signature: &Signature) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let start = bytes.iter().position(|b| *b != 0).unwrap_or(bytes.len().saturating_sub(1));
        let sign: &[u8] = if bytes[start] & 0x80 != 0 { &[0] } else { &[] };
        let body = [sign, &bytes[start..]].concat();
        [&[2, body.len() as u8][..], &body].concat()
    };
    let both = [number(&signature.r_bytes()), number(&signature.s_bytes())].concat();
    [&[0x30, both.len() as u8][..], &both].concat()
}

fn parse_signature(der: &[u8]) -> Option<Signature> {
    let mut rest = der.strip_prefix(&[0x30])?.get(1..)?;
    let mut number = || -> Option<[u8; 32]> {
        let length = usize::from(*rest.strip_prefix(&[2])?.first()?);
        let body = rest.get(2..2 + length)?;
        rest = &rest[2 + length..];
        let start = body.len().saturating_sub(32);
        let mut padded = [0; 32];
        padded[32 - (body.len() - start)..].copy_from_slice(&body[start..]);
        Some(padded)
    };
    let (r, s) = (number()?, number()?);
    Signature::from_scalars(r, s).ok()
}

fn pem(name: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|c| std::str::from_utf8(c).ok()).collect();
    format!("-----BEGIN {name}-----\n{}\n-----END {name}-----\n", lines.join("\n"))
}

fn der(text: &str, name: &str) -> Option<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----"));
    let body = text.split_once(&begin)?.1.split_once(&end)?.0;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}
