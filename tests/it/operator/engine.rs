//! `[engine]`: a server that counts is named rightly, and one that fails leaves what is published whole.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;

use crate::night::hand::HandStore;
use crate::night::store::{expect, xinhui};

/// A store that has published, and finds something to count in its next night, with a setting of the engine.
fn store_with(engine: &str) -> (HandStore, PathBuf) {
    let hand = HandStore::new();
    hand.night();
    let current = std::fs::read_link(hand.store.path().join("store/current")).unwrap();
    hand.store.edit_config("as_of = \"2023-12-31\"", "as_of = \"2023-11-30\"");
    hand.store.edit_config("[periods]", &format!("[engine]\n{engine}\n\n[periods]"));
    (hand, current)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn an_engine_that_is_named_wrongly_is_found_before_a_night() {
    let url = "url = \"sc://127.0.0.1:15002\"";
    for (engine, told) in [
        ("kind = \"polar\"".to_owned(), "engine.kind: `polar` is neither \"embedded\" nor \"spark\""),
        ("kind = \"spark\"".to_owned(), "engine.url: kind = \"spark\" needs the address of a server"),
        ("kind = \"embedded\"\nshared = \"/mnt\"".to_owned(), "engine.shared: is for kind = \"spark\" alone"),
        (url.to_owned(), "engine.url: is for kind = \"spark\" alone"),
        (
            "kind = \"spark\"\nurl = \"sc://10.0.0.5\"\ntoken_file = \"xinhui.key\"".to_owned(),
            "a connection that is not encrypted gives the token away",
        ),
        (format!("kind = \"spark\"\n{url}\nshared = \"shared\""), "engine.shared: `shared` is no folder that"),
    ] {
        let (hand, current) = store_with(&engine);
        let check = said(&expect(xinhui().args(["check", "--config"]).arg(hand.store.config()), 2));
        assert!(check.contains(told), "{engine}: {check}");
        assert!(said(&hand.store.run(2)).contains(told), "{engine}");
        assert_eq!(std::fs::read_link(hand.store.path().join("store/current")).unwrap(), current);
    }
}

#[test]
fn an_address_is_one_of_spark_connect_and_holds_no_secret() {
    for (url, told) in [
        ("spark://127.0.0.1:7077", "no address of a Spark Connect server"),
        ("sc://:15002", "no address of a Spark Connect server"),
        ("sc://host:port", "no address of a Spark Connect server"),
        ("sc://[::1", "no address of a Spark Connect server"),
        ("sc://a b:15002", "no address of a Spark Connect server"),
        ("sc://host:443/;use_ssl=true;user_id=a", "the option `user_id` of an address is not supported"),
        ("sc://host:15002/;token=s3cret", "a token does not stand in an address"),
    ] {
        let (hand, _) = store_with(&format!("kind = \"spark\"\nurl = \"{url}\""));
        let check = said(&expect(xinhui().args(["check", "--config"]).arg(hand.store.config()), 2));
        assert!(check.contains(told), "{url}: {check}");
        assert!(!check.contains("s3cret"), "{check}");
    }
}

/// Nobody listens; somebody listens who hangs up.
#[test]
fn a_server_that_cannot_be_used_ends_the_night_and_leaves_the_snapshot() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let hangs_up = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = hangs_up.local_addr().unwrap();
    std::thread::spawn(move || hangs_up.incoming().for_each(drop));
    for address in [nobody, other] {
        let (hand, current) = store_with(&format!("kind = \"spark\"\nurl = \"sc://{address}\""));
        let check = said(&expect(xinhui().args(["check", "--config"]).arg(hand.store.config()), 2));
        assert!(check.contains(&format!("sc://{address}: the Spark server cannot be reached")), "{check}");
        let run = said(&hand.store.run(3));
        assert!(run.contains("the Spark server cannot be reached") && run.contains("kind = \"embedded\""), "{run}");
        let run = xinhui().args(["--lang", "zh", "run", "--config"]).arg(hand.store.config()).output().unwrap();
        assert!(said(&run).contains("无法连接 Spark 服务器"), "{}", said(&run));
        assert_eq!(std::fs::read_link(hand.store.path().join("store/current")).unwrap(), current);
        // What is the same as in the last run needs no server.
        hand.store.edit_config("as_of = \"2023-11-30\"", "as_of = \"2023-12-31\"");
        assert!(said(&hand.night()).contains("nothing new"));
        // The engine is no part of what is published.
        hand.store.edit_config(&format!("kind = \"spark\"\nurl = \"sc://{address}\""), "kind = \"embedded\"");
        hand.night();
        assert_eq!(std::fs::read_link(hand.store.path().join("store/current")).unwrap(), current);
    }
}

#[test]
fn sql_is_shown_as_views_for_spark() {
    let shown = |dialect: &[&str]| {
        let args = ["--lang", "en", "explain", "smi_standard_management_rate"];
        said(&expect(xinhui().args(args).args(dialect), 0))
    };
    let (portable, spark) = (shown(&["--sql"]), shown(&["--dialect", "spark"]));
    assert_eq!(portable, shown(&["--dialect", "portable"]));
    assert!(portable.contains("CREATE TEMP TABLE patient AS\n"));
    assert_eq!(portable.replace("CREATE TEMP TABLE", "CREATE OR REPLACE TEMP VIEW"), spark);
}
