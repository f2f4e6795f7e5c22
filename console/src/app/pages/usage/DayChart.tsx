import { type PointerEvent, useState } from 'react'
import { axisTop, count, dayText } from './numbers'
import style from './Usage.module.css'
import type { Kind, Usage } from './usage'

type DayChartProps = { name: string; kind: Kind; days: Usage['days'] }

/** One bar a day. What a bar says is shown on hover; the table below the charts has every number. */
export function DayChart({ name, kind, days }: DayChartProps) {
  const [at, setAt] = useState<number>()
  const values = days.map(({ counts }) => counts[kind])
  const most = Math.max(0, ...values)
  const top = axisTop(most)
  const pointed = at === undefined ? undefined : days[at]
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect()
    const index = Math.floor(((event.clientX - left) / width) * days.length)
    setAt(Math.min(days.length - 1, Math.max(0, index)))
  }
  return (
    <div className={style.chart}>
      <div className={style.plot}>
        <div className={style.axis} aria-hidden="true">
          <span>{count(top)}</span>
          <span>0</span>
        </div>
        <svg
          viewBox={`0 0 ${days.length} 100`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summary(name, days, values)}
          onPointerMove={point}
          onPointerLeave={() => setAt(undefined)}
        >
          {values.map((value, index) => (
            <g key={days[index]?.day}>
              <rect
                className={style.slot}
                data-at={index === at}
                x={index}
                width={1}
                height={100}
              />
              <rect
                className={style.bar}
                x={index + 0.12}
                width={0.76}
                y={100 - (value / top) * 100}
                height={(value / top) * 100}
              />
            </g>
          ))}
        </svg>
      </div>
      <div className={style.under} aria-hidden="true">
        {pointed && at !== undefined ? (
          <strong>
            {dayText(pointed.day)}: {count(values[at] ?? 0)}
          </strong>
        ) : (
          <>
            <span>{dayText(days[0]?.day ?? '')}</span>
            <span>{dayText(days.at(-1)?.day ?? '')}</span>
          </>
        )}
      </div>
    </div>
  )
}

/** The chart in a sentence, for who cannot see it. */
function summary(name: string, days: Usage['days'], values: number[]): string {
  const most = Math.max(0, ...values)
  const range = `${dayText(days[0]?.day ?? '')} to ${dayText(days.at(-1)?.day ?? '')}`
  if (most === 0) return `${name} per day, ${range}: none.`
  const busiest = days[values.indexOf(most)]
  return `${name} per day, ${range}: most on ${dayText(busiest?.day ?? '')}, ${count(most)}.`
}
