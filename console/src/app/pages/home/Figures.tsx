import { useQuery } from '@tanstack/react-query'
import type { Schema } from '@/api/client'
import { A } from '@/app/links'
import { useScope } from '@/app/scope'
import { Card, LoadFault, Skeleton } from '@/ui'
import style from './Home.module.css'
import { usageQuery } from './steps'

type Usage = Schema<'Usage'>

/** A few numbers of the last thirty days. */
export function Figures() {
  const scope = useScope()
  const usage = useQuery(usageQuery(scope, 30))
  return (
    <Card
      title="Last 30 days"
      flush
      actions={
        <A to="/usage" className={style.more}>
          All usage
        </A>
      }
    >
      {usage.isPending && <Skeleton lines={3} />}
      {usage.isError && <LoadFault error={usage.error} onRetry={() => usage.refetch()} />}
      {usage.isSuccess && <Numbers usage={usage.data} />}
    </Card>
  )
}

function Numbers({ usage }: { usage: Usage }) {
  const { totals } = usage
  const figures = [
    ['API calls', totals.api_calls],
    ['Actions', totals.actions],
    ['Webhook deliveries', totals.deliveries],
    ['Provider events', totals.events],
    ['Linked accounts now', usage.linked_accounts],
    ['Connections now', usage.connections],
  ] as const
  return (
    <>
      <dl className={style.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value.toLocaleString()}</dd>
          </div>
        ))}
      </dl>
      {totals.api_calls > 0 && <Days days={usage.days} />}
    </>
  )
}

/** API calls day by day, as bars; the numbers are in the usage page's table. */
function Days({ days }: { days: Usage['days'] }) {
  const most = Math.max(...days.map(day => day.counts.api_calls), 1)
  const first = days[0]?.day
  const last = days.at(-1)?.day
  return (
    <figure className={style.days}>
      <svg
        viewBox={`0 0 ${days.length * 10} 40`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`API calls a day from ${first} to ${last}; at most ${most.toLocaleString()}`}
      >
        {days.map((day, at) => {
          const height = day.counts.api_calls ? Math.max(1, (day.counts.api_calls / most) * 40) : 0
          return (
            <rect key={day.day} x={at * 10 + 1} width={8} y={40 - height} height={height}>
              <title>{`${day.day}: ${day.counts.api_calls.toLocaleString()} API calls`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>
        <span>{first}</span>
        <span>API calls a day, at most {most.toLocaleString()}</span>
        <span>{last}</span>
      </figcaption>
    </figure>
  )
}
