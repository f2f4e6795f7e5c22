//! The frontend's files as a browser gets them.

use std::collections::BTreeMap;

use trunnel_server::Assets;
use trunnel_testing::on_both;

use crate::app::{Answer, Options, TestApp};

const SCRIPT: &str = "/assets/console-3f9a.js";
const FOREVER: &str = "public, max-age=31536000, immutable";

/// A small frontend, in the form that the real one's build leaves behind.
pub fn files() -> Assets {
    let files = [
        ("console.html", "<title>Console</title>"),
        ("portal.html", "<title>Portal</title>"),
        ("favicon.svg", "<svg/>"),
        ("assets/console-3f9a.js", "export {};"),
        ("assets/console-3f9a.js.br", "br bytes"),
        ("assets/console-3f9a.js.gz", "gz bytes"),
        ("assets/console-77aa.css", "body{}"),
        ("assets/font-00ff.woff2", "wOF2"),
    ];
    let owned = files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    Assets::given(BTreeMap::from(owned))
}

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut actor = app.anonymous();
    for (name, value) in headers {
        actor = actor.and(name, value);
    }
    actor.get(path).await
}

fn policy(answer: &Answer) -> &str {
    answer.header("content-security-policy").unwrap()
}

on_both! {
    async fn the_front_door_leads_to_the_console(test: TestDb) {
        let app = TestApp::start(&test).await;
        let answer = get(&app, "/", &[]).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), Some("/console"));
    }

    async fn every_path_of_the_console_is_its_page(test: TestDb) {
        let app = TestApp::start(&test).await;
        for path in ["/console", "/console/login", "/console/app_1/test/accounts?page=2", "/console/apis"] {
            let answer = get(&app, path, &[]).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.text, "<title>Console</title>");
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
            assert_eq!(answer.header("cache-control"), Some("no-cache"));
            assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
            assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(
                policy(&answer),
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                 font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'none'"
            );
        }
    }

    async fn a_path_of_the_consoles_api_is_never_a_page(test: TestDb) {
        let app = TestApp::start(&test).await;
        for path in ["/console/api", "/console/api/nothing", "/console/api/a/b/c"] {
            assert_eq!(get(&app, path, &[]).await.fault(404).0, "RESOURCE_NOT_FOUND", "{path}");
            let posted = app.anonymous().post(path, serde_json::json!({})).await;
            assert_eq!(posted.fault(404).0, "RESOURCE_NOT_FOUND", "{path}");
        }
        let answer = app.anonymous().post("/console/login", serde_json::json!({})).await;
        assert_eq!(answer.fault(405).0, "METHOD_NOT_ALLOWED");
    }

    async fn the_portal_is_kept_nowhere_and_framed_by_nobody(test: TestDb) {
        let app = TestApp::start(&test).await;
        let answer = get(&app, "/connect/lnk_unknown?config_id=1", &[]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.text, "<title>Portal</title>");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-opener-policy"), None);
        assert!(policy(&answer).ends_with("frame-ancestors 'none'"));
        let again = get(&app, "/connect/lnk_unknown", &[("if-none-match", "*")]).await;
        assert_eq!(again.status, 200);
    }

    async fn a_file_comes_in_the_best_form_that_its_reader_takes(test: TestDb) {
        let app = TestApp::start(&test).await;
        for (takes, coding) in [
            (None, None),
            (Some("gzip, deflate, br, zstd"), Some("br")),
            (Some("GZIP"), Some("gzip")),
            (Some("br;q=0, gzip"), Some("gzip")),
            (Some("br;q=0.5, gzip;q=0.9"), Some("gzip")),
            (Some("*"), Some("br")),
            (Some("*;q=0"), None),
            (Some("br;q=nonsense"), None),
            (Some("identity"), None),
        ] {
            let headers: Vec<_> = takes.map(|takes| ("accept-encoding", takes)).into_iter().collect();
            let answer = get(&app, SCRIPT, &headers).await;
            assert_eq!(answer.status, 200, "{takes:?}");
            assert_eq!(answer.header("content-encoding"), coding, "{takes:?}");
            let text = match coding {
                Some("br") => "br bytes",
                Some(_) => "gz bytes",
                None => "export {};",
            };
            assert_eq!(answer.text, text, "{takes:?}");
            assert_eq!(answer.header("content-type"), Some("text/javascript; charset=utf-8"));
            assert_eq!(answer.header("cache-control"), Some(FOREVER));
            assert_eq!(answer.header("vary"), Some("accept-encoding"));
        }
        let plain = get(&app, "/assets/console-77aa.css", &[("accept-encoding", "br")]).await;
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.text, "body{}");
    }

    async fn what_a_browser_has_is_not_sent_again(test: TestDb) {
        let app = TestApp::start(&test).await;
        let plain = get(&app, SCRIPT, &[]).await;
        let small = get(&app, SCRIPT, &[("accept-encoding", "br")]).await;
        let (plain, small) = (plain.header("etag").unwrap(), small.header("etag").unwrap());
        assert_ne!(plain, small);
        for (tag, status) in [
            (plain.to_owned(), 304),
            (format!("\"other\", W/{plain}"), 304),
            (small.to_owned(), 200),
        ] {
            let answer = get(&app, SCRIPT, &[("if-none-match", &tag)]).await;
            assert_eq!(answer.status, status, "{tag}");
            assert_eq!(answer.header("etag"), Some(plain));
            assert_eq!(answer.header("cache-control"), Some(FOREVER));
        }
        let page = get(&app, "/console", &[]).await;
        let again = get(&app, "/console", &[("if-none-match", page.header("etag").unwrap())]).await;
        assert_eq!(again.status, 304);
        assert_eq!(policy(&again), policy(&page));
    }

    async fn head_says_what_get_would(test: TestDb) {
        let app = TestApp::start(&test).await;
        for path in ["/console", "/connect/x", SCRIPT, "/favicon.svg"] {
            let got = get(&app, path, &[]).await;
            let asked = app.anonymous().send("HEAD", path, None).await;
            assert_eq!(asked.status, 200, "{path}");
            assert_eq!(asked.text, "");
            for name in ["content-type", "content-length", "etag", "cache-control"] {
                assert_eq!(asked.header(name), got.header(name), "{path} {name}");
            }
        }
    }

    async fn only_the_frontends_own_files_are_there(test: TestDb) {
        let app = TestApp::start(&test).await;
        for path in [
            "/assets/gone.js",
            "/assets/console-3f9a.js.br",
            "/assets/../console.html",
            "/assets/..%2fconsole.html",
            "/assets/%2e%2e/console.html",
            "/assets/%2Fetc%2Fpasswd",
            "/console.html",
        ] {
            assert_eq!(get(&app, path, &[]).await.fault(404).0, "RESOURCE_NOT_FOUND", "{path}");
        }
    }

    async fn a_server_without_its_pages_says_what_to_do(test: TestDb) {
        let options = Options { assets: Assets::given(BTreeMap::new()), ..Options::default() };
        let app = TestApp::with(&test, options).await;
        for path in ["/console", "/console/login", "/connect/x"] {
            let answer = get(&app, path, &[]).await;
            assert_eq!(answer.status, 503, "{path}");
            assert!(answer.text.contains("make build"), "{}", answer.text);
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        }
        for path in ["/favicon.svg", SCRIPT] {
            assert_eq!(get(&app, path, &[]).await.status, 404, "{path}");
        }
    }
}
