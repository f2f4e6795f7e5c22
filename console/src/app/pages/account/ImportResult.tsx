import { saveFile } from '@/app/save'
import { Button, Notice } from '@/ui'
import { csvOf } from './csv'
import style from './ImportAccounts.module.css'
import type { BadRow, Import } from './importing'

/** More rows than this nobody reads here; the file has all of them. */
const SHOWN = 100

/** How far an import is, and which rows were refused. */
export function ImportResult({ task, total }: { task: Import; total: number }) {
  const { state, rows, created, updated, failed, bad } = task
  return (
    <>
      <div className={style.progress}>
        <progress max={Math.max(total, rows, 1)} value={rows} aria-label="Rows done" />
        <p role="status">
          {title(task)} {rows.toLocaleString()} of {Math.max(total, rows).toLocaleString()} rows
          done.
        </p>
      </div>
      <dl className={style.counts}>
        <Count name="Created" value={created} />
        <Count name="Updated" value={updated} />
        <Count name="Failed" value={failed} bad={failed > 0} />
      </dl>
      {state === 'broken' && (
        <Notice tone="bad" title={task.problem}>
          {rows > 0
            ? 'The rows before stay imported. Import the file again: what is there is updated, not doubled.'
            : 'Nothing was imported.'}
        </Notice>
      )}
      {state === 'cancelled' && (
        <Notice tone="warn" title="The import was cancelled.">
          What was imported before stays. Import the file again to go on: what is there is updated,
          not doubled.
        </Notice>
      )}
      {bad.length > 0 && <BadRows rows={bad} />}
    </>
  )
}

function title({ state, failed }: Import): string {
  if (state === 'running') return 'Importing.'
  if (state === 'done') return failed > 0 ? 'Imported, but not every row.' : 'Imported.'
  return 'Stopped.'
}

function Count({ name, value, bad }: { name: string; value: number; bad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={bad ? style.bad : undefined}>{value.toLocaleString()}</dd>
    </div>
  )
}

function BadRows({ rows }: { rows: BadRow[] }) {
  const save = () => {
    const lines = rows.map(row => [row.row, row.linked_account_id ?? '', row.message])
    const text = csvOf([['row', 'linked_account_id', 'message'], ...lines])
    saveFile('accounts-not-imported.csv', 'text/csv', text)
  }
  return (
    <section className={style.about}>
      <div className={style.badHead}>
        <h3>Rows that were refused</h3>
        <Button small onClick={save}>
          Download as CSV
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <ul className={style.badRows} tabIndex={0} aria-label="Rows that were refused">
        {rows.slice(0, SHOWN).map(row => (
          <li key={row.row}>
            <span>Line {row.row}</span>
            {row.linked_account_id && <code>{row.linked_account_id}</code>}
            <span>{row.message}</span>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN && (
        <p>
          The first {SHOWN} of {rows.length.toLocaleString()}; the file has all of them.
        </p>
      )}
    </section>
  )
}
