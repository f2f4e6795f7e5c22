import { useNavigate } from '@tanstack/react-router'
import { defaultRangeExtractor, type Range, useWindowVirtualizer } from '@tanstack/react-virtual'
import {
  type KeyboardEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useScope } from '@/app/scope'
import { classes, LoadFault, Spinner } from '@/ui'
import style from './AccountList.module.css'
import { AccountRow } from './AccountRow'
import type { AccountEntry } from './accounts'

const ROW = 56
/** The next page is asked for while this many rows are still to come. */
const AHEAD = 60

export type ListHandle = { focus: () => void }

type AccountListProps = {
  accounts: AccountEntry[]
  /** These are still the rows of the search before. */
  stale: boolean
  more: boolean
  loading: boolean
  fault?: unknown
  onMore: () => void
  ref: Ref<ListHandle>
}

/** Any number of accounts: only the rows in sight are in the document. */
export function AccountList({
  accounts,
  stale,
  more,
  loading,
  fault,
  onMore,
  ref,
}: AccountListProps) {
  const { base } = useScope()
  const navigate = useNavigate()
  const open = useCallback(
    (path: string) => void navigate({ to: base + path, search: {} }),
    [navigate, base],
  )
  const frame = useRef<HTMLTableSectionElement>(null)
  const [margin, setMargin] = useState(0)
  const [active, setActive] = useState(0)
  const wanted = useRef(false)
  useLayoutEffect(() => {
    const top = frame.current?.getBoundingClientRect().top ?? 0
    setMargin(top + window.scrollY)
  }, [])
  const rows = useWindowVirtualizer({
    count: accounts.length,
    estimateSize: () => ROW,
    overscan: 8,
    scrollMargin: margin,
    scrollPaddingStart: 60,
    scrollPaddingEnd: 24,
    // The row that has the focus stays, wherever the reader scrolls to.
    rangeExtractor: useCallback(
      (range: Range) => {
        const shown = defaultRangeExtractor(range)
        return shown.includes(active) || active >= range.count
          ? shown
          : [...shown, active].sort((one, other) => one - other)
      },
      [active],
    ),
  })
  const shown = rows.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  const ask = more && !loading && !fault && last >= accounts.length - AHEAD
  useEffect(() => {
    if (ask) onMore()
  }, [ask, onMore])
  const go = useCallback(
    (index: number) => {
      const at = Math.max(0, Math.min(accounts.length - 1, index))
      wanted.current = true
      setActive(at)
      rows.scrollToIndex(at)
      focusRow(frame.current, at)
    },
    [accounts.length, rows],
  )
  useEffect(() => {
    if (wanted.current) focusRow(frame.current, active)
    wanted.current = false
  }, [active])
  useImperativeHandle(ref, () => ({ focus: () => go(0) }), [go])
  const onKeyDown = (event: KeyboardEvent) => {
    const step = steps(Math.floor(window.innerHeight / ROW) - 2)[event.key]
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    go(active + step)
  }
  return (
    <div className={classes(style.list, stale && style.stale)} aria-busy={stale}>
      <table aria-label="Linked accounts" aria-rowcount={more ? -1 : accounts.length + 1}>
        <thead>
          <tr aria-rowindex={1} className={classes(style.columns, style.head)}>
            <th scope="col">Account</th>
            <th scope="col">Scope</th>
            <th scope="col">Connections</th>
            <th scope="col" className={style.end}>
              Created
            </th>
          </tr>
        </thead>
        <tbody
          ref={frame}
          className={style.frame}
          style={{ height: rows.getTotalSize() }}
          onKeyDown={onKeyDown}
        >
          {shown.map(item => {
            const account = accounts[item.index]
            return (
              account && (
                <AccountRow
                  key={account.account_id}
                  account={account}
                  index={item.index}
                  top={item.start - margin}
                  active={item.index === active}
                  base={base}
                  onOpen={open}
                  onFocus={setActive}
                />
              )
            )
          })}
        </tbody>
      </table>
      {loading && (
        <div className={style.foot} role="status">
          <Spinner /> Loading more
        </div>
      )}
      {Boolean(fault) && <LoadFault error={fault} onRetry={onMore} />}
    </div>
  )
}

const steps = (screen: number): Record<string, number> => ({
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: screen,
  PageUp: -screen,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
})

const focusRow = (frame: HTMLElement | null, index: number) =>
  frame?.querySelector<HTMLElement>(`[data-index="${index}"] a`)?.focus({ preventScroll: true })
