//! The county's secret key, and the keys derived from it.
//!
//! The key file is made once, is kept by the county and never leaves it. The secret itself is not used as a key in the
//! store: each purpose has its own derived key, `HMAC(secret, purpose)`.

use std::fmt;
use std::io::{ErrorKind as IoKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use sm3::Sm3;

use super::held_file::HeldFile;
use super::private_file;
use crate::error::{Error, Result, words};

/// SHA-256 of the key in `sample-data/`. That key is public in the repository and protects invented people only, so a
/// checkout may leave its file readable for everyone.
const SAMPLE_KEY: &str = "96db6819778c7736dd97f4c47ea3c4be7e31b6bab8e3f5cf5aa66b13568df8ba";

/// A longer file holds no key.
const LONGEST_FILE: u64 = 4096;

/// Length of a secret in bytes.
const SECRET_LEN: usize = 32;

/// The hash that keys are derived and used with (`[identity] hash`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashName {
    /// HMAC-SHA256 (FIPS 198-1 over FIPS 180-4).
    Sha256,
    /// HMAC-SM3 (GB/T 32905-2016).
    Sm3,
}

impl HashName {
    /// The name as written in the config and the store.
    pub fn as_str(self) -> &'static str {
        match self {
            HashName::Sha256 => "sha256",
            HashName::Sm3 => "sm3",
        }
    }

    /// The hash with this name.
    pub fn parse(name: &str) -> Option<HashName> {
        [HashName::Sha256, HashName::Sm3].into_iter().find(|h| h.as_str() == name)
    }
}

/// The secret key of a store. It is never printed.
#[derive(Clone)]
pub struct SecretKey {
    secret: [u8; SECRET_LEN],
    hash: HashName,
    path: PathBuf,
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl SecretKey {
    /// Whether it is the key of the sample, which everybody has.
    pub fn is_of_sample(&self) -> bool {
        is_of_sample(&self.secret)
    }

    /// Reads a key file: 32 raw bytes, or 64 hexadecimal digits with optional white space around them.
    ///
    /// # Errors
    /// `Usage` if there is no such file (the hint mentions `xinhui key new`), if it holds no key or only zeros, or if
    /// other users may read or change it; `Input` if it cannot be read.
    pub fn read(path: &Path, hash: HashName) -> Result<Self> {
        // A pipe would be waited for all night, and a large file read whole.
        let read = |held: HeldFile| if held.stamp().size > LONGEST_FILE { Ok(Bytes::new()) } else { held.bytes() };
        let bytes = HeldFile::open(path).and_then(read).map_err(|e| match e.kind() {
            IoKind::InvalidInput => Error::usage(
                path.display(),
                words!("不是普通文件，不能用作密钥", "is no regular file, so it is no key"),
            ),
            IoKind::NotFound => {
                Error::usage(path.display(), words!("没有密钥文件", "there is no key file")).hint(words!(
                    "请生成密钥：`xinhui key new --out {}`",
                    "make a key with `xinhui key new --out {}`",
                    path.display()
                ))
            }
            _ => Error::input(path, e),
        })?;
        let secret = parse_secret(&bytes).ok_or_else(|| {
            Error::usage(
                path.display(),
                words!(
                    "其中不是密钥：应为 32 个字节，或 64 位十六进制数字",
                    "holds no key: it must be 32 raw bytes or 64 hexadecimal digits"
                ),
            )
            .hint(words!(
                "请在别处另行生成密钥：`xinhui key new --out 路径`",
                "make a key at another path with `xinhui key new --out PATH`"
            ))
        })?;
        if secret == [0; SECRET_LEN] {
            return Err(Error::usage(
                path.display(),
                words!("密钥全为零，任何人都能猜到", "the key is all zeros, which anybody can guess"),
            )
            .hint(words!(
                "请在别处另行生成密钥：`xinhui key new --out 路径`",
                "make a key at another path with `xinhui key new --out PATH`"
            )));
        }
        if open_to_others(path)? && !is_of_sample(&secret) {
            return Err(Error::usage(
                path.display(),
                words!("本机其他用户可以读取或修改密钥", "everybody on this machine may read or change the key"),
            )
            .hint(words!(
                "请用 `chmod 600 {0}` 限制权限；如密钥可能已被他人看到，再用 `xinhui key change` 更换",
                "close it with `chmod 600 {0}`; if others may have seen it, then change it with `xinhui key change`",
                path.display()
            )));
        }
        Ok(SecretKey { secret, hash, path: path.to_owned() })
    }

    /// Writes a new random key as 64 hexadecimal digits with mode 0600. An existing file is never replaced.
    ///
    /// # Errors
    /// `Usage` if the file exists, `Output` if it cannot be written.
    pub fn create(path: &Path) -> Result<()> {
        let mut secret = [0; SECRET_LEN];
        getrandom::fill(&mut secret).map_err(|e| Error::output(path, e.to_string()))?;
        let mut file = private_file::create_new(path).map_err(|e| match e.kind() {
            IoKind::AlreadyExists => Error::usage(
                path.display(),
                words!("文件已存在；密钥从不覆盖", "the file exists, and a key is never replaced"),
            )
            .hint(words!(
                "用某个密钥生成的内容只能用该密钥读取；请换一个路径",
                "what was made with a key can be read with that key alone; choose another path"
            )),
            _ => Error::output(path, e),
        })?;
        let written = writeln!(file, "{}", hex(&secret)).and_then(|()| file.sync_all());
        written.map_err(|e| {
            // Remove what was written: half a key must not be taken for a key later.
            let _ = std::fs::remove_file(path);
            Error::output(path, e)
        })
    }

    /// The derived key for one purpose: HMAC(secret, purpose).
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        Keyed::new(self.hash, &self.secret).mac(purpose.as_bytes())
    }

