//! A receiver on loopback that can fail, stall, cut off, answer twice and lie.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the receiver does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// An answer with a status and a body; `{manifest}` in it is the package's.
    Answer(u16, &'static str),
    /// An answer with a status and a body that may be no text.
    Bytes(u16, &'static [u8]),
    /// An answer that has no body at all.
    NoContent,
    /// Answers 200 with a type of content and a body.
    Typed(&'static str, &'static str),
    /// Answers with a status and the headers of the request.
    Echo(u16),
    /// Takes the request and says nothing.
    Stall,
    /// Takes the request and closes the connection without an answer.
    Hang,
    /// Half of an answer, then it closes.
    CutOff,
    /// The same answer two times over.
    Twice,
    /// Closes before it has read the request.
    Refuse,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

pub struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts a receiver that answers the first requests as told, and all later ones with 200.
    pub fn start(replies: Vec<Reply>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let seen = requests.clone();
        std::thread::spawn(move || {
            let mut replies = replies.into_iter();
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let reply = replies.next().unwrap_or(Reply::Answer(200, ""));
                let seen = seen.clone();
                std::thread::spawn(move || serve(stream, &reply, &seen));
            }
        });
        Server { address, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("requests").clone()
    }
}

fn serve(stream: TcpStream, reply: &Reply, seen: &Mutex<Vec<Request>>) {
    if matches!(reply, Reply::Refuse) {
        return;
    }
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let Some(request) = read(&mut reader) else { return };
    let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    let manifest = request.headers.get("x-xinhui-manifest").cloned().unwrap_or_default();
    seen.lock().expect("requests").push(request);
    let mut stream = stream;
    let answer = |status: u16, body: &str| {
        let body = body.replace("{manifest}", &manifest);
        format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\nRetry-After: 0\r\n\r\n{body}", body.len())
    };
    let bytes = match reply {
        Reply::Answer(status, body) => answer(*status, body),
        Reply::Typed(of, body) => {
            format!("HTTP/1.1 200 OK\r\nContent-Type: {of}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        Reply::Bytes(status, body) => {
            let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(&[head.as_bytes(), body].concat());
            return;
        }
        Reply::NoContent => "HTTP/1.1 204 Said\r\n\r\n".to_owned(),
        Reply::Echo(status) => answer(*status, &headers),
        Reply::Stall => {
            std::thread::sleep(Duration::from_secs(30));
            return;
        }
        Reply::CutOff => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"a\":".to_owned(),
        Reply::Twice => answer(200, "").repeat(2),
        Reply::Hang | Reply::Refuse => return,
    };
    let _ = stream.write_all(bytes.as_bytes());
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => drop(headers.insert(name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Request { path, headers, body })
}
