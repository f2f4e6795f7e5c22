//! What a script cannot do.

use std::time::{Duration, Instant};

use trunnel_script::{Limits, ScriptFault};

use crate::support::{fault, left, limits, run, run_within};

/// Far more than a run may take, far less than what never ends.
const SOON: Duration = Duration::from_secs(20);

#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "a script runs in the machine's own time"
)]
fn ends(script: &str) -> ScriptFault {
    let began = Instant::now();
    let fault = fault(script);
    let took = began.elapsed();
    assert!(took < SOON, "{script} took {took:?}: {fault}");
    fault
}

#[test]
fn what_never_ends_is_ended() {
    for script in [
        "for (;;) {}",
        "while (true) { try { for (;;) {} } catch (e) {} finally { continue; } }",
        "function f() { f.g = 1; return Promise.resolve().then(f); } await f();",
        "async function f() { for (;;) await null; } await f();",
        "const f = () => { Promise.resolve().then(f); }; f(); await new Promise(() => {});",
        "request.toJSON = () => { for (;;) {} };",
        "Object.defineProperty(request, 'x', { enumerable: true, get() { for (;;) {} } });",
        "throw { toJSON() { for (;;) {} } };",
        "throw Object.create(Error.prototype, { message: { get() { for (;;) {} } } });",
        "console.log({ toString() { for (;;) {} }, toJSON() { throw 1; } });",
        "for (const x of (function* () { for (;;) yield 1; })()) {}",
        "/^(a+)+$/.test('a'.repeat(40) + '!');",
        "'a'.repeat(40).match(/^(?:(a|a)*)*b/);",
        "'x'.repeat(1e7).replace(/(x*)*y/g, '');",
        "'x'.repeat(3e7).split(/y|(?=z)/);",
        "/(?:(?:(?:a{1,1000}){1,1000}){1,1000})b/.test('a'.repeat(5000));",
    ] {
        let fault = ends(script);
        let is_bounded = matches!(fault, ScriptFault::Time | ScriptFault::Memory);
        assert!(is_bounded, "{script}: {fault:?}");
    }
}

#[test]
fn native_code_does_not_walk_for_ever() {
    let long = "new Array(4294967295)";
    let mut scripts: Vec<String> = [
        "indexOf(1)",
        "includes(1)",
        "lastIndexOf(1)",
        "join()",
        "reverse()",
        "fill(0)",
        "copyWithin(0, 5)",
        "sort()",
        "splice(0, 1)",
        "unshift(1)",
        "shift()",
        "slice(1)",
        "concat([1])",
        "flat()",
        "forEach(x => x)",
        "map(x => x)",
        "filter(x => x)",
        "every(x => x)",
        "some(x => x)",
        "reduce((a, b) => a, 0)",
        "reduceRight((a, b) => a, 0)",
        "find(x => x)",
        "findLast(x => x)",
        "toSorted()",
        "toReversed()",
        "toSpliced(0, 1)",
        "with(0, 1)",
        "flatMap(x => x)",
        "toString()",
        "toLocaleString()",
    ]
    .iter()
    .map(|call| format!("{long}.{call}"))
    .collect();
    let likes = "{ length: 2 ** 53 - 1 }";
    scripts.extend([
        format!("Array.prototype.forEach.call({likes}, x => x)"),
        format!("Array.prototype.indexOf.call({likes}, 1)"),
        format!("Array.prototype.concat.call([], Object.assign({likes}, {{ [Symbol.isConcatSpreadable]: true }})); throw 1"),
        format!("Array.from({likes})"),
        format!("String.raw({{ raw: {likes} }})"),
        format!("Math.max.apply(null, {likes})"),
        format!("new Set({long}); throw 1"),
        format!("new Map({long})"),
        format!("new WeakSet({long})"),
        format!("{long}.values().drop(4e9).next()"),
        format!("Array.from({long}.values())"),
        format!("JSON.stringify({{}}, {long})"),
        format!("JSON.stringify({long})"),
        format!("`${{{long}}}`"),
        "const a = new Array(1e6).fill('a'.repeat(1e7)); a.indexOf('a'.repeat(1e7 - 1) + 'b'); throw 1".to_owned(),
        "const a = 'a'.repeat(1e7); new Array(1e5).fill(a + 'b').fill(a + 'c', 9).sort(); throw 1".to_owned(),
        "'a'.repeat(3e7).indexOf('a'.repeat(1e7) + 'b')".to_owned(),
        "'a'.repeat(3e7).split('a'.repeat(1e7) + 'b')".to_owned(),
        "'a'.repeat(3e7).replaceAll('a'.repeat(1e7) + 'b', '')".to_owned(),
        "'\\u0315\\u0301'.repeat(1e7).normalize()".to_owned(),
        "'\\u0315\\u0301'.repeat(1e7).localeCompare('b')".to_owned(),
        "let a = []; for (let i = 0; i < 60; i++) a = [a, a]; a.flat(Infinity)".to_owned(),
        "let a = []; for (let i = 0; i < 60; i++) a = [a, a]; JSON.stringify(a)".to_owned(),
        "Number('1'.repeat(1e6)); throw 1".to_owned(),
        "new Date('1'.repeat(1e6)); throw 1".to_owned(),
        "let a = 3n; for (;;) a = a * a".to_owned(),
        "request = 0xffn".to_owned(),
        "request = 1_000n".to_owned(),
        "request = BigInt(1)".to_owned(),
    ]);
    for script in scripts {
        ends(&script);
    }
}

