//! What leaves the office: packages of a published snapshot for other systems, signed, and their delivery.
//!
//! A feed sees the files of a snapshot through the catalogue and nothing else. `edition` says what one reader may
//! have, `changes` what is new in it, `format/` writes it in the forms that platforms read, `build` makes the package, `encrypt` closes it to all but
//! its receivers,
//! `verify` looks at one that came from elsewhere, `send/` brings it there.

pub mod build;
mod census;
mod changes;
mod digest;
pub mod edition;
pub mod encrypt;
mod format;
pub mod manifest;
mod merkle;
mod minisign;
mod output;
mod package;
pub mod raw_feed;
mod rows;
pub mod send;
pub mod settings;
pub mod sign;
mod sm2_key;
pub mod sql;
pub mod verify;
