//! Entries that cannot be read, or must not be opened.

use std::ffi::{CString, OsStr};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::contract::inbox::{Inbox, SITE, SITE_S1};
use crate::night::store::output_of;

/// An inbox whose one good file has a site.
fn with_a_site() -> Inbox {
    let inbox = Inbox::new();
    inbox.station("sites.csv", &[SITE, SITE_S1]);
    inbox
}

fn pipe(path: &Path) {
    let name = CString::new(path.as_os_str().as_bytes()).expect("a name");
    // SAFETY: the name ends with a zero and is only read.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0, "a pipe");
}

/// Runs a night that must end within a minute.
#[track_caller]
fn run_in_time(inbox: &Inbox) -> Output {
    let mut night = Command::new(env!("CARGO_BIN_EXE_xinhui"));
    night.args(["--lang", "en", "run", "--config"]).arg(inbox.path("xinhui.toml"));
    let mut child = night.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let since = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if since.elapsed() > Duration::from_secs(60) {
            child.kill().expect("killed");
            panic!("the night hangs");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().expect("its output")
}

/// Codes and severities of what is found at a path.
fn found(inbox: &Inbox, path: &str) -> Vec<(String, String)> {
    inbox.findings(path).into_iter().map(|(_, _, _, code, severity)| (code, severity)).collect()
}

#[track_caller]
fn assert_unreadable(inbox: &Inbox, paths: &[&str]) {
    for path in paths {
        let unreadable = ("unreadable-file".to_owned(), "error".to_owned());
        assert_eq!(found(inbox, path), [unreadable], "{path}");
        assert!(inbox.counts(path, "read").is_empty(), "{path} was never read");
    }
}

#[test]
fn links_that_lead_nowhere_in_circles_or_out_of_the_inbox_are_findings_and_the_rest_is_published() {
    let inbox = with_a_site();
    let station = inbox.path("inbox/370832/station");
    symlink("no-such-file.csv", station.join("dangling.csv")).unwrap();
    symlink("itself.csv", station.join("itself.csv")).unwrap();
    symlink(".", station.join("here")).unwrap();
    symlink("../..", station.join("above")).unwrap();
    inbox.write("outside/more.csv", format!("{SITE}\n{}\n", SITE_S1.replace("S1", "S7")));
    symlink(inbox.path("outside"), station.join("out")).unwrap();
    symlink(inbox.path("outside/more.csv"), station.join("out.csv")).unwrap();
    symlink("/dev/zero", station.join("zero.csv")).unwrap();
    symlink("/proc/self/environ", station.join("environ.csv")).unwrap();
    symlink("gone", inbox.path("inbox/370811")).unwrap();
    inbox.run(1);
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
    let wrong = ["dangling.csv", "itself.csv", "here", "above", "out", "out.csv", "zero.csv", "environ.csv"];
    assert_unreadable(&inbox, &wrong.map(|name| format!("370832/station/{name}")).each_ref().map(String::as_str));
    assert_unreadable(&inbox, &["370811"]);
}

#[test]
fn what_systems_leave_behind_in_folders_is_left_alone() {
    let inbox = with_a_site();
    for name in ["Thumbs.db", "desktop.ini", ".DS_Store", "~$sites.xlsx"] {
        for folder in ["", "370832/", "370832/station/", "370832/station/2023/"] {
            inbox.write(&format!("inbox/{folder}{name}"), "x");
        }
    }
    inbox.run(0);
}

#[test]
fn links_inside_the_inbox_are_followed() {
    let inbox = with_a_site();
    let station = inbox.path("inbox/370832/station");
    inbox.write("inbox/370832/station/later/more.csv", format!("{SITE}\n{}\n", SITE_S1.replace("S1", "S2")));
    symlink("later", station.join("linked")).unwrap();
    symlink("later/more.csv", station.join("same.csv")).unwrap();
    // A hundred links beside each other in each of them would multiply without end.
    for i in 0..100 {
        symlink("../later", station.join(format!("later/l{i}"))).unwrap();
        symlink("later", station.join(format!("more{i}"))).unwrap();
    }
    inbox.run(1);
    assert_eq!(inbox.count("station/linked/more.csv", "read"), 1);
    assert_eq!(inbox.count("station/same.csv", "read"), 1);
    assert_eq!(inbox.count("station/later/more.csv", "read"), 1);
}

#[test]
fn pipes_sockets_and_devices_are_never_opened() {
    let inbox = with_a_site();
    let station = inbox.path("inbox/370832/station");
    pipe(&station.join("pipe.csv"));
    symlink("pipe.csv", station.join("to-pipe.csv")).unwrap();
    let _socket = UnixListener::bind(station.join("socket")).expect("a socket");
    pipe(&inbox.path("inbox/370832/school"));
    pipe(&inbox.path("inbox/370811"));
    assert_eq!(run_in_time(&inbox).status.code(), Some(1));
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
    assert_unreadable(&inbox, &["station/pipe.csv", "station/to-pipe.csv", "station/socket"]);
    for stray in ["370832/school", "370811"] {
        assert_eq!(found(&inbox, stray), [("unknown-folder".to_owned(), "error".to_owned())], "{stray}");
    }
}

#[test]
fn a_pipe_among_the_reference_data_stops_the_night_and_does_not_hang_it() {
    let inbox = with_a_site();
    pipe(&inbox.path("reference/pipe.csv"));
    let output = run_in_time(&inbox);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("pipe.csv") && said.contains("no regular file"), "{said}");
}

