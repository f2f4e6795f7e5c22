import { ChevronRight } from 'lucide-react'
import { useId } from 'react'
import { Badge } from '@/ui'
import style from './Audit.module.css'
import { byDay, type Day, dayName } from './days'
import type { AuditEntry } from './entries'
import { toneOf } from './tone'

type AuditTimelineProps = { entries: AuditEntry[]; onOpen: (entry: AuditEntry) => void }

export function AuditTimeline({ entries, onOpen }: AuditTimelineProps) {
  const now = new Date()
  return byDay(entries).map(day => <OneDay key={day.day} day={day} now={now} onOpen={onOpen} />)
}

function OneDay({
  day,
  now,
  onOpen,
}: {
  day: Day<AuditEntry>
  now: Date
  onOpen: (entry: AuditEntry) => void
}) {
  const id = useId()
  return (
    <section aria-labelledby={id} className={style.day}>
      <h2 id={id}>{dayName(day.day, now)}</h2>
      <ol className={style.entries}>
        {day.entries.map(entry => (
          <li key={entry.id}>
            <Entry entry={entry} onOpen={() => onOpen(entry)} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Entry({ entry, onOpen }: { entry: AuditEntry; onOpen: () => void }) {
  const at = new Date(entry.created_at)
  return (
    <button type="button" className={style.entry} onClick={onOpen}>
      <time dateTime={entry.created_at} className={style.time}>
        {at.toLocaleTimeString(undefined, { timeStyle: 'medium' })}
      </time>
      <span className={style.action}>
        <Badge tone={toneOf(entry.action)}>{entry.action}</Badge>
      </span>
      <span className={style.actor}>{entry.actor_name}</span>
      <code className={style.subject}>{entry.subject}</code>
      <ChevronRight aria-hidden="true" className={style.chevron} />
    </button>
  )
}
