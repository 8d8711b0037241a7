//! Delivery by POST.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::server::{Reply, Server};
use super::tiny::{RATE, TinyStore, cell, few_rows, manifest};
use crate::night::store::expect;

fn feed(server: &Server, more: &str) -> String {
    format!(
        "[feeds.city]\naudience = \"superior\"\nformats = [\"csv\"]\nkey = \"feed.key\"\npackage = \"zip\"\nto = \"{}/in\"\n{more}",
        server.address
    )
}

fn store(server: &Server, more: &str) -> TinyStore {
    let mut store = TinyStore::new(&feed(server, more));
    store.publish(&few_rows());
    store
}

fn results(store: &TinyStore) -> Vec<String> {
    store.receipts("city").iter().map(|r| r["result"].as_str().expect("a result").to_owned()).collect()
}

#[test]
fn a_receiver_that_fails_gets_the_same_package_under_the_same_key_until_it_has_it() {
    let server = Server::start(vec![
        Reply::Refuse,
        Reply::Answer(503, "busy"),
        Reply::Hang,
        Reply::CutOff,
        Reply::Answer(429, ""),
        Reply::Answer(200, "{\"code\": 500, \"msg\": \"stored nothing\"}"),
        Reply::Answer(200, "{\"manifest_sha256\": \"0000\"}"),
        Reply::Answer(200, "{\"code\": 0, \"manifest_sha256\": \"{manifest}\"}"),
    ]);
    let store = store(&server, "attempts = 20\n");
    let package = store.build("city", "built");
    expect(&mut store.feed(&["send", "city"]), 0);
    let bytes = std::fs::read(package).expect("a package");
    let requests = server.requests();
    assert_eq!(requests.len(), 7, "one connection was closed before it was read");
    for request in &requests {
        assert_eq!(request.path, "/in");
        assert_eq!(request.body, bytes);
        assert_eq!(request.headers["idempotency-key"], requests[0].headers["idempotency-key"]);
    }
    let results = results(&store);
    assert_eq!(results.len(), 8);
    assert!(results[..7].iter().all(|r| r == "failed") && results[7] == "accepted", "{results:?}");
    let text = serde_json::to_string(&store.receipts("city")).expect("JSON");
    for said in ["503", "cut off", "says in its body", "names another package"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    // It is not sent once more.
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(server.requests().len(), 7);
}

#[test]
fn what_does_not_arrive_waits_and_the_newer_numbers_follow_it() {
    let server = Server::start(vec![Reply::Answer(500, ""), Reply::Answer(502, "")]);
    let mut store = store(&server, "attempts = 2\n");
    let output = expect(&mut store.feed(&["send", "city"]), 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("did not arrive yet (2 attempts)"));
    store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2023", Some((1, 9)))])]);
    expect(&mut store.feed(&["send", "city"]), 0);
    let requests = server.requests();
    let sequence = |n: usize| requests[n].headers["x-xinhui-sequence"].clone();
    assert_eq!((0..requests.len()).map(sequence).collect::<Vec<_>>(), ["1", "1", "1", "2"]);
    assert_eq!(requests[2].body, requests[0].body);
}

#[test]
fn an_answer_that_was_lost_is_no_second_package() {
    let server = Server::start(vec![Reply::Hang, Reply::Answer(409, "{\"manifest_sha256\": \"{manifest}\"}")]);
    let store = store(&server, "");
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(results(&store), ["failed", "accepted"]);
}

#[test]
fn a_receiver_that_stalls_is_left_after_its_time() {
    let server = Server::start(vec![Reply::Stall]);
    let store = store(&server, "attempts = 1\ntimeout_seconds = 1\n");
    let begun = Instant::now();
    expect(&mut store.feed(&["send", "city"]), 1);
    assert!(begun.elapsed() < Duration::from_secs(20));
    expect(&mut store.feed(&["send", "city"]), 0);
}

#[test]
fn a_process_that_dies_while_the_receiver_stalls_sends_the_same_again() {
    let server = Server::start(vec![Reply::Stall]);
    let store = store(&server, "");
    let mut child = store.feed(&["send", "city"]).stdout(Stdio::null()).spawn().expect("a process");
    let begun = Instant::now();
    while server.requests().is_empty() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("killed");
    child.wait().expect("dead");
    expect(&mut store.feed(&["send", "city"]), 0);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].headers["idempotency-key"], requests[1].headers["idempotency-key"]);
}

