import { Card, type Column, Table } from '@/ui'
import { count, dayText } from './numbers'
import style from './Usage.module.css'
import { kinds, type Usage } from './usage'

type Day = Usage['days'][number]

const columns: Column<Day>[] = [
  {
    name: 'Day',
    cell: ({ day }) => (
      <time dateTime={day} className={style.day}>
        {dayText(day)}
      </time>
    ),
  },
  ...kinds.map(({ kind, name }) => ({
    name,
    end: true,
    cell: ({ counts }: Day) => <span className={style.number}>{count(counts[kind])}</span>,
  })),
]

/** The numbers behind the charts, newest first; folded away until somebody wants them. */
export const DaysTable = ({ days }: { days: Day[] }) => (
  <details className={style.details}>
    <summary>The days as a table</summary>
    <Card flush>
      <Table
        label="Usage by day"
        columns={columns}
        rows={days.toReversed()}
        rowKey={({ day }) => day}
      />
    </Card>
  </details>
)
