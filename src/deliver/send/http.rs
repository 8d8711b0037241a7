//! Delivery by POST to an address: a zip in one request, a folder file by file with the manifest last.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use sm3::Sm3;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::typestate::WithBody;
use ureq::{Agent, RequestBuilder};

use super::answer::{DeniedFor, denial_of, is_page, receipt_of, values_of};
use super::attempt::{Attempt, AttemptResult, PackageDelivery, first_lines, text_of};
use super::secret::secret;
use crate::deliver::manifest::MANIFEST;
use crate::deliver::package::Package;
use crate::deliver::settings::HmacName;
use crate::deliver::sign::Algorithm;
use crate::error::{Error, Result, Words, said_by, words};
use crate::store::{hash_file, hex};

/// Bytes of an answer that are looked at.
const MOST_ANSWER: u64 = 1024 * 1024;

/// Sends what the receiver has not confirmed yet.
pub fn deliver(url: &str, delivery: &mut PackageDelivery<'_>) -> Result<Attempt> {
    let secrets = Secrets::read(delivery)?;
    let agent = agent(delivery)?;
    if delivery.package.is_file() {
        let request = Request { url: url.to_owned(), file: delivery.package.to_owned(), below: String::new() };
        return request.send(&agent, &secrets, delivery);
    }
    let mut names = Package::open(delivery.package)?.files();
    // Whoever sees the manifest finds all that it lists.
    let ends = [Algorithm::Ed25519.file(), Algorithm::Sm2.file(), MANIFEST.to_owned()];
    let ends: Vec<String> = ends.into_iter().filter(|n| names.contains(n)).collect();
    names.retain(|n| !ends.contains(n));
    names.extend(ends);
    let mut last = Attempt::accepted(None, Vec::new());
    for name in names {
        if delivery.pending.confirmed.contains(&name) {
            continue;
        }
        let url = format!("{}/{}/{name}", url.trim_end_matches('/'), delivery.pending.package);
        let request = Request { url, file: delivery.package.join(&name), below: name.clone() };
        last = request.send(&agent, &secrets, delivery)?;
        if last.result != AttemptResult::Accepted {
            last.error = last.error.at(name);
            return Ok(last);
        }
        delivery.pending.confirmed.push(name);
        delivery.save()?;
    }
    Ok(last)
}

/// What requests are signed with. Never shown.
struct Secrets {
    token: Option<String>,
    hmac: Option<(HmacName, Vec<u8>)>,
}

impl Secrets {
    fn read(delivery: &PackageDelivery<'_>) -> Result<Secrets> {
        let token = delivery.feed.token.as_ref().map(secret).transpose()?;
        let hmac = match &delivery.feed.hmac {
            Some((name, place)) => Some((*name, secret(place)?.into_bytes())),
            None => None,
        };
        Ok(Secrets { token, hmac })
    }
}

/// The client. A connection serves one request.
fn agent(delivery: &PackageDelivery<'_>) -> Result<Agent> {
    let certificates = match &delivery.feed.ca_file {
        Some(path) => {
            let pem = std::fs::read(path).map_err(|e| Error::input(path, e))?;
            let all: Vec<_> = parse_pem(&pem)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if all.is_empty() {
                return Err(Error::usage(
                    path.display(),
                    words!("其中没有 PEM 格式的证书", "holds no certificate in PEM"),
                ));
            }
            RootCerts::new_with_certs(&all)
        }
        None => of_system(),
    };
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(delivery.feed.timeout_seconds)))
        .http_status_as_error(false)
        // Another host must not be given the token.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(0)
        .user_agent(concat!("xinhui/", env!("CARGO_PKG_VERSION")))
        .tls_config(TlsConfig::builder().root_certs(certificates).build());
    Ok(config.build().new_agent())
}

/// The certificates that this machine trusts; those of the web where it has none.
fn of_system() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<_> = found.iter().map(|c| Certificate::from_der(c).to_owned()).collect();
    if certificates.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&certificates) }
}

