//! `xinhui key`: makes the secret key of a store.

use std::path::{Path, PathBuf};

use super::printer::Printer;
use super::said;
use crate::diag::grouped;
use crate::error::{Lang, Result};
use crate::pipeline::change_key::{KeyChange, change_key_of_store};
use crate::store::Store;
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
    /// Give a store a new key: identities are encrypted anew; person keys and numbers stay as they are
    Change {
        /// The config of the store
        #[arg(long, value_name = "PATH", default_value = "xinhui.toml")]
        config: PathBuf,
    },
}

pub fn run(args: &KeyArgs, schemas: Option<&Path>, p: &Printer) -> Result<u8> {
    let out = match &args.command {
        KeyCommand::New { out } => out,
        KeyCommand::Change { config } => {
            let change = change_key_of_store(config, schemas)?;
            print_change(&change, p);
            return Ok(0);
        }
    };
    Store::refuse_within(out)?;
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

fn print_change(change: &KeyChange, p: &Printer) {
    if let Some(files) = change.files {
        let encrypted = said::several(files as u64, "file of the vault is", "files of the vault are");
        p.line(match p.lang {
            Lang::Zh => format!("身份信息库的 {} 个文件已改用新密钥加密", grouped(files as u64)),
            Lang::En => format!("{encrypted} encrypted with a new key"),
        });
    }
    let old = change.old_key.display();
    p.line(match p.lang {
        Lang::Zh => format!("新密钥已放在配置所指的位置，请立即另行备份；原密钥在 {old}，只有更早的备份还需要它"),
        Lang::En => format!(
            "the new key lies where the config says: back it up now; the old one lies in {old}, and only earlier \
             backups need it"
        ),
    });
}
