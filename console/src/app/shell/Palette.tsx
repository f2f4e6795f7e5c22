import { Dialog } from '@base-ui/react/dialog'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plug, UserRound } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useDeferredValue, useId, useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useGo } from '@/app/links'
import { type Scope, useScope } from '@/app/scope'
import { useSignedIn } from '@/app/session'
import style from './Palette.module.css'
import { pageGroups } from './pages'

type Entry = { id: string; group: string; name: string; more?: string; icon: ReactNode; to: string }

/** Finds pages, connectors and accounts by what is typed. */
export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={next => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={style.backdrop} />
        <Dialog.Popup className={style.popup} aria-label="Search or go to">
          <Finder onClose={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Finder({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const entries = useEntries(text.trim().toLowerCase())
  const go = useGo()
  const list = useId()
  const chosen = entries[Math.min(at, entries.length - 1)]
  const open = (entry: Entry) => {
    onClose()
    void go(entry.to)
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setAt(current => Math.max(0, Math.min(entries.length - 1, current + step)))
    } else if (event.key === 'Enter' && chosen) {
      event.preventDefault()
      open(chosen)
    }
  }
  return (
    <>
      <input
        className={style.input}
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={chosen && `${list}-${chosen.id}`}
        aria-label="Search pages, accounts and connectors"
        placeholder="Search pages, accounts and connectors"
        value={text}
        onChange={event => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <div className={style.list} role="listbox" id={list} aria-label="Found">
        {entries.length === 0 && <div className={style.none}>Nothing is called that here.</div>}
        {entries.map((entry, index) => (
          <div key={entry.id}>
            {entry.group !== entries[index - 1]?.group && (
              <div className={style.group}>{entry.group}</div>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keyboard */}
            <div
              id={`${list}-${entry.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={entry === chosen}
              className={style.item}
              onMouseMove={() => setAt(index)}
              onClick={() => open(entry)}
              ref={element => {
                if (entry === chosen) element?.scrollIntoView({ block: 'nearest' })
              }}
            >
              {entry.icon}
              {entry.name}
              {entry.more && <span className={style.more}>{entry.more}</span>}
            </div>
          </div>
        ))}
      </div>
    </>
  )
}

function useEntries(text: string): Entry[] {
  const scope = useScope()
  const { permissions } = useSignedIn()
  const accounts = useAccounts(scope, useDeferredValue(text))
  const connectors = useConnectors(scope, text)
  const pages = pageGroups.flatMap(group =>
    group.pages
      .filter(page => !page.permission || permissions.includes(page.permission))
      .filter(page => `${page.name} ${page.words ?? ''} ${group.name}`.toLowerCase().includes(text))
      .map(page => ({
        id: page.to,
        group: 'Pages',
        name: page.name,
        more: group.name,
        icon: <page.icon />,
        to: page.to,
      })),
  )
  return [...pages, ...accounts, ...connectors]
}

function useAccounts(scope: Scope, search: string): Entry[] {
  const { data } = useQuery({
    queryKey: [...scope.key, 'account', 'palette', search],
    queryFn: () =>
      unwrap(
        consoleApi.GET('/console/api/{app_id}/{environment}/account', {
          params: { path: scope.path, query: { search, limit: 6 } },
        }),
      ),
    enabled: search.length > 0,
    placeholderData: keepPreviousData,
  })
  if (!search || !data) return []
  return data.accounts.map(account => ({
    id: `account-${account.account_id}`,
    group: 'Linked accounts',
    name: account.name ?? account.account_id,
    more: account.account_id,
    icon: <UserRound />,
    to: `/accounts/${encodeURIComponent(account.account_id)}`,
  }))
}

function useConnectors(scope: Scope, text: string): Entry[] {
  const { data } = useQuery(catalogueQuery(scope))
  if (!text || !data) return []
  return data.connectors
    .filter(entry => entry.name.toLowerCase().includes(text) || entry.slug.includes(text))
    .slice(0, 6)
    .map(entry => ({
      id: `connector-${entry.slug}`,
      group: 'Connectors',
      name: entry.name,
      more: entry.slug,
      icon: <Plug />,
      to: `/connectors/${entry.slug}`,
    }))
}

/** The whole catalogue in short; the connectors' page reads it, too. */
export const catalogueQuery = (scope: Scope) => ({
  queryKey: [...scope.key, 'catalogue'],
  queryFn: () =>
    unwrap(
      consoleApi.GET('/console/api/{app_id}/{environment}/catalogue', {
        params: { path: scope.path },
      }),
    ),
  staleTime: 30_000,
})
