//! The connection to a database: TCP, and TLS over it where the server is not on this machine.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::connection::LoadTrouble;
use crate::deliver::settings::DatabaseAddress;
use crate::error::{said_by, words};

/// How to get to a database. Name and password are never shown.
pub struct Login<'a> {
    pub address: &'a DatabaseAddress,
    pub password: Option<String>,
    /// Certificates in PEM that the server's is checked with; those of the system where there are none.
    pub certificates: Option<Vec<u8>>,
    pub timeout: Duration,
}

impl Login<'_> {
    pub fn user(&self) -> &str {
        self.address.user.as_deref().unwrap_or("xinhui")
    }

    /// A message of the server without the name and password that it may repeat.
    pub fn without_secrets(&self, message: &str) -> String {
        let mut message: String = message.chars().filter(|c| !c.is_control()).collect();
        for secret in [self.address.user.as_deref(), self.password.as_deref()].into_iter().flatten() {
            for quoted in [format!("\"{secret}\""), format!("'{secret}'")] {
                message = message.replace(&quoted, "(the user)");
            }
        }
        match &self.password {
            Some(password) if !password.is_empty() => message.replace(password.as_str(), "***"),
            _ => message,
        }
    }
}

/// Bytes to and from the server.
pub enum Wire {
    Plain(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Wire {
    pub fn connect(login: &Login<'_>) -> Result<Wire, LoadTrouble> {
        let lost = |e: std::io::Error| LoadTrouble::Lost(said_by(&e).at(words!("无法连接", "no connection")));
        let place = (login.address.host.as_str(), login.address.port);
        let mut last = LoadTrouble::Lost(words!("无法连接：主机没有地址", "no connection: the host has no address"));
        for address in place.to_socket_addrs().map_err(lost)? {
            match TcpStream::connect_timeout(&address, login.timeout) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(login.timeout)).map_err(lost)?;
                    stream.set_write_timeout(Some(login.timeout)).map_err(lost)?;
                    stream.set_nodelay(true).map_err(lost)?;
                    return Ok(Wire::Plain(stream));
                }
                Err(e) => last = lost(e),
            }
        }
        Err(last)
    }

    /// Goes on encrypted, when both sides have agreed on it.
    pub fn encrypt(&mut self, login: &Login<'_>) -> Result<(), LoadTrouble> {
        let Wire::Plain(stream) = self else { return Ok(()) };
        let wrong = |e: &dyn std::fmt::Display| {
            LoadTrouble::Wrong(words!("无法建立加密连接（「{e}」）", "no encrypted connection: {e}"))
        };
        let mut roots = RootCertStore::empty();
        match &login.certificates {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem).flatten() {
                    roots.add(certificate).map_err(|e| wrong(&e))?;
                }
            }
            None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
        }
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|e| wrong(&e))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(login.address.host.clone()).map_err(|e| wrong(&e))?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(|e| wrong(&e))?;
        let stream = stream.try_clone().map_err(|e| wrong(&e))?;
        let mut stream = StreamOwned::new(connection, stream);
        // A certificate that is not trusted is told here and not as a broken connection later.
        stream.conn.complete_io(&mut stream.sock).map_err(|e| wrong(&e))?;
        *self = Wire::Encrypted(Box::new(stream));
        Ok(())
    }

    pub fn is_encrypted(&self) -> bool {
        matches!(self, Wire::Encrypted(_))
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<(), LoadTrouble> {
        let sent = match self {
            Wire::Plain(stream) => stream.write_all(bytes),
            Wire::Encrypted(stream) => stream.write_all(bytes).and_then(|()| stream.flush()),
        };
        sent.map_err(|e| broke(&e))
    }

    /// Exactly so many bytes.
    pub fn receive(&mut self, length: usize) -> Result<Vec<u8>, LoadTrouble> {
        let mut bytes = vec![0; length];
        let read = match self {
            Wire::Plain(stream) => stream.read_exact(&mut bytes),
            Wire::Encrypted(stream) => stream.read_exact(&mut bytes),
        };
        read.map_err(|e| broke(&e))?;
        Ok(bytes)
    }
}

fn broke(e: &std::io::Error) -> LoadTrouble {
    LoadTrouble::Lost(said_by(e).at(words!("连接中断", "the connection broke")))
}

/// Reads parts of a message one after the other; an end that comes too early is a broken protocol.
pub struct MessageParts<'a>(pub &'a [u8]);

impl<'a> MessageParts<'a> {
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], LoadTrouble> {
        if length > self.0.len() {
            return Err(LoadTrouble::Lost(words!("服务器只发来半条消息", "the server sent half a message")));
        }
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, LoadTrouble> {
        Ok(self.take(1)?[0])
    }

    /// Bytes up to a zero, which is taken too.
    pub fn up_to_zero(&mut self) -> Result<&'a [u8], LoadTrouble> {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(self.0.len());
        let taken = self.take(end)?;
        self.0 = self.0.get(1..).unwrap_or_default();
        Ok(taken)
    }
}
