import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A port that nobody listens on. */
export const freePort = () =>
  new Promise<number>(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })

const answers = (port: number) =>
  new Promise<boolean>(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })

/** A mail server that keeps what it takes. */
export class Mailbox {
  private constructor(
    readonly url: string,
    private readonly dir: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Mailbox> {
    const dir = await mkdtemp(join(tmpdir(), 'trunnel-mail-'))
    const port = await freePort()
    const box = join(dir, 'box')
    const args = ['-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', box]
    const child = spawn('aiosmtpd', args, { stdio: 'ignore' })
    for (let tries = 0; !(await answers(port)); tries++) {
      if (tries > 200) throw new Error('the mail server does not answer')
      await wait(50)
    }
    return new Mailbox(`smtp://127.0.0.1:${port}`, dir, child)
  }

  /** The newest mail to somebody, as it came, as soon as there are this many. */
  async newest(to: string, count = 1): Promise<string> {
    const folder = join(this.dir, 'box', 'new')
    for (let tries = 0; tries < 200; tries++) {
      const names = (await readdir(folder).catch(() => [])).sort()
      const mails = await Promise.all(names.map(name => readFile(join(folder, name), 'utf8')))
      const theirs = mails.filter(mail => new RegExp(`^To:.*${to}`, 'im').test(mail))
      const last = theirs.at(-1)
      if (last && theirs.length >= count) return last
      await wait(50)
    }
    throw new Error(`no mail for ${to}`)
  }

  async stop() {
    this.child.kill()
    await rm(this.dir, { recursive: true, force: true })
  }
}
