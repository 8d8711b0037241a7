//! A store in a folder of its own, run by the real binary.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use crate::synth::tables::files_below;

/// A generated input with its config, gone when dropped.
pub struct TestStore {
    pub dir: tempfile::TempDir,
}

/// The binary under test.
pub fn xinhui() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinhui"));
    // Sentences stay on a line, where tests look for them.
    command.env("LC_ALL", "C.UTF-8").env("COLUMNS", "0");
    command
}

/// Runs to the end and panics with the output when the exit code is another one.
#[track_caller]
pub fn expect(command: &mut Command, code: i32) -> Output {
    let output = output_of(command);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// What a command puts out. A program that was just written may be held open for writing by what another test has started,
/// until that has become its own program.
#[track_caller]
pub fn output_of(command: &mut Command) -> Output {
    loop {
        match command.output() {
            Err(e) if e.kind() == ErrorKind::ExecutableFileBusy => std::thread::sleep(Duration::from_millis(20)),
            output => return output.expect("the binary starts"),
        }
    }
}

impl TestStore {
    /// Generates an input with `xinhui synth` and these further arguments.
    #[track_caller]
    pub fn synth(args: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        expect(xinhui().arg("synth").arg("--out").arg(dir.path()).args(args), 0);
        TestStore { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn config(&self) -> PathBuf {
        self.path().join("xinhui.toml")
    }

    /// Changes the config's text.
    pub fn edit_config(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.config()).expect("a config");
        assert!(text.contains(from), "the config does not hold `{from}`:\n{text}");
        std::fs::write(self.config(), text.replace(from, to)).expect("a config");
    }

    /// `xinhui run` that must end with an exit code.
    #[track_caller]
    pub fn run(&self, code: i32) -> Output {
        expect(xinhui().arg("run").arg("--config").arg(self.config()), code)
    }

    /// `xinhui run` that must publish, whether or not some file was refused.
    #[track_caller]
    pub fn publish(&self) {
        let output = xinhui().arg("run").arg("--config").arg(self.config()).output().expect("the binary starts");
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The folder of the current snapshot's exact numbers.
    pub fn internal(&self) -> PathBuf {
        self.path().join("store/current/internal")
    }

    /// A copy in a folder of its own.
    pub fn copy(&self) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        copy_tree(self.path(), dir.path());
        TestStore { dir }
    }

    /// Few periods instead of all months of two years: a run of a second or two.
    #[must_use]
    pub fn quick(self) -> Self {
        self.edit_config("from = \"2022-01\"", "from = \"2023-07\"");
        self.edit_config("[\"month\", \"quarter\", \"half\", \"year\"]", "[\"quarter\", \"year\"]");
        self
    }

    /// Puts the increment of a night into the inbox.
    pub fn arrive(&self, night: u32) {
        copy_tree(&self.path().join("nights").join(night.to_string()), &self.path().join("inbox"));
    }
}

/// What the log of a run (as JSON) says of a layer: how much was the same, patched and made fresh.
pub fn reused(log: &str, layer: &str) -> [u64; 3] {
    let lines = log.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let mut of_layer = lines.filter(|l| l["message"] == "reuse" && l["layer"] == layer);
    let line = of_layer.next().unwrap_or_else(|| panic!("nothing about {layer} in {log}"));
    ["same", "patch", "fresh"].map(|name| line[name].as_u64().expect("a number"))
}

/// Copies a folder and all below it; links stay links.
pub fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        let kind = entry.file_type().expect("a kind");
        if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(entry.path()).expect("a link"), target).expect("a link");
        } else if kind.is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file");
        }
    }
}

/// Bytes of every file below a folder, by path below it.
pub fn bytes_below(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(dir).into_iter().map(|(name, path)| (name, std::fs::read(path).expect("a file"))).collect()
}

/// Names the files that differ, without printing their bytes.
#[track_caller]
pub fn assert_same_bytes(got: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>, what: &str) {
    assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    let differ: Vec<&String> = got.keys().filter(|name| got[*name] != expected[*name]).collect();
    assert!(differ.is_empty(), "{what}: {differ:?} differ");
}
