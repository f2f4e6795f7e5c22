import { FileSpreadsheet } from 'lucide-react'
import { type ChangeEvent, type DragEvent, useRef, useState } from 'react'
import { saveFile } from '@/app/save'
import { useScope } from '@/app/scope'
import { Badge, Button, classes, Dialog, Notice } from '@/ui'
import { csvOf, type Outline, outlineOf } from './csv'
import style from './ImportAccounts.module.css'
import { ImportResult } from './ImportResult'
import { useImport } from './importing'

const MAX_BYTES = 20 * 1024 * 1024
const MAX_ROWS = 100_000

type Chosen = { file: File; outline: Outline; problem?: string }

/** Many accounts from a file, with what becomes of each row. */
export function ImportAccounts({ onClose }: { onClose: () => void }) {
  const { environmentName } = useScope()
  const [chosen, setChosen] = useState<Chosen>()
  const task = useImport()
  const running = task.state === 'running'
  const ended = task.state !== 'idle' && !running
  const again = () => {
    setChosen(undefined)
    task.reset()
  }
  return (
    <Dialog
      open
      wide
      keep={running || Boolean(chosen)}
      onClose={running ? task.cancel : onClose}
      title="Import accounts"
      description={`From a CSV file into ${environmentName}. An id that is there already is updated.`}
      actions={
        running ? (
          <Button onClick={task.cancel}>Cancel import</Button>
        ) : (
          <>
            <Button onClick={ended ? again : onClose}>{ended ? 'Import another' : 'Cancel'}</Button>
            {ended ? (
              <Button kind="primary" onClick={onClose}>
                Done
              </Button>
            ) : (
              <Button
                kind="primary"
                disabled={!chosen || Boolean(chosen.problem)}
                onClick={() => chosen && void task.start(chosen.file)}
              >
                Import {chosen && !chosen.problem && `${chosen.outline.rows.toLocaleString()} rows`}
              </Button>
            )}
          </>
        )
      }
    >
      {task.state === 'idle' ? (
        <>
          <Chooser onFile={async file => setChosen(await read(file))} />
          {chosen ? <About chosen={chosen} /> : <Columns />}
        </>
      ) : (
        <ImportResult task={task} total={chosen?.outline.rows ?? 0} />
      )}
    </Dialog>
  )
}

async function read(file: File): Promise<Chosen> {
  if (file.size > MAX_BYTES) {
    const problem = 'The file has more than 20 MB. Divide it and import the parts.'
    return { file, outline: { columns: [], rows: 0 }, problem }
  }
  const outline = outlineOf(await file.text())
  return { file, outline, problem: problemOf(outline) }
}

const isId = (column: string) => column === 'linked_account_id' || column === 'account_id'

function problemOf({ columns, rows }: Outline): string | undefined {
  if (!columns.some(isId)) {
    return 'The first line must name the columns, one of them `linked_account_id`.'
  }
  if (rows === 0) return 'The file has no row below its first line.'
  if (rows > MAX_ROWS) return 'The file has more than 100,000 rows. Divide it and import the parts.'
}

/** A button and a place to drop a file on. */
function Chooser({ onFile }: { onFile: (file: File) => void }) {
  const [over, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    if (file) onFile(file)
    // The same file, changed, can be chosen again.
    event.target.value = ''
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    const file = event.dataTransfer.files[0]
    if (file) onFile(file)
  }
  const drag = (event: DragEvent) => {
    event.preventDefault()
    setOver(true)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside the button, which every keyboard reaches
    <div
      className={classes(style.drop, over && style.over)}
      onDragOver={drag}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <FileSpreadsheet aria-hidden="true" />
      <p>Drop a CSV file here, or</p>
      <Button onClick={() => input.current?.click()}>Choose a file</Button>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv"
        aria-label="CSV file"
        tabIndex={-1}
        className="visually-hidden"
        onChange={choose}
      />
    </div>
  )
}

function About({ chosen: { file, outline, problem } }: { chosen: Chosen }) {
  return (
    <div className={style.about}>
      <strong>{file.name}</strong>
      {problem ? (
        <Notice tone="bad">{problem}</Notice>
      ) : (
        <>
          <p>
            {outline.rows.toLocaleString()} {outline.rows === 1 ? 'row' : 'rows'} with these
            columns:
          </p>
          <ul className={style.columns}>
            {outline.columns.map(column => (
              <li key={column}>
                <code>{column}</code> <Badge>{meaning(column)}</Badge>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

const meaning = (column: string) =>
  isId(column) ? 'id' : column === 'name' || column === 'scope' ? column : 'custom field'

const example = csvOf([
  ['linked_account_id', 'name', 'scope', 'plan'],
  ['customer-1', 'Ada’s Bakery', 'europe', 'gold'],
  ['customer-2', 'Bicycle, Ltd.', '', 'free'],
])

function Columns() {
  return (
    <div className={style.about}>
      <p>
        The first line names the columns. <code>linked_account_id</code> is needed;{' '}
        <code>name</code> and <code>scope</code> may follow; every other column becomes a custom
        field of that name. At most 100,000 rows or 20 MB.
      </p>
      <div>
        <Button small onClick={() => saveFile('accounts-example.csv', 'text/csv', example)}>
          Download an example
        </Button>
      </div>
    </div>
  )
}
