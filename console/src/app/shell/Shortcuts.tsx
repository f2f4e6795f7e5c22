import { useEffect, useRef } from 'react'
import { useGo } from '@/app/links'
import { useSignedIn } from '@/app/session'
import { Dialog, Facts, Kbd } from '@/ui'
import { pageGroups } from './pages'

const pages = pageGroups.flatMap(group => group.pages)

/** How long `g` waits for its letter. */
const WAIT_MS = 1200

/** The keys that work on every page; not while something is typed or a dialog is open. */
export function useShortcuts({ palette, help }: { palette: () => void; help: () => void }) {
  const go = useGo()
  const { permissions } = useSignedIn()
  const began = useRef(0)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        palette()
        return
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
      const page =
        event.timeStamp - began.current < WAIT_MS && pages.find(known => known.key === event.key)
      began.current = 0
      if (page && (!page.permission || permissions.includes(page.permission))) {
        event.preventDefault()
        void go(page.to)
      } else if (event.key === 'g') {
        began.current = event.timeStamp
      } else if (event.key === '?') {
        help()
      } else if (event.key === '/') {
        focusSearch(event)
      }
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [go, palette, help, permissions])
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false
  return (
    target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="menu"]') !==
    null
  )
}

/** A page's own search field says so with `type="search"`. */
function focusSearch(event: KeyboardEvent) {
  const field = document.querySelector<HTMLInputElement>('main input[type="search"]')
  if (!field) return
  event.preventDefault()
  field.focus()
  field.select()
}

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const general: [string, React.ReactNode][] = [
    ['Search or go anywhere', <Keys key="k" keys={['Ctrl', 'K']} />],
    ['Search this list', <Keys key="s" keys={['/']} />],
    ['This list', <Keys key="h" keys={['?']} />],
    ['Close', <Keys key="e" keys={['Esc']} />],
  ]
  const places = pages
    .filter(page => page.key)
    .map(
      page =>
        [page.name, <Keys key={page.to} keys={['g', page.key ?? '']} />] as [
          string,
          React.ReactNode,
        ],
    )
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <Facts facts={[...general, ...places]} />
    </Dialog>
  )
}

const Keys = ({ keys }: { keys: string[] }) => (
  <span>
    {keys.map(key => (
      <span key={key}>
        <Kbd>{key}</Kbd>{' '}
      </span>
    ))}
  </span>
)
