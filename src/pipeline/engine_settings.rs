//! `[engine]`: what runs the SQL of the numbers.

use std::path::{Path, PathBuf};

use super::raw_config::RawEngine;
use crate::engine::{EngineSettings, QueryEngine, SparkAddress, SparkSettings};
use crate::error::{Result, Words, logged, words};

/// Checks the setting; the engine that is compiled in takes the place of one that is wrong.
pub fn engine_settings(written: &RawEngine, base: &Path) -> (EngineSettings, Vec<Words>) {
    let mut problems = Vec::new();
    let settings = match written.kind.as_deref().unwrap_or("embedded") {
        "embedded" => {
            for (key, value) in
                [("url", &written.url), ("token_file", &written.token_file), ("shared", &written.shared)]
            {
                if value.is_some() {
                    problems.push(words!(
                        "engine.{key}：只用于 kind = \"spark\"",
                        "engine.{key}: is for kind = \"spark\" alone"
                    ));
                }
            }
            EngineSettings::Embedded
        }
        "spark" => spark(written, base, &mut problems),
        kind => {
            problems.push(words!(
                "engine.kind：`{kind}` 既不是 \"embedded\" 也不是 \"spark\"",
                "engine.kind: `{kind}` is neither \"embedded\" nor \"spark\""
            ));
            EngineSettings::Embedded
        }
    };
    (settings, problems)
}

fn spark(written: &RawEngine, base: &Path, problems: &mut Vec<Words>) -> EngineSettings {
    let shared = written.shared.as_deref().map(PathBuf::from);
    if let Some(shared) = shared.as_deref().filter(|shared| !shared.is_absolute() || has_backquote(shared)) {
        let shared = shared.display();
        problems.push(words!(
            "engine.shared：`{shared}` 不是本机和服务器都以同一名称看到的文件夹；应写作 \"/mnt/shared\"",
            "engine.shared: `{shared}` is no folder that this machine and the server see under one name, such as \
             \"/mnt/shared\""
        ));
    }
    let Some(url) = &written.url else {
        problems.push(words!(
            "engine.url：kind = \"spark\" 须写明服务器地址，例如 \"sc://主机:15002\"",
            "engine.url: kind = \"spark\" needs the address of a server, such as \"sc://host:15002\""
        ));
        return EngineSettings::Embedded;
    };
    match SparkAddress::parse(url) {
        Ok(address) => {
            let token_file = written.token_file.as_deref().map(|file| base.join(file));
            if token_file.is_some() && !address.is_closed() {
                problems.push(words!(
                    "engine.token_file：不加密的连接会泄露令牌；请使用 use_ssl=true 的地址，或经由本机的隧道",
                    "engine.token_file: a connection that is not encrypted gives the token away; use an address with \
                     use_ssl=true, or a tunnel on this machine"
                ));
            }
            EngineSettings::Spark(SparkSettings { address, token_file, shared })
        }
        Err(wrong) => {
            problems.push(words!("engine.url：", "engine.url: ").and(&wrong));
            EngineSettings::Embedded
        }
    }
}

/// It would end the name in SQL.
fn has_backquote(path: &Path) -> bool {
    path.to_string_lossy().contains('`')
}

/// Opens the engine of a config, and says in the log which server it is.
///
/// # Errors
/// `Input`: a server cannot be reached. `Output`: the shared folder cannot be written.
pub fn open_engine(settings: &EngineSettings) -> Result<QueryEngine> {
    let engine = QueryEngine::open(settings)?;
    if let (EngineSettings::Spark(spark), Some(version)) = (settings, engine.version_of_server()) {
        let said = logged("由 Spark 服务器计算", "a Spark server counts");
        tracing::info!(server = %spark.address, version, "{said}");
    }
    Ok(engine)
}
