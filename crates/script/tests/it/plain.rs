//! What a script can do.

use serde_json::json;
use trunnel_script::{Level, ScriptFault};

use crate::support::{fault, left, run};

#[test]
fn a_script_changes_the_request() {
    let left = left(
        "request.headers['x-key'] = linked_account.auth_credentials.key;
         request.query.page = String(Number(request.query.page) + 1);
         delete request.body;
         request.url = request.url.replace('things', 'people');",
    );
    assert_eq!(
        left,
        json!({
            "method": "POST",
            "url": "https://api.acme.example/people",
            "query": { "page": "2" },
            "headers": { "accept": "application/json", "x-key": "k-1" },
        })
    );
}

#[test]
fn it_may_wait_return_and_replace() {
    let replaced = left(
        "const token = await Promise.resolve(response.token);
         if (token === 't-1') { request = { token }; return; }
         throw new Error('not here');",
    );
    assert_eq!(replaced, json!({ "token": "t-1" }));
    let shadowed = left("const request = { of: 'its own' };");
    assert_eq!(shadowed["method"], "POST");
}

#[test]
fn time_and_chance_are_given() {
    let times = left(
        "request = [Date.now(), +new Date(), new Date().toISOString(), new Date(0).getTime(),
           new Date() instanceof Date, Date.UTC(1970, 0, 2), new Date().constructor === Date,
           typeof Date(), nonce, typeof Math.random];",
    );
    let now = 1_700_000_000_000_i64;
    assert_eq!(
        times,
        json!([
            now,
            now,
            "2023-11-14T22:13:20.000Z",
            0,
            true,
            86_400_000,
            true,
            "string",
            "a-nonce",
            "undefined"
        ])
    );
}

#[test]
fn the_language_is_whole_for_honest_scripts() {
    let found = left(
        "request = [
            [3, 1, 2].sort().concat([4, [5]], 6).flat(), [10, 9, 1].sort(), [2, 1].sort((a, b) => a - b),
            ['b', undefined, 'a'].sort().length, [1, NaN].includes(NaN), [1, 2, 1].lastIndexOf(1),
            [1, 2].indexOf(2), [1, 2, 3].indexOf(1, -2), [1, [2, [3]]].flat(Infinity),
            'a-b-c'.split('-'), 'abc'.split(''), 'abc'.split(), 'a,b'.split(/,/), 'a-b-c'.split('-', 2),
            'aXbX'.replace('X', () => '1'), 'aXbX'.replaceAll('X', '$&$&'), 'a1b2'.replaceAll(/[0-9]/g, '#'),
            'a1b2'.replace(/([a-z])([0-9])/, '$2$1'), 'abcb'.lastIndexOf('b'), 'abc'.includes('bc'),
            'e\\u0301'.normalize(), 'a'.localeCompare('b'), [1, 2, 3].reverse().map(x => x * 2).filter(x => x > 2),
            Array.prototype.slice.call({ length: 2, 0: 'x', 1: 'y' }, 1), [...new Set([1, 1, 2])],
            new Map([[1, 2]]).get(1), JSON.stringify({ a: 1, b: [2] }, ['a'], 1), [1, 2, 3].join('+'),
            encodeURIComponent('a b&c'), Object.entries({ a: 1 }), String.raw`a\\n${1}b`, /^(?<y>\\d+)/.exec('2024-').groups.y,
         ];",
    );
    assert_eq!(
        found,
        json!([
            [1, 2, 3, 4, 5, 6],
            [1, 10, 9],
            [1, 2],
            3,
            true,
            2,
            1,
            -1,
            [1, 2, 3],
            ["a", "b", "c"],
            ["a", "b", "c"],
            ["abc"],
            ["a", "b"],
            ["a", "b"],
            "a1bX",
            "aXXbXX",
            "a#b#",
            "1ab2",
            3,
            true,
            "é",
            -1,
            [6, 4],
            ["y"],
            [1, 2],
            2,
            "{\n \"a\": 1\n}",
            "1+2+3",
            "a%20b%26c",
            [["a", 1]],
            "a\\n1b",
            "2024",
        ])
    );
}

#[test]
fn what_it_says_is_kept() {
    let ran = run("console.log('a', 1, { b: [2] }, undefined, null);
        console.warn(new Error('oh')); console.error('x'); throw new Error('stop');");
    let said: Vec<_> = ran
        .console
        .iter()
        .map(|line| (line.level, line.text.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (Level::Log, "a 1 {\"b\":[2]} undefined null"),
            (Level::Warn, "Error: oh"),
            (Level::Error, "x"),
        ]
    );
    assert!(ran.result.is_err());
}

#[test]
fn an_error_names_its_line_and_message() {
    let thrown = fault("let a = 1;\nfunction f() {\n  null.x;\n}\nf();");
    let ScriptFault::Thrown { message, line } = thrown else {
        panic!("{thrown:?}")
    };
    assert_eq!(line, Some(3));
    assert!(message.starts_with("TypeError: "), "{message}");
    let thrown = fault("\n\nthrow new RangeError('too far');");
    assert_eq!(thrown.to_string(), "line 3: RangeError: too far");
    assert_eq!(fault("throw 'a text'").to_string(), "a text");
    assert_eq!(
        fault("await Promise.reject({ code: 7 })").to_string(),
        "{\"code\":7}"
    );
    let unread = fault("let a = 1;\nlet = = 2;");
    assert_eq!(unread.line(), Some(2), "{unread}");
    assert_eq!(
        trunnel_script::check("let a = 1;\nlet = = 2;")
            .unwrap_err()
            .line(),
        Some(2)
    );
    trunnel_script::check("await f(); return 1").unwrap();
}

#[test]
fn runs_share_nothing() {
    assert_eq!(
        left("globalThis.kept = 1; Array.prototype.map = 0; request = 1"),
        json!(1)
    );
    assert_eq!(
        left("request = [typeof kept, [1].map(x => x + 1)]"),
        json!(["undefined", [2]])
    );
}
