//! One engine for one run.
//!
//! The engine asks between two steps of the script whether its time is up, and takes
//! its memory from a bounded purse. What native code does between two steps is bounded
//! by `prelude.js`. Nothing is shared between two runs.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rquickjs::context::{EvalOptions, intrinsic};
use rquickjs::promise::PromiseState;
use rquickjs::{Context, Ctx, Error, Function, Object, Persistent, Promise, Runtime, Value as Js};
use serde_json::Value;

use crate::console::Console;
use crate::fault::ScriptFault;
use crate::limits::{Deadline, Limits};
use crate::reader;
use crate::{Given, Ran};

/// What the engine has. There are no shared buffers, weak references, proxies or
/// clocks: nothing that a script needs to change a request, and much to break out with.
type Equipment = (
    intrinsic::Date,
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

const PRELUDE: &str = include_str!("prelude.js");

/// What reading the longest script never needs.
const READING: usize = 256 * 1024 * 1024;

/// The name of the script in the engine's traces.
const NAME: &str = "script";

pub(crate) fn run(script: &str, given: &Given, result: &str, limits: &Limits) -> Ran {
    let console = Rc::new(RefCell::new(Console::default()));
    let result = run_with(script, given, result, limits, &console);
    let console = console.take().into_lines();
    Ran { result, console }
}

fn run_with(
    script: &str,
    given: &Given,
    result: &str,
    limits: &Limits,
    console: &Rc<RefCell<Console>>,
) -> Result<Value, ScriptFault> {
    reader::check(script)?;
    let cage = Cage::new(limits)?;
    let ready = cage.open(|ctx| Ready::new(&cage, ctx, script, given, console))?;
    // Not before: the engine's reader does not survive a full purse. So it reads while
    // there is plenty, and `prelude.js` leaves the script no way to it.
    cage.runtime.set_memory_limit(limits.memory);
    let played = cage.open(|ctx| ready.play(&cage, ctx, result));
    // To explain a fault needs a little memory, and there may be none.
    if cage.unexplained.get() && cage.is_full() {
        return Err(ScriptFault::Memory);
    }
    played
}

pub(crate) fn check(script: &str, limits: &Limits) -> Result<(), ScriptFault> {
    reader::check(script)?;
    let cage = Cage::new(limits)?;
    cage.open(|ctx| match function(ctx, script) {
        Ok(_) => Ok(()),
        Err(error) => Err(cage.fault(ctx, None, &error)),
    })
}

/// A script that has been read, and what reads its result.
struct Ready {
    tools: Persistent<Object<'static>>,
    body: Persistent<Function<'static>>,
}

impl Ready {
    fn new(
        cage: &Cage,
        ctx: &Ctx<'_>,
        script: &str,
        given: &Given,
        console: &Rc<RefCell<Console>>,
    ) -> Result<Self, ScriptFault> {
        let fault = |error: Error| cage.fault(ctx, None, &error);
        // First, so that nothing of the prelude is changed yet.
        let body = function(ctx, script).map_err(fault)?;
        let tools = prepare(ctx, given, console).map_err(fault)?;
        Ok(Self {
            tools: Persistent::save(ctx, tools),
            body: Persistent::save(ctx, body),
        })
    }

    fn play<'js>(self, cage: &Cage, ctx: &Ctx<'js>, result: &str) -> Result<Value, ScriptFault> {
        let tools = self.tools.restore(ctx);
        let tools = tools.map_err(|error| cage.fault(ctx, None, &error))?;
        let fault = |error: Error| cage.fault(ctx, Some(&tools), &error);
        let body = self.body.restore(ctx).map_err(fault)?;
        let promise: Promise<'js> = body.call(()).map_err(fault)?;
        cage.settle(ctx, &promise)?;
        match promise.result::<Js<'js>>() {
            None => return Err(ScriptFault::Stuck),
            Some(Err(error)) => return Err(fault(error)),
            Some(Ok(_)) => {}
        }
        let most = u32::try_from(cage.limits.output).unwrap_or(u32::MAX);
        let take: Function<'js> = tools.get("take").map_err(fault)?;
        let taken: String = take.call((result, most)).map_err(fault)?;
        match taken.split_at_checked(1) {
            Some(("=", json)) => {
                serde_json::from_str(json).map_err(|_| ScriptFault::NoResult(result.to_owned()))
            }
            Some(_) => Err(ScriptFault::Output),
            None => Err(ScriptFault::NoResult(result.to_owned())),
        }
    }
}

struct Cage {
    context: Context,
    // Behind the context, which is dropped first.
    runtime: Runtime,
    limits: Limits,
    late: Rc<Cell<bool>>,
    unexplained: Cell<bool>,
}

