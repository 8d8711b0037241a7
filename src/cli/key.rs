//! `xinhui key`: makes the secret key of a store.

use std::path::PathBuf;

use super::printer::Printer;
use crate::error::Result;
use crate::store::key::SecretKey;

#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeyCommand {
    /// Write a new random key; an existing file is never replaced
    New {
        /// The key file to write
        #[arg(long, value_name = "PATH", default_value = "xinhui.key")]
        out: PathBuf,
    },
}

pub fn run(args: &KeyArgs, p: &Printer) -> Result<u8> {
    let KeyCommand::New { out } = &args.command;
    SecretKey::create(out)?;
    p.line(match p.pick("z", "e") {
        "z" => format!("已写入新密钥 {}；请另行备份：没有它就读不出身份信息库", out.display()),
        _ => format!(
            "wrote a new key to {}; keep a copy elsewhere: without it the vault cannot be opened",
            out.display()
        ),
    });
    Ok(0)
}