#[test]
fn memory_is_bounded() {
    for script in [
        "const a = []; for (;;) a.push(new Array(1000).fill(a.length));",
        "let s = 'x'; for (;;) s += s;",
        "let o = {}; for (;;) o = { o, p: 'x'.repeat(1000) };",
        "'x'.repeat(2 ** 29)",
        "const a = []; for (;;) try { a.push('x'.repeat(1e6) + a.length) } catch (e) { a.push(e) }",
        "const m = new Map(); for (let i = 0;; i++) m.set(i, `${i}`.repeat(100));",
        "JSON.parse('[' + '1,'.repeat(3e7) + '1]')",
        "request.body = new Array(2e6).fill('x'.repeat(100)); request.toJSON = function () { return this.body }",
    ] {
        let fault = ends(script);
        assert!(
            matches!(
                fault,
                ScriptFault::Memory | ScriptFault::Time | ScriptFault::Thrown { .. }
            ),
            "{script}: {fault:?}"
        );
    }
    assert_eq!(
        ends("const a = []; for (;;) a.push([a.length, 'x'.repeat(10000)]);"),
        ScriptFault::Memory
    );
}

/// Whatever allocation it is that fails, the engine survives it.
#[test]
fn any_allocation_may_fail() {
    let script = "const all = []; for (let i = 0;; i++) all.push({ i, t: `${i}`.repeat(9), \
        f: () => i, r: new RegExp('a' + i), m: new Map([[i, i]]) });";
    for step in 0..300_usize {
        let limits = Limits {
            memory: 250_000 + step * 1_777,
            ..limits()
        };
        let fault = run_within(script, &limits).result.unwrap_err();
        assert!(
            matches!(
                fault,
                ScriptFault::Memory | ScriptFault::Engine(_) | ScriptFault::Thrown { .. }
            ),
            "{step}: {fault:?}"
        );
    }
}

#[test]
fn the_stack_is_bounded() {
    for script in [
        "(function f() { f(); })()",
        "const f = () => [1].map(f); f()",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; request.body = a;",
        "JSON.parse('['.repeat(1e6))",
        "new RegExp('('.repeat(1e6))",
        "let a = {}; a.toString = () => `${a}`; `${a}`",
        "let g = x => x; for (let i = 0; i < 1e5; i++) g = g.bind(null); g(1); throw 1",
        "class A extends (function () { return new A(); }) {} new A()",
    ] {
        ends(script);
    }
    let deep = ends("let a = 1; for (let i = 0; i < 500; i++) a = [a]; request.body = a;");
    assert_eq!(deep, ScriptFault::NoResult("request".to_owned()));
}