impl Cage {
    fn new(limits: &Limits) -> Result<Self, ScriptFault> {
        let broken = |error: Error| ScriptFault::Engine(error.to_string());
        let runtime = Runtime::new().map_err(broken)?;
        runtime.set_memory_limit(READING);
        runtime.set_max_stack_size(limits.stack);
        let late = Rc::new(Cell::new(false));
        let (deadline, seen) = (Deadline::after(limits.cpu), Rc::clone(&late));
        runtime.set_interrupt_handler(Some(Box::new(move || {
            // Once late, always late: nothing that catches it goes on.
            seen.set(seen.get() || deadline.is_over());
            seen.get()
        })));
        let context = Context::custom::<Equipment>(&runtime).map_err(broken)?;
        Ok(Self {
            context,
            runtime,
            limits: *limits,
            late,
            unexplained: Cell::new(false),
        })
    }

    fn open<T>(&self, work: impl for<'js> FnOnce(&Ctx<'js>) -> T) -> T {
        self.context.with(|ctx| work(&ctx))
    }

    /// Runs what the script has left for later, until its promise is settled.
    fn settle(&self, ctx: &Ctx<'_>, promise: &Promise<'_>) -> Result<(), ScriptFault> {
        while promise.state() == PromiseState::Pending {
            if self.late.get() {
                return Err(ScriptFault::Time);
            }
            if !ctx.execute_pending_job() {
                return Err(ScriptFault::Stuck);
            }
        }
        Ok(())
    }

    /// What an error of the engine means for the script.
    fn fault<'js>(
        &self,
        ctx: &Ctx<'js>,
        tools: Option<&Object<'js>>,
        error: &Error,
    ) -> ScriptFault {
        let thrown = if error.is_exception() {
            Some(ctx.catch())
        } else {
            None
        };
        if self.late.get() {
            return ScriptFault::Time;
        }
        let Some(thrown) = thrown else {
            return match error {
                Error::Allocation => ScriptFault::Memory,
                other => thrown_text(&other.to_string(), ""),
            };
        };
        // The engine's way to say it when there is not even room for an error.
        if thrown.is_null() {
            return ScriptFault::Memory;
        }
        let Some((message, trace)) = explained(ctx, tools, &thrown) else {
            if self.late.get() {
                return ScriptFault::Time;
            }
            self.unexplained.set(true);
            return thrown_text("it threw what cannot be shown", "");
        };
        if message.contains("out of memory") {
            return ScriptFault::Memory;
        }
        thrown_text(&message, &trace)
    }

    /// Not while the engine is open: it counts from outside.
    fn is_full(&self) -> bool {
        let used = self.runtime.memory_usage().malloc_size;
        usize::try_from(used).is_ok_and(|used| used > self.limits.memory / 10 * 9)
    }
}

/// The message and the trace of what was thrown.
fn explained<'js>(
    ctx: &Ctx<'js>,
    tools: Option<&Object<'js>>,
    thrown: &Js<'js>,
) -> Option<(String, String)> {
    let Some(tools) = tools else {
        let exception = thrown.as_exception()?;
        let message = exception.message().unwrap_or_default();
        return Some((message, exception.stack().unwrap_or_default()));
    };
    let explain = tools.get::<_, Function<'js>>("explain");
    let Ok(text) = explain.and_then(|explain| explain.call::<_, String>((thrown.clone(),))) else {
        ctx.catch();
        return None;
    };
    let (message, trace) = text.split_once('\0')?;
    Some((message.to_owned(), trace.to_owned()))
}

fn thrown_text(message: &str, trace: &str) -> ScriptFault {
    ScriptFault::Thrown {
        message: message.to_owned(),
        line: line_in(trace),
    }
}

/// The innermost line of the script in a trace such as `at f (script:3:5)`.
fn line_in(trace: &str) -> Option<u32> {
    let (_, rest) = trace.split_once(&format!("{NAME}:"))?;
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// The script as a function. Its first line stays the first line.
fn function<'js>(ctx: &Ctx<'js>, script: &str) -> Result<Function<'js>, Error> {
    let source = format!("(async function () {{{script}\n}})");
    eval(ctx, source, NAME)
}

fn prepare<'js>(
    ctx: &Ctx<'js>,
    given: &Given,
    console: &Rc<RefCell<Console>>,
) -> Result<Object<'js>, Error> {
    let heard = Rc::clone(console);
    let print = Function::new(ctx.clone(), move |level: String, text: String| {
        heard.borrow_mut().add(&level, &text);
    })?;
    let mut globals = given.globals.clone();
    globals.insert("nonce".to_owned(), given.nonce.clone().into());
    let globals = Value::Object(globals).to_string();
    #[expect(
        clippy::cast_precision_loss,
        reason = "JavaScript has no other numbers, and they reach beyond any date"
    )]
    let now = given.now_ms as f64;
    let prelude: Function<'js> = eval(ctx, PRELUDE, "prelude")?;
    prelude.call((print, globals, now))
}

fn eval<'js, V: rquickjs::FromJs<'js>>(
    ctx: &Ctx<'js>,
    source: impl Into<Vec<u8>>,
    name: &str,
) -> Result<V, Error> {
    let mut options = EvalOptions::default();
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(source, options)
}