/// An answer, as far as it came.
struct HttpAnswer {
    status: u16,
    wait: Option<u64>,
    content_type: Option<String>,
    text: String,
    cut_off: Option<Words>,
}

/// Sends a file and reads the answer.
fn exchange(request: RequestBuilder<WithBody>, file: &Path) -> std::result::Result<HttpAnswer, Words> {
    let file = File::open(file).map_err(|e| said_by(&e))?;
    let answer = request.send(file).map_err(|e| with_causes(&e))?;
    let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok());
    let wait = header("retry-after").and_then(|v| v.trim().parse().ok());
    let content_type = header("content-type").map(ToOwned::to_owned);
    let status = answer.status().as_u16();
    let mut reader = answer.into_body().into_reader().take(MOST_ANSWER);
    let mut body = Vec::new();
    // Whatever came before the connection broke is kept in `body`.
    let cut_off = reader.read_to_end(&mut body).err().map(|e| with_causes(&e));
    Ok(HttpAnswer { status, wait, content_type, text: text_of(&body), cut_off })
}

/// An error with what lies behind it, on one line.
fn with_causes(error: &(dyn std::error::Error + 'static)) -> Words {
    let (mut said, mut cause) = (said_by(error), error.source());
    while let Some(c) = cause {
        said = said_by(c).at(said);
        cause = c.source();
    }
    said
}

struct Request {
    url: String,
    file: PathBuf,
    /// The file's name in the package; empty for a package that goes as one.
    below: String,
}

impl Request {
    fn send(&self, agent: &Agent, secrets: &Secrets, delivery: &PackageDelivery<'_>) -> Result<Attempt> {
        let digest = hash_file(&self.file)?;
        let pending = &delivery.pending;
        let key = match self.below.as_str() {
            "" => pending.manifest_sha256.clone(),
            below => format!("{}:{below}", pending.manifest_sha256),
        };
        let length = self.file.metadata().map_err(|e| Error::unreadable_store(&self.file, e))?.len();
        let mut request = agent
            .post(&self.url)
            .header("Content-Length", length.to_string())
            .header("Content-Type", media_type(&self.file))
            .header("Content-Digest", format!("sha-256=:{}:", STANDARD.encode(digest)))
            .header("Idempotency-Key", &key)
            .header("X-Xinhui-Feed", &delivery.feed.name)
            .header("X-Xinhui-Package", &pending.package)
            .header("X-Xinhui-Sequence", pending.sequence.to_string())
            .header("X-Xinhui-Manifest", &pending.manifest_sha256);
        if let Some(token) = &secrets.token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        if let Some((name, secret)) = &secrets.hmac {
            let time = jiff::Timestamp::now().as_second().to_string();
            let mut nonce = [0; 16];
            getrandom::fill(&mut nonce).map_err(|e| Error::bug(format!("no random numbers: {e}")))?;
            let nonce = hex(&nonce);
            let path = path_of(&self.url);
            let signed = format!("POST\n{path}\n{time}\n{nonce}\n{key}\n{}", hex(&digest));
            request = request
                .header("X-Xinhui-Timestamp", &time)
                .header("X-Xinhui-Nonce", &nonce)
                .header("X-Xinhui-Signature", format!("{} {}", name.as_str(), mac(*name, secret, signed.as_bytes())));
        }
        let answer = match exchange(request, &self.file) {
            Ok(answer) => answer,
            Err(e) => return Ok(Attempt::failed(e)),
        };
        let (status, lines) = (answer.status, first_lines(&answer.text));
        let code = Some(i64::from(status));
        if let Some(e) = &answer.cut_off {
            let error = e.at(words!("应答被中途截断", "the answer was cut off"));
            return Ok(Attempt { error, ..Attempt::failed_with(code, lines) });
        }
        let judged = judge(&answer, delivery, &hex(&digest));
        let attempt = match judged {
            HttpOutcome::Accepted => Attempt::accepted(code, lines),
            HttpOutcome::Refused(why) => Attempt { error: why, ..Attempt::refused(code, lines) },
            HttpOutcome::Failed(why) => Attempt { error: why, ..Attempt::failed_with(code, lines) },
            HttpOutcome::NotNow(why) => Attempt { error: why, gives_up: true, ..Attempt::failed_with(code, lines) },
        };
        Ok(Attempt { wait: answer.wait.map(Duration::from_secs), ..attempt })
    }
}

/// What an answer means; `digest` is that of the file that was sent.
fn judge(answer: &HttpAnswer, delivery: &PackageDelivery<'_>, digest: &str) -> HttpOutcome {
    let (status, manifest) = (answer.status, &delivery.pending.manifest_sha256);
    let said = values_of(&answer.text);
    let text = |name: &str| receipt_of(&said).and_then(|v| v.get(name)).and_then(Value::as_str);
    match status {
        200 | 201 | 202 | 204 => {
            if is_page(answer.content_type.as_deref(), &answer.text, &said) {
                return HttpOutcome::NotNow(words!(
                    "应答（{status}）是网页（如登录页），不是对数据包的回执",
                    "the answer ({status}) is a web page, such as one to log in, and no receipt of the package"
                ));
            }
            if text("manifest_sha256").is_some_and(|v| v != manifest)
                || text("sha256").is_some_and(|v| v != manifest && v != digest)
            {
                return HttpOutcome::Failed(words!("应答所指的是另一个数据包", "the answer names another package"));
            }
            if let Some(denial) = denial_of(&answer.text, &said) {
                return match denial.denied_for() {
                    DeniedFor::Good => HttpOutcome::Refused(denial.told()),
                    DeniedFor::Now => HttpOutcome::Failed(denial.told()),
                    DeniedFor::Login => HttpOutcome::NotNow(denial.told()),
                };
            }
            if delivery.feed.strict_receipt && text("manifest_sha256") != Some(manifest) {
                return HttpOutcome::Failed(words!(
                    "应答没有写明是哪个数据包（strict_receipt）",
                    "the answer does not name the package (strict_receipt)"
                ));
            }
            HttpOutcome::Accepted
        }
        // It came before, and the answer was lost.
        409 if text("manifest_sha256") == Some(manifest) => HttpOutcome::Accepted,
        408 | 425 | 429 | 500..=599 => {
            HttpOutcome::Failed(words!("接收方应答 {status}", "the receiver answered {status}"))
        }
        400 | 409 | 410 | 413 | 415 | 422 => {
            let refused = words!("接收方退回了它（{status}）", "the receiver refused it ({status})");
            HttpOutcome::Refused(match first_lines(&answer.text).first() {
                Some(said) => said.at(refused),
                None => refused,
            })
        }
        300..=399 => HttpOutcome::NotNow(words!(
            "接收方指向别处（{status}），不予跟随",
            "the receiver points elsewhere ({status}), which is not followed"
        )),
        _ => HttpOutcome::NotNow(words!("接收方应答 {status}", "the receiver answered {status}")),
    }
}

enum HttpOutcome {
    Accepted,
    /// The package will never be taken.
    Refused(Words),
    /// It may be taken in a moment.
    Failed(Words),
    /// It may be taken when somebody has mended something.
    NotNow(Words),
}

/// The path of an address, as a request line has it.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()) {
        Some("zip") => "application/zip",
        Some("csv") => "text/csv",
        Some("json") => "application/json",
        Some("ndjson") => "application/fhir+ndjson",
        Some("xml") => "application/xml",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

/// The HMAC of a request in hexadecimal.
fn mac(name: HmacName, key: &[u8], message: &[u8]) -> String {
    const ANY_LENGTH: &str = "HMAC takes a key of any length";
    match name {
        HmacName::Sha256 => {
            let mac = Hmac::<Sha256>::new_from_slice(key).expect(ANY_LENGTH);
            hex(&mac.chain_update(message).finalize().into_bytes())
        }
        HmacName::Sm3 => {
            let mac = Hmac::<Sm3>::new_from_slice(key).expect(ANY_LENGTH);
            hex(&mac.chain_update(message).finalize().into_bytes())
        }
    }
}