    /// HMAC of a message with the derived key of a purpose.
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        self.keyed(purpose).mac(message)
    }

    /// The HMAC for a purpose, prepared for many messages.
    pub fn keyed(&self, purpose: &str) -> Keyed {
        Keyed::new(self.hash, &self.derive(purpose))
    }

    /// The hash that is used with this key.
    pub fn hash(&self) -> HashName {
        self.hash
    }

    /// Where a new key lies while it takes the place of this one.
    pub fn next_path(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!("{name}.next"))
    }

    /// The file that the key was read from, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// HMAC under one key, prepared for many messages.
#[derive(Clone)]
pub struct Keyed(PreparedMac);

#[derive(Clone)]
enum PreparedMac {
    Sha256(Hmac<Sha256>),
    Sm3(Hmac<Sm3>),
}

impl Keyed {
    fn new(hash: HashName, key: &[u8]) -> Self {
        const ANY_LENGTH: &str = "HMAC takes a key of any length";
        Keyed(match hash {
            HashName::Sha256 => PreparedMac::Sha256(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
            HashName::Sm3 => PreparedMac::Sm3(Hmac::new_from_slice(key).expect(ANY_LENGTH)),
        })
    }

    /// The MAC of a message.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        match &self.0 {
            PreparedMac::Sha256(mac) => mac.clone().chain_update(message).finalize().into_bytes().into(),
            PreparedMac::Sm3(mac) => mac.clone().chain_update(message).finalize().into_bytes().into(),
        }
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").finish_non_exhaustive()
    }
}

fn is_of_sample(secret: &[u8; SECRET_LEN]) -> bool {
    hex(&Sha256::digest(secret)) == SAMPLE_KEY
}

/// Whether users other than the owner and its group may read or change a file.
fn open_to_others(path: &Path) -> Result<bool> {
    #[cfg(unix)]
    {
        let metadata = std::fs::metadata(path).map_err(|e| Error::input(path, e))?;
        Ok(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o006 != 0)
    }
    #[cfg(not(unix))]
    Ok(false)
}

fn parse_secret(bytes: &[u8]) -> Option<[u8; SECRET_LEN]> {
    if let Ok(raw) = <[u8; SECRET_LEN]>::try_from(bytes) {
        return Some(raw);
    }
    let digits = bytes.trim_ascii();
    if digits.len() != 2 * SECRET_LEN {
        return None;
    }
    unhex(std::str::from_utf8(digits).ok()?)?.try_into().ok()
}

/// The bytes of hexadecimal digits; `None` if they are none.
pub(crate) fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digit = |c: u8| char::from(c).to_digit(16);
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(*pair.get(1)?)?).ok()).collect()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(2 * bytes.len());
    for b in bytes {
        text.push(char::from(DIGITS[usize::from(b >> 4)]));
        text.push(char::from(DIGITS[usize::from(b & 15)]));
    }
    text
}
