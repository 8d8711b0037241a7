//! Signatures over manifests, in the format of minisign: Ed25519 over BLAKE2b-512, with a comment that is signed too.
//!
//! Signatures bear no date and no random number: the same manifest and key give the same bytes.

use std::fs;
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b, Blake2b512, Digest, digest::consts::U32};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::error::{Error, Result};
use crate::store::private_file;

/// What the name of a signature adds to that of the signed file.
pub const ENDING: &str = ".minisig";

const SIGNATURE_COMMENT: &str = "untrusted comment: signature of a package of xinhui";
const SECRET_COMMENT: &str = "untrusted comment: minisign secret key of xinhui";
const PUBLIC_COMMENT: &str = "untrusted comment: minisign public key of xinhui";
const TRUSTED: &str = "trusted comment: ";

/// Ed25519, and Ed25519 over a BLAKE2b-512 of what is signed.
const PLAIN: &[u8] = b"Ed";
const HASHED: &[u8] = b"ED";

/// The key that packages are signed with. Never printed.
pub struct SecretKey {
    id: [u8; 8],
    seed: [u8; 32],
    key: Ed25519KeyPair,
}

/// The key that packages are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    id: [u8; 8],
    key: [u8; 32],
}

impl SecretKey {
    /// Makes a key pair: the secret key, mode 0600, and beside it the public key, `PATH.pub`.
    ///
    /// # Errors
    /// `Usage`: one of the files exists; `Output`.
    pub fn create(path: &Path) -> Result<PathBuf> {
        let (mut id, mut seed) = ([0; 8], [0; 32]);
        for part in [&mut id[..], &mut seed[..]] {
            getrandom::fill(part).map_err(|e| Error::output(path, e.to_string()))?;
        }
        let key = SecretKey::of_seed(id, seed).ok_or_else(|| Error::bug("a random seed is no key"))?;
        let public = public_path(path);
        if public.exists() {
            return Err(Error::usage(public.display(), "the file exists, and a key is never replaced"));
        }
        let mut file = private_file::create_new(path).map_err(|e| match e.kind() {
            IoKind::AlreadyExists => Error::usage(path.display(), "the file exists, and a key is never replaced")
                .hint("receivers know the old key: choose another path, and send them the new public key"),
            _ => Error::output(path, e),
        })?;
        let written = file.write_all(key.to_text().as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| fs::write(&public, key.public().to_text())).map_err(|e| {
            // Half a key must not look like a key tomorrow.
            let _ = fs::remove_file(path);
            Error::output(path, e)
        })?;
        Ok(public)
    }

    /// Reads a secret key without a password, as `xinhui feed key` and `minisign -G -W` write it.
    ///
    /// # Errors
    /// `Usage`: there is none, it is none, or others may read it.
    pub fn read(path: &Path) -> Result<SecretKey> {
        let text = fs::read_to_string(path).map_err(|e| {
            Error::usage(path.display(), "the signing key cannot be read")
                .hint(format!("make one with `xinhui feed key --out {}`", path.display()))
                .caused_by(e)
        })?;
        #[cfg(unix)]
        {
            let metadata = fs::metadata(path).map_err(|e| Error::input(path, e))?;
            if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
                return Err(Error::usage(path.display(), "others on this machine may read the signing key")
                    .hint(format!("close it with `chmod 600 {}`", path.display())));
            }
        }
        SecretKey::parse(&text).ok_or_else(|| {
            Error::usage(path.display(), "holds no minisign secret key without a password")
                .hint(format!("make one with `xinhui feed key --out {}`", path.display()))
        })
    }

    fn parse(text: &str) -> Option<SecretKey> {
        let bytes = STANDARD.decode(text.lines().nth(1)?).ok()?;
        // Algorithm, no key derivation, checksum by BLAKE2b; salt and limits of none; number, seed and key, checksum.
        if bytes.len() != 158 || &bytes[..2] != PLAIN || bytes[2..4] != [0, 0] || &bytes[4..6] != b"B2" {
            return None;
        }
        let key = SecretKey::of_seed(bytes[54..62].try_into().ok()?, bytes[62..94].try_into().ok()?)?;
        (key.pair()[32..] == bytes[94..126] && key.checksum()[..] == bytes[126..]).then_some(key)
    }

    fn of_seed(id: [u8; 8], seed: [u8; 32]) -> Option<SecretKey> {
        Some(SecretKey { id, seed, key: Ed25519KeyPair::from_seed_unchecked(&seed).ok()? })
    }

    /// The seed and the public key, as minisign keeps them.
    fn pair(&self) -> Vec<u8> {
        [&self.seed[..], self.key.public_key().as_ref()].concat()
    }

    fn checksum(&self) -> [u8; 32] {
        let hash = Blake2b::<U32>::new().chain_update(PLAIN).chain_update(self.id);
        hash.chain_update(self.pair()).finalize().into()
    }

    fn to_text(&self) -> String {
        let mut bytes = Vec::from(PLAIN);
        bytes.extend([0, 0]);
        bytes.extend(b"B2");
        bytes.extend([0; 48]);
        bytes.extend(self.id);
        bytes.extend(self.pair());
        bytes.extend(self.checksum());
        format!("{SECRET_COMMENT}\n{}\n", STANDARD.encode(bytes))
    }

    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.key.public_key().as_ref());
        PublicKey { id: self.id, key }
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

impl PublicKey {
    /// Reads a public key: a file of two lines, or the one line with the key itself.
    ///
    /// # Errors
    /// `Usage`.
    pub fn read(path: &Path) -> Result<PublicKey> {
        let text = fs::read_to_string(path)
            .map_err(|e| Error::usage(path.display(), "the public key cannot be read").caused_by(e))?;
        PublicKey::parse(&text).ok_or_else(|| Error::usage(path.display(), "holds no minisign public key"))
    }

    fn parse(text: &str) -> Option<PublicKey> {
        let line = text.lines().rfind(|l| !l.trim().is_empty())?;
        let bytes = STANDARD.decode(line.trim()).ok()?;
        if bytes.len() != 42 || &bytes[..2] != PLAIN {
            return None;
        }
        Some(PublicKey { id: bytes[2..10].try_into().ok()?, key: bytes[10..].try_into().ok()? })
    }

    fn to_text(&self) -> String {
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

/// Where the public key of a secret key lies.
pub fn public_path(secret: &Path) -> PathBuf {
    let mut name = secret.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}
