/** What can be known of a CSV file before it is sent. */
export type Outline = { columns: string[]; rows: number }

/** The heading's columns, and how many rows follow; a quoted line break ends no row. */
export function outlineOf(text: string): Outline {
  const columns: string[] = []
  let rows = 0
  let quoted = false
  let heading = true
  let cell = ''
  let blank = true
  const endCell = () => {
    if (heading) columns.push(cell.trim())
    cell = ''
  }
  const endLine = () => {
    if (heading) endCell()
    else if (!blank) rows += 1
    heading = heading && blank && columns.length === 0
    blank = true
  }
  for (const letter of text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) {
    if (letter === '"') quoted = !quoted
    else if (letter === '\n' && !quoted) endLine()
    else if (letter === ',' && !quoted) {
      blank = false
      endCell()
    } else if (letter !== '\r') {
      if (heading) cell += letter
      blank = false
    }
  }
  if (!blank) endLine()
  return { columns, rows }
}

/** Lines that any spreadsheet reads. */
export const csvOf = (lines: (string | number)[][]) =>
  lines.map(line => `${line.map(cellOf).join(',')}\r\n`).join('')

function cellOf(value: string | number): string {
  const text = String(value)
  // A spreadsheet would run what begins like a formula.
  const safe = /^[=+\-@\t]/.test(text) && typeof value === 'string' ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
