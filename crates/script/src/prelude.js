// What a script finds. Time is up between two steps of the script, so native code that
// walks for long on its own is bounded here, or written again in steps.
(function (print, given, now) {
  const LONG = 1000000;
  const WORK = 1000000000;
  const NORMAL = 50000;
  const LINE = 4000;

  const { apply, construct, defineProperty } = Reflect;
  const { isArray } = Array;
  const { stringify, parse } = JSON;
  const text = String;
  const slice = text.prototype.slice;

  // Steps for work that takes native code long: the clock is only looked at every so
  // many steps, however long each of them lasts.
  const pay = (length) => {
    for (let i = length / 500; i > 1; i--);
  };

  const put = (target, name, value) =>
    defineProperty(target, name, { value, writable: true, configurable: true });

  const wrap = (target, name, make) => {
    const native = target[name];
    if (typeof native === "function") put(target, name, make(native));
  };

  // A list that native code may walk through: an array's length cannot lie.
  const short = (list) => {
    if (list.length > LONG) throw new RangeError("the list is too long");
    if (isArray(list)) return list;
    const length = +list.length;
    if (length > LONG) throw new RangeError("the list is too long");
    const copy = [];
    for (let i = 0; i < length; i++) copy[i] = list[i];
    return copy;
  };

  const lists = Array.prototype;
  for (const name of [
    "at", "copyWithin", "every", "fill", "filter", "find", "findIndex", "findLast",
    "findLastIndex", "flatMap", "forEach", "join", "map", "pop", "push", "reduce",
    "reduceRight", "reverse", "shift", "slice", "some", "splice", "toLocaleString",
    "toReversed", "toSpliced", "unshift", "with",
  ]) {
    wrap(lists, name, (native) => function (...given) {
      return apply(native, short(this), given);
    });
  }

  const same = (one, other) => {
    if (typeof one === "string" && typeof other === "string") pay(one.length);
    return one === other;
  };
  const start = (from, length) => {
    const at = Math.trunc(from) || 0;
    return at < 0 ? Math.max(0, length + at) : at;
  };
  put(lists, "indexOf", function indexOf(item, from = 0) {
    const list = short(this);
    for (let i = start(from, list.length); i < list.length; i++) {
      if (same(list[i], item)) return i;
    }
    return -1;
  });
  put(lists, "includes", function includes(item, from = 0) {
    const list = short(this);
    for (let i = start(from, list.length); i < list.length; i++) {
      if (same(list[i], item) || (item !== item && list[i] !== list[i])) return true;
    }
    return false;
  });
  put(lists, "lastIndexOf", function lastIndexOf(item, from = Infinity) {
    const list = short(this);
    let i = from < 0 ? list.length + Math.trunc(from) : Math.min(from, list.length - 1);
    for (; i >= 0; i--) if (same(list[i], item)) return i;
    return -1;
  });
  put(lists, "concat", function concat(...more) {
    const all = [];
    const add = (item) => {
      if (!isArray(item)) return void all.push(item);
      const list = short(item);
      for (let i = 0; i < list.length; i++) all.push(list[i]);
    };
    add(this);
    for (let i = 0; i < more.length; i++) add(more[i]);
    return all;
  });
  put(lists, "flat", function flat(depth = 1) {
    const all = [];
    const add = (list, depth) => {
      for (let i = 0; i < list.length; i++) {
        if (isArray(list[i]) && depth > 0) add(short(list[i]), depth - 1);
        else if (i in list) all.push(list[i]);
      }
    };
    add(short(this), depth);
    return all;
  });

  // With an order of its own, each comparison is a step.
  const byText = (a, b) => {
    const one = `${a}`, other = `${b}`;
    pay(one.length);
    return one < other ? -1 : one > other ? 1 : 0;
  };
  for (const name of ["sort", "toSorted"]) {
    wrap(lists, name, (native) => function (order) {
      return apply(native, short(this), [order === undefined ? byText : order]);
    });
  }

  const texts = text.prototype;
  const affordable = (whole, part) => {
    if (whole.length * part.length > WORK) throw new RangeError("the text is too long to search");
    pay(whole.length + (whole.length * part.length) / 1000);
  };
  for (const name of ["indexOf", "lastIndexOf", "includes"]) {
    wrap(texts, name, (native) => function (part, at) {
      const whole = `${this}`, sought = `${part}`;
      affordable(whole, sought);
      return at === undefined ? apply(native, whole, [sought]) : apply(native, whole, [sought, +at]);
    });
  }
  for (const [name, symbol] of [
    ["replace", Symbol.replace],
    ["replaceAll", Symbol.replace],
    ["split", Symbol.split],
  ]) {
    wrap(texts, name, (native) => function (by, other) {
      const own = by === undefined || by === null ? undefined : by[symbol];
      if (own !== undefined) {
        if (name === "replaceAll" && !`${by.flags}`.includes("g")) {
          throw new TypeError("replaceAll needs an expression with the flag g");
        }
        return apply(own, by, [this, other]);
      }
      const whole = `${this}`;
      if (by === undefined && name === "split") return [whole];
      const sought = `${by}`;
      affordable(whole, sought);
      return apply(native, whole, other === undefined && name === "split" ? [sought] : [sought, other]);
    });
  }
  for (const name of ["normalize", "localeCompare"]) {
    wrap(texts, name, (native) => function (other) {
      const whole = `${this}`;
      const given = other === undefined ? "" : `${other}`;
      if (whole.length > NORMAL || given.length > NORMAL) {
        throw new RangeError("the text is too long to normalize");
      }
      return apply(native, whole, other === undefined ? [] : [given]);
    });
  }

  // A function that sees every member makes each of them a step.
  const json = (value) => stringify(value, (_, member) => member);
  put(JSON, "stringify", (value, replacer, space) => {
    if (typeof replacer === "function") return stringify(value, replacer, space);
    const names = isArray(replacer) ? new Set(short(replacer).map(text)) : undefined;
    const member = function (name, member) {
      return names === undefined || name === "" || isArray(this) || names.has(name) ? member : undefined;
    };
    return stringify(value, member, space);
  });
  put(text, "raw", ({ raw }, ...values) => {
    let whole = "";
    for (let i = 0; i < raw.length; i++) whole += `${raw[i]}${i < values.length && i + 1 < raw.length ? values[i] : ""}`;
    return whole;
  });
  delete globalThis.BigInt;
  if (typeof Iterator === "function") delete Iterator.prototype.drop;

  // What reads further scripts is out of reach.
  const noReader = () => {
    throw new TypeError("a script cannot make another one");
  };
  for (const made of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    put(Object.getPrototypeOf(made), "constructor", noReader);
  }
  delete globalThis.eval;
  delete globalThis.Function;

  // One moment for the whole run, and no chance but the nonce.
  const NativeDate = Date;
  function GivenDate(...parts) {
    if (new.target === undefined) return text(new NativeDate(now));
    return construct(NativeDate, parts.length === 0 ? [now] : parts, new.target);
  }
  GivenDate.prototype = NativeDate.prototype;
  put(NativeDate.prototype, "constructor", GivenDate);
  put(GivenDate, "now", () => now);
  put(GivenDate, "parse", NativeDate.parse);
  put(GivenDate, "UTC", NativeDate.UTC);
  put(globalThis, "Date", GivenDate);
  delete Math.random;

  const shown = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return text(value);
    try {
      return json(value) ?? text(value);
    } catch {
      return text(value);
    }
  };
  const say = (level) => (...values) => {
    let line = "";
    for (let i = 0; i < values.length && line.length < LINE; i++) {
      line += (i === 0 ? "" : " ") + apply(slice, shown(values[i]), [0, LINE]);
    }
    print(level, line);
  };
  const console = { log: say("log"), info: say("log"), debug: say("log"), warn: say("warn"), error: say("error") };
  put(globalThis, "console", console);
  const globals = parse(given);
  for (const name in globals) put(globalThis, name, globals[name]);

  return {
    // The result as JSON behind a `=`; `!` when it is too long, nothing when it is none.
    take: (name, most) => {
      const left = json(globalThis[name]);
      return left === undefined ? "" : left.length > most ? "!" : `=${left}`;
    },
    explain: (error) => {
      const part = (name) => {
        try {
          return apply(slice, `${error[name] ?? ""}`, [0, LINE]);
        } catch {
          return "";
        }
      };
      if (error instanceof Error) return `${part("name")}: ${part("message")}\0${part("stack")}`;
      return `${apply(slice, shown(error), [0, LINE])}\0`;
    },
  };
})
