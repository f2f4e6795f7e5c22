import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The binary under test; `cargo build` has made it. */
export const PROGRAM =
  process.env.E2E_PROGRAM ??
  fileURLToPath(new URL('../../../target/debug/trunnel', import.meta.url))

type Greeting = { url: string; setup_url: string | null }

/** A server of one's own, on an empty database and a free port. */
export class Server {
  private constructor(
    readonly url: string,
    /** The one-time link of the first start. */
    readonly setupUrl: string,
    private readonly dir: string,
    private readonly child: ChildProcess,
    private readonly lines: string[],
  ) {}

  static async start(
    args: string[] = [],
    environment: Record<string, string> = {},
  ): Promise<Server> {
    const dir = await mkdtemp(join(tmpdir(), 'trunnel-e2e-'))
    const all = [
      'serve',
      '--json',
      '--listen',
      '127.0.0.1:0',
      '--data-dir',
      dir,
      '--playground-faults',
      '--egress-allow',
      '127.0.0.0/8',
      ...args,
    ]
    const child = spawn(PROGRAM, all, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    const lines: string[] = []
    createInterface({ input: child.stderr }).on('line', line => lines.push(line))
    const greeting = await readGreeting(child, lines)
    return new Server(greeting.url, greeting.setup_url ?? '', dir, child, lines)
  }

  /** What it has logged so far. */
  log(): string {
    return this.lines.join('\n')
  }

  /** Runs a subcommand on the same data. */
  async run(...args: string[]): Promise<string> {
    const child = spawn(PROGRAM, [...args, '--data-dir', this.dir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let problem = ''
    child.stdout.on('data', chunk => {
      out += chunk
    })
    child.stderr.on('data', chunk => {
      problem += chunk
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`trunnel ${args.join(' ')}: ${problem}`)
    return out
  }

  async stop() {
    this.child.kill('SIGTERM')
    if (this.child.exitCode === null) await once(this.child, 'exit')
    await rm(this.dir, { recursive: true, force: true })
  }
}

async function readGreeting(child: ChildProcess, lines: string[]): Promise<Greeting> {
  if (!child.stdout) throw new Error('no standard output')
  let text = ''
  for await (const chunk of child.stdout) {
    text += chunk
    if (text.includes('\n')) return JSON.parse(text.slice(0, text.indexOf('\n')))
  }
  throw new Error(`the server did not start:\n${lines.join('\n')}`)
}