/// Runs the binary as somebody whom permissions bind, with all of the inbox in their hands.
#[track_caller]
fn run_as_nobody(inbox: &Inbox, code: i32) -> String {
    const NOBODY: u32 = 65_534;
    // SAFETY: it takes nothing and gives a number.
    let is_root = unsafe { libc::geteuid() } == 0;
    let program = inbox.path("xinhui");
    if !program.exists() {
        fs::copy(env!("CARGO_BIN_EXE_xinhui"), &program).expect("a copy");
    }
    let mut command = Command::new(&program);
    command.args(["--lang", "en", "run", "--config"]).arg(inbox.path("xinhui.toml")).current_dir("/");
    if is_root {
        let mut open = vec![inbox.path("")];
        while let Some(path) = open.pop() {
            chown(&path, Some(NOBODY), Some(NOBODY)).expect("another owner");
            if path.is_dir() && !path.is_symlink() {
                open.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            }
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = output_of(&mut command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions");
}

#[test]
fn what_may_not_be_read_is_a_finding_and_the_rest_is_published() {
    let inbox = with_a_site();
    inbox.station("closed.csv", &[SITE, &SITE_S1.replace("S1", "S2")]);
    inbox.station("folder/inside.csv", &[SITE, &SITE_S1.replace("S1", "S3")]);
    inbox.station("listed/inside.csv", &[SITE, &SITE_S1.replace("S1", "S4")]);
    inbox.write("inbox/370832/school/x.csv", "x");
    inbox.write("inbox/370811/station/x.csv", "x");
    let closed = [
        ("inbox/370832/station/closed.csv", 0o000),
        ("inbox/370832/station/folder", 0o000),
        ("inbox/370832/station/listed", 0o600),
        ("inbox/370832/school", 0o000),
        ("inbox/370811", 0o000),
    ];
    closed.iter().for_each(|(path, mode)| permit(&inbox.path(path), *mode));
    run_as_nobody(&inbox, 1);
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
    assert_unreadable(&inbox, &closed.map(|(path, _)| path.strip_prefix("inbox/").expect("below")));
    closed.iter().for_each(|(path, _)| permit(&inbox.path(path), 0o755));
    permit(&inbox.path("inbox/370832/station/closed.csv"), 0o644);
    run_as_nobody(&inbox, 1);
    assert_eq!(inbox.fates("station/closed.csv"), [1, 0, 0, 0, 0], "it is read on the night on which it can be");
    assert_eq!(inbox.fates("station/listed/inside.csv"), [1, 0, 0, 0, 0]);
}

#[test]
fn an_inbox_that_may_not_be_listed_or_entered_stops_the_night() {
    let inbox = with_a_site();
    run_as_nobody(&inbox, 0);
    let before = fs::read_link(inbox.path("store/current")).unwrap();
    for mode in [0o600, 0o400, 0o300, 0o000] {
        permit(&inbox.path("inbox"), mode);
        let said = run_as_nobody(&inbox, 3);
        assert!(said.contains("inbox"), "{said}");
        assert_eq!(fs::read_link(inbox.path("store/current")).unwrap(), before, "{mode:o}");
        permit(&inbox.path("inbox"), 0o755);
    }
}

#[test]
fn names_that_are_no_text_are_told_apart_and_stay_the_same() {
    let inbox = with_a_site();
    let station = inbox.path("inbox/370832/station");
    let names: [&[u8]; 5] = [b"\xD5\xC5.csv", b"\xC0\xEE.csv", b"{D5C5}.csv", b"a{\xFF}.csv", b"a\xFF.csv"];
    for (i, name) in names.iter().enumerate() {
        let row = SITE_S1.replace("S1", &format!("N{i}"));
        fs::write(station.join(OsStr::from_bytes(name)), format!("{SITE}\n{row}\n")).unwrap();
    }
    inbox.run(0);
    let read = inbox.counts(".csv", "accepted");
    assert_eq!(read.len(), 6, "{read:?}");
    assert!(read.values().all(|n| *n == 1), "{read:?}");
    let files: std::collections::BTreeSet<&String> = read.keys().map(|(file, _)| file).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    let before = fs::read_link(inbox.path("store/current")).unwrap();
    inbox.run(0);
    assert_eq!(fs::read_link(inbox.path("store/current")).unwrap(), before, "nothing is new on a second night");
}

#[test]
fn a_file_time_that_no_calendar_has_stops_nobody() {
    let inbox = with_a_site();
    let file = fs::File::options().write(true).open(inbox.path("inbox/370832/station/sites.csv")).unwrap();
    for seconds in [1_u64 << 40, 1 << 33] {
        // Not every file system keeps it.
        let _ = file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds));
        inbox.run(0);
        assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
    }
}
