import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react'
import { A } from '@/app/links'
import { Badge } from '@/ui'
import { ConnectorIcon } from './ConnectorIcon'
import style from './Connectors.module.css'
import { type CatalogueEntry, categoryName, stateNames } from './words'

const ROW = 138
const NARROWEST = 260

/** Hundreds of cards of which only those in sight are drawn. The arrow keys go from card to card. */
export function ConnectorGrid({ entries }: { entries: CatalogueEntry[] }) {
  const frame = useRef<HTMLUListElement>(null)
  const { columns, top } = useGridPlace(frame)
  const rows = useWindowVirtualizer({
    count: Math.ceil(entries.length / columns),
    estimateSize: () => ROW,
    overscan: 6,
    scrollMargin: top,
  })
  const goTo = (index: number) => {
    if (index < 0 || index >= entries.length) return
    rows.scrollToIndex(Math.floor(index / columns))
    // The card may have to be drawn first.
    requestAnimationFrame(() =>
      frame.current?.querySelector<HTMLElement>(`[data-at="${index}"]`)?.focus(),
    )
  }
  const press = (event: KeyboardEvent) => {
    const at = Number((event.target as HTMLElement).dataset.at)
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    const target = { Home: 0, End: entries.length - 1 }[event.key] ?? at + (step ?? Number.NaN)
    if (Number.isNaN(target)) return
    event.preventDefault()
    goTo(target)
  }
  return (
    <ul
      ref={frame}
      className={style.grid}
      aria-label="Connectors"
      style={{ height: rows.getTotalSize() }}
      onKeyDown={press}
    >
      {rows.getVirtualItems().flatMap(row =>
        entries.slice(row.index * columns, (row.index + 1) * columns).map((entry, column) => (
          <li
            key={entry.slug}
            className={style.cell}
            style={{
              width: `${100 / columns}%`,
              height: ROW,
              left: `${(100 / columns) * column}%`,
              top: row.start - top,
            }}
          >
            <ConnectorCard entry={entry} at={row.index * columns + column} />
          </li>
        )),
      )}
    </ul>
  )
}

/** How many columns fit, and where on the page the grid begins. */
function useGridPlace(frame: React.RefObject<HTMLElement | null>) {
  const [place, setPlace] = useState({ columns: 1, top: 0 })
  useLayoutEffect(() => {
    const element = frame.current
    if (!element) return
    const measure = () => {
      const columns = Math.max(1, Math.floor(element.clientWidth / NARROWEST))
      const top = element.getBoundingClientRect().top + window.scrollY
      setPlace(now => (now.columns === columns && now.top === top ? now : { columns, top }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [frame])
  return place
}

const tones = { enabled: 'good', incomplete: 'warn', disabled: 'plain' } as const

function ConnectorCard({ entry, at }: { entry: CatalogueEntry; at: number }) {
  return (
    <A to={`/connectors/${entry.slug}`} className={style.card} data-at={at}>
      <span className={style.head}>
        <ConnectorIcon name={entry.name} icon={entry.icon} />
        <span className={style.name}>{entry.name}</span>
        {entry.state !== 'disabled' && (
          <Badge tone={tones[entry.state]} dot>
            {stateNames[entry.state]}
          </Badge>
        )}
        {entry.kind === 'custom' && <Badge>Custom</Badge>}
      </span>
      <span className={style.description}>{entry.description}</span>
      <span className={style.meta}>
        {entry.categories.slice(0, 2).map(categoryName).join(', ')}
        <span>{actionCount(entry.actions)}</span>
      </span>
    </A>
  )
}

/** Every connector has the HTTP request beside the actions that are counted. */
function actionCount(count: number): string {
  if (count === 0) return 'HTTP request'
  return count === 1 ? '1 action' : `${count} actions`
}
