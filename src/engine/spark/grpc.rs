//! Calls of a gRPC service over one HTTP/2 connection.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use h2::client::{self, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Method, Request, Version};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsConnector;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// How much may be on its way to us in one answer, and in all.
const WINDOW: u32 = 16 << 20;

/// The most of one part of a message that is sent.
const PART: usize = 1 << 20;

/// Why a call did not end well.
#[derive(Debug)]
pub(super) enum CallFailure {
    /// There is no connection, or none any more: what was said of it.
    Lost(String),
    /// The server answered, with a gRPC status that is not 0.
    Refused { status: u32, message: String },
}

/// Where a connection leads, and what opens the door there.
pub(super) struct GrpcPlace<'p> {
    pub host: &'p str,
    pub port: u16,
    pub encrypted: bool,
    pub token: Option<&'p str>,
}

/// A connection to a server, with the thread that drives it.
pub(super) struct GrpcConnection {
    // Before the runtime, which ends with it.
    requests: SendRequest<Bytes>,
    runtime: Runtime,
    /// `http://host:port`, as each request says it.
    origin: String,
    token: Option<HeaderValue>,
}

impl GrpcConnection {
    /// Connects.
    ///
    /// # Errors
    /// `Lost`: nobody accepts, or what accepts does not speak HTTP/2, or is not trusted.
    pub fn open(place: &GrpcPlace<'_>) -> Result<Self, CallFailure> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_io().enable_time().build().map_err(lost)?;
        let connecting = async { tokio::time::timeout(CONNECT, connected(place)).await.map_err(lost)? };
        let requests = runtime.block_on(connecting)?;
        let host = if place.host.contains(':') { format!("[{}]", place.host) } else { place.host.to_owned() };
        let scheme = if place.encrypted { "https" } else { "http" };
        let token = place.token.map(|token| HeaderValue::try_from(format!("Bearer {token}"))).transpose();
        let mut token = token.map_err(|_| CallFailure::Lost("the token holds what no token may".to_owned()))?;
        token.iter_mut().for_each(|token| token.set_sensitive(true));
        Ok(GrpcConnection { requests, runtime, origin: format!("{scheme}://{host}:{}", place.port), token })
    }

    /// Calls a method of Spark Connect with one message; the messages of its answer, in order.
    ///
    /// # Errors
    /// `Lost` when the connection ends first, `Refused` when the server says so.
    pub fn call(&self, method: &str, message: &[u8]) -> Result<Vec<Bytes>, CallFailure> {
        self.runtime.block_on(self.answer(method, message))
    }

    /// The same for what nobody waits for longer than a time.
    pub fn call_within(&self, time: Duration, method: &str, message: &[u8]) {
        // Whoever waits no longer does not want to know either.
        let _ = self.runtime.block_on(async { tokio::time::timeout(time, self.answer(method, message)).await });
    }

    async fn answer(&self, method: &str, message: &[u8]) -> Result<Vec<Bytes>, CallFailure> {
        let uri = format!("{}/spark.connect.SparkConnectService/{method}", self.origin);
        let mut request = Request::builder().version(Version::HTTP_2).method(Method::POST).uri(uri);
        request = request.header("content-type", "application/grpc").header("te", "trailers");
        request = request.header("user-agent", "xinhui");
        if let Some(token) = &self.token {
            request = request.header("authorization", token);
        }
        let request = request.body(()).map_err(lost)?;
        let mut requests = self.requests.clone().ready().await.map_err(lost)?;
        let (response, stream) = requests.send_request(request, false).map_err(lost)?;
        let sent = send(stream, framed(message)).await;
        // A server that takes no more of a message has mostly said why.
        let response = match (response.await, sent) {
            (Ok(response), _) => response,
            (Err(_), Err(e)) | (Err(e), Ok(())) => return Err(lost(e)),
        };
        if !response.status().is_success() {
            return Err(CallFailure::Lost(format!("HTTP {}", response.status())));
        }
        if let Some(failure) = status_of(response.headers()) {
            return failure.map(|()| Vec::new());
        }
        received(response.into_body()).await
    }
}

