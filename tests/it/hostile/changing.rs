//! Files that change while a night runs.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::contract::inbox::{Inbox, SITE, SITE_S1};

/// A table of sites, each row with its number.
fn sites(rows: usize, name: &str) -> String {
    let mut text = format!("{SITE}\n");
    for i in 0..rows {
        text.push_str(&SITE_S1.replace("S1", &format!("S{i}")).replace("站一", name));
        text.push('\n');
    }
    text
}

#[test]
fn a_file_that_changed_a_moment_ago_is_left_for_the_next_night() {
    let inbox = Inbox::new();
    inbox.station("sites.csv", &[SITE, SITE_S1]);
    let config = fs::read_to_string(inbox.path("xinhui.toml")).unwrap();
    inbox.write("xinhui.toml", format!("quiet_seconds = 86400\n{config}"));
    inbox.run(1);
    let found = inbox.findings("station/sites.csv");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].3.as_str(), found[0].4.as_str()), ("file-changing", "warning"));
    assert!(inbox.counts("sites.csv", "read").is_empty(), "nothing of it is kept");
    inbox.write("xinhui.toml", config);
    inbox.run(0);
    assert_eq!(inbox.fates("station/sites.csv"), [1, 0, 0, 0, 0]);
    assert_eq!(inbox.findings("station/sites.csv"), []);
}

/// A file that is written again and again while nights run, in ways in which senders do it, is whole on
/// the night after.
#[test]
fn no_row_is_lost_of_a_file_that_is_uploaded_anew_while_nights_run() {
    const ROWS: usize = 3_000;
    let inbox = Inbox::new();
    inbox.station("first.csv", &[SITE, &SITE_S1.replace("S1", "X1")]);
    let path = inbox.path("inbox/370832/station/sites.csv");
    let done = AtomicBool::new(false);
    let mut nights = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..25 {
                // The very same bytes, and others, in place: short for a while, then whole.
                let text = sites(ROWS, if round % 3 == 2 { "站二" } else { "站一" });
                let third = text.len() / 3;
                for part in [0..third, third..2 * third, 2 * third..text.len()] {
                    let mut file = fs::File::options()
                        .create(true)
                        .write(true)
                        .truncate(part.start == 0)
                        .append(part.start > 0)
                        .open(&path)
                        .unwrap_or_else(|_| fs::File::options().append(true).open(&path).unwrap());
                    std::io::Write::write_all(&mut file, &text.as_bytes()[part]).unwrap();
                    std::thread::sleep(Duration::from_millis(17));
                }
            }
            fs::write(&path, sites(ROWS, "站一")).unwrap();
            done.store(true, Ordering::Release);
        });
        while !done.load(Ordering::Acquire) {
            let output = crate::night::store::xinhui()
                .args(["run", "--config"])
                .arg(inbox.path("xinhui.toml"))
                .output()
                .expect("the binary starts");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
            nights += 1;
        }
    });
    assert!(nights > 0);
    inbox.publish();
    let of_now = (String::from("370832/station/sites.csv"), inbox.sha256("inbox/370832/station/sites.csv"));
    assert_eq!(inbox.counts("station/sites.csv", "read").get(&of_now), Some(&(ROWS as i64)));
    let accepted: i64 = inbox.counts("station/sites.csv", "accepted").values().sum();
    assert_eq!(accepted, ROWS as i64, "every site stands once");
}
