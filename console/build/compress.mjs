// Writes a .br and a .gz beside every text file of the build, so that the server compresses nothing.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url).pathname
const brotli = promisify(brotliCompress)
const zip = promisify(gzip)
const isText = name => /\.(js|css|html|svg|json)$/.test(name)

const names = (await readdir(dist, { recursive: true })).filter(isText)
for (const name of names) {
  const file = join(dist, name)
  const bytes = await readFile(file)
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  await writeFile(`${file}.br`, await brotli(bytes, { params }))
  await writeFile(`${file}.gz`, await zip(bytes, { level: 9 }))
}
