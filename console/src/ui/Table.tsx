import type { MouseEvent, ReactNode } from 'react'
import { classes } from './classes'
import style from './Table.module.css'

export type Column<Row> = {
  name: string
  /** The heading; without one only readers hear the name. */
  hideName?: boolean
  cell: (row: Row) => ReactNode
  end?: boolean
}

type TableProps<Row> = {
  label: string
  columns: Column<Row>[]
  rows: Row[]
  rowKey: (row: Row) => string
  /** A click anywhere in the row; the row's first cell should have the real link. */
  onRow?: (row: Row) => void
}

export function Table<Row>({ label, columns, rows, rowKey, onRow }: TableProps<Row>) {
  return (
    <div className={style.wrap}>
      <table className={classes(style.table, onRow && style.clickable)} aria-label={label}>
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column.name} scope="col" className={column.end ? style.end : undefined}>
                {column.hideName ? (
                  <span className="visually-hidden">{column.name}</span>
                ) : (
                  column.name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={rowKey(row)} onClick={event => onRow && isOfRow(event) && onRow(row)}>
              {columns.map(column => (
                <td key={column.name} className={column.end ? style.end : undefined}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const controls = 'a, button, input, select, label, summary, [role="switch"], [role="checkbox"]'

/** Not on a control of the row, and not in a dialog or menu that the row has opened elsewhere. */
const isOfRow = ({ target, currentTarget }: MouseEvent) =>
  target instanceof Element && currentTarget.contains(target) && !target.closest(controls)