#[test]
fn a_refusal_is_not_repeated_and_two_answers_are_one() {
    let server = Server::start(vec![Reply::Answer(422, "no such county"), Reply::Twice]);
    let store = store(&server, "");
    let output = expect(&mut store.feed(&["send", "city"]), 1);
    assert!(String::from_utf8_lossy(&output.stdout).contains("the receiver refused"));
    assert_eq!(server.requests().len(), 1);
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(results(&store), ["refused", "accepted"]);
    assert_eq!(store.receipts("city")[0]["lines"][1], "no such county");
}

#[test]
fn a_redirection_is_not_followed_and_a_wrong_token_is_not_tried_over_and_over() {
    let elsewhere = Server::start(Vec::new());
    let server = Server::start(vec![Reply::Answer(302, ""), Reply::Answer(401, "")]);
    let store = store(&server, "");
    for said in ["points elsewhere (302)", "answered 401"] {
        let output = expect(&mut store.feed(&["send", "city"]), 1);
        assert!(String::from_utf8_lossy(&output.stdout).contains(said));
    }
    assert_eq!((server.requests().len(), elsewhere.requests().len()), (2, 0));
    expect(&mut store.feed(&["send", "city"]), 0);
}

#[test]
fn a_strict_receiver_must_name_the_package() {
    let server =
        Server::start(vec![Reply::Answer(200, "welcome"), Reply::Answer(200, "{\"manifest_sha256\": \"{manifest}\"}")]);
    let store = store(&server, "strict_receipt = true\n");
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(results(&store), ["failed", "accepted"]);
}

#[test]
fn a_folder_goes_file_by_file_the_manifest_last_and_goes_on_where_it_stopped() {
    let server = Server::start(vec![Reply::Answer(200, ""), Reply::Answer(500, "")]);
    let store = store(&server, "attempts = 1\n");
    store.configure(&feed(&server, "attempts = 1\n").replace("\"zip\"", "\"folder\""));
    let package = store.build("city", "built");
    expect(&mut store.feed(&["send", "city"]), 1);
    expect(&mut store.feed(&["send", "city"]), 0);
    let paths: Vec<String> =
        server.requests().iter().map(|r| r.path.rsplit('/').next().expect("a name").to_owned()).collect();
    let mut expected = vec!["datapackage.json".to_owned()];
    expected.extend(["indicators_year.csv", "indicators_year.csv", "rollups_warnings.csv"].map(ToOwned::to_owned));
    expected.extend(["manifest.json.minisig", "manifest.json"].map(ToOwned::to_owned));
    assert_eq!(paths, expected);
    let last = server.requests().pop().expect("a request");
    assert_eq!(last.body, std::fs::read(package.join("manifest.json")).expect("a manifest"));
    assert!(last.path.starts_with(&format!("/in/city-000001-{}", &manifest(&package).edition.content[..8])));
}

#[test]
fn requests_are_signed_with_the_secret_and_no_secret_is_written_anywhere() {
    let server = Server::start(Vec::new());
    for (name, hash) in [("sha256", "hmac-sha256"), ("sm3", "hmac-sm3")] {
        let mut store = store(&server, "");
        std::fs::write(store.path("token"), "open-sesame-1\n").expect("a token");
        let more = format!("token_file = \"token\"\nhmac = \"{name}\"\nhmac_env = \"FEED_HMAC\"\n");
        store.configure(&feed(&server, &more));
        store.publish(&few_rows());
        expect(&mut store.feed(&["send", "city"]), 2);
        expect(store.feed(&["send", "city"]).env("FEED_HMAC", "open-sesame-2"), 0);
        let request = server.requests().pop().expect("a request");
        let headers = &request.headers;
        assert_eq!(headers["authorization"], "Bearer open-sesame-1");
        let digest: String = Sha256::digest(&request.body).iter().map(|b| format!("{b:02x}")).collect();
        let signed = format!(
            "POST\n/in\n{}\n{}\n{}\n{digest}",
            headers["x-xinhui-timestamp"], headers["x-xinhui-nonce"], headers["idempotency-key"]
        );
        use hmac::{Hmac, KeyInit as _, Mac as _};
        let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let mac = match name {
            "sha256" => hex(&Hmac::<Sha256>::new_from_slice(b"open-sesame-2")
                .expect("a key")
                .chain_update(signed)
                .finalize()
                .into_bytes()),
            _ => hex(&Hmac::<sm3::Sm3>::new_from_slice(b"open-sesame-2")
                .expect("a key")
                .chain_update(signed)
                .finalize()
                .into_bytes()),
        };
        assert_eq!(headers["x-xinhui-signature"], format!("{hash} {mac}"));
        for (file, bytes) in crate::night::store::bytes_below(&store.path("store")) {
            assert!(!bytes.windows(11).any(|w| w == b"open-sesame"), "{file} holds a secret");
        }
    }
}