#[test]
fn a_promise_that_nobody_fulfils_is_told() {
    assert_eq!(fault("await new Promise(() => {});"), ScriptFault::Stuck);
    assert_eq!(
        fault("request.then = () => {}; await request;"),
        ScriptFault::Stuck
    );
}

#[test]
fn the_result_is_bounded_and_json() {
    assert_eq!(
        fault("request.body = 'x'.repeat(2e6);"),
        ScriptFault::Output
    );
    for nothing in [
        "request = undefined",
        "request = () => 1",
        "delete globalThis.request",
    ] {
        assert_eq!(
            fault(nothing),
            ScriptFault::NoResult("request".to_owned()),
            "{nothing}"
        );
    }
    let thrown = fault(
        "Object.defineProperty(request, 'x', { enumerable: true, get() { throw new Error('mine'); } });",
    );
    assert!(thrown.to_string().contains("mine"), "{thrown}");
    assert!(
        fault("request.self = request;")
            .to_string()
            .contains("circular")
    );
}

#[test]
fn the_console_is_bounded() {
    let ran = run("for (let i = 0; i < 500; i++) console.log('x'.repeat(1e4));");
    assert!(ran.result.is_ok());
    assert!(ran.console.len() <= 100);
    let all: usize = ran.console.iter().map(|line| line.text.len()).sum();
    assert!(all <= 32 * 1024, "{all}");
}

#[test]
fn games_with_prototypes_change_only_the_game() {
    let games = "Object.prototype.toJSON = () => 'won'; Array.prototype.map = () => 'won';
        JSON.stringify = () => '\"won\"'; JSON.parse = () => 'won'; String.prototype.slice = () => 'won';
        Object.defineProperty(Object.prototype, 'then', { value: 'won' });
        globalThis.undefined; Reflect.apply = () => 'won';";
    let told = fault(&format!("{games} throw new Error('mine');"));
    assert!(told.to_string().contains("mine"), "{told}");
    assert_eq!(left("Object.prototype.toJSON = () => 'won';"), "won");
    assert_eq!(left("request = 1; ({}).__proto__.x = 2;"), 1);
    assert_eq!(
        left("request = Object.prototype; request.__proto__ = null; request.a = 1;")["a"],
        1
    );
}

#[test]
fn there_is_nothing_to_reach_out_with() {
    let there = left(
        "request = ['fetch', 'XMLHttpRequest', 'require', 'process', 'std', 'os', 'print', 'setTimeout',
            'SharedArrayBuffer', 'Atomics', 'performance', 'WebAssembly', 'Proxy', 'WeakRef', 'Worker',
            'ArrayBuffer', 'loadScript', 'scriptArgs'].filter(name => name in globalThis);",
    );
    assert_eq!(there, serde_json::json!([]));
    for script in [
        "await import('fs')",
        "await import('/etc/passwd')",
        "import x from 'fs'",
    ] {
        fault(script);
    }
    // What breaks out of its function is still inside the engine.
    for script in [
        "eval('1')",
        "(0, eval)('1')",
        "Function('return 1')()",
        "(() => 1).constructor('return 1')()",
        "(async () => 1).constructor('return 1')()",
        "(function* () {}).constructor('return 1')()",
        "class F extends (() => 1).constructor {} new F('1')",
        "[].constructor.constructor('return 1')()",
        "Object.getPrototypeOf((async () => 1).constructor)('return 1')()",
    ] {
        fault(script);
    }
    fault("}); (async function () { for (;;) {} })(); (function () {");
}
