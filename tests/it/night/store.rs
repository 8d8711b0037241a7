//! A store in a folder of its own, run by the real binary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A generated input with its config, gone when dropped.
pub struct TestStore {
    pub dir: tempfile::TempDir,
}

/// The binary under test.
pub fn xinhui() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xinhui"));
    command.env("LC_ALL", "C.UTF-8");
    command
}

/// Runs to the end and panics with the output when the exit code is another one.
#[track_caller]
pub fn expect(command: &mut Command, code: i32) -> Output {
    let output = command.output().expect("the binary starts");
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
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

    /// The folder of the current snapshot's exact numbers.
    pub fn internal(&self) -> PathBuf {
        self.path().join("store/current/internal")
    }
}
