//! Signatures over manifests, in the format of minisign: Ed25519 over BLAKE2b-512, with a comment that is signed too.
//!
//! Signatures bear no date and no random number: the same manifest and key give the same bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b, Blake2b512, Digest, digest::consts::U32};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

const SIGNATURE_COMMENT: &str = "untrusted comment: signature of a package of xinhui";
const SECRET_COMMENT: &str = "untrusted comment: minisign secret key of xinhui";
const PUBLIC_COMMENT: &str = "untrusted comment: minisign public key of xinhui";
const TRUSTED: &str = "trusted comment: ";

/// Ed25519, and Ed25519 over a BLAKE2b-512 of what is signed.
const PLAIN: &[u8] = b"Ed";
const HASHED: &[u8] = b"ED";

/// The key that packages are signed with. Never printed.
pub struct MinisignSecretKey {
    id: [u8; 8],
    seed: [u8; 32],
    key: Ed25519KeyPair,
}

/// The key that packages are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinisignPublicKey {
    id: [u8; 8],
    key: [u8; 32],
}

impl MinisignSecretKey {
    /// Reads a secret key without a password.
    pub fn parse(text: &str) -> Option<MinisignSecretKey> {
        let bytes = STANDARD.decode(text.lines().nth(1)?).ok()?;
        // Algorithm, no key derivation, checksum by BLAKE2b; salt and limits of none; number, seed and key, checksum.
        if bytes.len() != 158 || &bytes[..2] != PLAIN || bytes[2..4] != [0, 0] || &bytes[4..6] != b"B2" {
            return None;
        }
        let key = MinisignSecretKey::of_seed(bytes[54..62].try_into().ok()?, bytes[62..94].try_into().ok()?)?;
        (key.pair()[32..] == bytes[94..126] && key.checksum()[..] == bytes[126..]).then_some(key)
    }

    pub fn of_seed(id: [u8; 8], seed: [u8; 32]) -> Option<MinisignSecretKey> {
        Some(MinisignSecretKey { id, seed, key: Ed25519KeyPair::from_seed_unchecked(&seed).ok()? })
    }

    /// The seed and the public key, as minisign keeps them.
    fn pair(&self) -> Vec<u8> {
        [&self.seed[..], self.key.public_key().as_ref()].concat()
    }

    fn checksum(&self) -> [u8; 32] {
        let hash = Blake2b::<U32>::new().chain_update(PLAIN).chain_update(self.id);
        hash.chain_update(self.pair()).finalize().into()
    }

    pub fn to_text(&self) -> String {
        let mut bytes = Vec::from(PLAIN);
        bytes.extend([0, 0]);
        bytes.extend(b"B2");
        bytes.extend([0; 48]);
        bytes.extend(self.id);
        bytes.extend(self.pair());
        bytes.extend(self.checksum());
        format!("{SECRET_COMMENT}\n{}\n", STANDARD.encode(bytes))
    }

    pub fn public(&self) -> MinisignPublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.key.public_key().as_ref());
        MinisignPublicKey { id: self.id, key }
    }

    /// The signature file of some bytes; the comment is signed as well.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> String {
        let signature = self.key.sign(&Blake2b512::digest(bytes));
        let mut line = Vec::from(HASHED);
        line.extend(self.id);
        line.extend(signature.as_ref());
        let mut both = Vec::from(signature.as_ref());
        both.extend(comment.as_bytes());
        let global = self.key.sign(&both);
        let (line, global) = (STANDARD.encode(line), STANDARD.encode(global.as_ref()));
        format!("{SIGNATURE_COMMENT}\n{line}\n{TRUSTED}{comment}\n{global}\n")
    }
}

impl MinisignPublicKey {
    /// Reads a public key: a file of two lines, or the one line with the key itself.
    pub fn parse(text: &str) -> Option<MinisignPublicKey> {
        let line = text.lines().rfind(|l| !l.trim().is_empty())?;
        let bytes = STANDARD.decode(line.trim()).ok()?;
        if bytes.len() != 42 || &bytes[..2] != PLAIN {
            return None;
        }
        Some(MinisignPublicKey { id: bytes[2..10].try_into().ok()?, key: bytes[10..].try_into().ok()? })
    }

    pub fn to_text(&self) -> String {
        let mut bytes = Vec::from(PLAIN);
        bytes.extend(self.id);
        bytes.extend(self.key);
        format!("{PUBLIC_COMMENT}\n{}\n", STANDARD.encode(bytes))
    }

    /// Whether a signature file is, to its last byte, what the holder of the secret key makes of these bytes and of
    /// the comment in it.
    pub fn verifies(&self, bytes: &[u8], signature: &str) -> bool {
        self.check(bytes, signature).is_some()
    }

    fn check(&self, bytes: &[u8], text: &str) -> Option<()> {
        let mut lines = text.lines();
        let (first, line, comment, global) = (lines.next()?, lines.next()?, lines.next()?, lines.next()?);
        let comment = comment.strip_prefix(TRUSTED)?;
        // No other spelling of the same signature passes: what was signed is the file as we write it.
        if text != format!("{SIGNATURE_COMMENT}\n{line}\n{TRUSTED}{comment}\n{global}\n") || first != SIGNATURE_COMMENT
        {
            return None;
        }
        let line = STANDARD.decode(line).ok()?;
        if line.len() != 74 || &line[..2] != HASHED || line[2..10] != self.id {
            return None;
        }
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        key.verify(&Blake2b512::digest(bytes), &line[10..]).ok()?;
        let mut both = Vec::from(&line[10..]);
        both.extend(comment.as_bytes());
        key.verify(&both, &STANDARD.decode(global).ok()?).ok()
    }
}
