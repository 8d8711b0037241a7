//! Delivery by POST.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::server::{Reply, Server};
use super::tiny::{RATE, TinyStore, cell, few_rows, manifest};
use crate::night::store::{expect, xinhui};

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

/// What `status` says.
fn status(store: &TinyStore, words: &[&str]) -> String {
    let mut command = xinhui();
    command.arg("status").args(words).arg("--config").arg(store.path("xinhui.toml"));
    String::from_utf8(expect(&mut command, 0).stdout).expect("UTF-8")
}

fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_refusal_is_not_repeated_until_the_settings_change_and_two_answers_are_one() {
    let server = Server::start(vec![Reply::Answer(422, "no such county"), Reply::Twice]);
    let store = store(&server, "");
    let first = said(&expect(&mut store.feed(&["send", "city"]), 1));
    assert!(first.contains("the receiver refused") && first.contains("no such county"), "{first}");
    assert!(first.contains("xinhui feed send city --whole"), "{first}");
    assert_eq!(server.requests().len(), 1);
    // The same numbers under the same settings: the receiver has said what it thinks of them.
    let second = said(&expect(&mut store.feed(&["send", "city"]), 1));
    for word in ["refused city-000001-", " at 20", "it was not sent again", "(422): no such county", "--whole"] {
        assert!(second.contains(word), "{word}: {second}");
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(results(&store), ["refused"]);
    let text = status(&store, &["--lang", "en"]);
    assert!(text.contains("no package delivered yet; package 1 was refused at 20"), "{text}");
    assert!(text.contains("(422): no such county"), "{text}");
    let text = status(&store, &["--lang", "zh"]);
    assert!(text.contains("退回第 1 包") && text.contains("（422）：no such county"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&status(&store, &["--json"])).expect("JSON");
    let refused = &json["feeds"]["city"]["refused"];
    assert_eq!(refused["why"]["en"], "the receiver refused it (422): no such county");
    assert_eq!(refused["sequence"], 1);
    // Settings that may be what the receiver did not like.
    store.configure(&feed(&server, "timeout_seconds = 59\n"));
    expect(&mut store.feed(&["send", "city"]), 0);
    assert_eq!(results(&store), ["refused", "accepted"]);
    assert_eq!(store.receipts("city")[0]["lines"][1], "no such county");
    let text = status(&store, &["--lang", "en"]);
    assert!(text.contains("package 1 delivered") && !text.contains("refused"), "{text}");
}

#[test]
fn after_a_refusal_a_whole_package_and_other_numbers_are_sent() {
    for status in [400, 409, 410, 413, 415, 422] {
        let no = Reply::Answer(status, "no");
        let server = Server::start(vec![no.clone(), no]);
        let mut store = store(&server, "");
        let sent = |words: &[&str], code: i32, requests: usize| {
            expect(&mut store.feed(words), code);
            assert_eq!(server.requests().len(), requests, "{status} {words:?}");
        };
        sent(&["send", "city"], 1, 1);
        sent(&["send", "city"], 1, 1);
        sent(&["send", "city", "--whole"], 1, 2);
        sent(&["send", "city"], 1, 2);
        store.publish(&[("indicators/year", vec![cell(RATE, "3708", "2023", Some((1, 9)))])]);
        expect(&mut store.feed(&["send", "city"]), 0);
        assert_eq!(server.requests().len(), 3);
        assert_eq!(results(&store), ["refused", "refused", "accepted"]);
    }
}

#[test]
fn what_fails_is_shown_by_status_with_its_reason_and_time() {
    let server = Server::start(vec![Reply::Answer(503, "")]);
    let store = store(&server, "attempts = 1\ntoken_env = \"XINHUI_TEST_TOKEN\"\n");
    // A token that is not set is an error of the settings: nothing leaves.
    let told = said(&expect(store.feed(&["send", "city"]).env_remove("XINHUI_TEST_TOKEN"), 2));
    assert!(told.contains("XINHUI_TEST_TOKEN") && told.contains("the variable is not set"), "{told}");
    assert!(server.requests().is_empty());
    let text = status(&store, &["--lang", "en"]);
    assert!(
        text.contains("package 1 waits after 0 attempts: XINHUI_TEST_TOKEN: the variable is not set (20"),
        "{text}"
    );
    expect(store.feed(&["send", "city"]).env("XINHUI_TEST_TOKEN", "open-sesame"), 1);
    let text = status(&store, &["--lang", "en"]);
    assert!(text.contains("package 1 waits after 1 attempt: the receiver answered 503 (20"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&status(&store, &["--json"])).expect("JSON");
    let pending = &json["feeds"]["city"]["pending"];
    assert_eq!(pending["last_error"]["en"], "the receiver answered 503");
    assert!(pending["failed_at"].as_str().is_some_and(|at| at.starts_with("20")), "{pending}");
}

/// What a package came to whose receiver answered this, and what was told.
fn outcome_of(reply: Reply) -> (String, String) {
    let server = Server::start(vec![reply]);
    let store = store(&server, "attempts = 1\n");
    let told = said(&store.feed(&["send", "city"]).output().expect("it starts"));
    (results(&store).remove(0), told)
}

#[test]
fn an_answer_that_says_no_in_any_words_is_a_refusal() {
    let denials = [
        "{\"code\": \"A0001\"}",
        "{\"code\": \"FAIL\"}",
        "{\"success\": \"false\"}",
        "{\"success\": \"False\", \"code\": 200}",
        "{\"accepted\": 0}",
        "{\"result\": {\"success\": false}}",
        "{\"code\": 0, \"data\": {\"success\": false}}",
        "{\"data\": {\"accepted\": \"no\"}}",
        "\u{feff}{\"success\":false}",
        "[{\"success\":false}]",
        "{\"code\": 0, \"data\": [{\"success\": true}, {\"success\": false}]}",
        "{\"errcode\":40001,\"errmsg\":\"no such county\"}",
        "{\"ErrCode\": \"40001\"}",
        "{\"errno\": -1}",
        "{\"head\": {\"code\": 9001}, \"body\": {}}",
        "{\"Response\": {\"Head\": {\"RetCode\": \"0001\"}}}",
        "{\"data\": {\"code\": 4001}}",
        "{\"data\": \"{\\\"success\\\":false}\"}",
        "\"{\\\"success\\\":false}\"",
        "{\"status\": \"error\"}",
        "{\"status\": 400}",
        "{\"result\": \"fail\"}",
        "{\"IsSuccess\": false}",
        "{\"code\": 1, \"msg\": \"上传不成功\"}",
        "{\"code\": 0, \"msg\": \"失败\"}",
        "{\"status\": 1}",
        "{\"ok\": false}",
        "{\"error\": \"no such county\"}",
        "{\"errors\": [{\"field\": \"county\"}]}",
        "{\"msg\": \"stored\"}\n{\"success\": false}",
        "false",
        "fail",
        "FAILED\n",
    ];
    let taken: Vec<&str> =
        denials.into_iter().filter(|body| outcome_of(Reply::Answer(200, body)).0 != "refused").collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

#[test]
fn an_answer_that_says_not_now_in_its_body_is_tried_again() {
    let failures = [
        "{\"code\": \"500\"}",
        "{\"code\": 500}",
        "{\"success\": false, \"code\": 503}",
        "{\"result\": {\"code\": \"500\"}}",
        "{\"status\":500,\"error\":\"Internal Server Error\"}",
        "{\"code\": 0, \"data\": {\"code\": 502}}",
        "{\"code\": 401, \"msg\": \"token\"}",
        "[{\"code\": 429}]",
    ];
    for body in failures {
        assert_eq!(outcome_of(Reply::Answer(200, body)).0, "failed", "{body}");
    }
}

#[test]
fn a_2xx_that_no_receiver_of_packages_answers_is_no_receipt() {
    for status in [203, 205, 206, 207, 226] {
        let (result, told) = outcome_of(Reply::Answer(status, ""));
        assert_eq!(result, "failed", "{status}");
        assert!(told.contains(&format!("the receiver answered {status}")), "{told}");
    }
    for status in [200, 201, 202] {
        assert_eq!(outcome_of(Reply::Answer(status, "")).0, "accepted", "{status}");
    }
    assert_eq!(outcome_of(Reply::NoContent).0, "accepted");
}

#[test]
fn a_denial_is_told_in_the_words_of_the_receiver_without_what_moves_a_terminal() {
    let denial = "{\n  \"errcode\": 40001,\n  \"errmsg\": \"no\\u001b[2J such county\"\n}";
    let (result, told) = outcome_of(Reply::Answer(200, denial));
    assert_eq!(result, "refused");
    assert!(told.contains("was not taken (errcode: 40001): no[2J such county"), "{told}");
    // Platforms of which some answer in the encoding of their Windows.
    let (gbk, _, _) = encoding_rs::GBK.encode("{\"success\":false,\"msg\":\"区划代码不存在\"}");
    let (result, told) = outcome_of(Reply::Bytes(200, gbk.into_owned().leak()));
    assert_eq!(result, "refused");
    assert!(told.contains("(success: false): 区划代码不存在"), "{told}");
    let utf16: Vec<u8> = "\u{feff}{\"success\":false}".encode_utf16().flat_map(|unit| unit.to_le_bytes()).collect();
    assert_eq!(outcome_of(Reply::Bytes(200, utf16.leak())).0, "refused");
}

#[test]
fn a_web_page_is_no_receipt() {
    let pages = [
        ("text/html; charset=utf-8", "please log in"),
        ("Text/HTML", "<h1>Log in</h1>"),
        ("application/octet-stream", "<!DOCTYPE html><title>Log in</title>"),
        ("text/plain", "\u{feff}\n  <html lang=\"zh\"><body>登录</body></html>"),
        ("application/xml", "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html></html>"),
    ];
    let server = Server::start(pages.into_iter().map(|(of, body)| Reply::Typed(of, body)).collect());
    let store = store(&server, "attempts = 3\n");
    for (nth, (of, body)) in pages.iter().enumerate() {
        let told = said(&expect(&mut store.feed(&["send", "city"]), 1));
        assert!(told.contains("is a web page"), "{of} {body}: {told}");
        assert_eq!(server.requests().len(), nth + 1, "trying again at once is of no use");
    }
    expect(&mut store.feed(&["send", "city"]), 0);
}

#[test]
fn an_answer_that_says_yes_in_any_words_is_a_receipt() {
    let answers = [
        ("application/json", "{\"code\": 0}"),
        ("application/json", "{\"code\": 200, \"success\": true}"),
        ("application/json", "{\"code\": \"0\"}"),
        ("application/json", "{\"code\": \"200\", \"data\": {\"code\": 370832}}"),
        ("application/json", "{\"code\": \"00000\", \"result\": {\"success\": \"true\"}}"),
        ("application/json", "{\"code\": \"SUCCESS\", \"accepted\": 1}"),
        ("application/json", "{\"code\": \"0000\"}"),
        ("application/json", "{\"status\": \"ok\"}"),
        ("application/json", "{\"status\": \"queued\"}"),
        ("application/json", "{\"code\": 1, \"msg\": \"success\"}"),
        ("application/json", "{\"status\": 1, \"message\": \"上传成功\"}"),
        ("application/json", "{\"result\": \"0\", \"desc\": \"成功\"}"),
        ("application/json", "{\"status\": 200, \"error\": null, \"errors\": []}"),
        ("application/json", "{\"errcode\":0,\"errmsg\":\"ok\"}"),
        ("application/json", "{\"head\": {\"code\": \"0\"}, \"data\": {\"status\": 1, \"rows\": 0}}"),
        ("application/json", "{\"code\": 0, \"error\": \"\", \"data\": [{\"code\": 370832}]}"),
        ("application/json", "{\"data\": {\"code\": 370832}}"),
        ("application/json", "[]"),
        ("application/json", "true"),
        ("application/json", "\"success\""),
        ("text/plain", "\u{feff}{\"success\": true}"),
        ("text/plain", "success"),
        ("text/html", "{\"code\": 0}"),
        ("text/html", ""),
        ("text/plain", "thanks, no html here"),
        ("application/xml", "<?xml version=\"1.0\"?><receipt/>"),
    ];
    let server = Server::start(answers.into_iter().map(|(of, body)| Reply::Typed(of, body)).collect());
    let store = store(&server, "attempts = 1\n");
    for (nth, (of, body)) in answers.iter().enumerate() {
        let output = store.feed(&["send", "city", "--whole"]).output().expect("it starts");
        assert!(output.status.success(), "{of} {body}: {}", said(&output));
        assert_eq!(server.requests().len(), nth + 1);
    }
}

#[test]
fn a_receiver_that_gives_secrets_back_does_not_bring_them_into_the_store() {
    const TOKEN: &str = "SeCr3t/to+ken=0123456789";
    let base64 = |text: &str| base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text);
    let forms = [
        TOKEN.to_owned(),
        TOKEN.to_ascii_lowercase(),
        TOKEN.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
        TOKEN.replace('/', "\\/"),
        base64(TOKEN),
        base64(&format!("u:{TOKEN}")),
        base64(&format!("us:{TOKEN}")),
    ];
    let mut replies = vec![Reply::Echo(500)];
    for form in &forms {
        replies.push(Reply::Answer(500, format!("you sent {form} to us\n{form}").leak()));
    }
    // At the end of what a receipt keeps, and of what came at all.
    replies.push(Reply::Answer(500, format!("{}Bearer {TOKEN}", "x".repeat(490)).leak()));
    replies.push(Reply::Answer(500, format!("Bearer {}", &TOKEN[..14]).leak()));
    replies.push(Reply::Echo(400));
    let sent = replies.len();
    let server = Server::start(replies);
    let store = store(&server, "attempts = 20\ntoken_file = \"token\"\nhmac = \"sm3\"\nhmac_file = \"hmac\"\n");
    std::fs::write(store.path("token"), format!("{TOKEN}\n")).expect("a token");
    std::fs::write(store.path("hmac"), "another-secret\n").expect("a key");
    let mut told = said(&expect(&mut store.feed(&["send", "city"]), 1));
    assert_eq!(server.requests().len(), sent);
    told += &said(&expect(&mut store.feed(&["send", "city"]), 1));
    told += &said(&expect(&mut store.feed(&["receipts", "city"]), 0));
    told += &status(&store, &["--json"]);
    assert!(told.contains("authorization: Bearer ***"), "{told}");
    assert!(told.contains("you sent *** to us"), "{told}");
    let kept = crate::night::store::bytes_below(&store.path("store"));
    let texts = kept.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).chain([told]);
    let of_base64 = [base64(TOKEN)[..12].to_owned(), base64(&format!("u:{TOKEN}"))[6..18].to_owned()];
    let parts = ["SeCr3t", "0123456789", "another-secret", of_base64[0].as_str(), of_base64[1].as_str()];
    for text in texts {
        let text = text.to_ascii_lowercase();
        for part in parts {
            assert!(!text.contains(&part.to_ascii_lowercase()), "{part}: {text}");
        }
    }
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
