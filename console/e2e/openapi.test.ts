import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { PROGRAM } from './support/server.ts'

const run = promisify(execFile)

test("the client's types are made from the document of this very server", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'trunnel-types-'))
  const { stdout } = await run(PROGRAM, ['openapi'], { maxBuffer: 64 * 1024 * 1024 })
  const kept = await readFile('openapi.json', 'utf8')
  assert.deepEqual(JSON.parse(kept), JSON.parse(stdout), 'run `npm run types`')
  const made = join(dir, 'schema.ts')
  await run('npx', ['openapi-typescript', 'openapi.json', '-o', made])
  assert.equal(await readFile('src/api/schema.ts', 'utf8'), await readFile(made, 'utf8'))
})
