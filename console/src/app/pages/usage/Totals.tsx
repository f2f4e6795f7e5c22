import { DayChart } from './DayChart'
import { count } from './numbers'
import style from './Usage.module.css'
import { kinds, type Usage } from './usage'

/** What there is now, and each kind with its total and its days. */
export function Totals({ usage, unused }: { usage: Usage; unused: boolean }) {
  return (
    <>
      <dl className={style.now}>
        <Figure name="Linked accounts now" value={usage.linked_accounts} />
        <Figure name="Connections now" value={usage.connections} />
      </dl>
      {unused ? null : (
        <div className={style.kinds}>
          {kinds.map(({ kind, name, what }) => (
            <section key={kind} className={style.kind} aria-label={name}>
              <div className={style.head}>
                <h2>{name}</h2>
                <p>{what}</p>
              </div>
              <div className={style.total}>{count(usage.totals[kind])}</div>
              <DayChart name={name} kind={kind} days={usage.days} />
            </section>
          ))}
        </div>
      )}
    </>
  )
}

const Figure = ({ name, value }: { name: string; value: number }) => (
  <div className={style.figure}>
    <dt>{name}</dt>
    <dd>{count(value)}</dd>
  </div>
)
