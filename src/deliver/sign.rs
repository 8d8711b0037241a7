//! Keys that packages are signed and checked with: Ed25519 in the format of minisign, or SM2.

use std::fs;
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};

use super::manifest::MANIFEST;
use super::minisign;
use super::sm2_key::{Sm2Public, Sm2Secret};
use crate::error::{Error, Result, words};
use crate::store::private_file;

/// A way to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Ed25519,
    Sm2,
}

/// The key that packages are signed with. Never printed.
pub enum SigningKey {
    Ed25519(minisign::MinisignSecretKey),
    Sm2(Sm2Secret),
}

/// The key that packages are checked with.
#[derive(Clone, Debug)]
pub enum PublicKey {
    Ed25519(minisign::MinisignPublicKey),
    Sm2(Sm2Public),
}

impl Algorithm {
    /// The name of the signature in a package.
    pub fn file(self) -> String {
        match self {
            Algorithm::Ed25519 => format!("{MANIFEST}.minisig"),
            Algorithm::Sm2 => format!("{MANIFEST}.sm2"),
        }
    }
}

impl SigningKey {
    /// Makes a key pair: the secret key, mode 0600, and beside it the public key, `PATH.pub`.
    ///
    /// # Errors
    /// `Usage`: one of the files exists; `Output`.
    pub fn create(path: &Path, algorithm: Algorithm) -> Result<PathBuf> {
        let (mut id, mut seed) = ([0; 8], [0; 32]);
        for part in [&mut id[..], &mut seed[..]] {
            getrandom::fill(part).map_err(|e| Error::output(path, e.to_string()))?;
        }
        let texts = match algorithm {
            Algorithm::Ed25519 => {
                minisign::MinisignSecretKey::of_seed(id, seed).map(|k| (k.to_text(), k.public().to_text()))
            }
            Algorithm::Sm2 => Sm2Secret::of_seed(&seed).map(|k| (k.to_text(), k.public().to_text())),
        };
        let (secret_text, public_text) = texts.ok_or_else(|| Error::bug("a random seed is no key"))?;
        let public = public_path(path);
        if public.exists() {
            return Err(Error::usage(
                public.display(),
                words!("文件已存在；密钥从不覆盖", "the file exists, and a key is never replaced"),
            ));
        }
        let mut file = private_file::create_new(path).map_err(|e| match e.kind() {
            IoKind::AlreadyExists => Error::usage(
                path.display(),
                words!("文件已存在；密钥从不覆盖", "the file exists, and a key is never replaced"),
            )
            .hint(words!(
                "接收方持有旧公钥：请换一个路径，并把新公钥发给他们",
                "receivers know the old key: choose another path, and send them the new public key"
            )),
            _ => Error::output(path, e),
        })?;
        let written = file.write_all(secret_text.as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| fs::write(&public, public_text)).map_err(|e| {
            // Half a key must not look like a key tomorrow.
            let _ = fs::remove_file(path);
            Error::output(path, e)
        })?;
        Ok(public)
    }

    /// Reads a secret key without a password, as `xinhui feed key`, `minisign -G -W` and
    /// `openssl genpkey -algorithm SM2` write it.
    ///
    /// # Errors
    /// `Usage`: there is none, it is none, or others may read it.
    pub fn read(path: &Path) -> Result<SigningKey> {
        let text = fs::read_to_string(path).map_err(|e| {
            Error::usage(path.display(), words!("无法读取签名私钥", "the signing key cannot be read"))
                .hint(words!(
                    "请生成签名私钥：`xinhui feed key --out {}`",
                    "make one with `xinhui feed key --out {}`",
                    path.display()
                ))
                .caused_by(e)
        })?;
        #[cfg(unix)]
        {
            let metadata = fs::metadata(path).map_err(|e| Error::input(path, e))?;
            if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
                return Err(Error::usage(
                    path.display(),
                    words!("本机其他用户可以读取签名私钥", "others on this machine may read the signing key"),
                )
                .hint(words!(
                    "请用 `chmod 600 {}` 限制权限",
                    "close it with `chmod 600 {}`",
                    path.display()
                )));
            }
        }
        let parsed = match Sm2Secret::parse(&text) {
            Some(key) => Some(SigningKey::Sm2(key)),
            None => minisign::MinisignSecretKey::parse(&text).map(SigningKey::Ed25519),
        };
        parsed.ok_or_else(|| {
            Error::usage(
                path.display(),
                words!(
                    "其中不是 minisign 或 SM2 的无密码私钥",
                    "holds no secret key of minisign or SM2 without a password"
                ),
            )
            .hint(words!(
                "请生成签名私钥：`xinhui feed key --out {}`",
                "make one with `xinhui feed key --out {}`",
                path.display()
            ))
        })
    }

    pub fn algorithm(&self) -> Algorithm {
        match self {
            SigningKey::Ed25519(_) => Algorithm::Ed25519,
            SigningKey::Sm2(_) => Algorithm::Sm2,
        }
    }

    /// The signature file of some bytes; minisign signs the comment as well, SM2 has none.
    ///
    /// # Errors
    /// `Bug`: the key signs nothing.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> Result<Vec<u8>> {
        match self {
            SigningKey::Ed25519(key) => Ok(key.sign(bytes, comment).into_bytes()),
            SigningKey::Sm2(key) => key.sign(bytes).ok_or_else(|| Error::bug("SM2 made no signature")),
        }
    }
}

impl PublicKey {
    /// Reads a public key: of minisign, a file of two lines or the one line with the key itself; of SM2, in PEM.
    pub fn read(path: &Path) -> Result<PublicKey> {
        let text = fs::read_to_string(path).map_err(|e| {
            Error::usage(path.display(), words!("无法读取公钥", "the public key cannot be read")).caused_by(e)
        })?;
        let parsed = match Sm2Public::parse(&text) {
            Some(key) => Some(PublicKey::Sm2(key)),
            None => minisign::MinisignPublicKey::parse(&text).map(PublicKey::Ed25519),
        };
        parsed.ok_or_else(|| {
            Error::usage(
                path.display(),
                words!("其中不是 minisign 或 SM2 的公钥", "holds no public key of minisign or SM2"),
            )
        })
    }

    pub fn algorithm(&self) -> Algorithm {
        match self {
            PublicKey::Ed25519(_) => Algorithm::Ed25519,
            PublicKey::Sm2(_) => Algorithm::Sm2,
        }
    }

    /// Whether a signature file is, to its last byte, what the holder of the secret key makes of these bytes.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        match self {
            PublicKey::Ed25519(key) => std::str::from_utf8(signature).is_ok_and(|text| key.verifies(bytes, text)),
            PublicKey::Sm2(key) => key.verifies(bytes, signature),
        }
    }
}

/// Where the public key of a secret key lies.
pub fn public_path(secret: &Path) -> PathBuf {
    let mut name = secret.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}