/// A connection on which requests can be made.
async fn connected(place: &GrpcPlace<'_>) -> Result<SendRequest<Bytes>, CallFailure> {
    let socket = TcpStream::connect((place.host, place.port)).await.map_err(lost)?;
    socket.set_nodelay(true).map_err(lost)?;
    // A server whose machine is gone says nothing any more, not even that.
    let alive = TcpKeepalive::new().with_time(Duration::from_secs(30)).with_interval(Duration::from_secs(10));
    SockRef::from(&socket).set_tcp_keepalive(&alive).map_err(lost)?;
    if !place.encrypted {
        return begun(socket).await;
    }
    let mut roots = RootCertStore::empty();
    let (_trusted, _others) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(lost)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from(place.host.to_owned()).map_err(lost)?;
    begun(TlsConnector::from(Arc::new(config)).connect(name, socket).await.map_err(lost)?).await
}

/// HTTP/2 over a socket.
async fn begun<S>(socket: S) -> Result<SendRequest<Bytes>, CallFailure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut settings = client::Builder::new();
    settings.initial_window_size(WINDOW).initial_connection_window_size(WINDOW).enable_push(false);
    let (requests, connection) = settings.handshake(socket).await.map_err(lost)?;
    // How it ended, each call that was on it says.
    tokio::spawn(async move { drop(connection.await) });
    Ok(requests)
}

/// A message as it goes over the wire: not compressed, with its length before it.
fn framed(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(message.len() + 5);
    framed.extend_from_slice(&[0]);
    framed.extend_from_slice(&(message.len() as u32).to_be_bytes());
    framed.extend_from_slice(message);
    framed.freeze()
}

/// Sends as much as the server takes at a time.
async fn send(mut stream: SendStream<Bytes>, mut rest: Bytes) -> Result<(), h2::Error> {
    while !rest.is_empty() {
        stream.reserve_capacity(rest.len().min(PART));
        let Some(room) = poll_fn(|context| stream.poll_capacity(context)).await else { return Ok(()) };
        let room = room?;
        if room == 0 {
            continue;
        }
        let part = rest.split_to(room.min(rest.len()));
        stream.send_data(part, rest.is_empty())?;
    }
    Ok(())
}

/// The messages of an answer, and how it ended.
async fn received(mut body: RecvStream) -> Result<Vec<Bytes>, CallFailure> {
    let (mut messages, mut unread) = (Vec::new(), BytesMut::new());
    while let Some(part) = body.data().await {
        let part = part.map_err(lost)?;
        body.flow_control().release_capacity(part.len()).map_err(lost)?;
        unread.extend_from_slice(&part);
        while let Some(length) = whole_message(&unread) {
            unread.advance(5);
            messages.push(unread.split_to(length).freeze());
        }
    }
    let trailers = body.trailers().await.map_err(lost)?.unwrap_or_default();
    match status_of(&trailers) {
        Some(ended) => ended.map(|()| messages),
        None => Err(CallFailure::Lost("the answer ended before its end".to_owned())),
    }
}

/// The length of the first message, when all of it is there.
fn whole_message(unread: &[u8]) -> Option<usize> {
    let head = unread.get(1..5)?;
    let length = u32::from_be_bytes(head.try_into().ok()?) as usize;
    (unread.len() >= length + 5).then_some(length)
}

/// What headers or trailers say of how a call ended, where they say it.
fn status_of(headers: &HeaderMap) -> Option<Result<(), CallFailure>> {
    let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    // What is no number is no success.
    let status = text("grpc-status")?.parse().unwrap_or(2);
    Some(match status {
        0 => Ok(()),
        status => Err(CallFailure::Refused { status, message: unescaped(&text("grpc-message").unwrap_or_default()) }),
    })
}

/// A message whose bytes that are no plain ASCII stand as `%E4`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a library said of a connection, with what caused it.
fn lost(e: impl std::error::Error) -> CallFailure {
    let mut said = e.to_string();
    let mut cause = e.source();
    while let Some(e) = cause {
        let more = e.to_string();
        if !said.contains(&more) {
            said = format!("{said}: {more}");
        }
        cause = e.source();
    }
    CallFailure::Lost(said)
}
